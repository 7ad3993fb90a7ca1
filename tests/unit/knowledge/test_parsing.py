"""A text becomes a document; what makes two documents one."""

import time
import unicodedata
from dataclasses import replace

import pytest

from knowledge.parsing import parse_document, same_document

PLAN = (
    "Số: 7/KH-UBND\nTân Lập, ngày 3 tháng 4 năm 2021\nKẾ HOẠCH\nGiữ rừng năm 2021\n"
    "Thực hiện chủ trương của tỉnh, Ủy ban nhân dân huyện Tân Lập ban hành kế hoạch giữ rừng như sau:\n"
    "I. TỔ CHỨC THỰC HIỆN\n1. Phòng Tư pháp\n- Tuyên truyền luật về rừng, báo cáo trước ngày 15/12/2021.\n"
    "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH\nLê Văn Ba\n"
)
DIGEST = (
    "Bản tóm lược, không thay thế văn bản gốc.\n"
    "Tóm lược của: Kế hoạch số 7/KH-UBND ngày 3/4/2021 của huyện Tân Lập (tan-lap-2021.txt)\n\n"
    "ỦY BAN NHÂN DÂN\nHUYỆN TÂN LẬP\n" + PLAN.replace("giữ rừng như sau", "giữ rừng gồm các việc như sau")
)


def test_a_document_carries_head_structure_and_registers() -> None:
    parsed = parse_document(PLAN, "tan-lap.txt")

    document = parsed.document
    assert (document.source, document.number, document.place) == ("tan-lap.txt", "7/KH-UBND", "Tân Lập")
    assert [section.path for section in document.sections] == ["I", "I.1"]
    assert {duty.agency for duty in document.duties} == {"Phòng Tư pháp"}
    assert [str(deadline.due) for deadline in document.deadlines] == ["2021-12-15"]
    assert all(passage.document_id == document.id for passage in parsed.passages)


def test_the_text_is_kept_as_read_in_composed_letters() -> None:
    parsed = parse_document(unicodedata.normalize("NFD", "**Phòng**  Tư\u00a0pháp, trƣớc tháng ba"), "a.txt")

    assert parsed.text == "**Phòng**  Tư\u00a0pháp, trƣớc tháng ba"


def test_the_same_text_gives_the_same_understanding() -> None:
    assert parse_document(PLAN, "a.txt") == parse_document(PLAN, "a.txt")


def test_a_changed_text_of_the_same_head_is_the_same_document() -> None:
    one = parse_document(PLAN, "a.txt").document
    other = parse_document(PLAN.replace("Tuyên truyền", "Phổ biến"), "b.txt").document

    assert same_document(one, other)
    assert one.id == other.id
    assert one.content_hash != other.content_hash


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Số: 7/", "Số: 8/"),
        ("ngày 3 tháng 4", "ngày 4 tháng 4"),
        ("huyện Tân Lập", "huyện Tân Sơn"),
        ("KẾ HOẠCH", "THÔNG BÁO"),
    ],
)
def test_another_number_date_issuer_or_form_is_another_document(before: str, after: str) -> None:
    one = parse_document(PLAN, "a.txt").document
    text = PLAN.replace(before, after)
    other = parse_document(text.replace("\nTân Lập", "\nTân Sơn") if "Sơn" in after else text, "a.txt").document

    assert not same_document(one, other)
    assert one.id != other.id


def test_where_the_number_is_blank_title_and_period_decide() -> None:
    blank = parse_document(PLAN.replace("Số: 7/", "Số: /"), "a.txt").document
    filled = parse_document(PLAN, "b.txt").document
    other_year = parse_document(
        PLAN.replace("Số: 7/", "Số: /").replace("rừng năm 2021", "rừng năm 2022"), "c.txt"
    ).document

    assert same_document(blank, filled)
    assert not same_document(blank, other_year)


def test_texts_that_say_nothing_about_themselves_are_one_only_when_equal() -> None:
    one, other = (parse_document(text, "a.txt").document for text in ("Họp lúc tám giờ.", "Họp lúc chín giờ."))

    assert same_document(one, replace(one, source="b.txt"))
    assert not same_document(one, other)
    assert one.id != other.id


def test_a_digest_is_known_as_one_and_stands_for_its_original() -> None:
    original, digest = parse_document(PLAN, "a.txt").document, parse_document(DIGEST, "b.txt").document

    assert original.stands_for is None
    assert digest.stands_for is not None
    assert same_document(original, digest)
    assert (digest.number, digest.title, digest.issued_on) == (original.number, original.title, original.issued_on)
    assert [(duty.agency, duty.role) for duty in digest.duties] == [
        (duty.agency, duty.role) for duty in original.duties
    ]
    assert [deadline.due for deadline in digest.deadlines] == [deadline.due for deadline in original.deadlines]


def test_a_document_known_under_another_id_carries_it_everywhere() -> None:
    moved = parse_document(PLAN, "a.txt", known_as="other")

    registers = (*(duty.id for duty in moved.document.duties), *(deadline.id for deadline in moved.document.deadlines))
    ids = [*(passage.id for passage in moved.passages), *registers]
    assert moved.document.id == "other"
    assert ids
    assert all(identifier.startswith("other.") for identifier in ids)
    assert {passage.document_id for passage in moved.passages} == {"other"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\n",
        "\x00\x01\x02",
        "\ud800",
        "Số:",
        "I.",
        "|||\n|||",
        "Kính gửi:",
        "Nơi nhận:",
        "KẾ HOẠCH",
        "\u202eSố: 1/KH",
        "1.\n" * 50,
    ],
)
def test_no_text_is_too_odd(text: str) -> None:
    assert parse_document(text, "a.txt").document.source == "a.txt"


def test_a_document_of_thirty_pages_takes_about_a_second() -> None:
    items = "".join(f"{n}. Phòng Tư pháp\n- Việc thứ {n}: {'nói chuyện về luật ở các bản, ' * 12}\n" for n in range(99))
    begin = time.process_time()

    parsed = parse_document(PLAN.replace("1. Phòng Tư pháp\n", items), "a.txt")

    assert len(parsed.text) > 35_000
    assert time.process_time() - begin < 3
