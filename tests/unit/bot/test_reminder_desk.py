"""What officials, heads and admins do about reminders in chat."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.reminder_asked import Desk
from bot.reminder_desk import read_command, take_command
from bot.storage.dialogues import keep_choices
from bot.storage.erasure import held_about
from bot.storage.people import create_invite, feed_owner
from config.texts import load_texts
from handlers.domain import Button, Reply
from handlers.people import Person, PersonRole
from knowledge.domain import DeadlineKind
from tests.support.office import Office, at, make_deadline, make_document, message, open_office

DUE = date(2023, 12, 7)
DAY = date(2023, 11, 7)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path, at(date(2023, 10, 2), 9)) as opened:
        opened.join("an", "Phòng Tư pháp")
        opened.join("truong", "Phòng Tư pháp", PersonRole.HEAD)
        opened.join("quantri", "Văn phòng HĐND và UBND huyện", PersonRole.ADMIN)
        yield opened


class Chat:
    """One person's chat with the desk."""

    def __init__(self, office: Office, sender: str, language: str = "vi") -> None:
        self.office, self.sender, self.language = office, sender, language
        self.desk = Desk(
            reminders=office.reminders,
            public_url="https://antam.example",
            deep_links=lambda code: (f"https://t.me/antam?start={code}",),
        )

    async def say(self, text: str = "", *, press: str | None = None, in_group: bool = False) -> list[Reply]:
        """Say something or press a button; no reply means that the flows leave it to others."""
        said = message(
            text, sender=self.sender, now=self.office.now, action=press, language=self.language, in_group=in_group
        )
        return await take_command(said, desk=self.desk) or []

    async def press(self, reply: Reply, label: str) -> list[Reply]:
        """Press the button whose label starts so."""
        button = next(button for button in reply.buttons if button.label.startswith(label))
        assert button.action is not None
        assert len(button.action.encode()) <= 64
        return await self.say(press=button.action)


def code_for(office: Office, agency: str) -> str:
    """Return a one-time code for an official."""
    with office.engine.begin() as connection:
        return create_invite(connection, PersonRole.OFFICIAL, agency, "huyện Bình Minh", office.now)


def announce(office: Office, **values: object) -> Reply:
    """Confirm one deadline and return the reminder that "an" gets for it."""
    office.take(make_document(make_deadline(DUE, **values)))
    office.confirm()
    return next(reply for chat, reply in office.tick_at(at(DAY)) if chat == "an")


async def test_questions_are_left_to_others(office: Office) -> None:
    assert await Chat(office, "an").say("Việc của tôi trong kế hoạch 12 là gì?") == []
    assert await Chat(office, "an").say("/start") == []


async def test_a_citizen_is_told_how_to_join_and_sees_nothing(office: Office) -> None:
    announce(office)

    for text in ("/viec", "/duyet", "/bang", "/lich", "/them báo cáo trước ngày 25/12"):
        assert "/thamgia" in (await Chat(office, "dan").say(text))[0].text
    assert "/thamgia" in (await Chat(office, "dan").say(press="rem.done:1"))[0].text


async def test_tasks_are_not_told_to_a_group(office: Office) -> None:
    announce(office)

    replies = await Chat(office, "an").say("/viec", in_group=True)

    assert "báo cáo" not in replies[0].text
    assert replies[0].buttons == ()


async def test_my_tasks_lead_to_the_task_and_its_four_answers(office: Office) -> None:
    announce(office)
    chat = Chat(office, "an")

    listed = (await chat.say("/viec"))[0]
    opened = (await chat.press(listed, "1."))[0]

    assert "07/12/2023 (còn 30 ngày)" in listed.text
    assert [button.label for button in opened.buttons] == [
        "Đã nộp",
        "Nhắc lại",
        "Không phải việc của tôi",
        "Xem văn bản",
    ]


async def test_done_from_a_reminder_is_noted_and_the_agency_is_done_when_everybody_is(office: Office) -> None:
    reminder = announce(office)

    first = (await Chat(office, "an").press(reminder, "Đã nộp"))[0]
    last = (await Chat(office, "truong").press(reminder, "Đã nộp"))[0]

    assert "Gửi báo cáo sơ kết" in first.text
    assert "Cả Phòng Tư pháp" not in first.text
    assert "Cả Phòng Tư pháp" in last.text


async def test_somebody_elses_task_cannot_be_answered(office: Office) -> None:
    reminder = announce(office, assignees=("Phòng Tư pháp",))

    assert "không còn trong lịch" in (await Chat(office, "quantri").press(reminder, "Đã nộp"))[0].text


async def test_the_document_is_quoted_word_for_word(office: Office) -> None:
    reply = (await Chat(office, "an").press(announce(office), "Xem văn bản"))[0]

    assert reply.text.count("«Các phòng gửi báo cáo sơ kết đúng hạn.»") == 1
    assert "ke-hoach.txt" in reply.text and "III.2" in reply.text


@pytest.mark.parametrize(("label", "moment"), [("Ngày mai", "08:00 08/11/2023"), ("Sau 3 ngày", "08:00 10/11/2023")])
async def test_a_reminder_can_be_put_off(office: Office, label: str, moment: str) -> None:
    chat = Chat(office, "an")
    offer = (await chat.press(announce(office), "Nhắc lại"))[0]

    assert moment in (await chat.press(offer, label))[0].text


async def test_a_reminder_can_be_put_off_to_a_typed_day(office: Office) -> None:
    chat = Chat(office, "an")
    offer = (await chat.press(announce(office), "Nhắc lại"))[0]
    how = (await chat.press(offer, "Chọn ngày"))[0]
    command = how.text.split(": ")[1].rsplit(" ", 1)[0]

    assert "08:00 20/11/2023" in (await chat.say(f"{command} 20/11"))[0].text
    assert "08:00 13/11/2023" in (await chat.say(f"{command} thứ hai tuần sau"))[0].text
    assert "chưa hiểu" in (await chat.say(f"{command} 01/11/2023"))[0].text
    assert "chưa hiểu" in (await chat.say(f"{command} lúc nào cũng được"))[0].text


async def test_a_digest_leads_to_each_of_its_tasks(office: Office) -> None:
    office.take(make_document(make_deadline(DUE), make_deadline(DUE, id="doc.2", what="Gửi danh sách hộ")))
    office.confirm()
    digest = next(reply for chat, reply in office.tick_at(at(DAY)) if chat == "an")

    opened = (await Chat(office, "an").press(digest, "2."))[0]

    assert "Gửi danh sách hộ" in opened.text


async def test_a_head_confirms_what_a_document_proposes_once(office: Office) -> None:
    office.take(make_document(make_deadline(DUE), make_deadline(None, id="doc.2", what="Gửi khi có yêu cầu")))
    chat = Chat(office, "truong")

    cards = await chat.say("/duyet")
    done = await chat.press(cards[1], "Duyệt")

    assert "«Các phòng gửi báo cáo sơ kết đúng hạn.»" in cards[1].text
    assert "mục III.2" in cards[1].text
    assert "Đã duyệt 1" in done[0].text
    assert "Chưa có ngày" in done[1].text
    assert [button.label for button in done[1].buttons] == ["Bỏ"]


async def test_a_deadline_that_is_over_comes_last_and_says_so(office: Office) -> None:
    past = make_deadline(date(2023, 6, 9), id="doc.0", what="Gửi báo cáo 6 tháng")
    office.take(make_document(past, make_deadline(DUE)))

    cards = await Chat(office, "truong").say("/duyet")

    assert "07/12/2023" in cards[1].text
    assert "Đã qua: ngày cuối là 09/06/2023" in cards[2].text


async def test_an_official_confirms_nothing(office: Office) -> None:
    office.take(make_document(make_deadline(DUE)))

    for press in ("rem.ok:1", "rem.drop:1", "rem.ok_all:9", "rem.save:1"):
        assert "thủ trưởng" in (await Chat(office, "an").say(press=press))[0].text
    assert len(office.proposals()) == 1


async def test_confirming_all_takes_only_what_was_on_the_list(office: Office) -> None:
    office.take(make_document(make_deadline(DUE)))
    chat = Chat(office, "quantri")
    listed = await chat.say("/duyet")
    office.take(make_document(make_deadline(DUE, id="hai.1"), id="hai", source="hai.txt"))

    done = await chat.press(listed[-1], "Duyệt cả 1")

    assert "Đã duyệt 1" in done[0].text
    assert len(office.proposals()) == 1


async def test_an_undated_deadline_is_given_its_day_and_can_then_be_confirmed(office: Office) -> None:
    office.take(make_document(make_deadline(None, what="Nộp kế hoạch xã")))
    chat = Chat(office, "truong")

    edited = await chat.say("/sua 1 trước ngày 25/12/2023")
    done = await chat.press(edited[1], "Duyệt")

    assert "24/12/2023" in edited[1].text
    assert "Nộp kế hoạch xã" in edited[1].text
    assert "Đã duyệt 1" in done[0].text


async def test_the_leads_of_one_deadline_can_be_set(office: Office) -> None:
    office.take(make_document(make_deadline(DUE)))
    chat = Chat(office, "truong")

    await chat.say("/moc 1 20 2")
    office.confirm()
    office.tick_at(at(date(2023, 11, 15)))

    assert {lead for *_, lead, _, _ in office.ledger()} == {20, 2}
    assert "Các mốc nhắc" in (await chat.say("/moc 1 mai"))[0].text


async def test_a_dropped_deadline_is_not_proposed_again_by_the_same_words(office: Office) -> None:
    document = make_document(make_deadline(DUE))
    office.take(document)
    card = (await Chat(office, "truong").say("/duyet"))[1]

    dropped = await Chat(office, "truong").press(card, "Bỏ")
    office.take(document, document)

    assert "Đã bỏ" in dropped[0].text
    assert office.proposals() == []


async def test_a_deadline_in_plain_words_is_read_back_before_it_is_saved(office: Office) -> None:
    chat = Chat(office, "truong")

    back = (await chat.say("/them báo cáo quý trước ngày 25 tháng cuối quý"))[0]
    nothing_yet = office.tick_at(at(date(2023, 11, 24)))
    saved = (await chat.press(back, "Đúng"))[0]

    assert "báo cáo quý" in back.text
    assert "24/12/2023" in back.text
    assert not any("báo cáo quý" in reply.text for _, reply in nothing_yet)
    assert "Đã lưu" in saved.text
    assert any("báo cáo quý" in reply.text for _, reply in office.tick_at(at(date(2023, 12, 8))))


async def test_who_adds_a_near_deadline_is_not_pushed_to_at_once_and_the_colleagues_are(office: Office) -> None:
    back = (await Chat(office, "truong").say("/them gửi danh sách trước ngày 13/10/2023"))[0]
    await Chat(office, "truong").press(back, "Đúng")

    at_once = [chat for chat, _ in office.tick_at(office.now + timedelta(minutes=1)) if chat != "quantri"]
    regular = [chat for chat, _ in office.tick_at(at(date(2023, 10, 5))) if chat != "quantri"]

    assert (at_once, regular) == (["an"], ["an", "truong"])


async def test_a_read_back_can_be_thrown_away(office: Office) -> None:
    chat = Chat(office, "truong")
    back, again = [(await chat.say("/them nộp danh sách trước ngày 20/11/2023"))[0] for _ in range(2)]

    await chat.press(back, "Thôi")
    assert "Đã lưu" in (await chat.press(again, "Đúng"))[0].text

    assert "không còn" in (await chat.press(back, "Đúng"))[0].text
    for words in ("một việc gì đó", "nộp danh sách trước ngày 20/11/2019", "trước ngày 20/11/2023"):
        assert "Xin gõ" in (await chat.say(f"/them {words}"))[0].text


async def test_an_agency_or_document_is_followed_and_left_again(office: Office) -> None:
    announce(office, assignees=("Phòng Tư pháp",))
    chat = Chat(office, "quantri")

    started = (await chat.say("/theodoi Phòng Tư pháp"))[0]
    listed = (await chat.say("/theodoi"))[0]
    stopped = (await chat.press(listed, "Ngừng"))[0]

    assert "Đã theo dõi: Phòng Tư pháp" in started.text
    assert "Đã ngừng" in stopped.text
    assert "không tìm thấy" in (await chat.say("/theodoi kế hoạch trồng rừng"))[0].text


async def test_the_board_shows_a_head_the_own_agency_and_an_admin_all(office: Office) -> None:
    office.join("noivu", "Phòng Nội vụ")
    reminder = announce(office)
    await Chat(office, "an").press(reminder, "Đã nộp")

    head = (await Chat(office, "truong").say("/bang"))[0].text
    admin = (await Chat(office, "quantri").say("/bang"))[0].text
    office.now = at(DUE + timedelta(days=2))
    late = (await Chat(office, "quantri").say("/bang"))[0].text

    assert "Phòng Tư pháp: đang làm (1/2)" in head
    assert "Phòng Nội vụ" not in head
    assert "Phòng Nội vụ: chưa phản hồi (0/1)" in admin
    assert "Phòng Nội vụ: quá hạn (0/1)" in late
    assert "thủ trưởng" in (await Chat(office, "an").say("/bang"))[0].text


async def test_a_calendar_address_is_secret_replaceable_and_revocable(office: Office) -> None:
    chat = Chat(office, "an")
    announce(office)

    def owner(token: str) -> Person | None:
        with office.engine.connect() as connection:
            return feed_owner(connection, token)

    def token(reply: Reply) -> str:
        return reply.text.rsplit("/lich/", 1)[1].removesuffix(".ics")

    first = token((await chat.say("/lich"))[0])
    second = token((await chat.say("/lich"))[0])

    assert owner(first) is None
    assert owner(second) is not None
    await chat.say("/lich thoi")
    assert owner(second) is None


async def test_a_head_gets_the_address_of_the_board_with_the_calendar(office: Office) -> None:
    head = (await Chat(office, "truong").say("/lich"))[0].text
    official = (await Chat(office, "an").say("/lich"))[0].text

    assert head.count("/lich/") == 2
    assert ".xlsx" in head
    assert ".xlsx" not in official


async def test_an_admin_invites_in_chat_and_the_code_works_once(office: Office) -> None:
    invited = (await Chat(office, "quantri").say("/moi head | Phòng Nội vụ | huyện Bình Minh"))[0].text
    code = invited.rsplit("start=", 1)[1].strip()

    joined = (await Chat(office, "moi").say(f"/start {code}"))[0].text
    again = (await Chat(office, "khac").say(f"/thamgia {code}"))[0].text

    assert "thủ trưởng đơn vị, Phòng Nội vụ" in joined
    assert "đã dùng" in again
    assert "thủ trưởng đơn vị và quản trị" in (await Chat(office, "truong").say("/moi admin | A | B"))[0].text
    assert "Xin gõ" in (await Chat(office, "quantri").say("/moi vua | A | B"))[0].text


async def test_a_code_typed_in_a_group_is_not_used_up(office: Office) -> None:
    code = code_for(office, "Phòng Y tế")

    await Chat(office, "moi").say(f"/thamgia {code}", in_group=True)

    assert "tham gia" in (await Chat(office, "moi").say(f"/thamgia {code}"))[0].text


async def test_a_head_who_moves_is_an_official_there(office: Office) -> None:
    moved = (await Chat(office, "truong").say("/doicoquan Phòng Nội vụ"))[0].text

    person = office.person("truong")
    assert "Phòng Nội vụ, huyện Bình Minh" in moved
    assert person is not None
    assert person.role is PersonRole.OFFICIAL


async def test_leaving_is_asked_twice_and_erases_with_the_last_account(office: Office) -> None:
    chat, account = Chat(office, "an"), ("telegram", "an", "an")
    with office.engine.begin() as connection:
        keep_choices(connection, 1, "telegram", "an", [Button(label="Việc của tôi")], now=office.now)
        assert held_about(connection, None, {account})

    asked = (await chat.say("/roi"))[0]
    assert office.person("an") is not None
    gone = (await chat.press(asked, "Đồng ý"))[0]

    assert "đã được xóa" in gone.text and gone.sensitive
    assert office.person("an") is None
    with office.engine.connect() as connection:
        assert held_about(connection, None, {account}) == {}


async def test_a_linked_account_sees_the_same_tasks(office: Office) -> None:
    announce(office)
    code = (await Chat(office, "an").say("/noi"))[0].text.rsplit(" ", 1)[1]

    await Chat(office, "an-moi").say(f"/thamgia {code}")

    assert "Gửi báo cáo sơ kết" in (await Chat(office, "an-moi").say("/viec"))[0].text


async def test_everything_is_said_in_english_too(office: Office) -> None:
    announce(office)

    assert "last day 07/12/2023 (30 days left)" in (await Chat(office, "an", "en").say("/tasks"))[0].text


@pytest.mark.parametrize(
    "press", ["rem.done:", "rem.done:x", "rem.snooze:1 never", "rem.open:-5", "rem.done:99999999999999"]
)
async def test_a_forged_button_does_no_harm(office: Office, press: str) -> None:
    announce(office)

    replies = await Chat(office, "an").say(press=press)

    assert len(replies) == 1
    assert set(office.states().values()) <= {"sent", "planned", "skipped"}


async def test_an_unknown_button_is_left_to_others(office: Office) -> None:
    assert await Chat(office, "an").say(press="rem.nothing:1") == []
    assert await Chat(office, "an").say(press="tasks:1") == []


async def test_a_code_joins_by_itself_and_behind_a_few_words(office: Office) -> None:
    for sender, words in (("binh", "{}"), ("chi", "Tham gia {}")):
        code = code_for(office, "Phòng Nội vụ")

        assert "Phòng Nội vụ" in (await Chat(office, sender).say(words.format(code)))[0].text


async def test_a_confirmed_deadline_is_among_my_tasks_long_before_its_first_reminder(office: Office) -> None:
    office.take(make_document(make_deadline(date(2024, 9, 5))))
    office.confirm()

    assert "05/09/2024" in (await Chat(office, "an").say("/viec"))[0].text


async def test_a_head_decides_for_the_own_place_and_adds_for_the_own_office(office: Office) -> None:
    elsewhere = make_document(
        make_deadline(DUE, id="khac.1"), id="khac", place="Hòa Bình", issuer="UBND huyện Hòa Bình"
    )
    office.take(elsewhere)

    assert "Không có thời hạn" in (await Chat(office, "truong").say("/duyet"))[0].text
    assert "không còn" in (await Chat(office, "truong").say("/bo 1"))[0].text
    assert "Có 1 thời hạn" in (await Chat(office, "quantri").say("/duyet"))[0].text
    assert "Cho: Phòng Tư pháp" in (await Chat(office, "truong").say("/them họp ngày 20/11/2023"))[0].text
    assert "trên địa bàn" in (await Chat(office, "quantri").say("/them họp ngày 20/11/2023"))[0].text


async def test_to_be_reminded_again_takes_an_answer_back(office: Office) -> None:
    reminder = announce(office)
    chat = Chat(office, "an")
    await chat.press(reminder, "Đã nộp")

    asked = (await chat.press(reminder, "Nhắc lại"))[0]
    text = (await chat.press(asked, "Ngày mai"))[0].text
    sent = office.tick_at(at(DAY + timedelta(days=1)))

    assert "Gửi báo cáo sơ kết" in text
    assert "an" in [name for name, _ in sent]


async def test_a_task_nobody_took_and_a_window_that_is_over_stand_so_on_the_board(office: Office) -> None:
    window = make_deadline(DUE, id="doc.2", kind=DeadlineKind.PERIOD, start=DAY, what="Tháng cao điểm")
    office.take(make_document(make_deadline(date(2023, 12, 20)), window))
    office.confirm()
    office.now = at(date(2023, 11, 20))
    for name in ("an", "truong"):
        await Chat(office, name).say(press="rem.not_mine:1")

    board = (await Chat(office, "truong").say("/bang"))[0].text
    office.now = at(date(2023, 12, 8))

    assert "chưa có người nhận (0/0)" in board
    assert "Tháng cao điểm" in board
    assert "Tháng cao điểm" not in (await Chat(office, "truong").say("/bang"))[0].text


@pytest.mark.parametrize(("said", "code"), [("7RYM MQ7P GWV7", "7rym mq7p gwv7"), ("viec nhom minh", None)])
def test_a_code_is_taken_as_it_is_read_out(said: str, code: str | None) -> None:
    asked = message(said, sender="42", now=at(DAY))
    assert read_command(load_texts("vi"), asked) == (("join", code) if code else None)


async def test_the_commands_shown_are_those_of_the_role(office: Office) -> None:
    texts = [(await Chat(office, name).say("/lenh"))[0].text for name in ("an", "truong", "quantri")]
    assert [("/bang" in text, "/moi" in text) for text in texts] == [(False, False), (True, False), (True, True)]
