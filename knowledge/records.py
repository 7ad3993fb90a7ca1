"""Documents as plain JSON records and back: for the database and for the `show` command."""

from dataclasses import asdict, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from knowledge.domain import Document


def document_to_record(document: Document) -> dict[str, Any]:
    """Return the document as JSON-ready values; dates are ISO text."""
    return {key: _plain(value) for key, value in asdict(document).items()}


def document_from_record(record: dict[str, Any]) -> Document:
    """Rebuild a document from its record."""
    document: Document = _typed(Document, record)
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) in (Union, UnionType):
        return _typed(next(option for option in get_args(kind) if option is not type(None)), value)
    if get_origin(kind) is tuple:
        return tuple(_typed(get_args(kind)[0], inner) for inner in value)
    if kind is date:
        return date.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        return kind(
            **{part.name: _typed(hints[part.name], value[part.name]) for part in fields(kind) if part.name in value}
        )  # type: ignore[operator]
    return value
