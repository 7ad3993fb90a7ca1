"""Becoming known to the office: joining by a one-time code, inviting, linking accounts, moving, leaving."""

import asyncio
import re
from collections.abc import Callable, Mapping

from config.texts import Texts, load_texts
from handlers.domain import Button, IncomingMessage, Reply
from handlers.people import PersonRole
from handlers.reminders import Asked, read_command
from handlers.reminders_domain import ReminderDesk
from knowledge.vietnamese import fold

_CODE = re.compile(r"(?:.{0,40}\s)?([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})")
"""A code as it was handed over, alone or behind a few words ("tham gia …")."""


class JoiningFlow:
    """Takes codes, invitations and partings; None for anything else."""

    def __init__(self, desk: ReminderDesk, deep_links: Callable[[str], tuple[str, ...]] = lambda _code: ()) -> None:
        self._desk = desk
        self._deep_links = deep_links
        self._steps: Mapping[str, Callable[[Asked], str | Reply]] = {
            "link": self._link,
            "leave": self._ask_leave,
            "gone": self._leave,
            "invite": self._invite,
            "move": self._move,
        }

    async def __call__(self, message: IncomingMessage) -> list[Reply] | None:
        """Answer in private only: a code shown to a group is a code lost."""
        texts = load_texts(message.language)
        found = read_command(texts, ("join", *self._steps), message)
        if found is None and (code := _CODE.fullmatch(fold(message.text).strip())):
            found = ("join", code[1])
        if found is None or (found == ("join", "") and message.text.strip().startswith("/start")):
            return None
        if message.in_group:
            return [Reply(text=texts.say("reminders.say.private_only"))]
        reply = await asyncio.to_thread(self._run, message, texts, *found)
        return [Reply(text=reply) if isinstance(reply, str) else reply]

    def _run(self, message: IncomingMessage, texts: Texts, name: str, words: str) -> str | Reply:
        if name == "join":
            return self._join(message, texts, words)
        person = self._desk.person(message.channel, message.sender)
        if person is None:
            return texts.say("reminders.say.staff_only")
        return self._steps[name](Asked(message=message, texts=texts, person=person, words=words))

    def _join(self, message: IncomingMessage, texts: Texts, words: str) -> str:
        if not words:
            return texts.say("reminders.people.how_to_join")
        person = self._desk.redeem(words, message.channel, message.sender, chat=message.chat, now=message.now)
        if person is None:
            return texts.say("reminders.people.bad_code")
        return texts.say("reminders.people.joined", **_post(texts, person.role, person.agency, person.locality))

    def _link(self, asked: Asked) -> str:
        return asked.texts.say("reminders.people.link", code=self._desk.link_code(asked.person, asked.message.now))

    def _ask_leave(self, asked: Asked) -> Reply:
        sure = Button(label=asked.texts.say("reminders.people.leave_yes"), action="rem.gone:0")
        return Reply(text=asked.texts.say("reminders.people.leave_sure"), buttons=(sure,))

    def _leave(self, asked: Asked) -> str:
        was_last = self._desk.leave(asked.message.channel, asked.message.sender, asked.person)
        return asked.texts.say("reminders.people.left_last" if was_last else "reminders.people.left")

    def _invite(self, asked: Asked) -> str:
        if asked.person.role is not PersonRole.ADMIN:
            return asked.texts.say("reminders.say.leads_only")
        role, _, rest = asked.words.partition("|")
        agency, _, locality = (part.strip() for part in rest.partition("|"))
        name = role.strip().lower()
        if name not in ("official", "head", "admin") or not agency or not locality:
            return asked.texts.say("reminders.people.invite_how")
        code = self._desk.invite(PersonRole(name), agency, locality, asked.message.now)
        fields = _post(asked.texts, PersonRole(name), agency, locality)
        lines = [asked.texts.say("reminders.people.invited", code=code, **fields)]
        lines += [asked.texts.say("reminders.people.deep_link", address=link) for link in self._deep_links(code)]
        return "\n".join(lines)

    def _move(self, asked: Asked) -> str:
        agency, _, locality = (part.strip() for part in asked.words.partition("|"))
        if not agency:
            return asked.texts.say("reminders.people.move_how")
        moved = self._desk.move(asked.person, agency, locality or None, asked.message.now)
        fields = _post(asked.texts, moved.role, moved.agency, moved.locality)
        return asked.texts.say("reminders.people.moved", agency=fields["agency"], locality=fields["locality"])


def _post(texts: Texts, role: PersonRole, agency: str | None, locality: str | None) -> dict[str, str]:
    return {
        "role": texts.say(f"reminders.role.{role}"),
        "agency": agency or texts.say("reminders.people.unknown_agency"),
        "locality": locality or texts.say("reminders.people.unknown_locality"),
    }
