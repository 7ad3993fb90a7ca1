"""Segments: what is written is found again, whatever was merged, replaced or cut short."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from retrieval.lexical_index import LexicalIndex, WeightedTerms
from retrieval.segments import DocumentFields, Entry, SegmentStore
from retrieval.terms import query_units, words

WORDS = words("bạo lực gia đình bình đẳng giới kinh phí ngân sách báo cáo trẻ em phụ nữ công an tư pháp y tế")


def entry(document_id: str, number: int, text: str) -> Entry:
    fields = DocumentFields(id=document_id, place=None, first_year=None, last_year=None)
    return Entry(id=f"{document_id}.{number}", text=text, fields=fields)


def random_entries(document_id: str, size: int, seed: int) -> list[Entry]:
    chance = random.Random(seed)
    texts = [" ".join(chance.choices(WORDS, k=chance.randint(3, 40))) for _ in range(size)]
    return [entry(document_id, number, text) for number, text in enumerate(texts)]


def scores_by_id(store: SegmentStore, question: str) -> dict[str, float]:
    index = LexicalIndex(store.segments)
    terms = query_units(words(question)).marked
    scores = index.score(WeightedTerms(terms, np.ones(len(terms), dtype=np.float32), len(terms)))
    return {index.passage_id(int(row)): round(float(scores[row]), 4) for row in np.flatnonzero(scores)}


def test_scores_do_not_depend_on_how_passages_are_spread_over_segments(tmp_path: Path) -> None:
    whole, parts = SegmentStore(tmp_path / "whole"), SegmentStore(tmp_path / "parts")
    everything = [entries for number in range(12) for entries in [random_entries(f"d{number}", 5 + number, number)]]
    whole.change(None, [one for entries in everything for one in entries], None, "")
    for number, entries in enumerate(everything):
        parts.change(f"d{number}", entries, None, "")
    assert len(parts.segments) < len(everything)
    assert scores_by_id(parts, "kinh phí trẻ em") == scores_by_id(whole, "kinh phí trẻ em")


def test_a_replaced_document_is_found_by_its_new_words_alone(tmp_path: Path) -> None:
    store = SegmentStore(tmp_path)
    store.change("a", [entry("a", 1, "ngân sách huyện"), entry("a", 2, "công an xã")], None, "")
    store.change("b", random_entries("b", 30, 1), None, "")
    store.change("a", [entry("a", 1, "trạm y tế")], None, "")
    assert store.ids_of("a") == {"a.1"}
    assert not {"a.1", "a.2"} & scores_by_id(store, "ngân sách huyện").keys()
    assert "a.1" in scores_by_id(store, "trạm y tế")


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    store = SegmentStore(tmp_path)
    vectors = np.eye(3, 8, dtype=np.float32)
    store.change("a", random_entries("a", 3, 2), vectors, "model-1")
    again = SegmentStore(tmp_path)
    assert again.ids("model-1") == {"a.0", "a.1", "a.2"}
    assert again.ids("model-2") == set()
    cosines = LexicalIndex(again.segments).cosines(np.arange(3), vectors[1], "model-1")
    assert cosines == pytest.approx([0, 1, 0], abs=0.01)


def test_vectors_of_another_model_are_never_compared(tmp_path: Path) -> None:
    store = SegmentStore(tmp_path)
    store.change("a", random_entries("a", 3, 2), np.eye(3, 8, dtype=np.float32), "model-1")
    index = LexicalIndex(store.segments)
    assert not index.cosines(np.arange(3), np.ones(8, dtype=np.float32), "model-2").any()


def test_a_change_cut_short_leaves_the_old_state(tmp_path: Path) -> None:
    store = SegmentStore(tmp_path)
    store.change("a", [entry("a", 1, "ngân sách huyện")], None, "")
    (tmp_path / "0123456789abcdef").mkdir()
    (tmp_path / "manifest.json.new").write_text('{"form": 2, "segm', "utf-8")
    again = SegmentStore(tmp_path)
    assert again.ids() == {"a.1"}
    again.change("b", [entry("b", 1, "công an xã")], None, "")
    assert SegmentStore(tmp_path).ids() == {"a.1", "b.1"}


def test_an_index_of_an_older_form_counts_as_empty(tmp_path: Path) -> None:
    store = SegmentStore(tmp_path)
    store.change("a", [entry("a", 1, "ngân sách huyện")], None, "")
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"form": 0}), "utf-8")
    assert SegmentStore(tmp_path).ids() == set()


def test_another_process_sees_a_change_when_it_looks_again(tmp_path: Path) -> None:
    writer, reader = SegmentStore(tmp_path), SegmentStore(tmp_path)
    writer.change("a", [entry("a", 1, "ngân sách huyện")], None, "")
    assert reader.refresh()
    assert reader.ids() == {"a.1"}
    assert not reader.refresh()


def test_many_small_changes_leave_few_segments(tmp_path: Path) -> None:
    store = SegmentStore(tmp_path)
    for number in range(40):
        store.change(f"d{number}", random_entries(f"d{number}", 3, number), None, "")
    assert len(store.segments) <= 7
    assert len(store.ids()) == 120
    assert sum(path.is_dir() for path in tmp_path.iterdir()) == len(store.segments)
