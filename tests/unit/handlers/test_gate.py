"""The gate: reads what frightened people type, fast, and leaves ordinary questions alone."""

import time

import pytest

from handlers.gate import Action, judge, read_message
from handlers.gate_lexicon import load_lexicon
from handlers.gate_model import HEADS, KINDS, load_model
from training.gate.corpus import read_examples, without_marks
from training.gate.evaluate import keyword_judge, measure, ways


def forms(text: str) -> list[str]:
    return list(load_lexicon().spelling.read(text).forms)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ck e đánh", ["chồng", "em", "đánh"]),
        ("Cứuuuuu em", ["cứu", "em"]),
        ("t.ự t.ử", ["tự", "tử"]),
        ("ổng quýnh tui", ["ông", "ấy", "đánh", "tôi"]),
        ("đ\u200bánh", ["đánh"]),
        ("k dc", ["không", "được"]),
    ],
)
def test_slang_dialect_and_tricks_are_read_as_words(typed: str, read: list[str]) -> None:
    assert forms(typed) == read


def test_the_short_way_to_the_first_chance_is_that_of_the_whole_rows() -> None:
    model = load_model()
    for example in read_examples("heldout.txt")[::9]:
        features = read_message(example.text).features
        assert model.likely(features) == (model.chances(features)["distress"], model.chances(features)["info"])


@pytest.mark.parametrize("typed", ["chồg", "hcồng", "chồngg", "choongf", "cchồng"])
def test_a_slip_still_means_the_word(typed: str) -> None:
    assert "partner" in read_message(f"{typed} đánh em").concepts


@pytest.mark.parametrize(
    ("text", "kind", "urgency"),
    [
        ("chồng đánh em", "physical", "soon"),
        ("em muốn tự tử", "suicidal", "immediate"),
        ("em bị lừa bán sang Campuchia, họ giữ hộ chiếu", "trafficking", "immediate"),
        ("tôi lỡ đánh vợ, làm sao để vợ rút đơn", "perpetrator", "soon"),
        ("con 10 tuổi bị chú sờ vào chỗ kín", "child", "immediate"),
        ("thím bắt cháu vén áo trước camera cho khách xem để lấy tiền", "child", "immediate"),
        ("bé bị mẹ kế đổ nước sôi lên tay", "child", "immediate"),
        ("tối nay là tối cuối của em", "suicidal", "immediate"),
        ("hàng xóm đang đánh vợ, cô ấy kêu cứu", "third-party", "immediate"),
        ("người yêu cũ dọa tung ảnh nóng của em", "online", "soon"),
        ("chồng giữ hết tiền lương của em", "economic", "soon"),
    ],
)
def test_plain_pleas_get_a_card_of_their_kind(text: str, kind: str, urgency: str) -> None:
    for written in (text, without_marks(text), text.upper(), text.replace(" ", "\n")):
        verdict = judge(written)
        assert (verdict.action, verdict.kind) == (Action.CARD, kind), written
    assert judge(text).urgency == urgency


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "123",
        "???",
        "báo cáo phòng, chống bạo lực gia đình quý II nộp ngày nào",
        "bao cao phong chong bao luc gia dinh quy 2 nop ngay nao",
        "tu tu em gui lai bao cao",
        "treo co to quoc ngay nao",
        "bảo hành máy in ở đâu",
        "ảnh nông sản gửi mail nào",
        "chồng em tên Hùng muốn đổi căn cước",
        "Thông tư 111/2013/TT-BTC còn hiệu lực không",
        "nạn nhân da cam hưởng chế độ gì",
        "deadline dí chết mất",
        "việc của tôi",
        "xóa dữ liệu của tôi",
        "lịch của tôi",
        "xoá",
        "Help!",
    ],
)
def test_ordinary_words_get_no_card(text: str) -> None:
    assert judge(text).action is not Action.CARD


def test_context_of_documents_does_not_veto_the_first_person() -> None:
    text = "em phụ trách số liệu bạo lực gia đình của xã, mà tối nào em cũng bị chồng đánh"
    assert judge(text).action is Action.CARD


def test_a_plea_in_the_middle_of_a_very_long_message_is_found() -> None:
    filler = "Kế hoạch năm giao các phòng tổng hợp số liệu, gửi báo cáo đúng hạn và phối hợp tuyên truyền. " * 25
    assert judge(f"{filler} Thật ra tối nào em cũng bị chồng đánh, em sợ lắm. {filler}").action is Action.CARD


def test_hostile_input_is_judged_without_fault() -> None:
    for text in ("\x00\ud7ff", "a" * 20_000, "đánh " * 4_000, "🆘🔪🩸", "'; DROP TABLE", "\u202eme đánh", "." * 9_999):
        judge(text)


def test_the_gate_answers_within_five_milliseconds() -> None:
    texts = [example.text for example in read_examples("heldout*.txt")]
    judge(texts[0])
    spent = []
    for text in texts:
        started = time.process_time()
        judge(text)
        spent.append(time.process_time() - started)
    assert sorted(spent)[int(len(spent) * 0.99)] < 0.005


def test_the_shipped_weights_fit_the_code() -> None:
    assert len(load_model().scales) == len(HEADS) and set(KINDS) < set(HEADS)
    rules = load_lexicon().rules
    assert all(rule.kind in KINDS and rule.urgency in {"immediate", "soon"} for rule in rules)


def test_no_held_out_message_was_trained_on() -> None:
    held = {example.text.casefold() for example in read_examples("heldout*.txt")}
    assert not held & {example.text.casefold() for example in read_examples("train_*.txt")}


def test_on_unseen_messages_the_gate_is_far_ahead_of_a_keyword_list() -> None:
    examples = read_examples("heldout*.txt")
    for name, write in ways().items():
        gate, words = (measure(examples, by, write).counts for by in (judge, keyword_judge))
        assert gate["immediate answered"] == gate["right number"] == gate["immediate"], name
        assert gate["acute card"] >= 0.97 * gate["acute"], name
        assert gate["acute answered"] >= 0.995 * gate["acute"], name
        assert gate["none card"] <= 0.02 * gate["none"], name
        assert gate["none line"] <= 0.1 * gate["none"], name
        assert words["acute card"] < 0.6 * gate["acute card"] and words["none card"] > gate["none card"], name
