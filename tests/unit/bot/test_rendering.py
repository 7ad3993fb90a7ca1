"""Replies as messages of bounded length."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Block, Limits
from bot.channels.rendering import picked, readable, render, resolve, source_line, split, units
from config.texts import load_texts
from handlers.domain import Button, Content, IncomingMessage, Reply
from retrieval.domain import Citation
from tests.support.assistant import now

TELEGRAM = Limits(text_units=4096, buttons=20, folds_quotes=True, per_second=28)
ZALO = Limits(text_units=2000, buttons=0, folds_quotes=False, per_second=20)
TEXTS = load_texts("vi")


def message(text: str = "", action: str | None = None) -> IncomingMessage:
    return IncomingMessage(channel="telegram", sender="1", chat="1", now=now(), text=text, action=action)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from("aữ 😀\n.;x"), max_size=900), max_size=6), st.integers(40, 400))
def test_no_message_is_too_long_and_no_letter_is_lost(texts: list[str], limit: int) -> None:
    styles: tuple[Literal["text", "head", "quote"], ...] = ("text", "head", "quote")
    blocks = [Block(text=text, style=styles[index % 3]) for index, text in enumerate(texts)]
    messages = split(blocks, limit)
    for some in messages:
        assert 0 < units("\n\n".join(block.text for block in some)) <= limit
    said = "".join(block.text for some in messages for block in some)
    if any(text.strip() for text in texts):
        assert "".join(said.split()) == "".join("".join(texts).split())


def test_a_long_text_is_cut_between_paragraphs() -> None:
    paragraphs = [f"{number} " + "chữ " * 300 for number in range(6)]
    messages = split([Block(text="\n\n".join(paragraphs))], 2000)
    assert all(some[0].text.split()[0].isdecimal() for some in messages)


def test_buttons_stand_under_the_last_message_only() -> None:
    parts, _ = render(Reply(text="đoạn\n\n" * 2000, buttons=(Button(label="Tiếp", action="x:1"),)), TELEGRAM, TEXTS, 7)
    assert len(parts) > 1
    assert [bool(part.choices) for part in parts] == [False] * (len(parts) - 1) + [True]


def test_a_choice_without_a_short_action_is_looked_up_by_its_message_and_number() -> None:
    reply = Reply(
        text="Chọn", buttons=(Button(label="Xã"), Button(label="B", action="x" * 65), Button(label="C", action="c:1"))
    )
    (part,), _ = render(reply, TELEGRAM, TEXTS, 31)
    assert [choice.action for choice in part.choices] == ["pick:31:1", "pick:31:2", "c:1"]


def test_a_platform_without_buttons_gets_numbers_and_the_wording_on_demand() -> None:
    cited = Citation(source="k.txt", number="12/KH", title=None, section="II", quote="Trước ngày 15/12.")
    parts, entries = render(
        Reply(text="Hạn 15/12.", citations=(cited,), buttons=(Button(label="Đã nộp", action="d:1"),)), ZALO, TEXTS, 1
    )
    assert "1. Đã nộp\n2. Xem nguyên văn" in parts[0].text
    assert "Trước ngày 15/12." not in parts[0].text
    _, shown = resolve(message("2"), entries, 2)
    assert shown is not None and "“Trước ngày 15/12.”" in shown


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (message("2"), (0, 2)),
        (message(" 11 "), (0, 11)),
        (message("2."), (0, 2)),
        (message("(2)"), (0, 2)),
        (message("Số 2"), (0, 2)),
        (message("chọn câu 2)"), (0, 2)),
        (message("2 việc"), (0, 0)),
        (message("2023"), (0, 0)),
        (message("dài " * 30), None),
        (message("", "pick:31:2"), (31, 2)),
        (message("", "pick:31"), None),
        (message("", "pick:9999999999999999999999:1"), None),
        (message("", "done:7"), None),
    ],
)
def test_what_counts_as_picking(said: IncomingMessage, expected: tuple[int, int] | None) -> None:
    assert picked(said) == expected


def test_picking_means_the_action_or_the_words_of_the_button() -> None:
    _, entries = render(
        Reply(text="?", buttons=(Button(label="Xã"), Button(label="B", action="b:1"))), TELEGRAM, TEXTS, 1
    )
    assert resolve(message("1"), entries, 1)[0].text == "Xã"
    second = resolve(message("2"), entries, 2)[0]
    assert (second.action, second.content) == ("b:1", Content.ACTION)
    assert resolve(message("3"), entries, 3)[0].text == "3"
    assert resolve(message("b."), entries, 0)[0].action == "b:1"
    assert resolve(message("xà"), entries, 0)[0].text == "Xã"
    assert resolve(message("khác"), entries, 0)[0].text == "khác"


def test_a_source_names_its_year_once() -> None:
    cited = Citation(source="k.txt", number="44/KH-UBND", title="T", section="III.2", quote="", year=2023)
    assert source_line(replace(cited, place="Kiên Hải, 2023"), TEXTS) == "44/KH-UBND · Kiên Hải, 2023 · mục III.2"
    assert source_line(replace(cited, number=None, place="Kỳ Anh", section=None), TEXTS) == "Kỳ Anh · 2023"
    assert source_line(replace(cited, number=None, title=None, year=None), TEXTS) == "k.txt · mục III.2"
    assert source_line(replace(cited, number=None, section="Lời dặn"), TEXTS) == "T · 2023 · Lời dặn"


def test_one_place_is_named_once_above_all_that_is_quoted_from_it() -> None:
    cited = Citation(source="k.txt", number="44/KH", title=None, section=None, quote="Một.")
    reply = Reply(text="Việc.", citations=(cited, replace(cited, quote="Hai."), replace(cited, number="9/KH")))
    (part,), _ = render(reply, TELEGRAM, TEXTS, 1)
    assert [block.style for block in part.blocks] == ["text", "head", "quote", "quote", "head", "quote"]


@pytest.mark.parametrize(
    ("quote", "read"),
    [
        ("### Phần **hai**\n- ý một\n- ý hai", "Phần hai\n- ý một\n- ý hai"),
        ("- Nộp trước ngày **15/12**.", "Nộp trước ngày 15/12."),
        ("xây dựng, triển\n\nkhai và giám sát", "xây dựng, triển khai và giám sát"),
        ("Các việc:\na) họp\nb. báo cáo\nĐiều 2", "Các việc:\na) họp\nb. báo cáo\nĐiều 2"),
    ],
)
def test_a_quote_is_shown_without_the_marks_of_its_file(quote: str, read: str) -> None:
    assert readable(quote) == read


def test_folded_quotes_need_no_button_and_are_shown_to_whoever_asks_in_words() -> None:
    cited = Citation(source="k.txt", number="12/KH", title=None, section="II", quote="Trước ngày **15/12**.")
    (part,), entries = render(Reply(text="Hạn 15/12.", citations=(cited,)), TELEGRAM, TEXTS, 1)
    assert part.choices == ()
    assert resolve(message("xem nguyên văn"), entries, 0)[1] == "12/KH · k.txt · mục II\n“Trước ngày 15/12.”"


def test_a_heading_is_never_the_last_line_of_a_message() -> None:
    blocks = [Block(text="x" * 80), Block(text="Nguồn", style="head"), Block(text="y" * 60, style="quote")]
    assert [[block.style for block in some] for some in split(blocks, 100)] == [["text"], ["head", "quote"]]
    blocks[2] = Block(text="y " * 80, style="quote")
    assert [[block.style for block in some] for some in split(blocks, 100)] == [["text"], ["head", "quote"], ["quote"]]
