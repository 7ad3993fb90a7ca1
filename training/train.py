"""Train the shipped embedding: python -m training.train DATA_FOLDER OUTPUT_FOLDER."""

import argparse
import math
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.expansion import LEXICON, lexicon_entries, read_word_list
from retrieval.syllable_model import FeatureTable, write_model
from training.corpus import Pair, law_pairs, read_articles, wikipedia_pairs
from training.features import Encoded, Numbers, choose_features, encode, folded_twins
from training.word_lists import abbreviation_pairs, lay_pairs

Taken = tuple[Numbers, NDArray[np.int64], NDArray[np.int64]]

SEED = 20
DIMENSIONS, NESTED = 256, (256, 64)
"""The loss is taken over all dimensions and over the first 64 (Matryoshka, Kusupati et al. 2022)."""
BATCH, STEPS, WARM_UP = 2048, 600, 50
LEARNING_RATE, LAST_SHARE, SCALE = 0.02, 0.02, 20.0
FOLDED_QUERIES, FOLDED_PASSAGES, DROPPED = 0.5, 0.10, 0.2
NEIGHBOURS = 128
"""Pairs of articles that follow one another stay together in a batch: false answers on the same subject teach more."""
SPREAD = frozenset({"lay", "lay-law", "abbreviation"})
"""Families of few groups, of which a batch holds one pair each: shuffled singly."""
QUERY_FEATURES, PASSAGE_FEATURES = 120, 200
FAMILY_WEIGHT = {"law-sentence": 0.6, "wiki-sentence": 0.6, "definition": 1.5, "lay": 3, "lay-law": 2, "lay-title": 2}


def gather_pairs(folder: Path, chance: random.Random) -> list[Pair]:
    """Return every training pair."""
    articles = read_articles(folder)
    pairs = list(law_pairs(articles, chance))
    pairs += wikipedia_pairs(folder, 1_000_000, chance)
    pairs += lay_pairs(articles, 2_000_000, chance)
    pairs += abbreviation_pairs(articles, 3_000_000)
    return [pair for pair in dict.fromkeys(pairs) if pair.query and pair.passage]


class Batches:
    """Draws batches of one family each, a family as often as its weight times the root of its size."""

    def __init__(self, pairs: Sequence[Pair], chance: np.random.Generator) -> None:
        self._chance = chance
        self._groups = np.array([pair.group for pair in pairs])
        members: dict[str, list[int]] = defaultdict(list)
        for number, pair in enumerate(pairs):
            members[pair.family].append(number)
        self.sizes = {family: len(held) for family, held in members.items()}
        self._families = list(members)
        self._members = [np.array(members[family]) for family in self._families]
        self._order = [self._shuffle(number) for number in range(len(self._families))]
        self._next = [0] * len(self._families)
        share = np.array([FAMILY_WEIGHT.get(family, 1.0) * len(members[family]) ** 0.5 for family in self._families])
        self._share = share / share.sum()

    def _shuffle(self, family: int) -> NDArray[np.int64]:
        if self._families[family] in SPREAD:
            return self._chance.permutation(self._members[family])
        inside = self._members[family]
        inside = inside[np.argsort(self._groups[inside], kind="stable")]
        blocks = [inside[start : start + NEIGHBOURS] for start in range(0, len(inside), NEIGHBOURS)]
        return np.concatenate([blocks[place] for place in self._chance.permutation(len(blocks))])

    def draw(self) -> NDArray[np.int64]:
        """Return the numbers of one batch, one pair of a group at most."""
        parts: list[NDArray[np.int64]] = []
        while sum(map(len, parts)) < BATCH:
            family = int(self._chance.choice(len(self._families), p=self._share))
            wanted = min(BATCH - sum(map(len, parts)), len(self._order[family]))
            if self._next[family] + wanted > len(self._order[family]):
                self._order[family] = self._shuffle(family)
                self._next[family] = 0
            parts.append(self._order[family][self._next[family] : self._next[family] + wanted])
            self._next[family] += wanted
        drawn = np.concatenate(parts)
        return drawn[np.unique(self._groups[drawn], return_index=True)[1]]


def train(
    queries: Encoded, passages: Encoded, twins: Numbers, batches: Batches, chance: np.random.Generator
) -> NDArray[np.float32]:
    """Return the trained rows; contrastive loss both ways, against the other passages of the batch.

    `twins` numbers the folded twin of each feature.
    """
    empty = len(twins) - 1
    bag = torch.nn.EmbeddingBag(empty + 1, DIMENSIONS, mode="sum", padding_idx=empty)
    with torch.no_grad():
        bag.weight.normal_(0, 0.1)
        bag.weight[empty] = 0
    optimiser = torch.optim.Adam([bag.weight], lr=LEARNING_RATE, betas=(0.9, 0.99), fused=True)
    began, smooth = time.monotonic(), 0.0
    for step in range(STEPS):
        drawn = batches.draw()
        asked = _embed(bag, twins, queries.take(drawn), (FOLDED_QUERIES, DROPPED), chance)
        told = _embed(bag, twins, passages.take(drawn), (FOLDED_PASSAGES, 0.0), chance)
        loss = sum((_loss(asked[:, :size], told[:, :size]) for size in NESTED), torch.zeros(())) / len(NESTED)
        decay = max(LAST_SHARE, 0.5 * (1 + math.cos(math.pi * step / STEPS)))
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * min(1.0, (step + 1) / WARM_UP) * decay
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        optimiser.step()
        smooth = loss.item() if step == 0 else 0.98 * smooth + 0.02 * loss.item()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1}: loss {smooth:.3f}, {time.monotonic() - began:.0f} s", flush=True)
    return bag.weight.detach()[:empty].numpy()


def _embed(
    bag: torch.nn.EmbeddingBag, twins: Numbers, taken: Taken, noise: tuple[float, float], chance: np.random.Generator
) -> torch.Tensor:
    """Embed texts, a share of them read without marks and a share of their features not at all."""
    folded, dropped = noise
    numbers, begin, length = taken
    without_marks = np.repeat(chance.random(len(length)) < folded, length)
    numbers = np.where(without_marks, twins[numbers], numbers)
    numbers = np.where(chance.random(len(numbers)) < dropped, len(twins) - 1, numbers)
    embedded: torch.Tensor = bag(torch.from_numpy(numbers.astype(np.int64)), torch.from_numpy(begin))
    return embedded


def _loss(queries: torch.Tensor, passages: torch.Tensor) -> torch.Tensor:
    cosines = torch.nn.functional.normalize(queries) @ torch.nn.functional.normalize(passages).T * SCALE
    right = torch.arange(len(queries))
    cross = torch.nn.functional.cross_entropy
    return (cross(cosines, right) + cross(cosines.T, right)) / 2


def main() -> None:
    """Build pairs, choose features, train, write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    began = time.monotonic()
    torch.manual_seed(SEED)
    chance, numbers = random.Random(SEED), np.random.default_rng(SEED)
    pairs = gather_pairs(arguments.data, chance)
    print(f"{len(pairs)} pairs, {time.monotonic() - began:.0f} s", flush=True)
    concepts = list(lexicon_entries(read_word_list(LEXICON)))
    sure = [text for officials, wordings in concepts for text in (*officials, *wordings)]
    features = choose_features(pairs, sure, chance)
    table = FeatureTable(features)
    queries = encode((pair.query for pair in pairs), table, QUERY_FEATURES)
    passages = encode((pair.passage for pair in pairs), table, PASSAGE_FEATURES)
    batches = Batches(pairs, numbers)
    print(f"{len(features)} features, {time.monotonic() - began:.0f} s; {batches.sizes}", flush=True)
    rows = train(queries, passages, folded_twins(features), batches, numbers)
    write_model(arguments.output, features, rows)
    print(f"written after {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
