"""Lines, sections and regions of made-up documents as odd as the real ones."""

import pytest

from knowledge.layout import Block, read_blocks
from knowledge.passages import list_sections
from tests.support.requirements import need_plans

HEAD = "Số: 7/KH-UBND\nTân Lập, ngày 3 tháng 4 năm 2021\nKẾ HOẠCH\nGiữ rừng năm 2021\n"
OPENING = "Thực hiện chủ trương của tỉnh, Ủy ban nhân dân huyện Tân Lập lập kế hoạch giữ rừng với các việc sau:\n"


def paths(text: str) -> list[str]:
    return [section.path for section in list_sections(read_blocks(text))]


def block(text: str, start: str) -> Block:
    return next(block for block in read_blocks(text) if block.text.startswith(start))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "I. MỤC ĐÍCH\n- Giữ rừng.\nII. VIỆC\n1. Đi tuần\n- Mỗi tuần.\n2. Trồng cây\n- Mỗi năm.\n",
            ["I", "II", "II.1", "II.2"],
        ),
        (
            "1. Mục đích\n1.1. Giữ rừng.\n2. Việc\n2.1. Đi tuần\n2.1.1. Ban đêm.\n3.2. Trồng cây.\n",
            ["1", "1.1", "2", "2.1", "2.1.1", "3.2"],
        ),
        ("I/ MỤC ĐÍCH\n1/ Giữ rừng.\na) Rừng già.\nb) Rừng non.\n", ["I", "I.1", "I.1.a", "I.1.b"]),
        ("I- MỤC ĐÍCH\n1- Giữ rừng.\n2) Trồng cây.\n", ["I", "I.1", "I.2"]),
        (
            "I. ĐOÀN TUẦN RỪNG\nĐOÀN SỐ 1:\n1. Ông A.\nĐOÀN SỐ 2:\n1. Ông B.\n",
            ["I", "I.ĐOÀN SỐ 1", "I.ĐOÀN SỐ 1.1", "I.ĐOÀN SỐ 2", "I.ĐOÀN SỐ 2.1"],
        ),
        ("I. VIỆC\n1. Đi tuần.\nI. LỊCH\n1. Buổi sáng.\n", ["I", "I.1", "I (2)", "I (2).1"]),
        (
            "Phần thứ nhất\nMỤC ĐÍCH\nI. VIỆC\n1. A.\nPhần thứ hai\nI. LỊCH\n",
            ["Phần thứ nhất", "Phần thứ nhất.I", "Phần thứ nhất.I.1", "Phần thứ hai", "Phần thứ hai.I"],
        ),
        ("Điều 1. Giao việc.\nĐiều 2. Hiệu lực.\n1. Từ hôm nay.\n", ["Điều 1", "Điều 2", "Điều 2.1"]),
        (
            "## IV. VIỆC\n## 2. Phòng Tư pháp\nNói luật.\n### 8. Phòng Y tế\nChữa.\n**11. Hội Nông dân:** trồng cây.\n",
            ["IV", "IV.2", "IV.8", "IV.11"],
        ),
    ],
)
def test_every_way_of_numbering_gives_unique_paths(body: str, expected: list[str]) -> None:
    assert paths(HEAD + OPENING + body) == expected


def test_an_item_with_content_keeps_its_lead_as_heading() -> None:
    text = (
        HEAD + OPENING + "I. VIỆC\n**11. Đề nghị Hội Nông dân:** trồng cây ở ven suối.\n2. Phòng Y tế\n- Khám bệnh.\n"
    )

    sections = {section.path: section.heading for section in list_sections(read_blocks(text))}

    assert sections == {"I": "VIỆC", "I.11": "Đề nghị Hội Nông dân", "I.2": "Phòng Y tế"}


def test_agency_names_without_a_number_are_headings() -> None:
    text = HEAD + OPENING + "III. TỔ CHỨC THỰC HIỆN\nPhòng Tư pháp\nNói chuyện về luật.\nPhòng Y tế\n- Khám bệnh.\n"

    assert block(text, "Nói chuyện").heading == ("III. TỔ CHỨC THỰC HIỆN", "Phòng Tư pháp")
    assert block(text, "- Khám").heading == ("III. TỔ CHỨC THỰC HIỆN", "Phòng Y tế")
    assert block(text, "Nói chuyện").section == "III"


def test_a_lead_in_heads_the_smaller_items_below_it() -> None:
    text = HEAD + OPENING + "1. Việc\n- Viết kịch bản:\n+ Phần lễ;\n- Dựng sân khấu;\n"

    assert block(text, "+ Phần").heading[-1] == "Viết kịch bản"
    assert block(text, "- Dựng").heading == ("1. Việc",)


@pytest.mark.parametrize(
    ("torn", "whole"),
    [
        (
            "Các xã gửi báo cáo về Phòng\n\n  2\n\nlao động trước tháng sau.",
            "Các xã gửi báo cáo về Phòng lao động trước tháng sau.",
        ),
        ("Gửi trước ngày 15 tháng\n11 năm 2020 cho đủ.", "Gửi trước ngày 15 tháng 11 năm 2020 cho đủ."),
        (
            "Giao việc cho ngành Lao động\n- Thương binh và Xã hội ngay.",
            "Giao việc cho ngành Lao động - Thương binh và Xã hội ngay.",
        ),
        ("Bảo vệ rừng , cây và suối ;", "Bảo vệ rừng, cây và suối;"),
        ("Giữ cây trƣớc mùa mưa.", "Giữ cây trước mùa mưa."),
    ],
)
def test_torn_sentences_are_whole_again(torn: str, whole: str) -> None:
    texts = [block.text for block in read_blocks(HEAD + OPENING + "I. VIỆC\n" + torn + "\n")]

    assert whole in texts


def test_hard_wrapped_lines_are_joined_but_headings_stand() -> None:
    body = (
        "II. PHÂN CÔNG\n"
        "1. Phòng Nông nghiệp\n"
        "- Đi tuần ở các khu rừng già cùng với kiểm lâm của tỉnh và người dân ở các bản\n"
        "Nà Mèo, Nà Sáng và Phiêng Pằn trong suốt mùa khô của năm nay và của năm sau nữa\n"
        "cho đến khi có lệnh mới của Ủy ban nhân dân huyện.\n"
        "2. Phòng Tài chính\n"
        "- Chi tiền xăng xe và tiền ăn cho những người đi tuần rừng theo đúng định mức mà\n"
        "Hội đồng nhân dân đã quyết trong kỳ họp đầu năm.\n"
        "- Lập sổ theo dõi tiền chi ra hằng tháng và gửi về Ủy ban nhân dân huyện để biết.\n"
    )

    texts = [block.text for block in read_blocks(HEAD + OPENING + body)]

    assert "1. Phòng Nông nghiệp" in texts
    assert any(text.startswith("- Đi tuần") and text.endswith("dân huyện.") for text in texts)
    assert any(text.startswith("- Chi tiền") and text.endswith("đầu năm.") for text in texts)


def test_letters_of_a_block_know_where_they_stand() -> None:
    text = HEAD + OPENING + "**1. Phòng**  *Tư\u00a0pháp* giữ\nsổ , nộp trƣớc\u200b thứ hai.\n"

    found = block(text, "1. Phòng")

    start = found.text.index("Tư pháp")
    assert found.text == "1. Phòng Tư pháp giữ sổ, nộp trước thứ hai."
    assert found.quote(text, start, start + 7) == "Tư\u00a0pháp"
    assert found.quote(text).endswith("trƣớc\u200b thứ hai.")


def test_a_closing_paragraph_after_the_last_agency_stands_outside_it() -> None:
    text = (
        HEAD
        + OPENING
        + "III. TỔ CHỨC THỰC HIỆN\n1. Phòng Y tế\nKhám bệnh cho người đi rừng.\n2. Các xã\n- Cử người đi tuần.\n"
        + "Các phòng và các xã gửi báo cáo về huyện trước ngày 15/12/2021 để tổng hợp.\n"
        + "Trong quá trình làm nếu có khó khăn thì báo ngay cho huyện biết./.\nNơi nhận:\n- Các xã;\n"
    )

    assert block(text, "Các phòng").region == "closing"
    assert block(text, "Các phòng").section == "III"
    assert block(text, "Trong quá").region == "closing"
    assert block(text, "Khám bệnh").region == "body"
    assert block(text, "Khám bệnh").section == "III.1"


def test_the_first_paragraph_under_a_last_heading_is_its_content() -> None:
    text = (
        HEAD + OPENING + "1. Việc\n- Đi tuần.\n2. Chế độ báo cáo\nCác xã gửi báo cáo về huyện mỗi quý một lần cho đủ.\n"
    )

    assert block(text, "Các xã gửi").region == "body"
    assert block(text, "Các xã gửi").section == "2"


def test_what_follows_the_signature_is_set_apart_and_rows_stay_whole() -> None:
    text = (
        HEAD
        + OPENING
        + "1. Việc\n- Đi tuần.\nNơi nhận:\n- Các xã;\n- Lưu: VT.\nCHỦ TỊCH\nLê Văn Ba\nPHỤ LỤC\n"
        + "STT | Việc | Hạn\n1 | Đi tuần | 15/12\n"
    )

    assert block(text, "- Các xã").region == "signature"
    assert block(text, "1 | Đi tuần").region == "after signature"
    assert block(text, "1 | Đi tuần").section is None


def test_a_decision_gives_way_to_the_plan_it_carries() -> None:
    text = (
        "Số: 9/QĐ-UBND\nQUYẾT ĐỊNH\nBan hành kế hoạch giữ rừng\nCăn cứ Luật Lâm nghiệp;\nQUYẾT ĐỊNH:\n"
        "Điều 1. Ban hành kế hoạch.\nNơi nhận:\n- Lưu: VT.\nCHỦ TỊCH\nLê Văn Ba\n"
        "KẾ HOẠCH\nGiữ rừng năm 2021\n(Kèm theo Quyết định số 9/QĐ-UBND)\nI. VIỆC PHẢI LÀM\n1. Phòng Nông nghiệp\n"
        "- Đi tuần ở các khu rừng già cùng kiểm lâm của tỉnh và người dân các bản trong suốt mùa khô.\n"
        "- Ghi sổ những gì đã thấy, những ai đã gặp và những gì cần làm thêm để người đi sau còn biết mà theo.\n"
    )

    assert block(text, "- Đi tuần").region == "body"
    assert block(text, "- Đi tuần").section == "I.1"
    assert paths(text) == ["Điều 1", "I", "I.1"]


def test_the_sections_of_the_real_plans_are_complete() -> None:
    folder = need_plans()

    found = {file.name: paths(file.read_text("utf-8")) for file in folder.glob("*.txt")}

    agencies = [f"IV.{number}" for number in range(1, 13)]
    topics = [f"II.{number}" for number in range(1, 7)]
    assert found["loc-binh-2024.txt"] == ["I", "I.1", "I.2", "II", *topics, "III", "IV", *agencies]
    assert found["kien-hai-2023.txt"][-8:] == ["III", *(f"III.{number}" for number in range(1, 8))]
    assert found["lang-son-ban-dan-toc-2021.txt"][-5:] == ["V", "V.1", "V.2", "V.3", "V.4"]
    assert found["long-khanh-2023.txt"] == ["1", "2", "3", "4", "5"]
    assert found["ky-anh-2023-news.txt"] == []


@pytest.mark.parametrize(
    "junk",
    [
        "a" * 300_000,
        "\u00a0" * 300_000 + "x",
        "Số: " + "." * 300_000,
        "ngày ... tháng ... năm ... " * 12_000,
        "số 1/KH-" * 40_000,
        "<a" * 150_000,
        "1.\n- a\nI. B\n|\n" * 5_000,
        "*" * 300_000 + "a\u0323 " * 1_000,
    ],
    ids=["letters", "blanks", "dots", "dates", "numbers", "tags", "markers", "stars"],
)
@pytest.mark.timeout(120)
def test_junk_never_takes_more_than_linear_time(junk: str) -> None:
    """A quadratic reading would run for hours: the timeout is far above what any machine needs."""
    assert isinstance(read_blocks(junk), tuple)
