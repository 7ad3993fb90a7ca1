"""Train the gate's first stage on what the whole gate calls calm: python -m training.gate.screen [--folds 5]

A word is known when it is no more frequent in pleas than in office messages; so are common little words that both
share, unless danger.toml lists them as a person or a danger; so is a stretch of words in which one alone is not known.
The known words of a plea must stop it by themselves.
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
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # no types shipped
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # no types shipped

from handlers.gate import Action, judge_whole
from handlers.gate_lexicon import load_lexicon
from handlers.gate_screen import REACH, known_as, office_words, pieces_of, weigh
from training.gate.corpus import read_examples, variants
from training.gate.generate import OFFICE, generate
from training.gate.train import TARGET

Message = list[str]
Keys = tuple[str, ...]
LIBRARY = Path("knowledge/library")
_LEAST, _COMMON, _MORE_OFTEN = 2, 0.008, 6.0
"""Messages a word must be in; the share of them from which it is a common one, and how much more pleas may use it."""
_RISKY, _BOUND = 0.1, 0.2
"""How much pleas may use what holds a name of a person or a danger; how often the words of a pair stand together."""
_STRENGTH = 0.25
"""Inverse of the L2 penalty."""
_LEFT_OVER, _APART = 0.05, 25
"""The share of pleas that may pass once their unknown words are taken out; how far the margin keeps from them."""


def main() -> None:
    """Write the screen, or print what passes that was not trained on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=0)
    folds = parser.parse_args().folds
    openings = set_phrases("hello")
    office, pleas = office_messages(), plea_messages(openings)
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


def office_messages() -> list[Message]:
    """Return the words of office messages, written and generated, and of the library's sentences, if they are calm."""
    sentences = chain.from_iterable(re.split(r"[.;:\n]+", path.read_text()) for path in sorted(LIBRARY.glob("*.txt")))
    examples = generate(parts=OFFICE) + read_examples("train_office.txt")
    texts = dict.fromkeys([*(example.text for example in examples), *sentences])
    return [words for text in texts if (words := office_words(text.strip(), set())) and judge_whole(text)[0].calm]


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
    known = dict.fromkeys(_known_words(office, pleas), 0.0)
    asked = [tuple(sorted({*known_as(words, known)} - {""})) for words in office]
    left_over = {tuple(sorted({*known_as(words, known)} - {""})) for one in pleas for words in one}
    told = sorted(left_over - {()})
    fitted = _fit(list(known), [keys for keys in asked if keys], told)
    weights = {word: round(100 * weight) for word, weight in zip(known, fitted, strict=True)}
    sums = sorted(sum(weights[key] for key in keys) for keys in told)
    return weights, min([sums[int(_LEFT_OVER * len(sums))], *_worrying(weights, pleas)]) - _APART


def _worrying(weights: Mapping[str, int], pleas: list[list[Message]]) -> list[float]:
    """Return the sums of those pieces of pleas, wholly of known words, on which the whole gate says anything."""
    ends = [(words, start, end) for words, *_ in pleas for end in range(len(words) + 1) for start in range(end)]
    pieces = {" ".join(words[start:end]): words[start:end] for words, start, end in ends if end - start < 9}
    known = [(piece, weight) for piece, words in pieces.items() if (weight := weigh(words, weights)) < inf]
    return [weight for piece, weight in known if judge_whole(piece)[0].action is not Action.NONE]


def _known_words(office: list[Message], pleas: list[list[Message]]) -> list[str]:
    """Return the words, and the stretches of which a word alone is not known, that offices use and pleas hardly do."""
    lexicon = load_lexicon()
    risky = lexicon.phrases_of(lexicon.groups["danger"] | lexicon.groups["people"])
    ours, known = Counter[str](), dict[str, float]()
    for length in range(1, REACH + 1):
        ours.update(chain.from_iterable({*_stretches(words, length)} for words in office))
        told = ({*chain.from_iterable(_stretches(words, length) for words in one)} for one in pleas)
        theirs = Counter(chain.from_iterable(told))

        def is_ours(key: str, words: Message, theirs: Counter[str] = theirs) -> bool:
            danger, share = risky & {*words}, ours[key] / len(office)
            parts = danger if len(words) < 3 else {" ".join(words[1:]), " ".join(words[:-1])} if danger else set()
            if any(2 * ours[key] < ours[part] for part in parts):
                return False  # The dangerous word stands as often in other company.
            if len(words) > 2:
                return ours[key] > _LEAST and not theirs[key]
            bound = len(words) == 1 or 2 * ours[key] >= _BOUND * sum(ours[word] for word in words)
            often = _RISKY if danger else _MORE_OFTEN if len(words) == 1 and share >= _COMMON else 1.0
            return ours[key] >= _LEAST and bound and theirs[key] / len(pleas) <= often * share

        here = [(key, words) for key in ours if len(words := key.split()) == length]
        found = [key for key, words in here if "" in known_as(words, known) and is_ours(key, words)]
        known |= dict.fromkeys(found, 0.0)
    return sorted(known)


def _stretches(words: Message, length: int) -> list[str]:
    return [" ".join(words[start : start + length]) for start in range(len(words) - length + 1)]


def _fit(known: list[str], asked: list[Keys], told: list[Keys]) -> NDArray[np.float64]:
    """Return the weights that set pleas apart from office messages, both counting the same."""
    numbers = {key: number for number, key in enumerate(known)}
    columns = [numbers[key] for keys in [*asked, *told] for key in keys]
    ends = np.cumsum([0, *map(len, asked), *map(len, told)])
    matrix = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(ends) - 1, len(known)))
    is_plea = np.repeat([0, 1], [len(asked), len(told)])
    worth = np.where(is_plea, len(asked) / len(told), 1.0)
    model = LogisticRegression(C=_STRENGTH, fit_intercept=False, max_iter=1000).fit(
        matrix, is_plea, sample_weight=worth
    )
    fitted: NDArray[np.float64] = model.coef_[0]
    return fitted


if __name__ == "__main__":
    main()
