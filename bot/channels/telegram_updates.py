"""Reads Telegram's updates; tolerant of any shape, silent to group messages that do not address the bot."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any

from telegram import User

from bot.channels.base import InboundEvent, Notice, as_mapping, clean, written
from handlers.domain import Content, IncomingMessage

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
_MAX_ID = 2**53
_SERVICE = re.compile(
    "new_chat|left_chat|delete_chat|group_chat|supergroup_chat|migrate_|message_auto|pinned_|forum_|general_forum|"
    "video_chat_|write_access|boost_|giveaway|users_shared|chat_(?!id)|connected_|proximity_"
)
"""Prefixes of the keys of service messages."""
_GONE = frozenset({"kicked", "left"})


def read_update(update: object, me: User, now: datetime) -> InboundEvent | None:
    """Return the event an update tells the bot, or None for what does not concern us; never raises.

    Until the platform told it, the bot has no user name.
    """
    number = update_number(update)
    if number is None or not isinstance(update, dict):
        return None
    event = partial(_event, number, now)
    if found := as_mapping(update.get("message") or update.get("edited_message")):
        return _message(found, me, event)
    if found := as_mapping(update.get("callback_query")):
        return _press(found, event)
    return _membership(as_mapping(update.get("my_chat_member")), event)


def update_number(update: object) -> int | None:
    """Return the id of an update, which the polling offset is counted in."""
    return _whole(update.get("update_id")) if isinstance(update, dict) else None


def _event(
    number: int, now: datetime, sender: int, chat: int | None, *, shown: object, said: dict[str, Any], **about: Any
) -> InboundEvent:
    source, place = as_mapping(shown), str(sender if chat is None else chat)
    if place.startswith("-") and source.get("is_topic_message") is True:
        place += f"/{_whole(source.get('message_thread_id')) or ''}"
    # The pictures of an album arrive one by one and are one event; a caption is an event of its own.
    is_picture = said.get("content") is Content.MEDIA and not said.get("text")
    album = clean(source.get("media_group_id"))[:40] if is_picture else ""
    return InboundEvent(
        channel="telegram",
        event_id=f"album {album} of {sender}" if album else str(number),
        order=number,
        message=IncomingMessage(channel="telegram", sender=str(sender), chat=place, now=now, **said),
        telegram_id=_whole(source.get("message_id")),
        **about,
    )


def _message(source: Mapping[str, Any], me: User, event: Callable[..., InboundEvent]) -> InboundEvent | None:
    sender, chat = as_mapping(source.get("from")), as_mapping(source.get("chat"))
    chat_id, sender_id = _whole(chat.get("id"), signed=True), _whole(sender.get("id"))
    if chat_id is None or chat.get("type") not in ("private", "group", "supergroup"):
        return None
    if (moved := _whole(source.get("migrate_to_chat_id"), signed=True)) is not None:
        notice = Notice(kind="migrated", new_chat=str(moved))
        return event(chat_id, chat_id, shown=None, said={"in_group": True}, notice=notice)
    if sender_id is None or True in (sender.get("is_bot"), source.get("is_automatic_forward")):
        return None
    text, is_text = written(source.get("text") or source.get("caption")), "text" in source
    in_group = chat.get("type") != "private"
    if (in_group and not _is_addressed(source, text, me)) or (not is_text and any(map(_SERVICE.match, source))):
        return None
    if "edit_date" in source and not text:
        return None  # A live location is edited every few seconds.
    content = Content.TEXT if is_text else Content.MEDIA
    said = {"text": _called(me.username).sub("", text).strip(), "content": content, "in_group": in_group}
    return event(sender_id, chat_id, shown=source, said=said)


def _press(source: Mapping[str, Any], event: Callable[..., InboundEvent]) -> InboundEvent | None:
    sender_id, shown = _whole(as_mapping(source.get("from")).get("id")), as_mapping(source.get("message"))
    chat, action = as_mapping(shown.get("chat")), clean(source.get("data"))[:64]
    if sender_id is None or not action:
        return None
    in_group = chat.get("type") in ("group", "supergroup")
    said = {"content": Content.ACTION, "action": action, "in_group": in_group}
    chat_id = _whole(chat.get("id"), signed=True) if in_group else None  # A private chat belongs to the presser.
    return event(sender_id, chat_id, shown=shown, said=said, token=clean(source.get("id"))[:64])


def _membership(source: Mapping[str, Any], event: Callable[..., InboundEvent]) -> InboundEvent | None:
    """Return the notice that a person blocked or unblocked the bot."""
    chat = as_mapping(source.get("chat"))
    chat_id = _whole(chat.get("id"))
    if chat_id is None or chat.get("type") != "private":
        return None
    gone = as_mapping(source.get("new_chat_member")).get("status") in _GONE
    return event(chat_id, chat_id, shown=None, said={}, notice=Notice(kind="unreachable" if gone else "reachable"))


def _is_addressed(source: Mapping[str, Any], text: str, me: User) -> bool:
    if _whole(as_mapping(as_mapping(source.get("reply_to_message")).get("from")).get("id")) == me.id:
        return True
    if text.startswith("/"):
        named = text.split(maxsplit=1)[0].partition("@")[2].lower()
        return named in ("", (me.username or "").lower())
    return _called(me.username).search(text) is not None


@cache
def _called(name: str | None) -> re.Pattern[str]:
    """Return the pattern of the bot's own @name and the comma after it."""
    return re.compile(rf" ?@{re.escape(name or '') or '(?!)'}(?!\w)[,:]?", re.IGNORECASE)


def _whole(value: object, *, signed: bool = False) -> int | None:
    """Return value if it is a whole number Telegram could send."""
    if not isinstance(value, int) or isinstance(value, bool) or not -_MAX_ID < value < _MAX_ID:
        return None
    return value if signed or value >= 0 else None
