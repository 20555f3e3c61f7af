"""
Values to and from what JSON can hold: numbers stay numbers, money becomes text so that no fen is lost, days become ISO text.
"""

import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Self, Union, cast, get_args, get_origin, get_type_hints

READERS: dict[Any, Callable[[Any], Any]] = {Decimal: Decimal, date: date.fromisoformat, float: float}
PLAIN_TYPES: dict[Any, dict[str, str]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Decimal: {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    date: {"type": "string", "format": "date"},
}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def plain(value: Any) -> Any:  # noqa: ANN401 - any value of the engine
    """
    Return a value as dictionaries, lists, texts and numbers.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def valued(kind: Any, data: Any) -> Any:  # noqa: ANN401 - the counterpart of plain
    """
    Return plain data as the value of a type; the inverse of :func:`plain`.

    A field that is missing takes its default, so that what was written before it existed can be read.

    :raises KeyError: if a field without default is missing
    """
    if data is None:
        return None
    arguments = get_args(kind)
    if get_origin(kind) in {types.UnionType, Union}:
        return valued(next(option for option in arguments if option is not type(None)), data)
    if get_origin(kind) is tuple:
        each = arguments[:1] * len(data) if arguments[-1] is Ellipsis else arguments
        return tuple(valued(item_kind, item) for item_kind, item in zip(each, data, strict=True))
    if is_dataclass(kind):
        hints = _hints(cast("type", kind))
        told = [field for field in fields(kind) if field.name in data or field.default is MISSING]
        return cast("type", kind)(**{field.name: valued(hints[field.name], data[field.name]) for field in told})
    read = READERS.get(kind)
    return read(data) if read else data


class Value:
    """
    A value that can be written as JSON and read back unchanged.
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """
        Return this value as dictionaries, lists, texts and numbers, ready for JSON.
        """
        written: dict[str, Any] = plain(self)
        return written

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """
        Return the value that :meth:`to_dict` wrote.
        """
        read: Self = valued(cls, data)
        return read


def schema(kind: type) -> dict[str, Any]:
    """
    Return the JSON Schema (2020-12) of what :func:`plain` writes for a type; fields that have a default need not be there.
    """
    told: dict[str, Any] = {}
    root = _schema(kind, told)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": dict(sorted(told.items()))}


def _schema(kind: Any, told: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any type of the engine
    arguments = get_args(kind)
    if get_origin(kind) in {types.UnionType, Union}:
        return {"anyOf": [_schema(option, told) for option in arguments if option is not type(None)] + [{"type": "null"}]}
    if get_origin(kind) is tuple:
        if arguments[-1] is Ellipsis:
            return {"type": "array", "items": _schema(arguments[0], told)}
        return {"type": "array", "prefixItems": [_schema(each, told) for each in arguments], "minItems": len(arguments)}
    if is_dataclass(kind):
        name = cast("type", kind).__name__
        if name not in told:
            told[name] = {}
            hints = _hints(cast("type", kind))
            told[name] |= {
                "type": "object",
                "description": (kind.__doc__ or "").strip().split("\n\n")[0],
                "properties": {field.name: _schema(hints[field.name], told) for field in fields(kind)},
                "required": [field.name for field in fields(kind) if field.default is MISSING],
            }
        return {"$ref": f"#/$defs/{name}"}
    return dict(PLAIN_TYPES[kind])
