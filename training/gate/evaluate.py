"""Measure the gate on messages it was not trained on: python -m training.gate.evaluate [--files heldout*.txt]"""

import argparse
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from config.referrals import Directory, load_directory
from handlers.gate import Action, Verdict, judge
from handlers.referral_cards import choose_services
from knowledge.vietnamese import fold
from training.gate.corpus import Example, read_examples, with_slip, without_marks

KEYWORDS = (
    "bạo lực|bạo hành|đánh|đập|tát|hiếp|xâm hại|quấy rối|tự tử|giết|cứu|dọa|nhốt|sàm sỡ"
    "|cưỡng ép|lừa bán|tống tiền|muốn chết|chửi|nạn nhân"
)
"""The plain list the gate is compared with: any of its twenty words makes a card."""
_RIGHT = {"child": {"111"}, "trafficking": {"111"}, "suicidal": {"115", "113"}}
Judge = Callable[[str], Verdict]
_DAY = date(2026, 11, 21)


@dataclass(slots=True)
class Figures:
    """Counts over one set of messages written one way."""

    acute: int = 0
    cards: int = 0
    helped: int = 0
    immediate: int = 0
    immediate_helped: int = 0
    right_number: int = 0
    info: int = 0
    info_helped: int = 0
    harmless: int = 0
    false_cards: int = 0
    false_lines: int = 0
    kinds: dict[str, list[int]] = field(default_factory=dict)
    right_kind: int = 0
    right_urgency: int = 0

    def add(self, example: Example, verdict: Verdict, directory: Directory) -> None:
        """Count one message."""
        card, helped = verdict.action is Action.CARD, verdict.action is not Action.NONE
        if example.kind == "none":
            self.harmless += 1
            self.false_cards += card
            self.false_lines += verdict.action is Action.LINE
            return
        row = self.kinds.setdefault(example.kind, [0, 0, 0])
        self.kinds[example.kind] = [row[0] + 1, row[1] + card, row[2] + helped]
        self.right_kind += verdict.kind == example.kind
        self.right_urgency += verdict.urgency == example.urgency
        if example.urgency == "info":
            self.info += 1
            self.info_helped += helped
            return
        self.acute += 1
        self.cards += card
        self.helped += helped
        if example.urgency == "immediate":
            self.immediate += 1
            self.immediate_helped += helped
            self.right_number += helped and _has_right_number(example, verdict, directory)

    def __str__(self) -> str:
        """Return the figures as one line."""
        parts = (
            ("immediate answered", self.immediate_helped, self.immediate),
            ("right number in first two", self.right_number, self.immediate),
            ("card recall", self.cards, self.acute),
            ("card or line", self.helped, self.acute),
            ("info answered", self.info_helped, self.info),
            ("false cards", self.false_cards, self.harmless),
            ("false lines", self.false_lines, self.harmless),
            ("kind", self.right_kind, self.acute + self.info),
            ("urgency", self.right_urgency, self.acute + self.info),
        )
        return " · ".join(f"{name} {100 * got / max(of, 1):.1f} % ({got}/{of})" for name, got, of in parts)


def measure(examples: Iterable[Example], judged_by: Judge, write: Callable[[str], str]) -> Figures:
    """Return the figures of a judge on messages written in one way."""
    directory, figures = load_directory(), Figures()
    for example in examples:
        figures.add(example, judged_by(write(example.text)), directory)
    return figures


def keyword_judge(text: str) -> Verdict:
    """Judge by the plain list, with marks where there are any, without where there are none."""
    plain = fold(text) == text.lower()
    hit = re.search(rf"\b({fold(KEYWORDS) if plain else KEYWORDS})\b", text.lower())
    return Verdict(action=Action.CARD if hit else Action.NONE)


def ways(seed: int = 1) -> dict[str, Callable[[str], str]]:
    """Return the ways of writing that are measured."""
    chance = random.Random(seed)
    return {"plain": str, "no marks": without_marks, "one slip": lambda text: with_slip(text, chance)}


def main() -> None:
    """Print the figures of the gate and of the plain keyword list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", default="heldout*.txt")
    examples = read_examples(parser.parse_args().files)
    for name, write in ways().items():
        figures = measure(examples, judge, write)
        print(f"{name}: {figures}")
        print(f"{name}, keyword list: {measure(examples, keyword_judge, write)}")
        for kind, (of, cards, helped) in sorted(figures.kinds.items()):
            print(f"   {kind}: {of} messages, card {cards}, card or line {helped}")


def _has_right_number(example: Example, verdict: Verdict, directory: Directory) -> bool:
    if verdict.action is Action.LINE:
        shown = ["113", "111"]
    else:
        shown = [service.digits for service in choose_services(verdict, directory=directory, today=_DAY)[:2]]
    return bool(_RIGHT.get(example.kind, {"113"}) & set(shown))


if __name__ == "__main__":
    main()
