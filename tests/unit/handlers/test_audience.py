"""Who hears of a deadline."""

from datetime import UTC, date, datetime
from typing import Literal

import pytest

from handlers.audience import concerned_since, is_addressed, is_same_office
from handlers.people import Person, PersonRole, Subscription
from tests.support.office import make_deadline, make_tracked

DAY = date(2023, 12, 7)


def official(agency: str, place: str | None = "huyện Bình Minh", role: PersonRole = PersonRole.OFFICIAL) -> Person:
    """Return somebody of an agency."""
    since = datetime(2023, 1, 1, tzinfo=UTC)
    return Person(id=1, role=role, agency=agency, locality=place, joined_at=since)


def hears(agency: str, *assignees: str, place: str | None = "huyện Bình Minh", on: date = DAY) -> bool:
    """Whether an official of the agency hears of a deadline given to these."""
    return is_addressed(official(agency, place), make_tracked(make_deadline(DAY, assignees=assignees)), on)


@pytest.mark.parametrize(
    ("agency", "assignee"),
    [
        ("Phòng Tư pháp", "Phòng Tư pháp"),
        ("phong tu phap", "Phòng Tư pháp huyện"),
        ("Phòng LĐ-TB&XH", "Phòng Lao động - Thương binh và Xã hội"),
        ("Phòng GD&ĐT", "các phòng, ban, ngành, đoàn thể huyện"),
        ("Hội Liên hiệp Phụ nữ huyện", "Các cơ quan, ban, ngành, đoàn thể huyện"),
        ("UBND xã Tân Quới", "Ủy ban nhân dân các xã, thị trấn"),
        ("UBND xã Tân Quới", "UBND các xã Thành Lợi, Tân Quới"),
        ("UBND phường 7", "UBND các phường 2, 7 và 9"),
        ("Sở Tư pháp", "Các Sở, Ban, ngành"),
        ("UBND xã Tân Quới", "các cấp ủy Đảng, chính quyền"),
        ("Phòng Tư pháp", "các phòng, ban thuộc huyện và UBND các xã"),
        ("Phòng Tư pháp huyện Tam Bình", "Phòng Tư pháp các huyện, thị xã"),
        ("Phòng LĐTBXH", "Phòng Lao Động - Thương Binh Và Xã Hội"),
    ],
)
def test_an_agency_is_known_by_its_short_name_and_in_its_group(agency: str, assignee: str) -> None:
    assert hears(agency, assignee)


@pytest.mark.parametrize(
    ("agency", "assignee"),
    [
        ("Phòng Nội vụ", "Phòng Tư pháp"),
        ("UBND xã Tân Quới", "các phòng, ban, ngành huyện"),
        ("Phòng Tư pháp", "Ủy ban nhân dân các xã, thị trấn"),
        ("UBND xã Tân Quới", "UBND xã Thành Lợi, huyện Bình Minh"),
        ("UBND phường 5", "UBND các phường 2, 7 và 9"),
        ("Trường THCS Tân Quới", "Trường THCS Thành Lợi"),
        ("UBND huyện Tam Bình", "Phòng Tư pháp các huyện, thị xã"),
        ("UBND xã Tân Quới", "Công an các xã"),
        ("UBND xã Tân Quới", "Văn phòng HĐND và UBND xã"),
        ("Hội LHPN huyện", "Ủy ban MTTQ Việt Nam xã và các tổ chức chính trị - xã hội"),
    ],
)
def test_others_are_left_in_peace(agency: str, assignee: str) -> None:
    assert not hears(agency, assignee)


def test_an_empty_list_means_everybody_the_document_addresses() -> None:
    letter = make_tracked(make_deadline(DAY), addressed_to=("UBND các phường, xã",))

    assert hears("Phòng Tư pháp")
    assert is_addressed(official("UBND xã Tân Quới"), letter, DAY)
    assert not is_addressed(official("Phòng Tư pháp"), letter, DAY)


def test_an_assignee_that_names_no_body_narrows_nothing() -> None:
    assert hears("Phòng Tư pháp", "các thành viên")


def test_the_body_that_took_the_work_over_hears_from_that_day_on() -> None:
    named = "Phòng Lao động - Thương binh và Xã hội"

    assert not hears("Phòng Nội vụ", named, on=date(2024, 12, 1))
    assert hears("Phòng Nội vụ", named, on=date(2025, 6, 1))


@pytest.mark.parametrize(
    ("place", "expected"),
    [("Bình Minh", True), ("xã Tân Quới, huyện Bình Minh", True), ("huyện Hòa Bình", False), (None, True)],
)
def test_only_the_documents_place_hears(place: str | None, expected: bool) -> None:
    assert hears("Phòng Tư pháp", "Phòng Tư pháp", place=place) is expected


@pytest.mark.parametrize(
    ("issuer", "place", "expected"),
    [
        ("Sở Y tế tỉnh Vĩnh Long", "huyện Bình Minh, tỉnh Vĩnh Long", True),
        ("Sở Y tế tỉnh Vĩnh Long", "huyện Cái Bè, tỉnh Tiền Giang", False),
        ("Tỉnh ủy Vĩnh Long", "tỉnh Vĩnh Long", True),
        ("Bộ Y tế", "tỉnh Tiền Giang", True),
        ("UBND huyện Tam Bình, tỉnh Vĩnh Long", "huyện Bình Minh, tỉnh Vĩnh Long", False),
    ],
)
def test_a_document_binds_its_issuers_place_whatever_town_it_is_dated_in(
    issuer: str, place: str, expected: bool
) -> None:
    dated = make_tracked(make_deadline(DAY), locality="thành phố Khác", issuer=issuer)

    assert is_addressed(official("Phòng Y tế", place), dated, DAY) is expected


def test_a_place_whose_name_ends_alike_is_another_place() -> None:
    vinh = make_tracked(make_deadline(DAY), locality="Vinh")

    assert not is_addressed(official("Phòng Tư pháp", "tỉnh Trà Vinh"), vinh, DAY)


def test_a_citizen_hears_nothing_even_with_a_subscription() -> None:
    citizen = official("Phòng Tư pháp", role=PersonRole.CITIZEN)
    tracked = make_tracked(make_deadline(DAY))

    assert not is_addressed(citizen, tracked, DAY)
    assert concerned_since(citizen, tracked, [subscription("document", "doc")], DAY) is None


def subscription(kind: Literal["document", "agency", "deadline"], target: str) -> Subscription:
    """Return a subscription."""
    return Subscription(id=1, kind=kind, target=target, label=target, since=datetime(2023, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (subscription("document", "doc"), True),
        (subscription("document", "khac"), False),
        (subscription("deadline", "doc.1"), True),
        (subscription("agency", "Phòng Y tế"), True),
        (subscription("agency", "Phòng Nội vụ"), False),
    ],
)
def test_following_a_document_a_deadline_or_an_agency(entry: Subscription, expected: bool) -> None:
    tracked = make_tracked(make_deadline(DAY, assignees=("Phòng Y tế",)))

    assert (concerned_since(official("Phòng Tư pháp"), tracked, [entry], DAY) is not None) is expected


def test_an_office_is_the_same_agency_in_the_same_place() -> None:
    assert is_same_office(official("Phòng LĐTBXH"), official("Phòng Lao động - Thương binh và Xã hội"))
    assert not is_same_office(official("Phòng Tư pháp"), official("Phòng Tư pháp", "huyện Hòa Bình"))
    assert not is_same_office(official("Phòng Tư pháp"), official("Phòng Nội vụ"))
    assert not is_same_office(official("UBND xã Tân Quới"), official("UBND xã Thành Lợi"))
