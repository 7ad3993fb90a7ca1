"""The cards: fixed texts that say what they must, and the right numbers in the right order."""

import re
from datetime import date
from itertools import product

import pytest

from config.legal_facts import load_facts
from config.referrals import load_directory
from config.texts import load_texts
from handlers.gate import Action, Verdict
from handlers.gate_model import KINDS
from handlers.referral_cards import Card, answer_rights, compose_card

TODAY = date(2026, 11, 21)
SIGNALS = (
    "",
    "severe",
    "abroad",
    "fire",
    "confine",
    "deaf",
    "other_voice",
    "minority",
    "maybe_child",
    "maybe_suicidal",
)
LOUD = re.compile(
    r"bạo lực|đánh|công an|bị hại|nạn nhân|ly hôn|cứu|nguy hiểm|chồng|vợ|violence|police|victim|danger|abuse|hit|\d",
    re.IGNORECASE,
)
BANNED = re.compile(
    r"tại sao|nên nhịn|hòa giải|hoà giải|giữ gia đình|bình tĩnh|chắc không|tuyệt đối bí mật"
    r"|ẩn danh|sẽ có người đến|sẽ được|hỏi bố mẹ|nghĩ đến con|người yêu|chồng|vợ|anonymous|confidential|will come",
    re.IGNORECASE,
)


def verdict(kind: str, urgency: str, *signals: str) -> Verdict:
    return Verdict(action=Action.CARD, kind=kind, urgency=urgency, signals=frozenset(signals) - {""})


def card(told: Verdict, language: str = "vi", province: str | None = None) -> Card:
    return compose_card(told, texts=load_texts(language), directory=load_directory(), today=TODAY, province=province)


def every_card() -> list[tuple[Verdict, str]]:
    return [
        (verdict(kind, urgency, signal), language)
        for kind, urgency, signal, language in product(KINDS, ("immediate", "soon"), SIGNALS, ("vi", "en"))
    ]


@pytest.mark.parametrize(
    ("kind", "urgency", "signal", "numbers"),
    [
        ("physical", "immediate", "", ["113", "115", "111", "1900969680"]),
        ("physical", "immediate", "severe", ["115", "113", "1900969680", "111"]),
        ("physical", "immediate", "fire", ["113", "114", "115", "111"]),
        ("physical", "soon", "", ["1900969680", "113", "115", "111"]),
        ("psychological", "soon", "", ["1900969680", "113", "115", "111"]),
        ("sexual", "immediate", "", ["115", "113", "1900969680", "111"]),
        ("suicidal", "immediate", "", ["115", "113", "111"]),
        ("child", "immediate", "", ["113", "111", "115"]),
        ("child", "immediate", "severe", ["115", "111", "113"]),
        ("child", "soon", "", ["111", "113", "115"]),
        ("trafficking", "immediate", "", ["113", "111", "115", "1900969680"]),
        ("trafficking", "immediate", "abroad", ["111", "113", "115"]),
        ("online", "soon", "", ["1900969680", "113", "111"]),
        ("third-party", "immediate", "", ["113", "115", "111", "1900969680"]),
        ("perpetrator", "soon", "", ["113", "115"]),
        ("physical", "immediate", "maybe_child", ["113", "111", "115", "1900969680"]),
        ("physical", "immediate", "maybe_suicidal", ["115", "113", "111", "1900969680"]),
    ],
)
def test_numbers_stand_in_the_order_of_danger(kind: str, urgency: str, signal: str, numbers: list[str]) -> None:
    assert list(card(verdict(kind, urgency, signal)).numbers) == numbers


def test_the_first_hundred_and_twenty_characters_of_every_card_are_neutral() -> None:
    for told, language in every_card():
        text = card(told, language).text
        assert not LOUD.search(text[:120]), text[:120]


def test_no_card_shows_more_than_four_numbers() -> None:
    assert all(1 <= len(card(told, language).numbers) <= 4 for told, language in every_card())


def test_every_card_says_it_is_a_machine_without_anybody_on_duty() -> None:
    for told, language in every_card():
        assert ("trả lời tự động" if language == "vi" else "automatic reply") in card(told, language).text


def test_every_card_leaves_the_choice_and_nobody_but_the_perpetrator_lacks_no_blame() -> None:
    for told, language in every_card():
        text = card(told, language).text
        assert re.search(r"quyết định|decision|decide", text)
        if told.kind != "perpetrator":
            assert re.search(
                r"không có lỗi|không phải lỗi|not your fault|not that person's fault|not their fault", text
            )


def test_no_card_blames_promises_or_guesses_who_writes() -> None:
    for told, language in every_card():
        assert not BANNED.search(card(told, language).text)


def test_sentences_are_short() -> None:
    for language in ("vi", "en"):
        for key, text in load_texts(language).sentences.items():
            if re.match(r"referral\.(advice|opening|closing|short_plain|line)", key):
                bare = re.sub(r"\([^)]*\)", "", text)
                for sentence in re.split(r"[.!?:]\s|\n|\.$", bare):
                    assert len(sentence.split()) <= 15, (key, sentence)


def test_free_is_never_said_of_the_ambulance_or_a_charged_line() -> None:
    for told, language in every_card():
        for line in card(told, language).text.splitlines():
            if "115" in line or "1900" in line:
                assert "miễn cước" not in line and "miễn phí" not in line and "free" not in line


def test_a_child_is_addressed_as_a_child_and_a_reporter_as_an_adult() -> None:
    assert "không phải lỗi của em" in card(verdict("child", "immediate")).text
    reported = card(verdict("child", "immediate", "other_voice")).text
    assert "lỗi của em" not in reported and "111" in reported


def test_the_perpetrator_learns_nothing_of_anybody_and_sees_no_shelter_line() -> None:
    text = card(verdict("perpetrator", "soon"), province="Quảng Ninh").text
    assert "không có thông tin về bất kỳ ai" in text and "1900" not in text and "1769" not in text


def test_the_card_for_recent_assault_puts_health_first_and_leaves_reporting_open() -> None:
    text = card(verdict("sexual", "immediate")).text
    assert "72 giờ" in text and "quyền của bạn" in text and text.index("bệnh viện") < text.index("Báo công an")


def test_who_cannot_call_is_shown_a_way_to_write() -> None:
    assert "Zalo 111" in card(verdict("physical", "immediate", "deaf")).text


def test_the_short_card_puts_digits_first() -> None:
    lines = card(verdict("physical", "immediate", "minority")).text.splitlines()
    assert sum(bool(re.match(r"\d{3}", line)) for line in lines) >= 3


def test_a_province_adds_its_own_house_third() -> None:
    assert card(verdict("physical", "soon"), province="Thanh Hóa").numbers[2] == "18001744"


def test_no_shelter_address_stands_in_any_card() -> None:
    assert all("Thụy Khuê" not in card(told, language).text for told, language in every_card())


def test_every_long_run_of_digits_is_a_directory_number_a_date_or_a_law() -> None:
    known = {service.digits for service in load_directory().services.values()}
    allowed = re.compile(
        r"\d{1,2}/\d{1,2}/\d{4}|\d+/\d{4}/[A-ZĐ\-]+\d*|(?:người|pháp lý|legal aid of|persons of) 20\d\d\b"
    )
    verdicts = [Verdict(action=Action.LINE, kind=kind, urgency="info") for kind in KINDS]
    questions = (
        "bị phạt bao nhiêu",
        "báo cho ai",
        "cấm tiếp xúc là gì",
        "luật sư miễn phí không",
        "không báo có sao không",
    )
    shown = [card(told, language).text for told, language in every_card()]
    shown += [
        answer_rights(told, question, directory=load_directory(), today=TODAY, language=language).text
        for told, question, language in product(verdicts, questions, ("vi", "en"))
    ]
    shown += [text for key, text in load_texts("vi").sentences.items() if key.startswith("referral.")]
    for text in shown:
        rest = allowed.sub("", text)
        for run in re.findall(r"\d(?:[ .]?\d){2,}", rest):
            assert re.sub(r"\D", "", run) in known, (run, text)


def test_rights_answers_are_dated_carry_their_basis_and_end_with_numbers() -> None:
    told = Verdict(action=Action.LINE, kind="physical", urgency="info")
    for question, basis in (
        ("nạn nhân báo cho ai", "Điều 19"),
        ("cam tiep xuc la gi", "Điều 25"),
        ("mức phạt là bao nhiêu", "282/2025/NĐ-CP"),
        ("chưa đăng ký kết hôn thì sao", "Điều 3"),
    ):
        answer = answer_rights(told, question, directory=load_directory(), today=TODAY, language="vi")
        assert basis in answer.text and "kiểm tra ngày 21/11/2026" in answer.text
        assert answer.numbers[0] == "1900969680" and "113" in answer.numbers
        assert not LOUD.search(answer.text[:120])


def test_every_fact_has_both_languages_a_basis_and_a_day() -> None:
    for fact in load_facts().facts:
        assert fact.text["vi"] and fact.text["en"] and fact.reference["vi"] and fact.reference["en"]
        assert fact.checked_on == TODAY
        assert "sẽ được" not in fact.text["vi"]
