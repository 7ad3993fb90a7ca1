"""The gate first, then the visible list of flows; a card goes out whatever fails behind it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers.dispatcher import Dispatcher
from handlers.domain import IncomingMessage, Reply
from handlers.gate import Action, Verdict
from handlers.referral import ReferralDesk
from retrieval.domain import Citation

CITED = Citation(source="a", number="7/KH", title="t", section=None, quote="q", place="huyện An Sơn, 2025")
CARD = Reply(text="thẻ", kind="referral", sensitive=True)
RIGHTS = Reply(text="luật", kind="referral", sensitive=True)


class Desk(ReferralDesk):
    """Says what it was told to say."""

    def __init__(self, action: Action = Action.NONE, *, urgency: str = "none", also_question: bool = False) -> None:
        self.verdict = Verdict(action=action, urgency=urgency, also_question=also_question)

    def judge(self, message: IncomingMessage) -> Verdict:
        return self.verdict

    def card(self, verdict: Verdict, message: IncomingMessage) -> Reply:
        return CARD

    def reopen(self, message: IncomingMessage) -> Reply | None:
        return CARD if message.text == "hỗ trợ khác" else None

    def after_distress(self, message: IncomingMessage) -> bool:
        return message.text == ""

    def rights(self, message: IncomingMessage) -> Reply | None:
        return RIGHTS if self.verdict.urgency == "info" else None

    def say_again(self, message: IncomingMessage) -> Reply | None:
        return RIGHTS if message.text == "mình sợ quá" else None

    def safety_line(self, language: str) -> str:
        return "113, 111"


def message(text: str = "Phòng Tư pháp An Sơn làm gì?") -> IncomingMessage:
    return IncomingMessage(channel="web", sender="s", chat="s", now=datetime(2025, 1, 1, tzinfo=UTC), text=text)


async def answer(_: IncomingMessage) -> list[Reply] | None:
    return [Reply(text="trả lời 18001567", kind="answer", citations=(CITED,))]


async def not_mine(_: IncomingMessage) -> list[Reply] | None:
    return None


async def fail(asked: IncomingMessage) -> list[Reply] | None:
    raise RuntimeError(asked.text)


def dispatcher(desk: Desk, *flows: object) -> Dispatcher:
    return Dispatcher(desk=desk, flows=flows, guard=lambda text, _: text.replace("18001567", "[số cũ]"))  # type: ignore[arg-type]  # flows of this module


async def test_the_first_flow_that_takes_a_message_answers_it_and_blocked_numbers_are_flagged() -> None:
    replies = await dispatcher(Desk(), not_mine, answer, fail).handle(message())
    assert [reply.text for reply in replies] == ["trả lời [số cũ]"]


async def test_a_cry_for_help_gets_the_card_and_only_the_card() -> None:
    assert await dispatcher(Desk(Action.CARD), answer).handle(message()) == [CARD]


@pytest.mark.parametrize(("text", "is_card"), [("/help", False), ("/viec ", False), ("help", True), ("/cuutoi", True)])
async def test_a_command_of_the_menu_alone_is_no_plea(text: str, is_card: bool) -> None:
    desk = dispatcher(Desk(Action.CARD), answer)
    assert (await desk.handle(message(text)) == [CARD]) is is_card
    assert desk.is_distress(message(text)) is is_card


@pytest.mark.parametrize("flow", [fail, not_mine])
async def test_the_card_goes_out_whatever_fails_behind_it(flow: object) -> None:
    desk = Desk(Action.CARD, also_question=True)
    assert await dispatcher(desk, flow).handle(message()) == [CARD]


async def test_a_plea_inside_a_question_gets_the_card_first_and_then_the_answer() -> None:
    replies = await dispatcher(Desk(Action.CARD, also_question=True), answer).handle(message())
    assert replies[0] == CARD and replies[1].kind == "answer" and replies[1].sensitive


async def test_a_plea_that_asks_is_answered_from_documents_only_when_it_names_their_place() -> None:
    desk = Desk(Action.CARD)
    desk.verdict = Verdict(action=Action.CARD, signals=frozenset({"asks"}))
    asked = Dispatcher(desk=desk, flows=[answer], guard=lambda text, _: text, places=lambda: ["huyện An Sơn", None])
    assert [reply.kind for reply in await asked.handle(message("bị ép cưới, An Sơn có ai giúp"))] == [
        "referral",
        "answer",
    ]
    assert await asked.handle(message("bị ép cưới, có ai giúp")) == [CARD]
    broken = Dispatcher(desk=desk, flows=[answer], guard=lambda text, _: text, places=lambda: [*(1 / 0,)])  # type: ignore[list-item]  # fails on purpose
    assert await broken.handle(message()) == [CARD]


async def test_whatever_wordless_follows_a_card_gets_it_again() -> None:
    wordless = dispatcher(Desk(), answer)
    assert await wordless.handle(message("")) == [CARD] and wordless.is_distress(message(""))
    assert wordless.first_help(message("")) == CARD and wordless.first_help(message()) is None


async def test_an_unsure_gate_adds_one_neutral_line_and_the_turn_enters_no_history() -> None:
    replies = await dispatcher(Desk(Action.LINE), answer).handle(message())
    assert replies[-1].text.endswith("113, 111") and all(reply.ephemeral for reply in replies)
    asked_by_all = replace(message(), in_group=True)
    assert "113" not in (await dispatcher(Desk(Action.LINE), answer).handle(asked_by_all))[-1].text


async def test_a_question_on_rights_gets_the_law_unless_it_names_the_place_the_documents_answer_for() -> None:
    desk = Desk(Action.LINE, urgency="info")
    assert await dispatcher(desk, answer).handle(message("bị đánh thì báo ai?")) == [RIGHTS]
    replies = await dispatcher(desk, answer).handle(message("ở an son gặp khó khăn báo ai?"))
    assert replies[0].kind == "answer" and replies[0].text.endswith("113, 111")


async def test_a_fault_is_an_apology_and_the_safe_word_reopens_the_card() -> None:
    broken = dispatcher(Desk(), fail)
    replies = await broken.handle(message())
    assert replies[0].kind == "refuse" and "113" in replies[0].text and "RuntimeError" not in replies[0].text
    assert await broken.handle(message("hỗ trợ khác")) == [CARD]


async def test_whoever_goes_on_telling_after_a_card_is_not_refused() -> None:
    async def refuse(_: IncomingMessage) -> list[Reply] | None:
        return [Reply(text="không có trong văn bản", kind="refuse")]

    assert await dispatcher(Desk(), refuse).handle(message("mình sợ quá")) == [RIGHTS]
    assert (await dispatcher(Desk(), answer).handle(message("mình sợ quá")))[0].kind == "answer"
    assert (await dispatcher(Desk(), refuse).handle(message()))[0].kind == "refuse"
