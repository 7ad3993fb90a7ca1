"""The directory of numbers: complete, dated, and never silently wrong."""

import tomllib
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from config.referrals import check_directory, find_banned, load_directory
from config.texts import load_texts
from handlers.referral import flag_blocked

CHECKED = date(2026, 11, 21)


def write_local(folder: Path, text: str) -> Path:
    (folder / "referrals.local.toml").write_text(text, "utf-8")
    return folder


def test_every_service_names_its_sources_and_the_day_they_were_read() -> None:
    for service in tomllib.loads((files("config") / "referrals.toml").read_text("utf-8"))["services"]:
        assert service["sources"] and service["desk_checked_on"] == CHECKED and not service["called_on"]


def test_only_numbers_found_safe_to_ship_are_on() -> None:
    on = {service.digits for service in load_directory().services.values() if service.on}
    assert on == {
        *("113", "115", "111", "114", "1900969680", "18001233"),
        *("18001769", "18001744", "18008027", "18008077", "1900545559"),
    }


def test_the_national_violence_line_is_an_empty_slot_and_off() -> None:
    slot = load_directory().services["national_domestic_violence"]
    assert not slot.on and slot.number == "" and load_directory().usable(slot.id, CHECKED) is None


def test_a_house_is_shown_in_its_own_province_alone() -> None:
    directory = load_directory()
    assert [s.id for s in directory.for_province("Hòa Bình", CHECKED)] == ["house_phu_tho"]
    assert directory.for_province("Đà Nẵng", CHECKED) == []
    assert directory.for_province("Điện Biên", CHECKED) == []


def test_an_operator_is_told_what_was_never_called_and_what_grows_old() -> None:
    directory = load_directory()
    fresh = {finding.code for finding in check_directory(directory, CHECKED)}
    ageing = {finding.code for finding in check_directory(directory, CHECKED + timedelta(days=90))}
    assert fresh == {"not_called"}
    assert ageing == {"not_called", "ageing"}


def test_past_a_hundred_and_eighty_days_only_the_three_short_numbers_and_fire_remain() -> None:
    directory, late = load_directory(), CHECKED + timedelta(days=181)
    left = {name for name in directory.services if directory.usable(name, late)}
    assert left == {"police", "ambulance", "child", "fire"}
    assert "expired" in {finding.code for finding in check_directory(directory, late)}


@pytest.mark.parametrize(
    "written",
    ["1800 1567", "1800.1567", "18001567", "1800-15-67", "(04) 3775 9330", "024.3775.9330", "+84 4 62 844 844"],
)
def test_a_dead_number_is_found_however_it_is_written(written: str) -> None:
    flagged = flag_blocked(load_directory(), f"Gọi {written} nhé", "vi")
    assert load_texts("vi").say("referral.check.flag_dead") in flagged and written in flagged


@pytest.mark.parametrize("text", ["số 1800 1233", "111/2013/TT-BTC", "118001567", "18001567123", "1900 96 96 80"])
def test_other_numbers_are_left_alone(text: str) -> None:
    assert find_banned(text, load_directory()) == []
    assert flag_blocked(load_directory(), text, "vi") == text


def test_a_deployer_adds_local_slots_by_file(tmp_path: Path) -> None:
    folder = write_local(
        tmp_path,
        """
        [slots.commune_police]
        number = "0263 3555 666"
        label = { vi = "Công an xã", en = "Commune police" }
        desk_checked_on = 2026-11-21
        called_on = 2026-11-22
        """,
    )
    assert [service.digits for service in load_directory(folder).local(CHECKED)] == ["02633555666"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[slots.police_station]\nnumber = '0263 3555 666'", "unknown slot 'police_station'"),
        (
            "[slots.commune]\nnumber = 'hỏi xã'\nlabel = {vi='a', en='b'}\ndesk_checked_on = 2026-01-01",
            "not a telephone",
        ),
        ("[slots.commune]\nnumber = '1800 1567'\nlabel = {vi='a', en='b'}\ndesk_checked_on = 2026-01-01", "banned"),
        ("[slots.commune]\nnumber = '0263 3555 666'\ndesk_checked_on = 2026-01-01", "label"),
        ("[slots.commune]\nnumber = '0263 3555 666'\nlabel = {vi='a', en='b'}", "desk_checked_on is missing"),
        (
            "[slots.trusted_contact]\nnumber = '0263 3555 666'\nlabel = {vi='Nhà chị T, ngõ 5', en='b'}\n"
            "desk_checked_on = 2026-01-01",
            "address",
        ),
        ("[slots]\ncommune = '0263 3555 666'", "without fields"),
        ("slots = [", "referrals.local.toml"),
        ("slots = 3", "slots must be tables"),
        ("[[slots]]\nnumber = '0263 3555 666'", "slots must be tables"),
    ],
)
def test_a_wrong_local_file_is_left_out_with_the_reason(tmp_path: Path, text: str, complaint: str) -> None:
    directory = load_directory(write_local(tmp_path, text))
    assert complaint in "; ".join(directory.problems)
    assert directory.services == load_directory().services


def test_an_empty_local_slot_falls_back_to_the_national_card(tmp_path: Path) -> None:
    folder = write_local(tmp_path, "[slots.commune]\nnumber = ''\n")
    assert load_directory(folder).local(CHECKED) == []
