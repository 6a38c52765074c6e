"""The engine, tested from outside: made-up borrowers, real loan books where they are at hand."""
