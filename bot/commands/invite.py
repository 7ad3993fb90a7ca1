"""Create a one-time code for an official, a head of unit or an admin; the first admin joins with one."""

import argparse
import json
from datetime import UTC, datetime

import httpx

from bot.commands.usage import WrongUsage
from bot.reminder_joining import invited_text, post
from bot.schema import open_engine
from bot.storage.people import create_invite
from config.settings import Settings
from config.texts import load_texts
from handlers.people import PersonRole

_PATIENCE_S = 5.0


def run(arguments: argparse.Namespace) -> int:
    """Print the code and its links; only the hash is stored."""
    role = PersonRole(arguments.role)
    if role is not PersonRole.ADMIN and not (arguments.agency and arguments.locality):
        raise WrongUsage("invite_whom")
    settings = Settings()
    with open_engine(settings).begin() as connection:
        code = create_invite(connection, role, arguments.agency, arguments.locality, datetime.now(UTC))
    links = deep_links(settings, code)
    texts = load_texts("vi")
    whom = post(texts, role, arguments.agency, arguments.locality)
    told = json.dumps({"code": code, "links": links}) if arguments.json else invited_text(texts, whom, code, links)
    print(told)
    return 0


def deep_links(settings: Settings, code: str) -> list[str]:
    """Return links that open a channel and join with the code; none if the platform does not answer."""
    if settings.telegram_bot_token is None:
        return []
    address = f"{settings.telegram_api_url}/bot{settings.telegram_bot_token.get_secret_value()}/getMe"
    try:
        name = httpx.get(address, timeout=_PATIENCE_S).json()["result"]["username"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        # The address holds the token, so the fault is not shown.
        return []
    return [f"https://t.me/{name}?start={code}"]
