"""Pairs of a question-like text and the passage that answers it, made from law texts and Wikipedia alone."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from retrieval.benchmarks import LAW_CODE, read_lines

PASSAGE_WORDS = 220
SENTENCES = 2
"""Sentences taken of one text."""
ICT_DROP = 0.9
"""Share of sentence pairs whose sentence is taken out of its passage (inverse cloze task, Lee et al. 2019)."""
QUESTION_FORMS = (
    "{} được quy định như thế nào?",
    "quy định về {}",
    "{} là gì",
    "{} gồm những gì",
    "cho hỏi {} thế nào",
    "{} ra sao",
    "khi nào {}",
    "ai có trách nhiệm {}",
    "điều kiện {}",
)
_SENTENCE = re.compile(r"(?<=[.;:])\s+|\n+")
_LIST_MARK = re.compile(r"^\s*(?:\d+\.|[a-zđ]\)|-|Điều \d+\.)\s*")
_CROSS_REFERENCE = re.compile(r"\(Điều này có nội dung liên quan.*?\)$", re.S)
_DEFINITION = re.compile(r"^(?:\d+\.\s*)?([^.;:,\n]{4,60}?) (là|bao gồm|được hiểu là) (.{30,400})", re.M)
_HEADING = re.compile(r"^==+\s*(.+?)\s*==+\s*$", re.M)


class Pair(NamedTuple):
    """`group` numbers the article: one batch holds one pair of a group, so that no true answer counts as false."""

    query: str
    passage: str
    group: int
    family: str


class Article(NamedTuple):
    """A piece of law: its title, the law it stands in, its text."""

    title: str
    law: str
    body: str
    group: int


def read_articles(folder: Path) -> list[Article]:
    """Return all articles of law; texts that occur in several files are taken once."""
    articles: list[Article] = []
    seen: set[str] = set()
    for record in read_lines(folder / LAW_CODE):
        _keep(articles, seen, record["title"], record["topic"], _CROSS_REFERENCE.sub("", record["body"]))
    for record in read_lines(folder / "law-newer-articles.jsonl.gz"):
        _keep(articles, seen, record["title"], record["law"], record["body"])
    for record in read_lines(folder / "law-texts-articles.jsonl.gz"):
        law = re.sub(r"-\d+$", "", record["law"]).replace("-", " ")
        _keep(articles, seen, _LIST_MARK.sub("", record["title"]), law, record["body"])
    return articles


def _keep(articles: list[Article], seen: set[str], title: str, law: str, body: str) -> None:
    key = " ".join(body.split())[:300]
    if len(body.split()) >= 12 and key not in seen:
        seen.add(key)
        articles.append(Article(title.strip(), law, body, len(articles)))


def cut(text: str, start: int = 0) -> str:
    """Return at most one passage's words from word number start on."""
    return " ".join(text.split()[start : start + PASSAGE_WORDS])


def law_pairs(articles: list[Article], chance: random.Random) -> Iterator[Pair]:
    """Yield titles, titles as questions, titles with their law, definitions and sentences, each with its text."""
    for article in articles:
        title, body = article.title, article.body
        if 2 <= len(title.split()) <= 60:
            yield Pair(title, cut(body), article.group, "title")
            question = chance.choice(QUESTION_FORMS).format(title[0].lower() + title[1:])
            yield Pair(question, cut(f"{title} {body}"), article.group, "question")
            yield Pair(f"{article.law}: {title}", cut(body), article.group, "law-title")
            if len(body.split()) > 1.5 * PASSAGE_WORDS:
                later = cut(body, chance.randrange(PASSAGE_WORDS // 2, len(body.split()) - PASSAGE_WORDS // 2))
                yield Pair(f"{title} {article.law}", later, article.group, "later")
        for match in list(_DEFINITION.finditer(body))[:3]:
            yield Pair(f"{match.group(1)} là gì", match.group(3), article.group, "definition")
        yield from sentence_pairs(article, chance, "law-sentence")


def wikipedia_pairs(folder: Path, first_group: int, chance: random.Random) -> Iterator[Pair]:
    """Yield headings and sentences with the paragraphs they belong to."""
    for number, record in enumerate(read_lines(folder / "wikipedia.jsonl.gz")):
        parts = _HEADING.split(record["text"])
        sections = [(record["title"], parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]
        for place, (heading, text) in enumerate(sections[:8]):
            if len(text.split()) < 30:
                continue
            group = first_group + number * 8 + place
            yield Pair(f"{record['title']} {heading}" if place else heading, cut(text), group, "wiki-heading")
            yield from sentence_pairs(Article("", "", text, group), chance, "wiki-sentence")


def sentence_pairs(article: Article, chance: random.Random, family: str) -> Iterator[Pair]:
    """Yield some sentences of a text with the words around them."""
    sentences = [_LIST_MARK.sub("", part).strip() for part in _SENTENCE.split(article.body[:6000])]
    usable = [place for place, part in enumerate(sentences) if 6 <= len(part.split()) <= 60]
    if len(sentences) < 3:
        return
    for place in chance.sample(usable, min(SENTENCES, len(usable))):
        around = sentences[max(0, place - 4) : place]
        around += sentences[place + (chance.random() < ICT_DROP) : place + 5]
        yield Pair(sentences[place], cut(f"{article.title} {' '.join(around)}"), article.group, family)
