"""What a careful clerk flags, and what he lets pass."""

import pytest

from config.texts import load_texts
from knowledge.domain import Finding
from knowledge.parsing import parse_document
from tests.support.requirements import need_plans


def plan(
    *,
    number: str = "7",
    day: str = "ngày 3 tháng 4 năm 2021",
    body: str = "",
    closing: str = "Trên đây là Kế hoạch giữ rừng năm 2021 của huyện, đề nghị các xã làm cho tốt./.",
    after: str = "",
) -> tuple[Finding, ...]:
    text = (
        f"Số: {number}/KH-UBND\nTân Lập, {day}\nKẾ HOẠCH\nGiữ rừng và phòng cháy năm 2021\n"
        "Theo Kế hoạch số 3/KH-UBND ngày 02/01/2021 của tỉnh, Ủy ban nhân dân huyện Tân Lập giao việc như sau:\n"
        f"I. VIỆC\n1. Các xã\n- Đi tuần.\n{body}{closing}\nNơi nhận:\n- Các xã.\nCHỦ TỊCH\nLê Văn Ba\n{after}"
    )
    return parse_document(text, "a.txt").document.findings


def codes(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.code for finding in findings}


def test_a_flawless_plan_has_no_findings() -> None:
    assert plan(body="- Báo cáo về huyện trước ngày 15/12/2021.\n") == ()


@pytest.mark.parametrize(
    ("changes", "code", "quote"),
    [
        ({"number": ""}, "blank_number", "Số: /KH-UBND"),
        ({"day": "ngày tháng 4 năm 2021"}, "blank_date", "ngày tháng 4 năm 2021"),
        ({"day": "ngày 3 tháng 4 năm 2024"}, "wrong_year", "ngày 3 tháng 4 năm 2024"),
        (
            {"body": "- Xem Công văn số 9/SNV ngày 24/6/2021.\n"},
            "cited_later",
            "Công văn số 9/SNV ngày 24/6/2021",
        ),
        ({"body": "- Nộp sổ trước ngày 31/11/2021.\n"}, "no_such_day", "ngày 31/11/2021"),
        (
            {"closing": "Trên đây là hướng dẫn chăm sóc người cao tuổi, đề nghị các xã làm cho tốt./."},
            "other_subject",
            "Trên đây là hướng dẫn chăm sóc người cao tuổi",
        ),
        ({"after": "DANH SÁCH HỘ DÂN 2016 - 2018\n"}, "old_appendix", "DANH SÁCH HỘ DÂN 2016 - 2018"),
        ({"after": "Thời gian ký: 08.04.2021 09:00:01\n"}, "other_stamp", "Thời gian ký: 08.04.2021 09:00:01"),
    ],
)
def test_each_fault_is_flagged_and_quoted_as_printed(changes: dict[str, str], code: str, quote: str) -> None:
    findings = plan(**changes)

    assert (code, quote) in {(finding.code, finding.quote) for finding in findings}
    assert codes(findings) == {code}


@pytest.mark.parametrize(
    ("due", "code"),
    [("03/4/2021", "due_too_early"), ("01/02/2021", "due_too_early"), ("15/12/2012", "impossible_year")],
)
def test_a_report_due_before_the_plan_itself_is_flagged(due: str, code: str) -> None:
    findings = plan(body=f"- Gửi báo cáo kết quả về Phòng Nông nghiệp chậm nhất ngày {due}.\n")

    assert codes(findings) == {code}


def test_a_document_of_the_month_whose_day_is_blank_is_not_flagged_as_later() -> None:
    findings = plan(day="ngày tháng 4 năm 2021", body="- Xem Công văn số 9/SNV ngày 24/4/2021 của Sở.\n")

    assert codes(findings) == {"blank_date"}


def test_every_finding_has_its_sentence_in_both_languages() -> None:
    findings = plan(
        number="",
        body="- Xem Công văn số 9/SNV ngày 24/6/2021 của Sở, nộp sổ trước ngày 31/11/2021.\n",
        closing="Trên đây là hướng dẫn chăm sóc người cao tuổi, đề nghị các xã làm cho tốt./.",
    )

    for language in ("vi", "en"):
        texts = load_texts(language)
        assert all(texts.say(f"finding.{finding.code}", **finding.fields) for finding in findings)


def test_the_faults_of_the_real_plans_are_flagged_and_no_others() -> None:
    folder = need_plans()
    found = {
        file.name: codes(parse_document(file.read_text("utf-8"), file.name).document.findings)
        for file in folder.glob("*.txt")
    }

    assert found == {
        "kien-hai-2023.txt": set(),
        "ky-anh-2023-news.txt": set(),
        "lang-son-ban-dan-toc-2021.txt": {"blank_number", "blank_date"},
        "loc-binh-2024.txt": {"blank_number", "blank_date"},
        "long-khanh-2023.txt": {"cited_later", "other_subject"},
    }
