"""Protected grounds by the name of a column or by its values: a column called `x7` with male and female is sex."""

from engine.screening.names import protected
from engine.table import Column, Numbers

_BY_VALUES = {
    "sex": (
        (
            {"male", "female"},
            {"m", "f"},
            {"man", "woman"},
            {"男", "女"},
            {"hombre", "mujer"},
            {"masculino", "femenino"},
        ),
        {"xna", "other", "unknown", "u", "x", "o", "n/a", "未知"},
    ),
    "marital_status": (
        ({"married", "single"}, {"casado", "soltero"}, {"已婚", "未婚"}, {"verheiratet", "ledig"}),
        None,
    ),
}


def grounds(name: str, column: Column) -> list[tuple[str, str]]:
    """Give the protected grounds a column tells, each with how that was seen."""
    found = [(ground, "by its name") for ground in protected(name)]
    if isinstance(column, Numbers) or len(column.labels) > 12:
        return found
    labels = {label.lower() for label in column.labels}
    for ground, (pairs, beside) in _BY_VALUES.items():
        told = any(pair <= labels and (beside is None or labels - pair <= beside) for pair in pairs)
        if told and ground not in dict(found):
            found.append((ground, "by its values"))
    return found
