"""Measure the gate on messages it was not trained on: python -m training.gate.evaluate [--files heldout*.txt]"""

import argparse
import random
import re
from collections import Counter
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


_SHARES = (
    ("immediate answered", "immediate answered", "immediate"),
    ("right number in first two", "right number", "immediate"),
    ("card recall", "acute card", "acute"),
    ("card or line", "acute answered", "acute"),
    ("info answered", "info answered", "info"),
    ("false cards", "none card", "none"),
    ("false lines", "none line", "none"),
    ("kind", "right kind", "plea"),
    ("urgency", "right urgency", "plea"),
)
"""What is printed: its name, what is counted, and of how many."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted over one set of messages written one way, and per kind: messages, cards, cards or lines."""

    counts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, example: Example, verdict: Verdict, directory: Directory) -> None:
        """Count one message."""
        action = verdict.action.value
        if example.kind == "none":
            self.counts.update(("none", f"none {action}"))
            return
        answered = verdict.action is not Action.NONE
        self.counts.update({"plea": 1, "right kind": verdict.kind == example.kind})
        self.counts["right urgency"] += verdict.urgency == example.urgency
        self.kinds.update({(example.kind, "of"): 1, (example.kind, action): 1, (example.kind, "answered"): answered})
        group = "info" if example.urgency == "info" else "acute"
        self.counts.update({group: 1, f"{group} {action}": 1, f"{group} answered": answered})
        if example.urgency == "immediate":
            right = answered and _has_right_number(example, verdict, directory)
            self.counts.update({"immediate": 1, "immediate answered": answered, "right number": right})

    def __str__(self) -> str:
        """Return the figures as one line."""
        shares = [(name, self.counts[got], self.counts[of]) for name, got, of in _SHARES]
        return " · ".join(f"{name} {100 * got / max(of, 1):.1f} % ({got}/{of})" for name, got, of in shares)


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
        for kind in sorted({kind for kind, _ in figures.kinds}):
            of, cards, answered = (figures.kinds[kind, what] for what in ("of", "card", "answered"))
            print(f"   {kind}: {of} messages, card {cards}, card or line {answered}")


def _has_right_number(example: Example, verdict: Verdict, directory: Directory) -> bool:
    if verdict.action is Action.LINE:
        shown = ["113", "111"]
    else:
        shown = [service.digits for service in choose_services(verdict, directory=directory, today=_DAY)[:2]]
    return bool(_RIGHT.get(example.kind, {"113"}) & set(shown))


if __name__ == "__main__":
    main()
