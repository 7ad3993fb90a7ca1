"""Faults of reading and storing documents."""


class KnowledgeError(Exception):
    """Something about a document or the store went wrong; `code` names the sentence in the catalogues."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


class UnreadableFile(KnowledgeError):
    """The file cannot be taken; nothing was changed."""


class StoreUnavailable(KnowledgeError):
    """The database does not answer."""
