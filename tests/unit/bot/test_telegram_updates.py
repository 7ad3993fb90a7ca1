"""Telegram's updates as our events."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import User

from bot.channels.base import InboundEvent, read_json
from bot.channels.telegram_updates import read_update
from handlers.domain import Content
from tests.support.assistant import now

ME = User(77, "An Tâm", is_bot=True, username="AnTamThuBot")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *("message", "edited_message", "callback_query", "my_chat_member", "from", "chat", "id", "type"),
        *("text", "data", "message_id", "is_bot", "caption"),
    ]
)


def read(update: object) -> InboundEvent | None:
    return read_update(update, ME, now())


def private(**content: Any) -> dict[str, Any]:
    person = {"id": 42, "is_bot": False, "first_name": "A"}
    return {
        "update_id": 9,
        "message": {"message_id": 5, "chat": {"id": 42, "type": "private"}, "from": person, **content},
    }


def group(text: str, **content: Any) -> dict[str, Any]:
    update = private(text=text, **content)
    update["message"]["chat"] = {"id": -100, "type": "supergroup"}
    return update


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(
        KEYS | st.text(max_size=5), JSON | st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON)), max_size=5
    ),
    JSON,
)
def test_no_shape_of_update_breaks_the_reading(update: dict[str, Any], number: object) -> None:
    read(update)
    read({**update, "update_id": 7})
    read({**update, "update_id": number})
    read(number)


def test_a_text_becomes_a_message_that_prints_nobody() -> None:
    event = read(private(text="Hạn \u200bnộ\u00adp?\x00\ud83d\ufeff"))
    assert event is not None
    assert (event.event_id, event.order, event.message.text) == ("9", 9, "Hạn nộp?\ufffd")
    assert "Hạn" not in repr(event)
    # The moment of arrival may hold any digits; everything else that is printed holds none of the person's.
    printed = repr(event.message).replace(repr(event.message.now), "")
    assert "42" not in printed


@pytest.mark.parametrize("number", [True, -1, 2**60, "9", None, 1.5])
def test_an_update_without_a_proper_number_is_ignored(number: object) -> None:
    assert read({**private(text="x"), "update_id": number}) is None


@pytest.mark.parametrize(
    ("update", "heard"),
    [
        (group("chuyện của nhóm"), None),
        (group("@antamthubot hạn nộp?"), "hạn nộp?"),
        (group("/viec"), "/viec"),
        (group("/viec@AnTamThuBot tuần này"), "/viec tuần này"),
        (group("/viec@BotKhac"), None),
        (group("@AnTamThuBotGia chào"), None),
        (group("@AnTamThuBot, hạn nộp?"), "hạn nộp?"),
        (group("Cho hỏi @antamthubot: hạn nộp?\nCảm ơn"), "Cho hỏi hạn nộp?\nCảm ơn"),
        (group("hạn nộp @AnTamThuBot?"), "hạn nộp?"),
        (group("thế à", reply_to_message={"from": {"id": 77, "is_bot": True}}), "thế à"),
        (group("thế à", reply_to_message={"from": {"id": 78, "is_bot": True}}), None),
    ],
)
def test_in_a_group_only_what_is_said_to_us_is_heard(update: dict[str, Any], heard: str | None) -> None:
    event = read(update)
    assert (event.message.text if event else None) == heard


@pytest.mark.parametrize(
    "content",
    [
        {"photo": [{"file_id": "x"}], "caption": "ảnh công văn"},
        {"sticker": {}},
        {"voice": 1},
        {"thing_of_tomorrow": {}},
    ],
)
def test_other_things_than_text_are_told_apart(content: dict[str, Any]) -> None:
    event = read(private(**content))
    assert event is not None
    assert event.message.content is Content.MEDIA
    assert event.message.text == content.get("caption", "")


def test_the_pictures_of_an_album_are_one_event_and_its_words_another() -> None:
    said = [private(photo=[], media_group_id="88"), private(photo=[], media_group_id="88", caption="ảnh")]
    said.append({**said[0], "update_id": 10})
    assert [event.event_id for update in said if (event := read(update))] == ["album 88 of 42", "9", "album 88 of 42"]


def test_an_edit_without_words_is_no_message() -> None:
    assert read(private(location={}, edit_date=1)) is None


@pytest.mark.parametrize(
    "note", ["pinned_message", "new_chat_members", "left_chat_member", "message_auto_delete_timer_changed"]
)
def test_notes_of_the_platform_are_no_messages(note: str) -> None:
    assert read(private(**{note: {}})) is None


def test_bots_channels_and_strangers_shapes_are_not_answered() -> None:
    assert read(private(text="x", **{"from": {"id": 1, "is_bot": True}})) is None
    assert read(group("@AnTamThuBot x", is_automatic_forward=True)) is None
    assert read({"update_id": 1, "channel_post": {"text": "x"}}) is None
    assert read({"update_id": 1, "message": {"chat": {"id": -1, "type": "channel"}, "text": "x"}}) is None


def test_what_is_said_in_a_topic_of_a_group_is_answered_there() -> None:
    event = read(group("/viec", message_thread_id=42, is_topic_message=True))
    assert event is not None and event.message.chat == "-100/42"
    event = read(group("/viec", message_thread_id=42))
    assert event is not None and event.message.chat == "-100"


def test_a_press_keeps_what_the_platform_needs_back() -> None:
    query = {
        "id": "555",
        "from": {"id": 42},
        "data": "done:7",
        "message": {"message_id": 8, "chat": {"id": 42, "type": "private"}},
    }
    event = read({"update_id": 3, "callback_query": query})
    assert event is not None
    assert (event.token, event.telegram_id, event.message.action) == ("555", 8, "done:7")
    event = read({"update_id": 3, "callback_query": {**query, "from": {"id": 43}}})
    assert event is not None and event.message.chat == "43", "what is in another's chat is nobody's to answer there"


@pytest.mark.parametrize(("status", "kind"), [("kicked", "unreachable"), ("member", "reachable")])
def test_blocking_and_unblocking_are_news(status: str, kind: str) -> None:
    change = {"chat": {"id": 42, "type": "private"}, "from": {"id": 42}, "new_chat_member": {"status": status}}
    event = read({"update_id": 3, "my_chat_member": change})
    assert event is not None
    assert event.notice is not None and event.notice.kind == kind


def test_a_group_that_moves_is_news() -> None:
    event = read({"update_id": 3, "message": {"chat": {"id": -5, "type": "group"}, "migrate_to_chat_id": -1005}})
    assert event is not None
    assert event.notice is not None
    assert (event.message.chat, event.notice.new_chat) == ("-5", "-1005")


@pytest.mark.parametrize(
    "body", [b'{"text": "c\\ud800u em"}', '{"text": "cứu", "n": 12345678901234567890}'.encode(), b"[1, 2]"]
)
def test_a_body_is_read_as_the_slow_reader_does(body: bytes) -> None:
    assert read_json(body) == json.loads(body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a": 1} x'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(body)
