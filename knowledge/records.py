"""Documents as plain JSON records and back: for the database and for the `show` command."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from knowledge.domain import Document


def document_to_record(document: Document) -> dict[str, Any]:
    """Return the document as JSON-ready values; dates are ISO text."""
    record: dict[str, Any] = _form().dump_python(document, mode="json")
    return record


def document_from_record(record: dict[str, Any]) -> Document:
    """Rebuild a document from its record."""
    return _form().validate_python(record)


@cache
def _form() -> TypeAdapter[Document]:
    return TypeAdapter(Document)
