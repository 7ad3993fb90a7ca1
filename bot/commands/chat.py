"""The same conversation in the terminal; an empty line, good-bye or Ctrl-D ends it."""

import argparse
import asyncio

from bot.app import local_now, open_dispatcher
from bot.channels.terminal import Terminal
from config.texts import load_texts


def run(arguments: argparse.Namespace) -> int:
    """Read lines and answer them until the end."""
    texts = load_texts(arguments.language)
    with open_dispatcher(serving=True) as (dispatcher, _):
        terminal = Terminal(handle=dispatcher.handle, texts=texts, clock=local_now)
        print(texts.say("command.chat_opening"))
        while not terminal.is_over and (line := _read(texts.say("command.prompt"))):
            print(asyncio.run(terminal.say(line)) + "\n")
    return 0


def _read(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except EOFError:
        return ""
