"""The desk: answers at once, remembers little and briefly, never exposes, never stays silent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from config.referrals import Directory, load_directory
from handlers.domain import Content, IncomingMessage, Turn
from handlers.gate import Action
from handlers.referral import ReferralDesk

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PLEA = "chồng em đang cầm dao đứng ngoài cửa, cứu em với"


def says(text: str, *, minutes: float = 0, sender: str = "7", **more: object) -> IncomingMessage:
    message = IncomingMessage(
        channel="web", sender=sender, chat=sender, now=NOW + timedelta(minutes=minutes), text=text
    )
    return replace(message, **more)  # type: ignore[arg-type]  # fields chosen by each test


def make_desk() -> ReferralDesk:
    return ReferralDesk(directory=load_directory())


def test_the_very_first_message_of_a_stranger_gets_the_numbers() -> None:
    desk = make_desk()
    verdict = desk.judge(says(PLEA))
    card = desk.card(verdict, says(PLEA))
    assert verdict.action is Action.CARD and card.text.count("113") >= 1
    assert card.sensitive and card.ephemeral and card.kind == "referral"


def test_judging_twice_gives_the_same_and_remembers_once() -> None:
    desk = make_desk()
    first = desk.judge(says("báo cáo năm nộp khi nào"))
    assert desk.judge(says("báo cáo năm nộp khi nào")) == first


def test_asking_again_about_earlier_messages_changes_nothing_for_later_ones() -> None:
    told = ("em muốn hỏi", "chồng em", "vừa lấy gậy", "đánh vào đầu")
    once, again = make_desk(), make_desk()
    for text in told[:3]:
        once.judge(says(text))
        again.judge(says(text))
    for text in told[:3]:
        again.judge(says(text))
    assert again.judge(says(told[3])) == once.judge(says(told[3]))


def test_the_end_of_a_very_long_message_is_read_together_with_the_next_one() -> None:
    desk = make_desk()
    desk.judge(says("báo cáo năm nộp khi nào. " * 300 + "chồng em vừa lấy gậy"))
    assert desk.judge(says("phang vào đầu em chảy máu")).action is Action.CARD


@pytest.mark.parametrize("content", [Content.MEDIA, Content.UNKNOWN])
def test_a_sticker_or_a_voice_note_after_a_card_brings_the_card_again(content: Content) -> None:
    desk = make_desk()
    desk.judge(says(PLEA))
    after = says("", minutes=29, content=content)
    assert desk.after_distress(after)
    assert desk.card(desk.judge(after), after).text == desk.card(desk.judge(says(PLEA)), says(PLEA)).text


def test_after_thirty_minutes_nothing_is_remembered() -> None:
    desk = make_desk()
    desk.judge(says(PLEA))
    late = says("", minutes=31, content=Content.MEDIA)
    assert not desk.after_distress(late) and desk.judge(late).action is Action.NONE


def test_a_sticker_of_somebody_else_brings_no_card() -> None:
    desk = make_desk()
    desk.judge(says(PLEA))
    assert not desk.after_distress(says("", sender="8", content=Content.MEDIA))


def test_a_plea_in_three_bubbles_is_seen_with_the_last() -> None:
    desk = make_desk()
    bubbles = ("chị ơi", "anh ấy vừa", "đánh em, máu")
    verdicts = [desk.judge(says(text, minutes=place)) for place, text in enumerate(bubbles)]
    assert verdicts[-1].action is Action.CARD
    assert verdicts[0].action is not Action.CARD


def test_office_talk_between_the_bubbles_of_a_plea_hides_none_of_them() -> None:
    desk = make_desk()
    asked = "Hạn nộp báo cáo năm của huyện Lộc Bình là ngày nào?"
    told = ("chồng em", asked, asked, "vừa lấy gậy", asked, asked, "phang vào đầu")
    verdicts = [desk.judge(says(text, minutes=place)) for place, text in enumerate(told)]
    assert [verdict.action is Action.CARD for verdict in verdicts] == [False] * 6 + [True]


def test_bubbles_older_than_ten_minutes_are_not_read_together() -> None:
    desk = make_desk()
    desk.judge(says("chồng em"))
    assert desk.judge(says("tên Hùng ạ", minutes=11)).action is Action.NONE


def test_earlier_turns_count_when_nothing_is_remembered() -> None:
    history = (Turn(role="user", text="nó về rồi"), Turn(role="bot", text="…"), Turn(role="user", text="nó cầm gậy"))
    assert make_desk().judge(says("em sợ quá, nó đang đập cửa", history=history)).action is Action.CARD


def test_what_a_browser_sends_along_of_earlier_is_not_read_together_with_the_present_message() -> None:
    desk = make_desk()
    desk.judge(says("chồng em"))
    history = (Turn(role="user", text="chồng em"), Turn(role="user", text="vừa lấy gậy"))
    assert desk.judge(says("phía sau lưng", minutes=20, history=history)).action is not Action.CARD


def test_what_other_processes_took_in_the_last_minutes_is_read_together_with_the_present_message() -> None:
    desk = make_desk()
    desk.judge(says("chồng em"))
    assert desk.judge(says("phang vào đầu", recent=("chồng em", "vừa lấy gậy"))).action is Action.CARD


def test_a_row_of_ordinary_questions_brings_no_card() -> None:
    desk = make_desk()
    questions = (
        "báo cáo bạo lực gia đình quý 3 nộp khi nào",
        "hội phụ nữ làm gì",
        "kinh phí lấy ở đâu",
        "mẫu số mấy",
        "chồng em đổi căn cước ở đâu",
        "cảm ơn",
    )
    assert all(desk.judge(says(text, minutes=place)).action is Action.NONE for place, text in enumerate(questions))


def test_for_ten_minutes_after_a_card_there_is_a_short_word_with_two_numbers() -> None:
    desk = make_desk()
    assert desk.say_again(says("mình sợ quá")) is None
    desk.judge(says(PLEA))
    said = desk.say_again(says("mình sợ quá", minutes=9))
    assert said is not None and said.sensitive and "113" in said.text and "111" in said.text
    assert desk.say_again(says("mình sợ quá", minutes=11)) is None


@pytest.mark.parametrize("said", ["...", "?", "😭", "  "])
def test_what_says_nothing_right_after_a_card_brings_it_again(said: str) -> None:
    desk = make_desk()
    assert desk.judge(says(said)).action is Action.NONE and not desk.after_distress(says(said))
    desk.judge(says(PLEA))
    assert desk.judge(says(said, minutes=1)).action is Action.CARD and desk.after_distress(says(said, minutes=1))
    assert desk.after_distress(says("ảnh đây", minutes=1, content=Content.MEDIA))
    told = (Turn(role="user", text=PLEA), Turn(role="bot", text="…"))
    assert make_desk().judge(says(said, history=told)).action is Action.CARD


def test_the_words_of_the_quick_exit_erase_only_after_a_card() -> None:
    desk = make_desk()
    assert desk.reopen(says("thoát nhanh")) is None
    desk.judge(says(PLEA))
    left = desk.reopen(says("Thoat nhanh", minutes=2))
    assert left is not None and left.forget


@pytest.mark.parametrize("word", ["hoa sen", "Hoa Sen", "HOA SEN!", "hỗ trợ khác", "ho tro khac", "lotus"])
def test_the_safe_word_reopens_the_card_at_any_time(word: str) -> None:
    reply = make_desk().reopen(says(word))
    assert reply is not None and reply.sensitive and "113" in reply.text


def test_the_button_back_to_documents_hides_nothing_later() -> None:
    desk = make_desk()
    desk.judge(says(PLEA))
    back = desk.reopen(says("", content=Content.ACTION, action="help:documents"))
    assert back is not None and "113" not in back.text
    assert desk.judge(says(PLEA, minutes=1)).action is Action.CARD


def test_a_rehearsal_shows_a_banner_and_ends_by_itself() -> None:
    desk = make_desk()
    assert desk.judge(says("/dientap")).action is Action.NONE and desk.reopen(says("/dientap"))
    during, later = says(PLEA, minutes=29), says(PLEA, minutes=31)
    assert desk.card(desk.judge(during), during).text.startswith("DIỄN TẬP")
    assert "DIỄN TẬP" not in desk.card(desk.judge(later), later).text


def test_whoever_opened_the_card_by_the_menu_is_not_refused_soon_after() -> None:
    desk = make_desk()
    assert desk.say_again(says("xin chào")) is None
    assert desk.reopen(says("", content=Content.ACTION, action="help:other"))
    assert desk.say_again(says("mình buồn", minutes=9)) is not None
    assert desk.say_again(says("mình buồn", minutes=11)) is None


def test_an_ordinary_question_does_not_reopen_the_card() -> None:
    assert make_desk().reopen(says("hoa sen trồng ở đâu")) is None


def test_erasing_says_what_cannot_be_erased() -> None:
    for channel in ("telegram", "zalo_oa", "web"):
        reply = make_desk().reopen(says("", channel=channel, content=Content.ACTION, action="help:erase"))
        assert reply is not None and "vẫn có thể còn" in reply.text


def test_a_chosen_province_adds_its_house_and_is_forgotten_with_the_rest() -> None:
    desk = make_desk()
    asked = desk.reopen(says("", content=Content.ACTION, action="help:provinces"))
    assert asked is not None
    choice = next(button for button in asked.buttons if button.label == "Quảng Ninh")
    chosen = desk.reopen(says("", minutes=1, content=Content.ACTION, action=choice.action))
    assert chosen is not None and "1800 1769" in chosen.text
    later = desk.card(desk.judge(says(PLEA, minutes=40)), says(PLEA, minutes=40))
    assert "1800 1769" not in later.text


def test_a_fault_in_composing_still_gives_the_three_numbers() -> None:
    class Broken(Directory):
        def local(self, today: date) -> list[object]:  # type: ignore[override]  # breaks on purpose
            if today.year < 3000:
                raise OSError("gone")
            return []

    whole = load_directory()
    desk = ReferralDesk(directory=Broken(**{name: getattr(whole, name) for name in Directory.__slots__}))
    text = desk.card(desk.judge(says(PLEA)), says(PLEA)).text
    assert all(number in text for number in ("113", "115", "111"))


def test_a_question_on_rights_gets_dated_facts_with_numbers() -> None:
    reply = make_desk().rights(says("chồng đánh vợ thì bị phạt bao nhiêu"))
    assert reply is not None and "282/2025/NĐ-CP" in reply.text and "113" in reply.text


def test_a_question_on_documents_is_not_a_question_on_rights() -> None:
    assert make_desk().rights(says("báo cáo phòng chống bạo lực gia đình nộp trước ngày nào")) is None


def test_a_plea_inside_an_administrative_question_asks_for_both() -> None:
    verdict = make_desk().judge(says("cho hỏi thủ tục tách khẩu ở đâu, em muốn đi vì chồng đánh em hoài"))
    assert verdict.action is Action.CARD and verdict.also_question


def test_an_english_plea_gets_the_english_card() -> None:
    desk = make_desk()
    text = "please help, my husband beats me every day"
    assert "automatic reply" in desk.card(desk.judge(says(text)), says(text)).text


def test_words_in_an_unknown_language_get_the_neutral_line() -> None:
    for text in ("ខ្ញុំត្រូវការជំនួយ ប្តីវាយខ្ញុំ សូមជួយ", "我丈夫打我 请 帮我", "kuv tus txiv ntaus kuv nws ntshai heev"):
        assert make_desk().judge(says(text)).action is not Action.NONE


def test_nothing_a_person_wrote_comes_back_in_the_card() -> None:
    text = "tôi tên Lê Thị Mẫu ở ngõ bốn thôn Đoài, chồng vừa đánh tôi chảy máu, số tôi 0912345678"
    desk = make_desk()
    card = desk.card(desk.judge(says(text)), says(text)).text.lower()
    words = text.lower().replace(",", "").split()
    assert all(" ".join(words[place : place + 4]) not in card for place in range(len(words) - 3))
    assert "0912345678" not in card


def test_pairs_that_differ_in_who_suffers_are_treated_alike() -> None:
    pairs = (
        ("tôi bị vợ đánh hoài", "tôi bị chồng đánh hoài"),
        ("mình là nam, bị người yêu nam đánh", "mình là nữ, bị người yêu nam đánh"),
        ("tôi ngồi xe lăn, bị chồng đánh", "tôi bị chồng đánh"),
        ("chưa cưới nhưng bị anh ấy đánh", "cưới rồi bị anh ấy đánh"),
        ("em làm gái, bị khách đánh em", "em làm may, bị chủ đánh em"),
    )
    for one, other in pairs:
        left, right = make_desk().judge(says(one)), make_desk().judge(says(other))
        assert left.action is right.action is Action.CARD, (one, other)


def test_the_memory_of_many_people_stays_bounded_and_holds_no_plain_ids() -> None:
    desk = make_desk()
    desk.judge(says(PLEA, sender="plain-id-of-a-person"))
    assert "plain-id-of-a-person" not in repr(vars(desk))
    assert PLEA not in repr(vars(desk))
