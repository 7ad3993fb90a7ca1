"""No digit of ours is invented: each run of three or more is a directory number, a date, an article, or quoted."""

import asyncio
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.app import Workplace
from bot.channels.web import AskRequest, to_message
from config.referrals import load_directory
from handlers.domain import Reply
from tests.support.workplace import office
from training.gate.corpus import read_examples

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
_DATES = re.compile(r"\b\d{1,2}\s?/\s?\d{1,2}\s?/\s?\d{4}\b|\b\d{1,2} [A-Z][a-z]+ \d{4}\b|\b(?:19|20)\d\d\b")
_LAW = re.compile(r"\b\d+/\d{4}(?:/[A-ZĐ]+\d*(?:-[A-ZĐ]+)?)?\b|\b\d+[.,]000[.,]?\d*\b")
_DAY = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
DIRECTORY = load_directory()
_RUN = re.compile(r"\d(?:[ .]?\d){2,}")


def sayings(messages: str = "held*.txt") -> list[str]:
    """Return questions on the documents and messages of people, in a fixed mixed order."""
    said = [
        json.loads(line)["question"]
        for file in sorted((ROOT / "tests" / "data").glob("questions-own*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    said += [example.text for example in read_examples(messages)]
    random.Random(7).shuffle(said)
    return said


def unexplained(replies: list[Reply], asked: str, texts: dict[str, str]) -> Iterator[str]:
    """Yield digit runs that nothing accounts for.

    A count of days must be that between two dates told. A person's own digits may be named in a correction; a long
    list of references may name more numbers than it quotes, but only numbers of the document it cites.
    """
    known = sorted((re.escape(one.number) for one in DIRECTORY.services.values() if one.number), key=len, reverse=True)
    numbers = re.compile(rf"\b(?:{'|'.join(known)})\b")
    for reply in replies:
        quoted = "\n".join(
            f"{one.quote}\n{one.number}\n{one.title}\n{one.section}\n{texts.get(one.source)}" for one in reply.citations
        )
        text = numbers.sub(" ", reply.text)
        spans = _spans(reply.text)
        for run in _RUN.findall(_DATES.sub(" ", _LAW.sub(" ", text))):
            if run in asked or (reply.kind != "referral" and run in spans):
                continue
            if reply.kind == "referral" or run not in quoted:
                yield f"{run} in {reply.text[:120]!r}"


def _spans(text: str) -> set[str]:
    """Return the counts of days between any two dates told, and between each of them and today."""
    days = [date(int(year), int(month), int(day)) for day, month, year in _DAY.findall(text)] + [NOW.date()]
    return {str(abs((one - other).days)) for one in days for other in days}


def check(workplace: Workplace, said: list[str]) -> None:
    faults = []
    documents = workplace.store.documents()
    texts = {document.source: workplace.store.text(document.id) for document in documents}
    with asyncio.Runner() as runner:
        for text in said:
            message = to_message(AskRequest(question=text), NOW)
            faults += list(unexplained(runner.run(workplace.dispatcher.handle(message)), text, texts))
    assert faults == []


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with office(tmp_path_factory.mktemp("office")) as (workplace, _):
        list(workplace.ingestion.load_library())
        yield workplace


def test_no_digit_is_invented_in_a_sample_of_outputs(workplace: Workplace) -> None:
    check(workplace, sayings()[:150])


@pytest.mark.slow
@pytest.mark.timeout(3_000)
def test_no_digit_is_invented_in_ten_thousand_outputs(workplace: Workplace) -> None:
    said = sayings("*.txt")
    check(workplace, (said * 2)[:10_000])
