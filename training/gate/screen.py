"""Train the gate's first stage on office messages that the whole gate calls calm: python -m training.gate.screen

Which words and phrases are known is told at _is_office_talk. A logistic regression weighs them: office messages
against what is left of each plea without its unknown words. `--folds 5` prints how many held-out pleas pass.
"""

import argparse
import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Set
from itertools import chain
from math import inf
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # no types shipped

from handlers.gate import Action, judge_whole
from handlers.gate_lexicon import load_lexicon
from handlers.gate_screen import REACH, known_as, office_words, pieces_of, weigh
from training.gate.corpus import read_examples, variants
from training.gate.generate import OFFICE, generate
from training.gate.train import TARGET, matrix_of

Message = list[str]
LIBRARY = Path("knowledge/library")
_LEAST = 3
"""Office messages that must hold a word or a phrase to make it known."""
_COMMON, _MORE_OFTEN = 0.008, 6.0
"""The share of office messages from which a word is a common one, and how much more often pleas may then use it."""
_RISKY = 0.1
"""How often, compared with office messages, pleas may use what holds a word for a person or a danger."""
_STRENGTH = 0.25
"""Inverse of the L2 penalty."""
_LEFT_OVER, _APART = 0.05, 25
"""The share of pleas that may pass once their unknown words are taken out; how far the margin keeps from them."""


def main() -> None:
    """Write the screen, or print what passes that was not trained on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=0)
    folds = parser.parse_args().folds
    openings = set_phrases("hello") | set_phrases("want")
    office, pleas = office_messages(openings), plea_messages(openings)
    for turn in range(folds):
        weights, margin = train(office, [one for number, one in enumerate(pleas) if number % folds != turn])
        held = [weigh(words, weights) for one in pleas[turn::folds] for words in one]
        passing, whole = sum(one < margin for one in held), sum(one < inf for one in held)
        print(f"fold {turn}: {passing} of {len(held)} pleas pass, {whole} have no unknown word")
    if not folds:
        weights, margin = train(office, pleas)
        passing = sum(weigh(words, weights) < margin for words in office)
        print(f"{len(weights)} words, margin {margin}; {passing} of {len(office)} office messages pass")
        listed = {"phrases": sorted(set_phrases("small") | openings), "openings": sorted(openings)}
        shipped = json.dumps(listed | {"margin": margin, "weights": weights}, ensure_ascii=False)
        TARGET.joinpath("screen.json").write_text(shipped, "utf-8")


def set_phrases(name: str) -> frozenset[str]:
    """Return what the list of that name holds, as far as the whole gate calls it calm by itself."""
    phrases = tomllib.loads(OFFICE.read_text("utf-8"))["lists"][name].split("|")
    calm = [phrase for phrase in phrases if phrase.strip() and judge_whole(phrase)[0].calm]
    return frozenset(" ".join(pieces_of(phrase)) for phrase in calm)


def office_messages(openings: Set[str]) -> list[Message]:
    """Return the words of office messages, written and generated, and of the library's sentences, if they are calm."""
    sentences = chain.from_iterable(re.split(r"[.;:\n]+", path.read_text()) for path in sorted(LIBRARY.glob("*.txt")))
    examples = generate(parts=OFFICE) + read_examples("train_office.txt")
    texts = dict.fromkeys([*(example.text for example in examples), *sentences])
    return [words for text in texts if (words := office_words(text.strip(), openings)) and judge_whole(text)[0].calm]


def plea_messages(openings: Set[str]) -> list[list[Message]]:
    """Return, for each message that is a plea or gets a card or line, the words of every way to write it."""
    pleas = []
    for number, example in enumerate(read_examples("train_*.txt") + generate()):
        if example.kind != "none" or judge_whole(example.text)[0].action is not Action.NONE:
            ways = [office_words(one.text, openings) for one in variants(example, number)]
            pleas.append([words for words in ways if words] or [[]])
    return pleas


def train(office: list[Message], pleas: list[list[Message]]) -> tuple[dict[str, int], float]:
    """Return the known words with their weights in hundredths, and the margin below which a message passes."""
    numbers = {word: number for number, word in enumerate(_known_words(office, pleas))}

    def known_in(words: Message) -> tuple[int, ...]:
        return tuple(sorted({numbers[key] for key in known_as(words, numbers) if key}))

    asked = [known for known in map(known_in, office) if known]
    left_over = sorted({known_in(words) for one in pleas for words in one} - {()})
    matrix = matrix_of([*asked, *left_over], len(numbers))
    is_plea = np.repeat([0, 1], [len(asked), len(left_over)])
    both_count_the_same = np.where(is_plea, len(asked) / len(left_over), 1.0)
    model = LogisticRegression(C=_STRENGTH, fit_intercept=False, max_iter=1000)
    fitted = np.round(100 * model.fit(matrix, is_plea, sample_weight=both_count_the_same).coef_[0])
    weights = dict(zip(numbers, fitted.astype(int).tolist(), strict=True))
    sums = np.sort(matrix[len(asked) :] @ fitted)
    return weights, min([int(sums[int(_LEFT_OVER * len(sums))]), *_worrying(weights, pleas)]) - _APART


def _worrying(weights: Mapping[str, int], pleas: list[list[Message]]) -> list[float]:
    """Return the sums of those pieces of pleas, wholly of known words, on which the whole gate says anything."""
    ends = [(words, start, end) for words, *_ in pleas for end in range(len(words) + 1) for start in range(end)]
    pieces = {" ".join(words[start:end]): words[start:end] for words, start, end in ends if end - start < 9}
    known = [(piece, weight) for piece, words in pieces.items() if (weight := weigh(words, weights)) < inf]
    return [weight for piece, weight in known if judge_whole(piece)[0].action is not Action.NONE]


def _known_words(office: list[Message], pleas: list[list[Message]]) -> list[str]:
    """Return the words that offices use and pleas hardly do, and the phrases around words that alone are not known."""
    lexicon = load_lexicon()
    risky = lexicon.phrases_of(lexicon.groups["danger"] | lexicon.groups["people"])
    in_office, known = Counter[str](), dict[str, float]()
    for length in range(1, REACH + 1):
        here = Counter(chain.from_iterable({*_stretches(words, length)} for words in office))
        in_office.update(here)
        by_plea = ({*chain.from_iterable(_stretches(words, length) for words in one)} for one in pleas)
        in_pleas = Counter(chain.from_iterable(by_plea))
        unknown = [key for key in here if "" in known_as(key.split(), known)]
        shares = {key: (here[key] / len(office), in_pleas[key] / len(pleas)) for key in unknown}
        known |= {key: 0.0 for key in unknown if _is_office_talk(key.split(), in_office, risky, *shares[key])}
    return sorted(known)


def _is_office_talk(words: Message, in_office: Counter[str], risky: Set[str], share: float, in_pleas: float) -> bool:
    """Return whether enough office messages hold a word or phrase, and no larger share of the pleas than it may.

    One with a word for a person or a danger must be in at least half of the messages that hold a part of it: "đánh
    giá" is known, "báo cáo đánh" is not.
    """
    count, risks = in_office[" ".join(words)], risky & {*words}
    parts = risks if len(words) < 3 else {" ".join(words[1:]), " ".join(words[:-1])}
    if count < _LEAST or (risks and any(2 * count < in_office[part] for part in parts)):
        return False
    if len(words) > 2:
        return not in_pleas
    common = len(words) == 1 and share >= _COMMON
    return in_pleas <= share * (_RISKY if risks else _MORE_OFTEN if common else 1)


def _stretches(words: Message, length: int) -> list[str]:
    return [" ".join(words[start : start + length]) for start in range(len(words) - length + 1)]


if __name__ == "__main__":
    main()
