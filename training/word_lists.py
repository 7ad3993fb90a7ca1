"""Pairs from the project's own word lists: lay wordings and abbreviations, alone and inside law texts."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from retrieval.expansion import GLOSSARY, LEXICON, lexicon_entries, read_word_list
from retrieval.terms import words
from training.corpus import Article, Pair, cut

ARTICLES_PER_PHRASE = 40
LONGEST_PHRASE = 9
ASKING = (
    "{}",
    "{} thì sao",
    "{} hỏi ai",
    "{} phải làm gì",
    "bị {} thì làm thế nào",
    "{} có được không",
    "tôi {}",
    "nhà có người {}",
)

Phrase = tuple[str, ...]


def find_phrases(articles: Sequence[Article], phrases: set[Phrase]) -> dict[Phrase, list[tuple[Article, bool]]]:
    """Return the articles that hold each phrase, those with it in the title first."""
    found: dict[Phrase, list[tuple[Article, bool]]] = defaultdict(list)
    starts = {phrase[:2] for phrase in phrases}
    for in_title in (True, False):
        for article in articles:
            listed = words(article.title if in_title else " ".join(article.body.split()[:120]))
            spots = [
                place for place in range(len(listed)) if starts & {(listed[place],), (*listed[place : place + 2],)}
            ]
            pieces = {(*listed[place : place + size],) for place in spots for size in range(1, LONGEST_PHRASE + 1)}
            for phrase in pieces & phrases:
                if len(found[phrase]) < ARTICLES_PER_PHRASE:
                    found[phrase].append((article, in_title))
    return found


def lay_pairs(articles: Sequence[Article], first_group: int, chance: random.Random) -> Iterator[Pair]:
    """Yield lay wordings with official ones, with articles that hold these, and put into titles in their place."""
    concepts = list(lexicon_entries(read_word_list(LEXICON)))
    found = find_phrases(articles, {tuple(words(phrase)) for officials, _ in concepts for phrase in officials})
    for number, (officials, wordings) in enumerate(concepts):
        group = first_group + number
        for wording in wordings:
            for official in officials:
                yield Pair(chance.choice(ASKING).format(wording), official, group, "lay")
                yield Pair(official, wording, group, "lay")
            yield Pair(wording, chance.choice(wordings), group, "lay")
        for official in officials:
            for article, in_title in found[tuple(words(official))]:
                wording = chance.choice(wordings)
                yield Pair(
                    chance.choice(ASKING).format(wording), cut(f"{article.title} {article.body}"), group, "lay-law"
                )
                if in_title:
                    changed = " ".join(words(article.title)).replace(" ".join(words(official)), wording)
                    yield Pair(changed, cut(article.body), article.group, "lay-title")


def abbreviation_pairs(articles: Sequence[Article], first_group: int) -> Iterator[Pair]:
    """Yield titles with a long form contracted, and each abbreviation with what it stands for."""
    meanings = read_word_list(GLOSSARY)["abbreviations"]
    shorts: dict[Phrase, str] = {}
    for number, (short, long) in enumerate(meanings.items()):
        for meaning in [long] if isinstance(long, str) else long:
            shorts.setdefault(tuple(words(meaning)), short)
            yield Pair(short, meaning, first_group + number, "abbreviation")
            yield Pair(meaning, short, first_group + number, "abbreviation")
    for phrase, holders in find_phrases(articles, set(shorts)).items():
        for article, in_title in holders:
            if in_title:
                title = " ".join(words(article.title)).replace(" ".join(phrase), shorts[phrase])
                yield Pair(title, cut(article.body), article.group, "short-title")
