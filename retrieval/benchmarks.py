"""The question sets that search is measured on: the project's own, and public ones where their files are."""

import csv
import gzip
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.domain import Document, Passage
from knowledge.parsing import parse_document
from knowledge.vietnamese import fold
from retrieval.evaluation import CorpusText, JudgedQuestion, as_documents

OWN = Path(__file__).parents[1] / "tests" / "questions" / "retrieval"
DISTRACTORS, SEED = 800, 5
LAW_CODE = "law-code-articles.jsonl.gz"
DEVELOPMENT = ("plans-dev", "lay-dev", "legal-dev")
"""The questions that weights may be chosen on; every other set tells what the choice is worth, and is not looked at
before the choice is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """Questions by name over one corpus, and others, `beside`, that have no answer in it."""

    corpus: tuple[CorpusText, ...]
    questions: dict[str, tuple[JudgedQuestion, ...]]
    documents: tuple[tuple[Document, Sequence[Passage]], ...] = ()
    beside: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def indexed(self) -> Iterable[tuple[Document, Sequence[Passage]]]:
        """Return what is indexed: real documents where there are any, else each text as a passage of its own."""
        return self.documents or as_documents(self.corpus)


def read_pair(corpus: Path, questions: Path) -> QuestionSet:
    """Read a corpus and its questions in the form of `interface.md`."""
    texts = tuple(
        CorpusText(id=str(row["id"]), title=row.get("title") or "", text=row.get("text") or "")
        for row in read_lines(corpus)
    )
    asked = _judged(read_lines(questions), "question", lambda row: map(str, row["relevant"]))
    return QuestionSet(corpus=texts, questions={questions.stem: asked})


def plan_set(plans: Path) -> QuestionSet:
    """Our own questions over the five plans; a passage is right when it holds one of a question's anchors."""
    parsed = [
        parse_document(path.read_text("utf-8"), path.name) for path in sorted(plans.iterdir()) if path.suffix == ".txt"
    ]
    passages = {(one.document.source, _plain(passage.text)): passage.id for one in parsed for passage in one.passages}
    asked: dict[str, list[JudgedQuestion]] = {}
    for row in _table("plan_questions.tsv"):
        anchors = [_plain(anchor) for anchor in row["anchors"].split(" | ")]
        relevant = frozenset(
            passage_id
            for (source, text), passage_id in passages.items()
            if source == row["document"] and any(anchor in text for anchor in anchors)
        )
        question = JudgedQuestion(text=row["question"], relevant=relevant)
        for name in (f"plans-{row['part']}", f"plans-{row['kind']}-{row['part']}"):
            asked.setdefault(name, []).append(question)
    beside: dict[str, list[str]] = {}
    for row in _table("unanswerable.tsv"):
        beside.setdefault(row["part"], []).append(row["question"])
    return QuestionSet(
        corpus=tuple(CorpusText(id=it.id, title="", text=it.text) for one in parsed for it in one.passages),
        documents=tuple((one.document, one.passages) for one in parsed),
        questions={name: tuple(held) for name, held in asked.items()},
        beside={name: tuple(held) for name, held in beside.items()},
    )


def lay_set(data: Path, name: str = "lay") -> QuestionSet:
    """Our own lay questions for our own passages, among article titles where the law texts are."""
    rows = _table(f"{name}_pairs.tsv")
    texts = [CorpusText(id=f"own-{number}", title="", text=row["passage"]) for number, row in enumerate(rows)]
    asked: dict[str, list[JudgedQuestion]] = {}
    for number, row in enumerate(rows):
        for question in row["questions"].split(" | "):
            judged = JudgedQuestion(text=question, relevant=frozenset({f"own-{number}"}))
            asked.setdefault(f"{name}-{row['part']}", []).append(judged)
    if (data / LAW_CODE).is_file():
        titles = sorted({record["title"] for record in read_lines(data / LAW_CODE)})
        chosen = random.Random(SEED).sample(titles, DISTRACTORS)
        texts += [CorpusText(id=f"title-{number}", title="", text=title) for number, title in enumerate(chosen)]
    return QuestionSet(corpus=tuple(texts), questions={name: tuple(held) for name, held in asked.items()})


def phrase_set(data: Path) -> QuestionSet:
    """Our own lay phrases for official ones."""
    return lay_set(data, "phrase")


def legal_set(data: Path) -> QuestionSet:
    """Citizens' legal questions over the code of law (42,081 articles)."""
    texts = tuple(CorpusText(id=row["id"], title=row["title"], text=row["body"]) for row in read_lines(data / LAW_CODE))
    asked = {f"legal-{part}": legal_rows(data, part) for part in ("dev", "test")}
    judged = {name: _judged(rows, "question", lambda row: row["relevant"]) for name, rows in asked.items()}
    return QuestionSet(corpus=texts, questions=judged)


def legal_rows(data: Path, part: str) -> list[dict[str, Any]]:
    """Return one half of the legal questions, parted for good by their ids."""
    rows = read_lines(data / "legal-questions-dev.jsonl")
    return [row for row in rows if int(row["question_id"], 16) % 2 == (part == "test")]


def alqac_set(data: Path) -> QuestionSet:
    """The closed legal set of ALQAC 2023."""
    texts = []
    for law in json.loads((data / "alqac-2023-law.json").read_text("utf-8")):
        for article in law["articles"]:
            title, _, body = article["text"].partition("\n")
            texts.append(CorpusText(id=f"{law['id']}#{article['id']}", title=f"{law['id']} {title}", text=body))
    asked = json.loads((data / "alqac-2023-train.json").read_text("utf-8"))
    right = _judged(
        asked, "text", lambda row: [f"{it['law_id']}#{it['article_id']}" for it in row["relevant_articles"]]
    )
    return QuestionSet(corpus=tuple(texts), questions={"alqac": right})


def xquad_set(data: Path) -> QuestionSet:
    """General questions over Wikipedia paragraphs."""
    texts: list[CorpusText] = []
    asked: list[JudgedQuestion] = []
    for entry in json.loads((data / "xquad.vi.json").read_text("utf-8"))["data"]:
        for paragraph in entry["paragraphs"]:
            texts.append(CorpusText(id=str(len(texts)), title="", text=paragraph["context"]))
            relevant = frozenset({texts[-1].id})
            asked += [JudgedQuestion(text=one["question"], relevant=relevant) for one in paragraph["qas"]]
    return QuestionSet(corpus=tuple(texts), questions={"xquad": tuple(asked)})


def without_marks(questions: Sequence[JudgedQuestion]) -> tuple[JudgedQuestion, ...]:
    """Return the same questions as somebody types them who leaves every mark out."""
    return tuple(JudgedQuestion(text=fold(one.text), relevant=one.relevant) for one in questions)


def _judged(rows: Iterable[dict[str, Any]], key: str, relevant: Any) -> tuple[JudgedQuestion, ...]:
    asked = (JudgedQuestion(text=row[key], relevant=frozenset(relevant(row))) for row in rows)
    return tuple(one for one in asked if one.relevant)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a JSON-lines file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


def _table(name: str) -> list[dict[str, str]]:
    with (OWN / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def _plain(text: str) -> str:
    return " ".join(fold(text).split())
