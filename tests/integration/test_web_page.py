"""The web chat in a real browser: asked, answered, cited, left in a hurry; nothing serious for axe."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.allowance import Allowance
from bot.channels.web import create_web_router
from handlers.domain import Button, IncomingMessage, Reply
from retrieval.domain import Citation
from tests.support.requirements import CHROMIUM_FLAGS, need_chromium
from tests.support.serving import serving

pytestmark = pytest.mark.browser
TEXT = "Phần trước của mục.\nPhòng Tư pháp tuyên truyền pháp luật.\nPhần sau của mục."
CITATION = Citation(
    source="a.txt",
    number="1/KH",
    title="Kế hoạch",
    section="IV.2",
    quote="Phòng Tư pháp tuyên truyền pháp luật.",
    place="An Sơn",
    year=2024,
)


SAID = {"text": "Trả lời", "kind": "answer", "options": [], "citations": []}


async def handle(message: IncomingMessage) -> Sequence[Reply]:
    """Answer with what was asked and how many turns came before, so that the page's memory can be seen."""
    if message.action == "help:wipe":
        return [Reply(text="Đã xoá", forget=True, sensitive=True)]
    text = f"Trả lời <b>{message.text}</b> ({len(message.history)})"
    buttons = (Button(label="Nơi khác"), Button(label="Xóa", action="help:wipe"))
    return [Reply(text=text, kind="answer", citations=(CITATION,), buttons=buttons)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = FastAPI()
    app.include_router(
        create_web_router(
            handle=handle,
            is_distress=lambda _: False,
            document_text=lambda _: TEXT,
            clock=lambda: datetime(2024, 1, 10, tzinfo=UTC),
            limit=Allowance(per_minute=600, burst=200),
            card_shown=lambda: None,
        )
    )
    with serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=need_chromium(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 390, "height": 780})
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(address) else route.abort())
    page.goto(address)
    yield page
    page.close()


def ask(page: Page, text: str) -> None:
    page.get_by_label("Câu hỏi của anh/chị").fill(text)
    page.keyboard.press("Enter")
    page.wait_for_selector("article.bot:last-of-type:not([aria-busy])")


def test_a_question_is_answered_as_text_and_the_quotation_opens_in_its_context(page: Page) -> None:
    ask(page, "<i>Phòng Tư pháp</i> phải làm gì?")
    answer = page.locator("article.bot").last
    assert "Trả lời <b><i>Phòng Tư pháp</i> phải làm gì?</b> (0)" in answer.inner_text()
    answer.locator("summary").click()
    assert answer.locator("blockquote").inner_text() == CITATION.quote
    answer.get_by_role("button", name="Xem trong văn bản").click()
    assert page.locator(".context mark").inner_text() == CITATION.quote
    assert "Phần trước của mục." in page.locator(".context").inner_text()


def test_a_choice_is_asked_with_the_turns_before_it_and_wiping_forgets_them(page: Page) -> None:
    ask(page, "một")
    page.get_by_role("button", name="Nơi khác").click()
    expect(page.locator("article.bot")).to_have_count(3)
    page.wait_for_selector("article.bot:last-of-type:not([aria-busy])")
    assert "Nơi khác</b> (2)" in page.locator("article.bot").last.inner_text()
    ask(page, "số 2.")
    expect(page.locator("article")).to_have_count(2)
    assert "một" not in page.locator("#log").inner_text()


@pytest.mark.parametrize("way", ["button", "words", "shift"])
def test_quick_exit_leaves_at_once_and_going_back_shows_nothing(page: Page, way: str) -> None:
    ask(page, "điều riêng tư")
    with page.expect_request(lambda request: "wikipedia" in request.url):
        if way == "button":
            page.get_by_role("link", name="Thoát nhanh").click()
        elif way == "words":
            page.keyboard.type("thoát nhanh")
            page.keyboard.press("Enter")
        else:
            for _ in range(3):
                page.keyboard.press("Shift")
    expect(page.locator("html")).not_to_contain_text("riêng tư")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_axe_finds_nothing_serious(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}/?lang={language}")
    page.locator("#starters button").first.click()
    page.wait_for_selector("article.bot:last-of-type:not([aria-busy])")
    page.locator("summary").last.click()
    found = Axe().run(page).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []


def test_the_page_works_by_keyboard_alone(page: Page) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "question":
            break
    page.keyboard.type("bàn phím")
    page.keyboard.press("Enter")
    page.wait_for_selector("article.bot:last-of-type:not([aria-busy])")
    assert "bàn phím" in page.locator("article.bot").last.inner_text()


@pytest.mark.parametrize(("width", "height"), [(390, 780), (320, 568), (568, 320), (320, 256)])
def test_a_long_answer_is_seen_from_its_beginning_and_the_way_out_stays(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.route("**/api/ask", lambda route: route.fulfill(json={**SAID, "text": "Đầu câu.\n\n" + "dòng\n" * 90}))
    for _ in range(2):
        ask(page, "kể hết")
    expect(page.get_by_text("Đầu câu.").last).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name="Thoát nhanh")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_page_says_so_and_offers_only_what_works(browser: Browser, address: str) -> None:
    plain = browser.new_page(java_script_enabled=False)
    plain.goto(address)
    expect(plain.locator("noscript article")).to_be_in_viewport()
    expect(plain.get_by_role("link", name="Thoát nhanh")).to_have_attribute("href", "https://vi.wikipedia.org/")
    expect(plain.get_by_role("button")).to_have_count(0)
    expect(plain.get_by_role("textbox")).to_have_count(0)
    plain.close()


def test_the_marks_of_a_kept_text_are_not_shown_to_readers(page: Page) -> None:
    page.route("**/api/ask", lambda route: route.fulfill(json={**SAID, "citations": [{"quote": "**trước ngày** 08"}]}))
    ask(page, "hạn?")
    page.locator("summary").click()
    assert page.locator("blockquote").inner_text() == "trước ngày 08"
