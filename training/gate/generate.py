"""More messages, joined from the parts of phrases.toml: variety for training, never for measuring."""

import random
import re
import tomllib
from pathlib import Path

from training.gate.corpus import Example

PARTS = Path(__file__).parent / "phrases.toml"
OFFICE = Path(__file__).parent / "office.toml"


def generate(seed: int = 11, *, parts: Path = PARTS) -> list[Example]:
    """Return the messages of every shape, the same for the same seed."""
    source = tomllib.loads(parts.read_text("utf-8"))
    lists = {name: listed.split(" | ") for name, listed in source["lists"].items()}
    chance = random.Random(seed)
    examples = []
    for number, shape in enumerate(source["shapes"]):
        kind, urgency = shape["label"].split()
        for _ in range(shape["count"]):
            text = chance.choice(shape["text"])
            while "{" in text:
                text = re.sub(r"\{(\w+)\}", lambda part: chance.choice(lists[part[1]]), text)
            text = re.sub(r"\s+", " ", text).strip()
            examples.append(Example(text, _kind(kind, urgency, text, source["acts"]), urgency, f"generated/{number}"))
    return examples


def _kind(kind: str, urgency: str, text: str, acts: dict[str, str]) -> str:
    if urgency != "info":
        return kind
    return next((other for other, signs in acts.items() if re.search(signs, text)), kind)
