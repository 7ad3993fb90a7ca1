"""Answer one question, or with --jsonl one `{"id","question","history"}` a line."""

import argparse
import asyncio
import json
import sys
import time
from datetime import date
from typing import Any

from pydantic import ValidationError

from bot.app import Workplace, local_now, open_workplace
from bot.channels.rendering import lines_to_read
from bot.channels.web import AskRequest, merge_replies, to_message
from config.texts import Texts, load_texts
from retrieval.domain import Citation


def run(arguments: argparse.Namespace) -> int:
    """Print answers; a line that is no question gets an answer that says so."""
    texts = load_texts("vi")
    if arguments.question is None and not arguments.jsonl:
        print(texts.say("command.ask_what"), file=sys.stderr)
        return 2
    with open_workplace() as workplace:
        if arguments.jsonl:
            for line in sys.stdin:
                if line.strip():
                    print(json.dumps(_answer_line(workplace, line, arguments, texts), ensure_ascii=False), flush=True)
            return 0
        asked = AskRequest(question=arguments.question, locality=arguments.locality)
        told = answer(workplace, asked, arguments.today)
        cited = [Citation(**entry) for entry in told["citations"]]
        plain = lines_to_read(told["text"], told["options"], cited, texts)
        print(json.dumps(told, ensure_ascii=False) if arguments.json else plain)
    return 0


def _answer_line(workplace: Workplace, line: str, arguments: argparse.Namespace, texts: Texts) -> dict[str, Any]:
    try:
        asked = AskRequest.model_validate_json(line)
    except ValidationError:
        text = texts.say("page.malformed")
        return {"id": None, "kind": "command", "text": text, "citations": [], "options": [], "ms": 0}
    if asked.locality is None:
        asked = asked.model_copy(update={"locality": arguments.locality})
    return answer(workplace, asked, arguments.today)


def answer(workplace: Workplace, asked: AskRequest, today: date | None) -> dict[str, Any]:
    """Return the object that `ask` writes."""
    started = time.perf_counter()
    message = to_message(asked, local_now(), channel="terminal", today=today)
    merged = merge_replies(asyncio.run(workplace.dispatcher.handle(message)))
    merged.pop("buttons")
    merged.pop("forget")
    return {"id": asked.id} | merged | {"ms": round((time.perf_counter() - started) * 1000)}
