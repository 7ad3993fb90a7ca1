"""Passages: verbatim, small enough to cite, with ids that last."""

from knowledge.domain import Passage
from knowledge.layout import read_blocks
from knowledge.passages import cut_passages, list_sections

PLAN = (
    "Số: 7/KH-UBND\nTân Lập, ngày 3 tháng 4 năm 2021\nKẾ HOẠCH\nGiữ rừng năm 2021\n"
    "Thực hiện chủ trương của tỉnh, Ủy ban nhân dân huyện Tân Lập lập kế hoạch giữ rừng với các việc sau:\n"
    "I. VIỆC PHẢI LÀM\n1. Phòng Nông nghiệp\n- Đi tuần mỗi tuần một lần ở những khu rừng già, cùng với kiểm lâm và "
    "người dân các bản, ghi vào sổ những gì đã thấy và những ai đã gặp.\n- Trồng cây.\n- Làm biển báo.\n"
    "2. Phòng Y tế\n- Trồng cây.\nNơi nhận:\n- Các xã;\n- Lưu: VT.\n"
)


def cut(text: str, document_id: str = "doc") -> tuple[Passage, ...]:
    return cut_passages(read_blocks(text), text, document_id)


def test_every_passage_is_a_verbatim_stretch_with_its_headings() -> None:
    passages = cut(PLAN)

    assert all(passage.text in PLAN for passage in passages)
    walk = next(passage for passage in passages if passage.text.startswith("- Đi tuần"))
    assert walk.heading_path == ("I. VIỆC PHẢI LÀM", "1. Phòng Nông nghiệp")
    assert walk.section == "I.1"
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))


def test_tiny_neighbours_under_one_heading_share_a_passage() -> None:
    texts = [passage.text for passage in cut(PLAN)]

    assert "- Trồng cây.\n- Làm biển báo." in texts
    assert "Nơi nhận:\n- Các xã;\n- Lưu: VT." in texts


def test_ids_of_untouched_passages_stay_when_another_changes() -> None:
    before = {passage.text: passage.id for passage in cut(PLAN)}

    after = {passage.text: passage.id for passage in cut(PLAN.replace("mỗi tuần một lần", "mỗi tháng hai lần"))}

    assert len(before.keys() - after.keys()) == 1
    assert all(after[text] == before[text] for text in before.keys() & after.keys())


def test_equal_words_in_two_places_have_two_ids() -> None:
    passages = cut(PLAN.replace("- Làm biển báo.\n", ""))

    trees = [passage for passage in passages if passage.text == "- Trồng cây."]
    assert len(trees) == 2
    assert len({passage.id for passage in passages}) == len(passages)


def test_a_long_paragraph_is_cut_at_sentence_ends() -> None:
    long = " ".join(f"Tổ thứ {number} đi tuần ở khu rừng của mình từ sáng sớm cho đến tối mịt." for number in range(40))

    pieces = [passage for passage in cut(PLAN.replace("- Trồng cây.", f"- {long}", 1)) if "Tổ thứ" in passage.text]

    assert len(pieces) > 1
    assert all(len(piece.text.split()) <= 220 and piece.text.endswith(".") for piece in pieces)
    assert " ".join(" ".join(piece.text for piece in pieces).split()) == f"- {long}"


def test_a_section_covers_everything_below_it() -> None:
    sections = {section.path: section for section in list_sections(read_blocks(PLAN))}

    first = PLAN[sections["I.1"].start : sections["I.1"].end]
    assert first.startswith("1. Phòng Nông nghiệp")
    assert first.endswith("Làm biển báo.")
    assert sections["I"].end == sections["I.2"].end
