"""Answer one question, one `{"id","question","history"}` a line (--jsonl), or a conversation (`chat`)."""

import argparse
import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import ValidationError

from bot.app import local_now, open_dispatcher
from bot.channels.rendering import lines_to_read
from bot.channels.terminal import Terminal
from bot.channels.web import AskRequest, merge_replies, to_message
from bot.commands.usage import WrongUsage
from config.texts import Texts, load_texts
from handlers.dispatcher import Dispatcher
from retrieval.domain import Citation


def run(arguments: argparse.Namespace) -> int:
    """Print answers; a line that is no question gets an answer that says so."""
    if arguments.command == "chat":
        return _chat(load_texts(arguments.language), arguments.today)
    texts = load_texts("vi")
    if arguments.question is None and not arguments.jsonl:
        raise WrongUsage("ask_what")
    is_helped = True
    with open_dispatcher() as (dispatcher, failure):
        for line in filter(str.strip, sys.stdin) if arguments.jsonl else ():
            told = _answer_line(dispatcher, line, arguments, texts)
            is_helped &= told["kind"] == "referral"
            print(json.dumps(told, ensure_ascii=False), flush=True)
        if not arguments.jsonl:
            asked = AskRequest(question=arguments.question, locality=arguments.locality)
            told = answer(dispatcher, asked, arguments.today)
            is_helped = told["kind"] == "referral"
            cited = [Citation(**entry) for entry in told["citations"]]
            plain = lines_to_read(told["text"], told["options"], cited, texts)
            if is_helped or failure is None:
                print(json.dumps(told, ensure_ascii=False) if arguments.json else plain)
    if failure is not None and not is_helped:
        raise failure
    return 0


def _chat(texts: Texts, today: date | None) -> int:
    """Converse in the terminal until an empty line, good-bye or Ctrl-D."""
    with open_dispatcher(serving=True) as (dispatcher, failure), suppress(EOFError):
        handle = dispatcher.handle
        terminal = Terminal(handle=lambda said: handle(replace(said, today=today)), texts=texts, clock=local_now)
        print(texts.say("command.chat_opening"))
        while not terminal.is_over and (line := input(texts.say("command.prompt")).strip()):
            print(asyncio.run(terminal.say(line)) + "\n")
    if failure is not None:
        raise failure
    return 0


def _answer_line(dispatcher: Dispatcher, line: str, arguments: argparse.Namespace, texts: Texts) -> dict[str, Any]:
    try:
        asked = AskRequest.model_validate_json(line)
    except ValidationError:
        blank = {"kind": "command", "text": texts.say("page.malformed"), "citations": [], "options": [], "ms": 0}
        return {"id": _id_of(line)} | blank
    if asked.locality is None:
        asked = asked.model_copy(update={"locality": arguments.locality})
    return answer(dispatcher, asked, arguments.today)


def _id_of(line: str) -> object:
    try:
        return json.loads(line)["id"]
    except (ValueError, TypeError, KeyError):
        return None


def answer(dispatcher: Dispatcher, asked: AskRequest, today: date | None) -> dict[str, Any]:
    """Return the object that `ask` writes."""
    started = time.perf_counter()
    message = to_message(asked, local_now(), channel="terminal", today=today)
    merged = merge_replies(asyncio.run(dispatcher.handle(message)))
    merged.pop("buttons")
    merged.pop("forget")
    return {"id": asked.id} | merged | {"ms": round((time.perf_counter() - started) * 1000)}
