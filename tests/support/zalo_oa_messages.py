"""The message shapes of the Official Account API that its description shows; every other shape is refused."""

from collections.abc import Collection
from typing import Any

from tests.support.zalo_network import Refused

_TEXT_LENGTH = 2000
_LABEL_LENGTH = 100
_PAYLOAD_LENGTH = 1000
_SUBTITLE_LENGTH = 500
_MOST = 5
"""Most buttons of a message and most rows of a list."""


def undocumented(reason: str) -> Refused:
    """Return the refusal of a call no page documents."""
    return Refused(-201, reason, violation=True)


def take(value: object, where: str, needs: set[str], may: set[str] | None = None) -> dict[str, Any]:
    """Return value as an object that has the fields needed and no undocumented one."""
    if not isinstance(value, dict):
        raise undocumented(f"{where} is no object")
    if missing := needs - value.keys():
        raise undocumented(f"{where} lacks {sorted(missing)}")
    if unknown := value.keys() - needs - (may or set()):
        raise undocumented(f"{where} has no field {sorted(unknown)}")
    return value


def take_words(value: object, where: str, longest: int) -> str:
    """Return value as a text that is not blank and not too long."""
    if not isinstance(value, str) or not value.strip():
        raise undocumented(f"{where} is no text")
    if len(value) > longest:
        raise undocumented(f"{where} has {len(value)} characters, {longest} at most")
    return value


def take_id(value: object, where: str) -> str:
    """Return value as an id, which is a string of digits and never a number."""
    if not isinstance(value, str) or not value.isdecimal():
        raise undocumented(f"{where} is no id")
    return value


def check_message(message: object, uploads: Collection[str], template_type: str | None) -> str:
    """Check a message and return what it is: text, list, image or file.

    template_type is what a text with buttons must carry; None means it must carry none.
    """
    fields = take(message, "message", set(), {"text", "attachment"})
    if "attachment" not in fields:
        _check_text(take(fields, "message", {"text"})["text"])
        return "text"
    attachment = take(fields["attachment"], "attachment", {"type", "payload"})
    if attachment["type"] == "file":
        take(fields, "message with a file", {"attachment"})
        _check_upload(take(attachment["payload"], "file", {"token"})["token"], uploads)
        return "file"
    if attachment["type"] != "template" or not isinstance(attachment["payload"], dict):
        raise undocumented("attachment of no documented type")
    kind = attachment["payload"].get("template_type")
    if kind == "list":
        take(fields, "message with a list", {"attachment"})
        _check_list(attachment["payload"])
        return "list"
    _check_text(take(fields, "message with buttons or a picture", {"attachment", "text"})["text"])
    if kind == "media":
        _check_media(attachment["payload"], uploads)
        return "image"
    _check_buttons(attachment["payload"], template_type)
    return "text"


def _check_text(text: object) -> None:
    if not isinstance(text, str) or not text.strip():
        raise undocumented("text is no text")
    if len(text) > _TEXT_LENGTH:
        raise Refused(-210, f"text has {len(text)} characters")


def _check_upload(token: object, uploads: Collection[str]) -> None:
    if not isinstance(token, str):
        raise undocumented("an upload's token is no text")
    if token not in uploads:
        raise Refused(-100, "attachment is unknown or expired")


def _check_buttons(payload: object, template_type: str | None) -> None:
    needs = {"buttons"} if template_type is None else {"buttons", "template_type"}
    fields = take(payload, "payload with buttons", needs)
    if fields.get("template_type") != template_type:
        raise undocumented("template_type of no documented kind")
    for button in _rows(fields["buttons"], "buttons"):
        parts = take(button, "button", {"title", "type", "payload"})
        take_words(parts["title"], "button title", _LABEL_LENGTH)
        _check_target(parts["type"], parts["payload"])


def _check_target(kind: object, payload: object) -> None:
    if kind in ("oa.query.show", "oa.query.hide"):
        take_words(payload, "button payload", _PAYLOAD_LENGTH)
    elif kind == "oa.open.url":
        _check_url(take(payload, "payload of a link", {"url"})["url"])
    elif kind == "oa.open.phone":
        _check_phone(take(payload, "payload of a call", {"phone_code"})["phone_code"])
    elif kind == "oa.open.sms":
        parts = take(payload, "payload of a text message", {"content", "phone_code"})
        take_words(parts["content"], "content of a text message", _PAYLOAD_LENGTH)
        _check_phone(parts["phone_code"])
    else:
        raise undocumented("button of no documented type")


def _check_list(payload: object) -> None:
    elements = _rows(take(payload, "list", {"template_type", "elements"})["elements"], "elements")
    for number, element in enumerate(elements):
        needs = {"title", "subtitle"} if number == 0 else {"title"}
        parts = take(element, "list element", needs, {"subtitle", "image_url", "default_action"})
        take_words(parts["title"], "element title", _LABEL_LENGTH)
        if "subtitle" in parts:
            take_words(parts["subtitle"], "element subtitle", _SUBTITLE_LENGTH)
        if "image_url" in parts:
            _check_url(parts["image_url"])
        if "default_action" in parts:
            _check_action(parts["default_action"])


def _check_action(action: object) -> None:
    parts = take(action, "default_action", {"type"}, {"url", "payload"})
    if parts["type"] == "oa.open.url":
        _check_url(take(parts, "default_action of a link", {"type", "url"})["url"])
    elif parts["type"] == "oa.query.hide":
        payload = take(parts, "default_action of a query", {"type", "payload"})["payload"]
        take_words(payload, "payload of a default_action", _PAYLOAD_LENGTH)
    else:
        raise undocumented("default_action of no documented type")


def _check_media(payload: object, uploads: Collection[str]) -> None:
    elements = _rows(take(payload, "media", {"template_type", "elements"})["elements"], "elements")
    if len(elements) != 1:
        raise undocumented("media with more than one element")
    parts = take(elements[0], "media element", {"media_type", "attachment_id"})
    if parts["media_type"] != "image":
        raise undocumented("media_type of no documented kind")
    _check_upload(parts["attachment_id"], uploads)


def _check_url(url: object) -> None:
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise undocumented("url is no web address")


def _check_phone(number: object) -> None:
    if not isinstance(number, str) or not number.removeprefix("+").isdecimal():
        raise undocumented("phone_code is no number in digits")


def _rows(value: object, where: str) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST:
        raise undocumented(f"{where} are not 1 to {_MOST}")
    return value
