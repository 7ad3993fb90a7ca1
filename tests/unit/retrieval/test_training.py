"""Training: what it reads, what a batch holds, and that a tiny run gives a model that loads."""

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest

from retrieval.embeddings import PassageEmbeddings
from retrieval.syllable_model import FeatureTable, write_model
from training import train
from training.corpus import Pair, law_pairs, read_articles, wikipedia_pairs
from training.features import choose_features, encode, folded_twins

BODY = (
    "Cơ quan {n} tiếp nhận hồ sơ trong giờ hành chính. Người nộp được hẹn ngày trả. Kết quả gửi tận nhà khi có yêu cầu."
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    files = {
        "law-code-articles": [{"title": f"Tiếp nhận {n}", "topic": "Hồ sơ", "body": BODY.format(n=n)} for n in "ab"],
        "law-newer-articles": [{"title": "Trả kết quả", "law": "Luật mẫu", "body": BODY.format(n="c")}],
        "law-texts-articles": [{"title": "Điều 3. Lệ phí", "law": "Luat-mau-12", "body": BODY.format(n="a")}],
        "wikipedia": [{"title": "trà", "text": "== Cách pha ==\n" + "Nước sôi rót vào ấm. " * 20}],
    }
    for name, records in files.items():
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as stream:
            stream.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return tmp_path


def test_a_text_that_stands_in_two_files_is_taken_once(data: Path) -> None:
    assert [article.title for article in read_articles(data)] == ["Tiếp nhận a", "Tiếp nhận b", "Trả kết quả"]


def test_training_reads_law_and_wikipedia_alone(data: Path) -> None:
    for name in ("legal-questions-dev.jsonl", "alqac-2023-train.json", "xquad.vi.json"):
        (data / name).write_text("this is no JSON: reading it would fail", "utf-8")
    assert train.gather_pairs(data, random.Random(1))


def test_pairs_carry_the_group_of_their_article(data: Path) -> None:
    articles = read_articles(data)
    pairs = list(law_pairs(articles, random.Random(1)))
    assert {pair.group for pair in pairs} == {0, 1, 2}
    assert all(pair.query and pair.passage for pair in pairs)
    assert {pair.group >= 100 for pair in wikipedia_pairs(data, 100, random.Random(1))} == {True}


def test_a_batch_holds_one_pair_of_a_group() -> None:
    pairs = [Pair(f"q{n}", f"p{n}", n % 50, "title") for n in range(400)]
    groups = [pairs[number].group for number in train.Batches(pairs, np.random.default_rng(1)).draw()]
    assert len(groups) == len(set(groups)) == 50


def test_each_feature_has_its_folded_twin() -> None:
    pairs = [Pair("bạo lực gia đình", "phòng chống bạo lực", 0, "title")] * 20
    features = choose_features(pairs, ["chồng đánh vợ"], random.Random(1))
    twins = folded_twins(features)
    assert {"bạo", "bao", "chồng đánh", "chong danh"} <= set(features)
    assert features[twins[features.index("bạo")]] == "bao"


def test_a_tiny_run_gives_a_model_that_loads(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "STEPS", 3)
    monkeypatch.setattr(train, "BATCH", 64)
    pairs = train.gather_pairs(data, random.Random(1))[:2000]
    chance = np.random.default_rng(1)
    features = choose_features(pairs, [], random.Random(1))
    table = FeatureTable(features)
    queries, passages = (encode(texts, table, 50) for texts in zip(*((p.query, p.passage) for p in pairs), strict=True))
    rows = train.train(queries, passages, folded_twins(features), train.Batches(pairs, chance), chance)
    write_model(tmp_path / "model", features, rows)
    vector = PassageEmbeddings(str(tmp_path / "model")).encode_query("tiếp nhận hồ sơ")
    assert vector.shape == (256,) and np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
