"""Is everything in order: configuration, database, index against store, freshness of the directory."""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass

from bot.app import local_now, open_search, open_store
from bot.morning import alarm_lines
from config.referrals import check_directory, load_directory
from config.settings import Settings
from config.texts import Texts, load_texts
from handlers.questions import HANOI


@dataclass(frozen=True, slots=True)
class Remark:
    """One line of the report; only `wrong` ones make the command fail, a note asks for a look."""

    text: str
    wrong: bool = False
    note: bool = False

    @property
    def key(self) -> str:
        """The sentence that frames the line."""
        return "check.wrong" if self.wrong else "check.note" if self.note else "check.ok"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to declare."""


def run(_arguments: argparse.Namespace) -> int:
    """Print a line per matter; 1 when something is wrong."""
    texts = load_texts("vi")
    remarks = [
        *_folder(Settings(), texts),
        *_data(Settings(), texts),
        *_channels(Settings(), texts),
        *_directory(texts),
    ]
    for remark in remarks:
        print(texts.say(remark.key, what=remark.text))
    return int(any(remark.wrong for remark in remarks))


def _folder(settings: Settings, texts: Texts) -> Iterator[Remark]:
    folder = settings.antam_data_dir
    folder.mkdir(parents=True, exist_ok=True)
    writable = os.access(folder, os.W_OK)
    yield Remark(texts.say("check.folder" if writable else "check.folder_readonly", folder=folder), not writable)


def _data(settings: Settings, texts: Texts) -> Iterator[Remark]:
    store = open_store(settings)
    held = {passage.id for passage in store.passages()}
    yield Remark(texts.say("check.database", documents=len(store.documents()), passages=len(held)))
    search = open_search(settings, store)
    indexed = search.passage_ids()
    missing, stray = len(held - indexed), len(indexed - held)
    key = "check.index" if held == indexed else "check.index_differs"
    yield Remark(texts.say(key, missing=missing, stray=stray), held != indexed)
    search.close()
    with store.engine.connect() as connection:
        for line in alarm_lines(connection, texts):
            yield Remark(line, wrong=True)


def _channels(settings: Settings, texts: Texts) -> Iterator[Remark]:
    tokens = {
        "telegram": settings.telegram_bot_token,
        "zalo_oa": settings.zalo_oa_webhook_secret,
        "zalo_bot": settings.zalo_bot_token,
    }
    for channel, token in tokens.items():
        yield Remark(texts.say("check.channel_on" if token else "check.channel_off", channel=channel))


def _directory(texts: Texts) -> Iterator[Remark]:
    directory = load_directory(Settings().antam_data_dir)
    for finding in check_directory(directory, local_now().astimezone(HANOI).date()):
        said = texts.say(f"referral.check.{finding.code}", **finding.fields)
        yield Remark(said, finding.code == "expired", note=True)
