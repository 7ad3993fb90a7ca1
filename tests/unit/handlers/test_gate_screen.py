"""The gate's first stage lets by office talk alone."""

import random

import pytest

from handlers.gate import Action, judge, judge_whole
from handlers.gate_screen import is_office_talk, load_screen
from training.gate.corpus import read_examples, variants, with_slip


def test_no_plea_passes_however_it_is_written() -> None:
    held_out = [one for one in read_examples("heldout*.txt") if one.kind != "none"]
    written = [way.text for number, example in enumerate(held_out) for way in variants(example, number)]
    assert len(written) > 3_000 and not [text for text in written if is_office_talk(text)]


def test_what_passes_of_held_out_messages_is_nothing_to_the_whole_gate() -> None:
    passing = [one.text for one in read_examples("heldout_*.txt") if is_office_talk(one.text)]
    assert passing and all(judge_whole(text)[0].action is Action.NONE for text in passing)


@pytest.mark.parametrize(
    "text",
    [
        "Phòng Nội vụ được giao việc gì trong năm 2024?",
        "Hạn nộp báo cáo năm của huyện Lộc Bình là ngày nào?",
        "cảm ơn ạ",
        "12",
        "Cho em hỏi hạn nộp báo cáo năm 2024",
        "khi nao nop bao cao quy",
        "Who signs the annual report?",
        "hạn nộp BC năm của huyện là ngày nào",
    ],
)
def test_office_talk_is_settled_at_once(text: str) -> None:
    assert is_office_talk(text) and judge(text).calm


@pytest.mark.parametrize(
    "word", ["chồng", "vợ", "nó", "mẹ", "bố", "cháu", "bé", "đánh", "chết", "cứu", "máu", "sợ", "bị", "trốn"]
)
def test_a_person_or_a_danger_never_passes_amid_office_talk(word: str) -> None:
    office = "kế hoạch báo cáo của huyện năm 2024 có những chỉ tiêu nào"
    words, chance = office.split(), random.Random(word)
    for _ in range(20):
        place = chance.randrange(len(words) + 1)
        assert not is_office_talk(" ".join([*words[:place], word, *words[place:]]))
    assert is_office_talk(office) and word not in load_screen().weights


@pytest.mark.parametrize(
    "trick", ["đa\u0301nh", "đ\u200bánh", "đ*nh", "đ_ánh", "c h ế t", "🆘", "@", "ch3t", "danhh", "c h e t", "111"]
)
def test_a_hidden_word_is_left_to_the_whole_gate(trick: str) -> None:
    assert not is_office_talk(f"{trick} kế hoạch báo cáo của huyện năm 2024 có những chỉ tiêu nào")


def test_a_slip_of_the_finger_lets_no_held_out_plea_pass() -> None:
    chance = random.Random(5)
    pleas = [one.text for one in read_examples("heldout*.txt") if one.kind != "none"]
    assert not [text for text in pleas for _ in range(10) if is_office_talk(with_slip(text, chance))]


def test_no_held_out_plea_passes_amid_office_talk() -> None:
    chance = random.Random(7)
    office = [one.text for one in read_examples("train_office.txt") if is_office_talk(one.text)]
    for example in read_examples("heldout*.txt"):
        if example.kind != "none":
            before, after = chance.choice(office), chance.choice(office)
            assert not is_office_talk(f"{before} {example.text}") and not is_office_talk(f"{example.text} {after}")


def test_most_of_what_officials_write_is_settled() -> None:
    asked = [one.text for one in read_examples("unseen_office.txt")]
    assert sum(map(is_office_talk, asked)) > 0.6 * len(asked)
