"""Advice: what a change would do to a score, and the smallest one that reaches a goal."""
