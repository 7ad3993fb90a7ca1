"""Membership: joining by a one-time code, inviting, linking accounts, changing agency, leaving."""

from collections.abc import Sequence

from bot.reminder_asked import Asked, Said, Steps
from bot.scheduler import PUSH_CHANNELS
from bot.storage.erasure import erase_account
from bot.storage.people import change_post, create_invite, create_link_code, leave_account, redeem_code
from config.texts import Texts
from handlers.domain import Reply
from handlers.people import PersonRole


def _join(asked: Asked) -> Said:
    if not asked.words:
        return asked.say("people.how_to_join")
    said = asked.message
    person = redeem_code(asked.connection, asked.words, said.channel, said.sender, chat_id=said.chat, now=said.now)
    if person is None:
        return asked.say("people.bad_code")
    joined = asked.say("people.joined", **post(asked.texts, person.role, person.agency, person.locality))
    return joined if said.channel in PUSH_CHANNELS else f"{joined}\n{asked.say('people.not_pushed')}"


def _link(asked: Asked) -> Said:
    return asked.say("people.link", code=create_link_code(asked.connection, asked.person.id, asked.now))


def _ask_leave(asked: Asked) -> Said:
    return Reply(text=asked.say("people.leave_sure"), buttons=(asked.button("leave", "gone:0"),))


def _leave(asked: Asked) -> Said:
    said = asked.message
    if not leave_account(asked.connection, said.channel, said.sender):
        return asked.say("people.left")
    erase_account(asked.connection, said.channel, said.sender, said.chat)
    # Sensitive, so it is not stored: the requesting event is erased with the rest.
    return Reply(text=asked.say("people.left_last"), sensitive=True, ephemeral=True)


def _invite(asked: Asked) -> Said:
    role, agency, locality = _parts(asked.words, 3)
    if role.lower() not in ("official", "head", "admin") or not agency or not locality:
        return asked.say("people.invite_how")
    invited = PersonRole(role.lower())
    code = create_invite(asked.connection, invited, agency, locality, asked.now)
    return invited_text(asked.texts, post(asked.texts, invited, agency, locality), code, asked.desk.deep_links(code))


def _move(asked: Asked) -> Said:
    """Change a person's agency; a head becomes an official there until invited as head."""
    agency, locality = _parts(asked.words, 2)
    if not agency:
        return asked.say("people.move_how")
    role = PersonRole.OFFICIAL if asked.person.role is PersonRole.HEAD else asked.person.role
    place = locality or asked.person.locality
    change_post(asked.connection, asked.person.id, role, agency, place, now=asked.now)
    return asked.say("people.moved", **post(asked.texts, role, agency, place))


def _commands(asked: Asked) -> Said:
    """Name what may be typed, role by role, the person's own first."""
    roles = [role for role in PersonRole if role is not PersonRole.CITIZEN and asked.person.may(role)]
    return "\n".join(asked.say(f"commands.{role}") for role in reversed(roles))


STEPS: Steps = {
    "join": (PersonRole.CITIZEN, _join),
    "link": (PersonRole.OFFICIAL, _link),
    "leave": (PersonRole.OFFICIAL, _ask_leave),
    "gone": (PersonRole.OFFICIAL, _leave),
    "invite": (PersonRole.ADMIN, _invite),
    "move": (PersonRole.OFFICIAL, _move),
    "commands": (PersonRole.OFFICIAL, _commands),
}


def post(texts: Texts, role: PersonRole, agency: str | None, locality: str | None) -> dict[str, str]:
    """Return a role, agency and place in words."""
    return {
        "role": texts.say(f"reminders.role.{role}"),
        "agency": agency or texts.say("reminders.people.unknown_agency"),
        "locality": locality or texts.say("reminders.people.unknown_locality"),
    }


def invited_text(texts: Texts, whom: dict[str, str], code: str, links: Sequence[str]) -> str:
    """Return the text that an admin forwards: the code and its links."""
    lines = [texts.say("reminders.people.invited", code=code, **whom)]
    return "\n".join([*lines, *(texts.say("reminders.people.deep_link", address=link) for link in links)])


def _parts(words: str, count: int) -> list[str]:
    """Return the parts between bars, empty ones where there are too few."""
    return [part.strip() for part in (words + "|" * count).split("|")[:count]]
