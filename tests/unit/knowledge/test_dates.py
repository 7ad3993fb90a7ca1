"""Reading dates as printed and as typed, with what they leave open."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.dates import DateMention, Precision, find_dates

DAYS = st.dates(min_value=date(1945, 1, 1), max_value=date(2099, 12, 31))


def only(text: str) -> DateMention:
    mentions = find_dates(text)
    assert len(mentions) == 1, [text[one.start : one.end] for one in mentions]
    return mentions[0]


def parts(mention: DateMention) -> tuple[int | None, int | None, int | None]:
    return mention.day, mention.month, mention.year


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sơn Hà, ngày 16 tháng 3 năm 2023", date(2023, 3, 16)),
        ("ngày 01 tháng 09 năm 2024", date(2024, 9, 1)),
        ("ký ngày 15/ 12 / 2017 tại trụ sở", date(2017, 12, 15)),
        ("ngày 11 / 11 / 2020", date(2020, 11, 11)),
        ("xong trước 01/10/2021", date(2021, 10, 1)),
        ("15-11-2018", date(2018, 11, 15)),
        ("hạn 05.10.2020.", date(2020, 10, 5)),
        ("ngày 5/6/24 nộp", date(2024, 6, 5)),
        ("ngày 15 tháng 6/2024", date(2024, 6, 15)),
        ("ngày 20/10 năm 2023", date(2023, 10, 20)),
        ("mùng 8 tháng 3 năm 2024", date(2024, 3, 8)),
        ("ngày 15 tháng sáu năm 2024", date(2024, 6, 15)),
        ("ngày 06 (sáu) tháng 06 (sáu) năm 2023", date(2023, 6, 6)),
        ("2024-12-15", date(2024, 12, 15)),
        ("ngay 5 thang 12 nam 2023", date(2023, 12, 5)),
        ("ngày 30/2/2024", None),
        ("ngày 31 tháng 4 năm 2024", None),
    ],
)
def test_a_full_date_is_read_in_every_printed_form(text: str, expected: date | None) -> None:
    mention = only(text)
    assert mention.precision is Precision.DAY
    assert mention.value == expected
    assert None not in parts(mention)


@pytest.mark.parametrize(
    ("text", "precision", "day", "month", "year", "part"),
    [
        ("Bình Sơn, ngày tháng 02 năm 2024", Precision.MONTH, None, 2, 2024, None),
        ("ngày      tháng      năm 2020", Precision.YEAR, None, None, 2020, None),
        ("trước 10/6", Precision.DAY, 10, 6, None, None),
        ("15 thang 6", Precision.DAY, 15, 6, None, None),
        ("trong tháng 9", Precision.MONTH, None, 9, None, None),
        ("tháng 10/2023", Precision.MONTH, None, 10, 2023, None),
        ("từ 12/2017", Precision.MONTH, None, 12, 2017, None),
        ("trong tháng Tư", Precision.MONTH, None, 4, None, None),
        ("quý IV/2026", Precision.QUARTER, None, None, 2026, 4),
        ("quy 4", Precision.QUARTER, None, None, None, 4),
        ("quý 1 năm 2024", Precision.QUARTER, None, None, 2024, 1),
        ("báo cáo 06 tháng", Precision.HALF, None, None, None, None),
        ("6 tháng đầu năm 2023", Precision.HALF, None, None, 2023, 1),
        ("6 tháng cuối năm", Precision.HALF, None, None, None, 2),
        ("hoàn thành trong năm 2024", Precision.YEAR, None, None, 2024, None),
        ("ngày 25 hằng tháng", Precision.DAY, 25, None, None, None),
    ],
)
def test_a_partial_date_keeps_what_is_printed_and_guesses_nothing(
    text: str, precision: Precision, day: int | None, month: int | None, year: int | None, part: int | None
) -> None:
    mention = only(text)
    assert (mention.precision, *parts(mention), mention.part) == (precision, day, month, year, part)
    assert mention.value is None


@pytest.mark.parametrize(
    "text",
    [
        "Nghị định số 125/2021/NĐ-CP",
        "Thông tư 191/2009/TT-BTC",
        "giai đoạn 2021-2025 và nhiệm kỳ 2021 - 2026",
        "đường dây nóng hoạt động 24/7",
        "năm học 2023 - 2024",
        "gọi 0203 3825 111",
        "mức hỗ trợ 1.200.000 đồng",
        "Quỹ 1 và quỹ 2 của xã",
        "Luật số 12/2017/QH14",
        "trong tháng sau, tháng từng đợt",
        "thang sau",
        "ngày 45/13/2023",
    ],
)
def test_numbers_that_only_look_like_dates_are_left_alone(text: str) -> None:
    assert find_dates(text) == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("trước 10 giờ 30 phút, ngày 26 tháng 10 năm 2019", time(10, 30)),
        ("trước 9h00, ngày 18/11/2020", time(9, 0)),
        ("đến 15h ngày 15/11/2020", time(15, 0)),
        ("họp ngày 20/10/2023 lúc 14h", time(14, 0)),
        ("16:25 20/04/2023", time(16, 25)),
        ("8 giờ 00, thứ Sáu, ngày 20/10/2023", time(8, 0)),
        ("hết 24 giờ ngày 31/12/2023", time(23, 59)),
    ],
)
def test_the_clock_time_beside_a_date_belongs_to_it(text: str, at: time) -> None:
    mention = only(text)
    assert mention.at == at


def test_a_date_range_gives_both_ends() -> None:
    text = "từ ngày 15-20/11/2024 và từ ngày 01 đến ngày 08 tháng 6"
    assert [parts(one) for one in find_dates(text)] == [
        (15, None, None),
        (20, 11, 2024),
        (1, None, None),
        (8, 6, None),
    ]


def test_the_last_day_of_a_month_a_quarter_a_half_and_a_year_is_their_end() -> None:
    texts = ["tháng 2/2024", "quý III/2024", "6 tháng đầu năm 2024", "năm 2024", "tháng 9"]
    assert [only(text).last_day() for text in texts] == [
        date(2024, 2, 29),
        date(2024, 9, 30),
        date(2024, 6, 30),
        date(2024, 12, 31),
        None,
    ]
    assert [only(text).first_day() for text in texts[:4]] == [
        date(2024, 2, 1),
        date(2024, 7, 1),
        date(2024, 1, 1),
        date(2024, 1, 1),
    ]


@given(
    DAYS, st.sampled_from(["{d:02}/{m:02}/{y}", "{d}/{m}/{y}", "ngày {d} tháng {m} năm {y}", "{d:02} - {m:02} - {y}"])
)
def test_every_day_survives_being_printed_and_read(day: date, form: str) -> None:
    text = f"Gửi trước {form.format(d=day.day, m=day.month, y=day.year)} về Phòng Nội vụ."
    mention = only(text)
    assert mention.value == day


@given(DAYS)
def test_offsets_point_at_the_words(day: date) -> None:
    text = f"Gửi chậm nhất ngày {day.day} tháng {day.month} năm {day.year}, xin cảm ơn"
    mention = only(text)
    assert text[mention.start : mention.end] == f"ngày {day.day} tháng {day.month} năm {day.year}"


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    for mention in find_dates(text):
        assert 0 <= mention.start < mention.end <= len(text)
