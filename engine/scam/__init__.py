"""Is this message a loan scam, of which type, and which words gave it away? Offline, explained, pure.

`check` never says "safe": where it sees no sign it says so. Nothing is stored and nothing is asked of anybody.
"""

from engine.scam.cues import SIGNALS
from engine.scam.finding import Cue, Finding, Verdict
from engine.scam.judge import check
from engine.scam.kinds import TYPES
from engine.scam.tables import ScamError

__all__ = ["SIGNALS", "TYPES", "Cue", "Finding", "ScamError", "Verdict", "check"]
