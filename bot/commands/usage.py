"""The arguments of a command: help and faults in the words of the catalogue, exit code 2 for wrong usage."""

import argparse
import re
from typing import Any, NoReturn

from config.texts import load_texts
from knowledge.errors import KnowledgeError

_FAULTS = {
    "missing": r"the following arguments are required: (.+)",
    "unknown": r"unrecognized arguments: (.+)",
    "bad_value": r"(?:argument |ambiguous option: )?([^:\s]+)",
}
"""How argparse words its faults, and which sentence says so."""


class WrongUsage(KnowledgeError):
    """The command was called in a way that cannot be meant."""


class Parser(argparse.ArgumentParser):
    """Reads the arguments of one command."""

    def __init__(self, command: str, arguments: dict[str, dict[str, Any]]) -> None:
        self.texts = load_texts("vi")
        about = self.texts.say(f"command.about.{command}")
        super().__init__(prog=f"python -m bot {command}", description=about, formatter_class=_Formatter, add_help=False)
        group = self.add_argument_group(self.texts.say("command.arguments"))
        for name, options in {**arguments, "--help": {"action": "help"}}.items():
            names = ("-h", name) if name == "--help" else (name,)
            group.add_argument(*names, help=self.texts.sentences.get(f"command.help.{name.lstrip('-')}"), **options)
        self.set_defaults(command=command)

    def error(self, message: str) -> NoReturn:
        """Name what is missing, unknown or no value, and how the command is used."""
        found = ((name, re.match(shape, message)) for name, shape in _FAULTS.items())
        name, what = next((name, match[1]) for name, match in found if match)
        self.exit(2, f"{self.texts.say(f'command.{name}', what=what)}\n{self.format_usage()}")


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, prefix or load_texts("vi").say("command.how"))
