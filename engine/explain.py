"""Reasons: which factors moved the score, against the neutral point of each, and the code that names why.

On a scorecard the reasons are exact: they are the points themselves (PMML calls this "points below baseline",
with the baseline at 0, what is not known).
"""

from collections.abc import Sequence

GOOD, LOW, HIGH, CLASS = "good", "low", "high", "class"
MISSING, SPECIAL = "missing", "special"  # of a lender's own columns only, where not knowing is news too
REASONS_MAX = 4  # what a person can act on; a country pack may say less


def bin_codes(name: str, points: Sequence[int], *, ordered: bool) -> tuple[str, ...]:
    """Give the reason code of each bin of a factor; "" where it neither hurts nor helps.

    A hurting bin of a number is "low" or "high" by the side of the best bin on which it lies, so that a
    factor with two bad ends says which of them it was.
    """
    best = points.index(max(points))
    codes = []
    for at, value in enumerate(points):
        if value == 0:
            codes.append("")
        elif value > 0:
            codes.append(f"{name}.{GOOD}")
        elif not ordered:
            codes.append(f"{name}.{CLASS}")
        else:
            codes.append(f"{name}.{LOW if at < best else HIGH}")
    return tuple(codes)


def principal(points: Sequence[int], limit: int) -> tuple[list[int], list[int]]:
    """Give the places of the points that hurt most and of those that help most, at most `limit` of each.

    The strongest comes first. Equal points keep the order given, so that the choice never depends on the machine.
    """
    ranked = sorted(range(len(points)), key=points.__getitem__)[:limit]
    hurting = [at for at in ranked if points[at] < 0]
    ranked = sorted(range(len(points)), key=points.__getitem__, reverse=True)[:limit]
    return hurting, [at for at in ranked if points[at] > 0]
