"""The shipped static embedding as a sentence-transformers module; imported only when the model is loaded."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules.input_module import InputModule

from retrieval.terms import folded, words

VECTORS, FEATURES = "vectors.safetensors", "features.txt"


class FeatureTable:
    """Numbers the features of a text: syllables and pairs of neighbours, an unknown syllable by its folded form."""

    def __init__(self, features: list[str]) -> None:
        self.features = features
        self._numbers = {feature: number for number, feature in enumerate(features)}

    def numbers(self, text: str) -> list[int]:
        """Return the feature numbers of text in reading order; unknown ones are left out."""
        find = self._numbers.get
        found: list[int] = []
        previous = ""
        for word in words(text):
            single = find(word)
            if single is None:
                single = find(folded(word))
            if single is not None:
                found.append(single)
            pair = find(f"{previous} {word}")
            if pair is not None:
                found.append(pair)
            previous = word
        return found


class SyllableModule(InputModule):
    """Sums the rows of a text's features and scales the sum to length one."""

    def __init__(self, features: list[str], rows: NDArray[np.float32]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self.table = FeatureTable(features)
        weights = np.concatenate([rows, np.zeros((1, rows.shape[1]), np.float32)])
        self._rows = weights
        self.embedding = torch.nn.EmbeddingBag.from_pretrained(torch.from_numpy(weights), mode="sum", freeze=True)

    @property
    def max_seq_length(self) -> int:
        """There is no limit to the length of a text."""
        return 10**9

    def preprocess(self, inputs: Any, prompt: str | None = None, **_: Any) -> dict[str, torch.Tensor]:
        """Turn texts into feature numbers; a text without any known feature gets the zero row."""
        bags = [self.table.numbers(text) or [len(self.table.features)] for text in inputs]
        offsets = np.cumsum([0] + [len(bag) for bag in bags[:-1]])
        numbers = np.fromiter((number for bag in bags for number in bag), dtype=np.int64)
        return {"input_ids": torch.from_numpy(numbers), "offsets": torch.from_numpy(offsets)}

    def forward(self, features: dict[str, torch.Tensor], **_: Any) -> dict[str, torch.Tensor]:
        """Add the sentence embedding to the features."""
        summed = self.embedding(features["input_ids"], features["offsets"])
        features["sentence_embedding"] = torch.nn.functional.normalize(summed, dim=-1)
        return features

    def embed_one(self, text: str) -> NDArray[np.float32]:
        """Return what the library would for one text, without its preparations, which cost ten times the sum."""
        summed = self._rows[self.table.numbers(text)].sum(axis=0, dtype=np.float32)
        return np.asarray(summed / max(float(np.linalg.norm(summed)), 1e-12), dtype=np.float32)

    def get_embedding_dimension(self) -> int:
        """Return the length of a vector."""
        return int(self.embedding.embedding_dim)

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Write the model as two files, rows as 8-bit whole numbers with one scale each."""
        write_model(Path(output_path), self.table.features, self.embedding.weight[:-1].numpy())


def write_model(folder: Path, features: list[str], rows: NDArray[np.float32]) -> None:
    """Write features and rows to folder in the form that `load_model` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    scale = np.maximum(np.abs(rows).max(axis=1), 1e-8) / 127
    quantised = np.round(rows / scale[:, None]).astype(np.int8)
    save_file({"q": quantised, "scale": scale.astype(np.float16)}, folder / VECTORS)
    (folder / FEATURES).write_text("\n".join(features), "utf-8")


def load_model(folder: Path) -> SentenceTransformer:
    """Return the model of folder; it is built in code because the library loads only its own classes by name."""
    stored = load_file(folder / VECTORS)
    rows = stored["q"].astype(np.float32) * stored["scale"].astype(np.float32)[:, None]
    features = (folder / FEATURES).read_text("utf-8").split("\n")
    return SentenceTransformer(modules=[SyllableModule(features, rows)], device="cpu")
