"""What every kind of model can also do: score a whole table, and be saved. Heavy modules load only when asked."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.batch import Scores
    from engine.countries.pack import Pack


class Many:
    """The methods that all kinds share; a model adds its own `score` for one person."""

    __slots__ = ()

    def score_many(self, table: object, pack: "Pack | None" = None, **options: Any) -> "Scores":
        """Score every row of a table (a path, a data frame, an Arrow table, columns, records): `engine.batch`.

        Each row gets the very score, PD and band that `score` gives for it. Raises BookError for what cannot be read.
        """
        from engine.batch import score_many  # noqa: PLC0415 - numpy and Arrow, which one person does not need

        return score_many(self, table, pack=pack, **options)  # type: ignore[arg-type]

    def save(self, path: "Path | str") -> None:
        """Write the model as JSON under its own hash, wholly or not at all: `engine.save`."""
        from engine.modelfile import save  # noqa: PLC0415 - it imports the models

        save(self, path)  # type: ignore[arg-type]
