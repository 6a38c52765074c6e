"""What every kind of model can also do: be known by its hash, score a table, be saved; heavy modules load late."""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from engine.batch import Scores
    from engine.countries.pack import Pack


class Many:
    """The methods that all kinds share; a model adds its own `score` for one person."""

    __slots__ = ()

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the model's canonical JSON: two models with one hash give the same results."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()

    def score_many(self, table: object, pack: "Pack | None" = None, **options: Any) -> "Scores":
        """Score every row of a table (a path, a data frame, an Arrow table, columns, records): `engine.batch`.

        Each row gets the very score, PD and band that `score` gives for it. Raises BookError for what cannot be read.
        """
        from engine.batch import score_many  # noqa: PLC0415 - numpy and Arrow, which one person does not need

        return score_many(self, table, pack=pack, **options)  # type: ignore[arg-type]  # whoever mixes this in is a model

    def save(self, path: "Path | str") -> None:
        """Write the model as JSON under its own hash, wholly or not at all: `engine.save`."""
        from engine.modelfile import save  # noqa: PLC0415 - it imports the models

        save(self, path)  # type: ignore[arg-type]  # whoever mixes this in is a model
