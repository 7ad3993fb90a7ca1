"""Train the gate's first stage on office messages that the whole gate lets be: python -m training.gate.screen

Which words are known is told at _known_words. A logistic regression weighs them and their pairs: office messages
against pleas, of each the stretch that weighs most, as the first stage adds them up; unknown words of a plea are left
out, since the rest should stop it too. `--folds 5` prints what passes of pleas held out, alone and amid office talk.
"""

import argparse
import json
import random
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from itertools import chain
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]  # no types shipped
from scipy.special import expit  # type: ignore[import-untyped]  # no types shipped

from handlers.gate import Action, judge_whole
from handlers.gate_lexicon import load_lexicon
from handlers.gate_screen import FEW, REACH, SPEAKERS, Screen, bound_of, covering, heaviest, pieces_of, settles
from knowledge.vietnamese import fold
from training.gate.corpus import read_examples, variants, with_slang, with_slip, without_marks
from training.gate.generate import OFFICE, generate
from training.gate.train import TARGET, matrix_of

Message = tuple[str, ...]
Keys = tuple[tuple[int, ...], ...]
Row = NDArray[np.float64]
LIBRARY = Path("knowledge/library")
_CALM = 0.05
"""An office message teaches only below this probability of distress."""
_LEAST, _COMMON, _USUAL = 3, 20, 60
"""Office messages that must hold a phrase, a word, and a word for a person or a danger to trust the counts."""
_ADDRESSED = SPEAKERS | {"anh", "chị", "chi", "bạn", "ban"}
_SPEAKER_RATIO, _RATIO, _RISKY_RATIO, _RARE = 30.0, 30.0, 4.0, 0.1
"""How often, against offices, pleas may use a known word: one for a speaker, any, one for a danger, a rare such one."""
_IN_ONE_PAIR = 0.9
"""A word in one and the same pair in more than this share of its messages ("Quốc Oai") is known in that pair alone."""
_PAIR_OFFICE, _PAIR_PLEAS = 3, 3
"""Messages that must hold a pair of known words to weigh it."""
_STRENGTH, _BIAS = 0.5, -4.0
"""Inverse of the L2 penalty; the fixed bias, by which an empty stretch is calm."""
_ROUNDS, _SETTLING, _STEPS = 5, 3, 70
"""Rounds of choosing stretches, the first one that moves only half way, steps of a round."""
_SLIPS = 6
_LEFT_OVER = 0.3
"""What a plea counts that unknown words stop already."""
_APART, _PIECE = 0.5, 8
"""How far above the bound every plea and every worrying piece of one, of so many words at most, is lifted."""
_NAMED = 4.0
"""The least weight of a pair of known words that names a person or a danger."""
_LIGHT = 0.1
"""Weights of pairs nearer to zero are not shipped."""


def main() -> None:
    """Write the screen, or print what passes that was not trained on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=0)
    folds = parser.parse_args().folds
    office, pleas = office_messages(), plea_messages()
    print(len(office), "office messages,", sum(map(len, pleas)), "ways to write", len(pleas), "pleas", flush=True)
    phrases = frozenset().union(*map(set_phrases, ("small", "hello", "want")))
    for turn in range(folds):
        trained = train(office, [one for number, one in enumerate(pleas) if number % folds != turn])
        print(f"fold {turn}: {_held_out(Screen(phrases, *trained), pleas[turn::folds], office)}", flush=True)
    if not folds:
        screen = Screen(phrases, *train(office, pleas))
        print(f"{len(screen.weights)} weights; {sum(settles(words, screen) for words in office)} office messages pass")
        shipped = json.dumps(screen._asdict(), ensure_ascii=False, default=sorted)
        TARGET.joinpath("screen.json").write_text(shipped, "utf-8")


def set_phrases(name: str) -> frozenset[str]:
    """Return what the list of that name holds, as far as the whole gate calls it calm by itself."""
    phrases = tomllib.loads(OFFICE.read_text("utf-8"))["lists"][name].split("|")
    calm = [phrase for phrase in phrases if phrase.strip() and judge_whole(phrase)[0].calm]
    return frozenset(" ".join(pieces_of(phrase)) for phrase in calm)


def office_messages() -> list[Message]:
    """Return the ways to write office messages, made up or written by us, and the library's sentences, if harmless."""
    sentences = chain.from_iterable(re.split(r"[.;:\n]+", path.read_text()) for path in sorted(LIBRARY.glob("*.txt")))
    examples = generate(parts=OFFICE) + read_examples("train_office.txt")
    texts = dict.fromkeys([*(example.text for example in examples), *map(str.strip, sentences)])
    chance, short = random.Random(3), _short_forms()
    written = dict[str, None]()
    for text in filter(_is_calm, texts):
        brief = with_slang(_abbreviated(text, short, chance), chance)
        ways = [text, brief, without_marks(chance.choice([text, brief])), half_marked(text, chance)]
        written |= dict.fromkeys(ways)
    return list(dict.fromkeys(tuple(words) for text in written if (words := pieces_of(text))))


def plea_messages() -> list[list[Message]]:
    """Return, for each message that is a plea or gets a card or line, the words of every way to write it."""
    pleas, chance = [], random.Random(3)
    for number, example in enumerate(read_examples("train_*.txt") + generate()):
        if example.kind != "none" or judge_whole(example.text)[0].action is not Action.NONE:
            ways = [*(one.text for one in variants(example, number)), half_marked(example.text, chance)]
            pleas.append([tuple(words) for text in ways if (words := pieces_of(text))])
    return pleas


def half_marked(text: str, chance: random.Random) -> str:
    """Return the text with a stretch of words typed without marks, as when a name is copied in."""
    words = text.split(" ")
    start, end = sorted(chance.sample(range(len(words) + 1), 2))
    return " ".join([*words[:start], *map(without_marks, words[start:end]), *words[end:]])


def train(office: list[Message], pleas: list[list[Message]]) -> tuple[dict[str, float], list[str]]:
    """Return the weights of known words, of n-grams that stand for others and of pairs; and brief worrying phrases."""
    known, pairs, named = _known_words(office, pleas)
    pleas = [ways + _slips(ways[0], known) if ways else ways for ways in pleas]
    numbers = {key: number for number, key in enumerate([*sorted(known), *sorted(pairs - known)])}
    calm = {one: 1.0 for words in office if (one := _keys(words, known, numbers))}
    worrying = {
        one: 1.0 if len(one) == len(words) else _LEFT_OVER
        for words in chain.from_iterable(pleas)
        if (one := _keys(words, known, numbers))
    }
    fitted = zip(numbers, np.round(_fit(calm, worrying, len(numbers)), 2).tolist(), strict=True)
    weights = {key: weight for key, weight in fitted if key in known or abs(weight) >= _LIGHT}
    weights |= {pair: max(_NAMED, weights.get(pair, 0.0)) for pair in named}
    return weights, _lift(weights, pleas)


def _slips(words: Message, known: Set[str]) -> list[Message]:
    """Return further slips of a plea that holds no unknown word, since nothing but the weights stops it."""
    if not _all_known(words, known):
        return []
    chance, plain = random.Random(" ".join(words)), " ".join(words)
    written = [with_slip(text, chance) for text in (plain, without_marks(plain)) * _SLIPS]
    return [tuple(pieces_of(text)) for text in written]


def _fit(calm: dict[Keys, float], worrying: dict[Keys, float], width: int) -> NDArray[np.float64]:
    """Return the weights: each round fits them on the heaviest stretch of each message under the last ones."""
    sign = np.repeat([-1.0, 1.0], [len(calm), len(worrying)])
    worth = np.array([*calm.values(), *(one * len(calm) / sum(worrying.values()) for one in worrying.values())])
    weights = np.zeros(width)
    for turn in range(_ROUNDS):
        light = weights.tolist()
        rows = [[*chain.from_iterable(_heaviest_of(one, light) if turn else one)] for one in chain(calm, worrying)]
        found = _fit_rows(matrix_of(rows, width), sign, worth, weights, _BIAS if turn else 0.0)
        weights = found if turn < _SETTLING else (weights + found) / 2
    return weights


def _fit_rows(matrix: Any, sign: Row, worth: Row, weights: Row, bias: float) -> Row:
    """Return the weights of a logistic regression with that bias."""

    def loss(tried: Row) -> tuple[float, Row]:
        margin = sign * (matrix @ tried + bias)
        slope = matrix.T @ (-worth * sign * expit(-margin)) + tried / _STRENGTH
        return worth @ np.logaddexp(0, -margin) + tried @ tried / (2 * _STRENGTH), slope

    fitted: Row = minimize(loss, weights, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    return fitted


def _heaviest_of(keys: Keys, weights: Sequence[float]) -> Keys:
    """Return the stretch of words whose weights have the greatest sum."""
    most, best, total, start = -inf, (0, 0), 0.0, 0
    for place, mine in enumerate(keys):
        if total <= 0.0:
            total, start = 0.0, place
        total += sum([weights[key] for key in mine])
        if total > most:
            most, best = total, (start, place + 1)
    return keys[best[0] : best[1]]


def _keys(words: Message, known: Set[str], numbers: Mapping[str, int]) -> Keys:
    """Return for each known word the numbers of what weighs: it and its pair, or the n-gram that stands for it."""
    keys, before = list[tuple[int, ...]](), ""
    for place, word in enumerate(words):
        if word in known:
            pair = numbers.get(f"{before} {word}")
            keys.append((numbers[word],) if pair is None else (numbers[word], pair))
        elif cover := covering(words, place, known):
            keys.append((numbers[cover],))
        before = word
    return tuple(keys)


def _lift(weights: dict[str, float], pleas: list[list[Message]]) -> list[str]:
    """Lift to the bound, by its last pair, every plea and every piece on which the whole gate says anything.

    Returns the brief ones instead: few words say too little to be weighed anew.
    """
    written = dict.fromkeys(chain.from_iterable(pleas))
    pieces = dict.fromkeys(
        words[start:end]
        for words, *_ in filter(None, pleas)
        for end in range(1, len(words) + 1)
        for start in range(max(end - _PIECE, 0), end)
    )
    brief = []
    for words in written | pieces:
        missing = bound_of(words) + _APART - heaviest(words, weights)
        if missing > 0 and (words in written or judge_whole(" ".join(words))[0].action is not Action.NONE):
            if len(words) <= FEW:
                brief.append(" ".join(words))
            else:
                key = " ".join(words[-2:])
                weights[key] = round(weights.get(key, 0.0) + missing, 2)
    print(len(brief), "brief ones", flush=True)
    return sorted(brief)


def _known_words(office: list[Message], pleas: list[list[Message]]) -> tuple[set[str], set[str], set[str]]:
    """Return the words that offices use and pleas not much more often, with n-grams around others; and pairs.

    The pairs are the frequent ones, and those that name a person or a danger and that pleas use more often.
    """
    lexicon = load_lexicon()
    risky = lexicon.phrases_of(lexicon.groups["danger"] | lexicon.groups["people"])
    risky |= set(map(fold, risky))
    used, in_pleas = [Counter[str]()], [Counter[str]()]
    for length in range(1, REACH + 1):
        used.append(Counter(chain.from_iterable({*_stretches(words, length)} for words in office)))
        by_plea = ({*chain.from_iterable(_stretches(words, length) for words in ways)} for ways in pleas)
        in_pleas.append(Counter(chain.from_iterable(by_plea)))
    fewer = len(office) / len(pleas)

    def ratio(key: str, length: int) -> float:
        return in_pleas[length][key] * fewer / used[length][key]

    known = {word for word, count in used[1].items() if ratio(word, 1) <= _most_often(word, count, word in risky)}
    known -= _hardest_less_a_letter()
    for word, (pair, count) in _usual_pairs(used[2]).items():
        if word in known and count > _IN_ONE_PAIR * used[1][word] and count >= _LEAST:
            known.discard(word)
            known.add(pair)
    pairs = {pair for pair, count in used[2].items() if count >= _PAIR_OFFICE}
    pairs |= {pair for pair, count in in_pleas[2].items() if count >= _PAIR_PLEAS and known.issuperset(pair.split())}
    for length in range(2, REACH + 1):
        added = set[str]()
        for phrase, count in used[length].items():
            words = phrase.split()
            if count < _LEAST or _all_known(words, known):
                continue
            risks = risky & {*words}
            parts = [" ".join(words[1:]), " ".join(words[:-1])] if length > 2 else [*risks]
            if risks and any(2 * count < used[len(part.split())][part] for part in parts):
                continue
            if (ratio(phrase, 2) <= (_RARE if risks else 1.0)) if length == 2 else not in_pleas[length][phrase]:
                added.add(phrase)
        known |= added
    named = {words for words in risky if words.count(" ") == 1 and known.issuperset(words.split())}
    rarer = {pair for pair in named if used[2][pair] < _LEAST or (used[2][pair] < _USUAL and ratio(pair, 2) > 1.0)}
    return known, pairs, rarer


def _hardest_less_a_letter() -> set[str]:
    """Return what a lost letter makes of the hardest words: "chế" is known only in such as "quy chế"."""
    phrases = load_lexicon().phrases_of({"hithard", "sexhard"})
    hardest = {"chết", "chet", "giết", "giet"} | {word for word in phrases if " " not in word and not word.isascii()}
    return {word[:place] + word[place + 1 :] for word in hardest for place in range(len(word))}


def _all_known(words: Sequence[str], known: Set[str]) -> bool:
    return all(word in known or covering(words, place, known) for place, word in enumerate(words))


def _usual_pairs(used: Mapping[str, int]) -> dict[str, tuple[str, int]]:
    """Return for each word its most usual pair and how many messages hold that."""
    usual = dict[str, tuple[str, int]]()
    for pair, count in used.items():
        for word in pair.split():
            if count > usual.get(word, ("", 0))[1]:
                usual[word] = pair, count
    return usual


def _most_often(word: str, count: int, risky: bool) -> float:
    """Return how much more often than office messages pleas may use a known word."""
    if risky and word not in _ADDRESSED:
        return _RISKY_RATIO if count >= _USUAL else _RARE
    return _RATIO if count >= _COMMON else _RATIO / 3 if count >= _LEAST else 1.0


def _held_out(screen: Screen, pleas: list[list[Message]], office: list[Message]) -> str:
    """Return how many ways to write pleas pass, alone and joined before, into and after office messages that pass."""
    chance, alone, glued = random.Random(5), 0, 0
    harmless = [words for words in chance.sample(office, 5000) if settles(words, screen)]
    held = [*chain.from_iterable(pleas)]
    for words in held:
        if settles(words, screen):
            alone += 1
            print("  passes:", " ".join(words))
        for part in range(3):
            around = chance.choice(harmless)
            place = (0, len(around) // 2, len(around))[part]
            glued += settles((*around[:place], *words, *around[place:]), screen)
    return f"{alone} of {len(held)} pass alone, {glued} of {3 * len(held)} amid office talk"


def _stretches(words: Message, length: int) -> list[str]:
    return [" ".join(words[start : start + length]) for start in range(len(words) - length + 1)]


def _is_calm(text: str) -> bool:
    verdict, chance = judge_whole(text)
    return bool(text.strip()) and verdict.action is Action.NONE and chance < _CALM


def _short_forms() -> dict[str, list[str]]:
    """Return the abbreviations of office words."""
    forms: dict[str, list[str]] = {}
    for pair in tomllib.loads(OFFICE.read_text("utf-8"))["lists"]["short"].split(" | "):
        meant, short = pair.split(" = ")
        forms.setdefault(meant.lower(), []).append(short)
    return forms


def _abbreviated(text: str, short: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    """Return the text with every other word that has an abbreviation abbreviated."""
    longest_first = "|".join(sorted(map(re.escape, short), key=len, reverse=True))
    return re.sub(
        rf"\b({longest_first})\b",
        lambda found: chance.choice(short[found[0].lower()]) if chance.random() < 0.5 else found[0],
        text,
        flags=re.IGNORECASE,
    )


if __name__ == "__main__":
    main()
