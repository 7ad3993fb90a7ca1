"""How answers are judged."""

from retrieval.domain import Citation
from retrieval.judging import Example, Given, comparable, contains, faults, share_right


def example(**given: object) -> Example:
    base = {"id": "1", "question": "?", "history": (), "type": "deadline", "expected_docs": ("a.txt",)}
    return Example(**(base | {"must_contain": (), "must_not_contain": (), "accept": frozenset({"answer"})} | given))  # type: ignore[arg-type]


def given(text: str, source: str = "a.txt") -> Given:
    citation = Citation(source=source, number=None, title=None, section=None, quote="x")
    return Given(kind="answer", text=text, citations=(citation,))


def test_the_forms_of_one_date_are_one() -> None:
    for written in ("05/6/2023", "5/6/2023", "ngày 5 tháng 6 năm 2023", "5 June 2023"):
        assert contains(comparable(f"trước {written}."), "05/06/2023")


def test_a_number_must_not_be_part_of_a_longer_one() -> None:
    assert not contains(comparable("15/6/2024"), "5/6/2024")
    assert not contains(comparable("15/11/2023"), "15/11")
    assert contains(comparable("từ 15/11 đến 15/12/2023"), "15/11")


def test_kind_words_and_source_are_judged() -> None:
    asked = example(must_contain=(("5/6/2023", "6/5"),), must_not_contain=("15/6",))
    assert faults(asked, given("trước ngày 05/06/2023")) == []
    assert faults(asked, given("trước ngày 15/6"))
    assert faults(asked, given("05/06/2023", source="b.txt")) == ["cites another document"]
    assert faults(asked, Given(kind="refuse", text="05/06/2023")) == ["kind refuse"]


def test_the_choices_of_a_question_back_count_as_text() -> None:
    asked = example(must_contain=(("Vân Hồ",),), accept=frozenset({"clarify"}))
    assert faults(asked, Given(kind="clarify", text="Nơi nào?", options=("huyện Vân Hồ",))) == []


def test_right_answers_are_counted_by_type_and_in_all() -> None:
    assert share_right([(example(), []), (example(), ["kind refuse"])])["total"] == (1, 2)
