"""`python -m bot COMMAND …`: parses arguments and hands over; each command is imported only when asked for."""

import argparse
import sys
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.commands.usage import Parser, WrongUsage
from config.texts import load_texts

Options = dict[str, Any]
_SWITCH: Options = {"action": "store_true"}
_DAY: Options = {"type": date.fromisoformat, "metavar": "YYYY-MM-DD"}
_TEXT: Options = {"nargs": "?"}
_FILES: Options = {"nargs": "*", "type": Path}
_SPAN: dict[str, Options] = {"--from": {"dest": "first"} | _DAY, "--to": {"dest": "last"} | _DAY}
_PLACE: dict[str, Options] = {"--agency": {}, "--locality": {}}
_JSON: dict[str, Options] = {"--json": _SWITCH}
_LINES: dict[str, Options] = {**_JSON, "--jsonl": _SWITCH, "--today": _DAY}
_REMIND: dict[str, Options] = {
    "step": {"choices": ("simulate", "proposals", "confirm", "drop", "plan", "deliver", "status", "retry")},
    "which": {"nargs": "*"},
    "--now": {"type": datetime.fromisoformat, "metavar": "MOMENT"},
    "--as": {"dest": "official", "metavar": "AGENCY@LOCALITY"},
    "--xlsx": {"type": Path},
}
_EVAL: dict[str, Options] = {
    "files": _FILES,
    "--today": _DAY,
    "--wrong": _SWITCH,
    "--retrieval": _SWITCH,
    "--corpus": {},
    "--questions": {},
}
_BENCH: dict[str, Options] = {"--answers": _SWITCH, "--retrieval": _SWITCH, "--webhook": _SWITCH}

_COMMANDS: dict[str, tuple[str, dict[str, Options]]] = {
    "serve": ("serve", {"--host": {}, "--port": {"type": int, "choices": range(65536), "metavar": "PORT"}}),
    "chat": ("ask", {"--language": {"choices": ("vi", "en"), "default": "vi"}, "--today": _DAY}),
    "ask": ("ask", {"question": _TEXT, "--locality": {}, **_LINES}),
    "ingest": ("ingest", {"paths": _FILES, **_JSON}),
    "show": ("registers", {"what": {"metavar": "PATH_OR_ID"}, "--today": _DAY, **_JSON}),
    "duties": ("registers", {**_PLACE, "--today": _DAY, **_JSON}),
    "deadlines": ("registers", {**_PLACE, **_SPAN, "--today": _DAY, **_JSON}),
    "refer": ("refer", {"text": _TEXT, **_LINES}),
    "remind": ("remind", {**_REMIND, **_SPAN, **_JSON}),
    "invite": ("invite", {"--role": {"required": True, "choices": ("official", "head", "admin")}, **_PLACE, **_JSON}),
    "check": ("check", {}),
    "eval": ("evaluate", {**_EVAL, **_JSON}),
    "bench": ("bench", {**_BENCH, "--sizes": {"type": int, "nargs": "*", "metavar": "PASSAGES"}}),
    "reindex": ("ingest", {}),
}
"""For each command its module and its argparse arguments."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 a clear one-line error, 2 wrong usage."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] not in _COMMANDS:
        texts, is_help = load_texts("vi"), words in (["-h"], ["--help"])
        lines = (f"  {name:<10} {texts.say(f'command.about.{name}')}" for name in _COMMANDS)
        print(texts.say("command.usage"), *lines, sep="\n", file=sys.stdout if is_help else sys.stderr)
        return 0 if is_help else 2
    try:
        return int(import_module(f"bot.commands.{_COMMANDS[words[0]][0]}").run(parse(*words)))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except Exception as fault:
        return _explain(fault)


def parse(name: str, *words: str) -> argparse.Namespace:
    """Return the arguments of a command; wrong ones end the program with exit code 2."""
    arguments = Parser(name, _COMMANDS[name][1]).parse_args(words)
    first, last = getattr(arguments, "first", None), getattr(arguments, "last", None)
    if first and last and first > last:
        raise WrongUsage("span_reversed", first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
    return arguments


def _explain(fault: Exception) -> int:
    """Print one clear line for a fault; an unexpected one is named by its type."""
    texts, code, fields = load_texts("vi"), getattr(fault, "code", None), getattr(fault, "fields", {})
    if isinstance(fault, OSError) and fault.filename:
        code, fields = "file", {"name": fault.filename}
    elif f"fault.{code}" not in texts.sentences:
        code, fields = "unforeseen", {"kind": type(fault).__name__}
    print(texts.say(f"fault.{code}", **fields), file=sys.stderr)
    return 2 if isinstance(fault, WrongUsage) else 1


if __name__ == "__main__":
    sys.exit(main())
