"""Check configuration, database, index against store, and the age of the telephone directory."""

import argparse
import os
from collections.abc import Iterator

from bot.app import local_now, open_search, open_store
from bot.morning import alarm_lines
from config.referrals import EXPIRE_DAYS, check_directory, load_directory
from config.settings import Settings
from config.texts import Texts, load_texts
from handlers.planning import ZONE

Remark = tuple[str, str]
"""Level ("ok", "note", or "wrong", which makes the command fail) and text of one line."""


def run(_arguments: argparse.Namespace) -> int:
    """Print a line per matter; 1 when something is wrong."""
    settings, texts = Settings(), load_texts("vi")
    remarks = [*_data(settings, texts), *_channels(settings, texts), *_directory(settings, texts)]
    for meant, text in remarks:
        print(texts.say(f"check.{meant}", what=text))
    return int(any(meant == "wrong" for meant, _ in remarks))


def _data(settings: Settings, texts: Texts) -> Iterator[Remark]:
    store = open_store(settings)
    writable = os.access(settings.antam_data_dir, os.W_OK)
    said = texts.say("check.folder" if writable else "check.folder_readonly", folder=settings.antam_data_dir)
    yield "ok" if writable else "wrong", said
    held = {passage.id for passage in store.passages()}
    yield "ok", texts.say("check.database", documents=len(store.documents()), passages=len(held))
    search = open_search(settings, store)
    for part in search.unusable():
        yield "wrong", texts.say(f"check.{part}")
    indexed = search.passage_ids()
    search.close()
    missing, stray = len(held - indexed), len(indexed - held)
    key = "check.index" if held == indexed else "check.index_differs"
    yield "ok" if held == indexed else "wrong", texts.say(key, missing=missing, stray=stray)
    with store.engine.connect() as connection:
        for line in alarm_lines(connection, texts):
            yield "wrong", line


def _channels(settings: Settings, texts: Texts) -> Iterator[Remark]:
    tokens = {
        "Telegram": settings.telegram_bot_token,
        "Zalo OA": settings.zalo_oa_webhook_secret,
        "Zalo Bot": settings.zalo_bot_token,
    }
    for channel, token in tokens.items():
        yield "ok", texts.say("check.channel_on" if token else "check.channel_off", channel=channel)


def _directory(settings: Settings, texts: Texts) -> Iterator[Remark]:
    directory = load_directory(settings.antam_data_dir)
    if directory.problems:
        yield "wrong", texts.say("fault.referral_directory_invalid", problems="; ".join(directory.problems))
    for finding in check_directory(directory, local_now().astimezone(ZONE).date()):
        number, label = finding.service.number, finding.service.label[texts.language]
        fields = {"number": number, "label": label, "days": finding.days, "limit": EXPIRE_DAYS}
        said = texts.say(f"referral.check.{finding.code}", **fields)
        yield "wrong" if finding.code == "expired" else "note", said
