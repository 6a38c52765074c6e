"""Reading fields out of JSON that a bot sent, with the refusals Telegram gives for wrong shapes."""

from typing import Any, TypeVar

Json = dict[str, Any]
T = TypeVar("T")

_NAMES: dict[type, str] = {str: "String", int: "Number", bool: "Boolean", list: "Array", dict: "Object"}


class ShapeError(ValueError):
    """A field is absent or of the wrong kind; the text is Telegram's, without its prefix."""


def is_kind(value: object, kind: type) -> bool:
    """Whether a JSON value is of this kind; true and false are no numbers here."""
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def wrong_type(name: str, kind: type) -> ShapeError:
    """Give the refusal for a field that holds another kind of value."""
    return ShapeError(f'Field "{name}" must be of type {_NAMES[kind]}')


def optional(source: Json, name: str, kind: type[T]) -> T | None:
    """Give the field's value, or None when it is absent or null."""
    value = source.get(name)
    if value is None:
        return None
    if not is_kind(value, kind):
        raise wrong_type(name, kind)
    result: T = value
    return result


def required(source: Json, name: str, kind: type[T]) -> T:
    """Give the field's value; its absence is a refusal."""
    value = optional(source, name, kind)
    if value is None:
        raise ShapeError(f'Can\'t find field "{name}"')
    return value
