"""What a query is taken to look for: its own words, and what glossary and lay lexicon know of them."""

import numpy as np

from retrieval.lexical_index import LexicalIndex, WeightedTerms
from retrieval.terms import query_units, words


class Expander:
    """Turns a question into weighted terms."""

    @classmethod
    def shipped(cls) -> "Expander":
        """Return the one with the word lists of the repository."""
        return cls()

    def terms(self, query: str, index: LexicalIndex) -> WeightedTerms:
        """Return the terms of query: marked ones where marks are typed, folded ones elsewhere."""
        units = query_units(words(query))
        types_marks = bool(units.is_marked.any())
        marked_known = index.frequencies(units.marked) > 0
        terms = np.where(marked_known, units.marked, units.folded) if types_marks else units.folded
        return WeightedTerms(terms, np.ones(len(terms), dtype=np.float32))
