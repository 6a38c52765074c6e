"""Files that a borrower sends, read: statements, purchases, pay, tax, credit reports. Bytes in, values out, no I/O.

`read` says what a file is and what it comes to, or what is wrong with it and on which line; it never raises. A file
with one bad line is refused whole.
"""

from engine.statements.faults import Fault
from engine.statements.found import Found
from engine.statements.read import read, recognise

__all__ = ["Fault", "Found", "read", "recognise"]
