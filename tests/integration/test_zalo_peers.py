"""The Zalo peers themselves, driven by plain HTTP: what they enforce is what the platforms are described to do."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.serving import serving
from tests.support.zalo_bot_peer import TOKEN, ZaloBotPeer
from tests.support.zalo_bot_people import BotForgery
from tests.support.zalo_oa_peer import ZaloOaPeer
from tests.support.zalo_oa_webhook import APP_ID, APP_SECRET, OA_ID, OA_SECRET, Forgery, OaWebhook, signature

LAN = "2460000000000000001"
HOA = "2460000000000000002"
GROUP = "9990000000000000001"
CHAT = "6ede9afa66b88fe6d6a9"
CS = "/v3.0/oa/message/cs"
Body = dict[str, Any]


class Hook:
    """A bot's webhook that keeps what it is sent, checks nothing, and answers as told."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self.sleeps_s = 0.0
        self.app = FastAPI(openapi_url=None, routes=[Route("/hook", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        self.headers.append(dict(request.headers))
        await asyncio.sleep(self.sleeps_s)
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    @property
    def events(self) -> list[Body]:
        """The bodies as objects."""
        return [json.loads(body) for body in self.bodies]

    @property
    def names(self) -> list[str]:
        """The names of the events, in order of arrival."""
        return [event["event_name"] for event in self.events]


@pytest.fixture
def hook() -> Hook:
    return Hook()


@contextmanager
def listening(hook: Hook) -> Iterator[str]:
    with serving(hook.app) as address:
        yield address + "/hook"


@contextmanager
def calling(peer: ZaloOaPeer | ZaloBotPeer, timeout: float = 5.0) -> Iterator[httpx.Client]:
    token = {"access_token": peer.access_token} if isinstance(peer, ZaloOaPeer) else {}
    with peer.running() as address, httpx.Client(base_url=address, timeout=timeout, headers=token, verify=False) as web:
        yield web


def text_to(user: str, text: str = "Chào chị.", **attachment: Any) -> Body:
    extra = {"attachment": {"type": "template", "payload": attachment}} if attachment else {}
    return {"recipient": {"user_id": user}, "message": {"text": text, **extra}}


def button(title: str = "Đã nộp", kind: str = "oa.query.show", payload: Any = "#cb:done:17") -> Body:
    return {"title": title, "type": kind, "payload": payload}


def error_of(answer: httpx.Response) -> int:
    assert answer.status_code == 200
    return int(answer.json()["error"])


@pytest.fixture(scope="module")
def served_account() -> Iterator[tuple[ZaloOaPeer, httpx.Client]]:
    peer = ZaloOaPeer()
    with calling(peer) as web:
        yield peer, web


@pytest.fixture
def open_account(served_account: tuple[ZaloOaPeer, httpx.Client]) -> tuple[ZaloOaPeer, httpx.Client]:
    """An account that may write to Lan and has done nothing wrong yet."""
    peer, web = served_account
    peer.violations.clear()
    peer.say(LAN, "xin chào")
    return peer, web


# The Official Account's API.


def test_the_published_test_vector_is_signed_alike() -> None:
    event = {
        "app_id": "3600000000000000001",
        "user_id_by_app": "5520000000000000001",
        "event_name": "user_send_text",
        "timestamp": "1795250000123",
        "sender": {"id": "2460000000000000001"},
        "recipient": {"id": "3880000000000000001"},
        "message": {"msg_id": "96d3cdf3af150460a001", "text": "Kế hoạch 12 hạn nộp khi nào?"},
    }
    webhook = ZaloOaPeer().webhook
    raw = webhook.raw(event)
    assert len(raw) == 299
    expected = "mac=eb5d4bfb580cf9136486609aa7365692b759a65ec1262bc1d5f252643aea65e0"
    assert webhook.headers(raw)["X-ZEvent-Signature"] == expected


def test_a_message_within_the_window_arrives_and_the_quota_counts_down() -> None:
    peer = ZaloOaPeer()
    with calling(peer) as web:
        peer.follow(LAN)
        answers = [web.post(CS, json=text_to(LAN, f"câu {number}")).json() for number in range(9)]
        assert [answer["error"] for answer in answers] == [0] * 8 + [-211]
        assert [answer["data"]["quota"]["remain"] for answer in answers[:8]] == list("76543210")
        assert len({answer["data"]["message_id"] for answer in answers[:8]}) == 8
        peer.say(LAN, "thêm nữa")
        assert web.post(CS, json=text_to(LAN)).json()["data"]["quota"]["remain"] == "7"
    assert [told.text for told in peer.delivered(LAN)] == [f"câu {n}" for n in range(8)] + ["Chào chị."]
    assert peer.violations == []


def test_tokens_are_read_from_their_own_header_only() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    with calling(peer) as web:
        assert error_of(web.post(CS, json=text_to(LAN), headers={"access_token": "other"})) == -216
        del web.headers["access_token"]
        assert error_of(web.post(CS, json=text_to(LAN), headers={"Authorization": peer.access_token})) == -216
    assert peer.violations == [f"{CS}: has an Authorization header"]
    assert peer.delivered(LAN) == []


def test_an_access_token_lives_25_hours() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    with calling(peer) as web:
        peer.advance(24.9)
        assert error_of(web.post(CS, json=text_to(LAN))) == 0
        peer.advance(0.1)
        assert error_of(web.post(CS, json=text_to(LAN))) == -216
        peer.dead_token_status = 401
        assert web.post(CS, json=text_to(LAN)).status_code == 401


def test_the_windows_close_after_48_hours_and_7_days() -> None:
    peer = ZaloOaPeer(balance=1)
    peer.say(LAN, "xin chào")
    with calling(peer) as web:

        def send() -> int:
            web.headers["access_token"] = peer.oauth.issue()[0]
            return error_of(web.post(CS, json=text_to(LAN)))

        peer.advance(48)
        assert (send(), peer.delivered(LAN)[-1].paid) == (0, False)
        peer.advance(1)
        assert (send(), peer.delivered(LAN)[-1].paid) == (0, True)
        assert send() == -321
        peer.balance = None
        assert send() == -320
        peer.balance = 5
        peer.advance(24 * 5)
        assert send() == -230
        assert peer.balance == 5


def test_strangers_and_those_who_left_are_refused_and_visitors_who_wrote_are_not() -> None:
    peer = ZaloOaPeer()
    with calling(peer) as web:
        assert error_of(web.post(CS, json=text_to(LAN))) == -213
        peer.say_anonymously(HOA, "tôi cần giúp")
        assert error_of(web.post(CS, json=text_to(HOA))) == 0
        peer.follow(LAN)
        peer.unfollow(LAN)
        assert error_of(web.post(CS, json=text_to(LAN))) == -213
        peer.say(LAN, "tôi quay lại")
        assert error_of(web.post(CS, json=text_to(LAN))) == 0
        peer.trouble(LAN, -244)
        assert error_of(web.post(CS, json=text_to(LAN))) == -244
    strict = ZaloOaPeer(followers_only=True)
    strict.say(LAN, "xin chào")
    with calling(strict) as web:
        assert error_of(web.post(CS, json=text_to(LAN))) == -213


def test_too_many_calls_in_a_minute_are_refused_and_the_limit_is_told() -> None:
    peer = ZaloOaPeer(calls_per_minute=2)
    peer.say(LAN, "xin chào")
    with calling(peer) as web:
        first = web.post(CS, json=text_to(LAN))
        assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remain"]) == ("2", "1")
        assert [error_of(web.post(CS, json=text_to(LAN))) for _ in range(2)] == [0, -32]
        peer.advance(1 / 60)
        assert error_of(web.post(CS, json=text_to(LAN))) == 0


GOOD = [
    text_to(LAN, "x" * 2000),
    text_to(LAN, buttons=[button()] * 5),
    text_to(LAN, buttons=[button("Mở", "oa.open.url", {"url": "https://example.vn/1"})]),
    text_to(LAN, buttons=[button("Gọi 111", "oa.open.phone", {"phone_code": "111"})]),
    text_to(LAN, buttons=[button("Nhắn", "oa.open.sms", {"content": "xin chào", "phone_code": "111"})]),
    text_to(LAN, buttons=[button("t" * 100, payload="p" * 1000)]),
]
LIST = {"title": "Việc", "subtitle": "ba việc", "image_url": "https://example.vn/i.png"}


@pytest.mark.parametrize("body", GOOD)
def test_documented_messages_are_taken(open_account: tuple[ZaloOaPeer, httpx.Client], body: Body) -> None:
    peer, web = open_account
    assert error_of(web.post(CS, json=body)) == 0
    assert peer.violations == []
    assert peer.delivered(LAN)[-1].body == body


def listed(*elements: Body) -> Body:
    payload = {"template_type": "list", "elements": list(elements)}
    return {"recipient": {"user_id": LAN}, "message": {"attachment": {"type": "template", "payload": payload}}}


def test_lists_follow_their_own_rules() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    action = {"type": "oa.query.hide", "payload": "#cb:p:12"}
    mixed = {**action, "url": "https://example.vn"}
    with calling(peer) as web:
        assert error_of(web.post(CS, json=listed(LIST, {"title": "Hai", "default_action": action}))) == 0
        assert error_of(web.post(CS, json=listed({"title": "không có dòng phụ"}))) == -201
        assert error_of(web.post(CS, json=listed(*[LIST] * 6))) == -201
        assert error_of(web.post(CS, json=listed({**LIST, "subtitle": "s" * 501}))) == -201
        assert error_of(web.post(CS, json=listed({**LIST, "default_action": mixed}))) == -201
    assert len(peer.violations) == 4


BAD = [
    {},
    {"recipient": {"user_id": LAN}, "message": {}},
    {"recipient": {"user_id": int(LAN)}, "message": {"text": "a"}},
    {"recipient": {"user_id": LAN, "name": "Lan"}, "message": {"text": "a"}},
    {**text_to(LAN), "tracking_id": "x"},
    text_to(LAN, "   "),
    text_to(LAN, buttons=[]),
    text_to(LAN, buttons=[button()] * 6),
    text_to(LAN, buttons=[button("t" * 101)]),
    text_to(LAN, buttons=[button("")]),
    text_to(LAN, buttons=[button(payload="p" * 1001)]),
    text_to(LAN, buttons=[button(payload={"text": "x"})]),
    text_to(LAN, buttons=[button(kind="oa.open.phone", payload="111")]),
    text_to(LAN, buttons=[button(kind="user_click_button")]),
    text_to(LAN, buttons=[{**button(), "image_icon": ""}]),
    text_to(LAN, template_type="button", buttons=[button()]),
    text_to(LAN, template_type="list", elements=[LIST]),
    text_to(LAN, template_type="request_user_info", elements=[LIST]),
    {"recipient": {"user_id": LAN}, "message": {"text": "a", "quick_reply": []}},
    {"recipient": {"user_id": LAN}, "message": {"text": "a", "attachment": {"type": "image", "payload": {}}}},
]


@pytest.mark.parametrize("body", BAD)
def test_what_no_page_documents_is_refused_and_kept(open_account: tuple[ZaloOaPeer, httpx.Client], body: Body) -> None:
    peer, web = open_account
    before = len(peer.delivered(LAN))
    assert error_of(web.post(CS, json=body)) == -201
    assert len(peer.violations) == 1
    assert len(peer.delivered(LAN)) == before


def test_a_text_too_long_has_its_own_code() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    with calling(peer) as web:
        assert error_of(web.post(CS, json=text_to(LAN, "x" * 2001))) == -210
        assert error_of(web.post(CS, content=b"{", headers={"Content-Type": "application/json"})) == -201
        assert error_of(web.post(CS, content=json.dumps(text_to(LAN)))) == -201
    assert peer.refusals[0][:2] == (CS, -210)
    assert len(peer.violations) == 2


def test_the_other_shape_of_buttons_is_a_setting() -> None:
    peer = ZaloOaPeer(button_template_type="button")
    peer.say(LAN, "xin chào")
    with calling(peer) as web:
        assert error_of(web.post(CS, json=text_to(LAN, template_type="button", buttons=[button()]))) == 0
        assert error_of(web.post(CS, json=text_to(LAN, buttons=[button()]))) == -201


def test_dead_and_superseded_calls_are_refused() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    with calling(peer) as web:
        assert error_of(web.post("/v2.0/oa/message", json=text_to(LAN))) == -240
        assert error_of(web.post("/v3.0/oa/message/transaction", json=text_to(LAN))) == -233
        assert error_of(web.post("/v3.0/oa/message/promotion", json=text_to(LAN))) == -233
        peer.advance(13)
        assert error_of(web.post("/v3.0/oa/message/promotion", json=text_to(LAN))) == -234
        assert error_of(web.get(CS)) == -201
        assert error_of(web.post("/v3.0/oa/message/anything", json={})) == -201
    assert len(peer.violations) == 6


def test_a_template_reaches_people_outside_the_window_and_repeats_are_not_merged() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    peer.advance(24 * 30)
    peer.access_token = peer.oauth.issue()[0]
    data = {"ten_viec": "Báo cáo quý", "han": "30/09/2026"}
    body = {"user_id": LAN, "template_id": "300001", "template_data": data, "tracking_id": "rem-17"}
    with calling(peer) as web:
        assert [error_of(web.post("/message/template", json=body)) for _ in range(2)] == [0, 0]
        to_phone = {**{k: v for k, v in body.items() if k != "user_id"}, "phone": "84900000001"}
        assert error_of(web.post("/message/template", json=to_phone)) == 0
        assert error_of(web.post("/message/template", json={**to_phone, "user_id": LAN})) == -201
        assert error_of(web.post("/message/template", json={**body, "template_id": "1"})) == -201
        assert error_of(web.post("/message/template", json={**body, "template_data": {"han": "x"}})) == -201
        long = {**data, "ten_viec": "v" * 401}
        assert error_of(web.post("/message/template", json={**body, "template_data": long})) == -201
        peer.oauth.kill(peer.access_token)
        assert error_of(web.post("/message/template", json=body)) == -124
    assert [told.via for told in peer.delivered(LAN)] == ["template"] * 2
    assert len(peer.delivered("84900000001")) == 1


def test_uploads_are_used_in_messages_until_they_expire() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    with calling(peer) as web:
        picture = web.post("/v2.0/oa/upload/image", files={"file": ("a.png", b"png", "image/png")}).json()
        paper = web.post("/v2.0/oa/upload/file", files={"file": ("a.pdf", b"%PDF", "application/pdf")}).json()
        element = {"media_type": "image", "attachment_id": picture["data"]["attachment_id"]}
        media = text_to(LAN, "ảnh", template_type="media", elements=[element])
        file = {"attachment": {"type": "file", "payload": {"token": paper["data"]["token"]}}}
        sent = [media, {"recipient": {"user_id": LAN}, "message": file}]
        assert [error_of(web.post(CS, json=body)) for body in sent] == [0, 0]
        peer.expire_uploads()
        assert [error_of(web.post(CS, json=body)) for body in sent] == [-100, -100]
        big = {"file": ("a.png", b"x" * (1024 * 1024 + 1), "image/png")}
        assert error_of(web.post("/v2.0/oa/upload/image", files=big)) == -210
        assert error_of(web.post("/v2.0/oa/upload/file", files={"file": ("a.exe", b"x", "application/exe")})) == -233
        assert error_of(web.post("/v2.0/oa/upload/file", json={})) == -201
    assert [told.kind for told in peer.delivered(LAN)] == ["image", "file"]


def test_groups_and_profiles() -> None:
    peer = ZaloOaPeer()
    peer.follow(LAN)
    peer.say_in_group(GROUP, HOA, "họp lúc nào?")
    with calling(peer) as web:
        body = {"recipient": {"group_id": GROUP}, "message": {"text": "Chín giờ."}}
        assert error_of(web.post("/v3.0/oa/group/message", json=body)) == 0
        assert error_of(web.post(CS, json=text_to(HOA))) == -213
        profile = web.get("/v3.0/oa/user/detail", params={"data": json.dumps({"user_id": LAN})}).json()
        assert (profile["data"]["user_is_follower"], profile["data"]["user_id"]) == (True, LAN)
    assert peer.delivered(GROUP)[0].text == "Chín giờ."
    assert peer.violations == []


# OAuth.


def refresh(web: httpx.Client, token: str, secret: str = APP_SECRET) -> Body:
    form = {"refresh_token": token, "app_id": APP_ID, "grant_type": "refresh_token"}
    answer = web.post("/v4/oa/access_token", data=form, headers={"secret_key": secret})
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_refresh_token_is_good_for_one_use_and_both_answers_are_http_200() -> None:
    peer = ZaloOaPeer()
    with calling(peer) as web:
        pair = refresh(web, peer.refresh_token)
        assert pair["expires_in"] == "90000"
        assert peer.oauth.alive(pair["access_token"]) and pair["refresh_token"] != peer.refresh_token
        again = refresh(web, peer.refresh_token)
        assert (again["error_name"], again["error"]) == ("Invalid refresh token", -14020)
        peer.oauth.omits_numeric_error = True
        assert "error" not in refresh(web, peer.refresh_token)
        assert "access_token" not in refresh(web, "never seen")
        peer.oauth.omits_numeric_error = False
        assert refresh(web, "never seen")["error"] == -14014
        peer.advance(24 * 91)
        assert refresh(web, pair["refresh_token"])["error"] == -14020
    assert (peer.oauth.refresh_calls, peer.oauth.rotations) == (6, 1)


def test_a_refresh_needs_a_form_and_the_secret() -> None:
    peer = ZaloOaPeer()
    with calling(peer) as web:
        assert "error_name" in refresh(web, peer.refresh_token, secret=OA_SECRET)
        form = {"refresh_token": peer.refresh_token, "app_id": APP_ID, "grant_type": "refresh_token"}
        as_json = web.post("/v4/oa/access_token", json=form, headers={"secret_key": APP_SECRET})
        assert "error_name" in as_json.json()
        more = web.post("/v4/oa/access_token", data={**form, "scope": "all"}, headers={"secret_key": APP_SECRET})
        assert "error_name" in more.json()
        assert len(peer.violations) == 2
        assert "access_token" in refresh(web, peer.refresh_token)


def test_ten_at_once_get_one_pair() -> None:
    peer = ZaloOaPeer()
    with calling(peer) as web, ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: refresh(web, peer.refresh_token), range(10)))
    assert sum("access_token" in answer for answer in answers) == 1


def test_a_rotation_whose_answer_is_lost_leaves_no_way_back() -> None:
    peer = ZaloOaPeer()
    peer.faults.plan("reset", "access_token", processed=True)
    with calling(peer) as web:
        with pytest.raises(httpx.TransportError):
            refresh(web, peer.refresh_token)
        assert refresh(web, peer.refresh_token)["error"] == -14020


def test_a_code_is_redeemed_once_with_its_verifier_within_ten_minutes() -> None:
    peer = ZaloOaPeer()
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {"app_id": APP_ID, "redirect_uri": "http://127.0.0.1/back", "code_challenge": challenge, "state": "s1"}
    with calling(peer) as web:

        def redeem(wait_hours: float = 0.0, key: str = verifier) -> Body:
            back = httpx.URL(web.get("/v4/oa/permission", params=query).headers["location"])
            assert (back.params["state"], back.params["oa_id"]) == ("s1", OA_ID)
            peer.advance(wait_hours)
            form = {"app_id": APP_ID, "grant_type": "authorization_code", "code_verifier": key}
            form["code"] = back.params["code"]
            head = {"secret_key": APP_SECRET}
            answers = [web.post("/v4/oa/access_token", data=form, headers=head).json() for _ in range(2)]
            assert "error_name" in answers[1]
            return dict(answers[0])

        assert "access_token" in redeem()
        assert redeem(wait_hours=0.2)["error"] == -14019
        assert "error_name" in redeem(key="w" * 43)
    assert peer.violations == []


# The Official Account's webhook.


@pytest.mark.parametrize(("escapes", "prefix"), [(False, True), (True, True), (False, False)])
def test_the_exact_bytes_are_signed(hook: Hook, escapes: bool, prefix: bool) -> None:
    peer = ZaloOaPeer()
    peer.webhook.ascii_escapes, peer.webhook.mac_prefix = escapes, prefix
    with listening(hook) as url, peer.running():
        peer.listen(url)
        posting = peer.say(LAN, "Hạn nộp khi nào?")
        assert posting is not None and posting.wait()
    event = hook.events[0]
    mac = signature(hook.bodies[0], event["app_id"], event["timestamp"], OA_SECRET)
    assert hook.headers[0]["x-zevent-signature"] == ("mac=" if prefix else "") + mac
    assert (b"\\u1ea1" in hook.bodies[0]) is escapes
    assert b": " not in hook.bodies[0]
    assert "num_retry" not in hook.headers[0]
    assert (event["sender"]["id"], event["recipient"]["id"]) == (LAN, OA_ID)


def test_an_event_not_taken_comes_again_with_the_same_bytes(hook: Hook) -> None:
    peer = ZaloOaPeer(pace=1 / 60000)
    hook.statuses = [500, 204, 503]
    with listening(hook) as url, peer.running():
        peer.listen(url)
        posting = peer.say(LAN, "xin chào")
        assert posting is not None and posting.wait()
        assert posting.answers == [500, 204, 503, 200]
        assert peer.post.redeliver(posting, 2) == [200, 200]
    assert [head.get("num_retry") for head in hook.headers] == [None, "1", "2", "3", "1", "2"]
    assert len(set(hook.bodies)) == 1


def test_a_slow_webhook_counts_as_failed_and_the_last_failure_switches_it_off(hook: Hook) -> None:
    peer = ZaloOaPeer(pace=1 / 60000, answer_within_s=0.1)
    hook.sleeps_s = 0.2
    with listening(hook) as url, peer.running():
        peer.listen(url)
        posting = peer.say(LAN, "xin chào")
        assert posting is not None and not posting.wait()
        assert posting.answers == ["TimeoutError"] * 6
        assert peer.post.disabled_by is posting
        peer.say(LAN, "còn ai không?")
        assert len(peer.post.lost) == 1
        hook.sleeps_s = 0
        peer.post.enable()
        again = peer.say(LAN, "xin chào lại")
        assert again is not None and again.wait()


def test_each_send_is_reported_with_the_sides_swapped(hook: Hook) -> None:
    peer = ZaloOaPeer()
    with listening(hook) as url, calling(peer) as web:
        peer.listen(url)
        peer.say(LAN, "xin chào")
        told = web.post(CS, json=text_to(LAN, "Chào chị.")).json()["data"]["message_id"]
        peer.post.settle()
    assert hook.names == ["user_send_text", "oa_send_text", "user_received_message", "user_seen_message"]
    echo, received, seen = hook.events[1:]
    assert all((event["sender"]["id"], event["recipient"]["id"]) == (OA_ID, LAN) for event in (echo, received, seen))
    assert (echo["message"], received["message"]) == ({"msg_id": told, "text": "Chào chị."}, {"msg_id": told})
    assert seen["message"] == {"msg_ids": [told]}


def test_a_tap_comes_back_as_the_words_of_its_payload(hook: Hook) -> None:
    peer = ZaloOaPeer()
    peer.reports.clear()
    with listening(hook) as url, calling(peer) as web:
        peer.say(LAN, "việc của tôi")
        peer.listen(url)
        buttons = [button(), button("Mở", "oa.open.url", {"url": "https://example.vn"})]
        web.post(CS, json=text_to(LAN, "Chọn:", buttons=buttons))
        web.post(CS, json=text_to(LAN, "một câu không có nút"))
        assert peer.press(LAN, 2) is None
        peer.press(LAN, 1)
        peer.post.settle()
    assert [(event["event_name"], event["message"]["text"]) for event in hook.events] == [
        ("user_send_text", "#cb:done:17")
    ]


def test_people_do_everything_else_too(hook: Hook) -> None:
    peer = ZaloOaPeer()
    with listening(hook) as url, peer.running():
        peer.listen(url)
        peer.follow(LAN)
        peer.unfollow(LAN)
        for kind in ("image", "file", "audio", "video", "sticker", "link", "business_card"):
            peer.send_media(LAN, kind)
        for shape in ("coordinates", "lat_long", "message"):
            peer.send_place(LAN, shape)
        peer.say_anonymously(HOA, "tôi cần giúp")
        peer.say_in_group(GROUP, LAN, "xin chào")
        peer.console_says(LAN, "Tôi là cán bộ trực.")
        peer.chat_now(LAN)
        peer.webhook.unticked.add("user_send_text")
        assert peer.say(LAN, "không ai nghe") is None
        peer.post.settle()
    assert len(hook.names) == 16
    stamps = [event["timestamp"] for event in hook.events]
    assert len(set(stamps)) == 16 and all(stamp.isdecimal() for stamp in stamps)
    follow = next(event for event in hook.events if event["event_name"] == "follow")
    assert follow["follower"] == {"id": LAN} and follow["oa_id"] == OA_ID
    assert "sender" not in follow and "message" not in follow
    group = next(event for event in hook.events if event["event_name"] == "user_send_group_text")
    assert group["recipient"]["id"] == GROUP


def test_forgeries_do_not_carry_the_right_signature_or_the_right_body(hook: Hook) -> None:
    peer = ZaloOaPeer()
    right: set[str] = set()
    with listening(hook) as url, peer.running():
        peer.listen(url)
        for how in get_args(Forgery):
            peer.forge(how, LAN)
            event = hook.events[-1]
            mac = signature(hook.bodies[-1], event["app_id"], event["timestamp"], OA_SECRET)
            if hook.headers[-1].get("x-zevent-signature") == "mac=" + mac:
                right.add(how)
    assert right == {"other_app", "other_oa", "future", "stale"}
    assert len(hook.bodies) == 12


def test_odd_events_are_genuinely_signed(hook: Hook) -> None:
    peer = ZaloOaPeer()
    with listening(hook) as url, peer.running():
        peer.listen(url)
        odd = peer.webhook.odd_events(LAN)
        assert all(peer.webhook.send_raw(raw).wait() for raw in odd.values())
    assert sorted(hook.bodies) == sorted(odd.values())
    assert len(odd) == 19


def test_zalos_own_pauses_are_kept_at_full_pace() -> None:
    assert OaWebhook(ZaloOaPeer().clock, pace=1).post.pauses_s == (30, 300, 900, 1800, 3600)


# Faults.


def test_a_call_can_fail_before_or_after_the_work_is_done() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    with calling(peer) as web:
        peer.faults.plan("reset", "message/cs")
        with pytest.raises(httpx.TransportError):
            web.post(CS, json=text_to(LAN))
        assert len(peer.delivered(LAN)) == 0
        peer.faults.plan("reset", "message/cs", processed=True)
        with pytest.raises(httpx.TransportError):
            web.post(CS, json=text_to(LAN))
        assert len(peer.delivered(LAN)) == 1
        peer.faults.plan("garbage", "message/cs", after=1)
        assert error_of(web.post(CS, json=text_to(LAN))) == 0
        bad = web.post(CS, json=text_to(LAN))
        assert bad.status_code == 502
        with pytest.raises(ValueError, match="Expecting value"):
            bad.json()
        peer.faults.plan("error", "message/cs", code=-200, processed=True, times=2)
        assert [error_of(web.post(CS, json=text_to(LAN))) for _ in range(3)] == [-200, -200, 0]
        assert len(peer.delivered(LAN)) == 5


def test_a_stall_lasts_as_long_as_told_and_ends_when_the_caller_leaves() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    with calling(peer, timeout=0.3) as web:
        peer.faults.plan("stall", "message/cs", processed=True)
        began = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            web.post(CS, json=text_to(LAN))
        assert len(peer.delivered(LAN)) == 1
        peer.faults.plan("stall", "message/cs", seconds=0.05)
        assert web.post(CS, json=text_to(LAN)).status_code == 504
        assert len(peer.delivered(LAN)) == 1
    assert time.monotonic() - began < 5


def test_a_token_expires_in_the_middle() -> None:
    peer = ZaloOaPeer()
    peer.say(LAN, "xin chào")
    peer.faults.plan("expire", "message/cs", after=1)
    with calling(peer) as web:
        assert [error_of(web.post(CS, json=text_to(LAN))) for _ in range(3)] == [0, -216, -216]
        web.headers["access_token"] = refresh(web, peer.refresh_token)["access_token"]
        assert error_of(web.post(CS, json=text_to(LAN))) == 0


# The Bot Platform.


def bot_call(web: httpx.Client, method: str, token: str = TOKEN, **fields: Any) -> Body:
    answer = web.post(f"/bot{token}/{method}", json=fields)
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_bots_refusals_are_http_200() -> None:
    peer = ZaloBotPeer()
    with calling(peer) as web:
        assert bot_call(web, "getMe")["result"]["account_type"] == "BASIC"
        wrong = bot_call(web, "getMe", token="1:other")
        assert (wrong["ok"], wrong["error_code"]) == (False, 401)
        assert peer.violations == []
        assert bot_call(web, "editMessageText", chat_id=CHAT)["error_code"] == 400
        assert web.get(f"/bot{TOKEN}/getMe").json()["error_code"] == 400
        assert web.post(f"/bot{TOKEN}/getMe", data={"a": "b"}).json()["error_code"] == 400
        assert web.post("/getMe", json={}).json()["error_code"] == 400
    assert len(peer.violations) == 4


def test_updates_come_one_at_a_time_and_once() -> None:
    peer = ZaloBotPeer(idle_s=0.05)
    peer.say(CHAT, "một")
    peer.send_unsupported(CHAT)
    with calling(peer) as web:
        first = bot_call(web, "getUpdates", timeout="30")["result"]
        assert (first["event_name"], first["message"]["text"]) == ("message.text.received", "một")
        assert first["message"]["date"] > 10**12
        assert int(first["message"]["message_id"], 16) >= 0
        assert bot_call(web, "getUpdates", timeout=30)["result"] == {"event_name": "message.unsupported.received"}
        idle = bot_call(web, "getUpdates", timeout="30")
        assert (idle["ok"], idle["error_code"]) == (False, 408)
        assert bot_call(web, "getUpdates", offset=2)["error_code"] == 400


def test_a_bots_messages_have_limits_and_reach_only_known_chats() -> None:
    peer = ZaloBotPeer()
    peer.say(CHAT, "xin chào")
    peer.say_in_group("a" * 20, CHAT, "xin chào cả tổ")
    with calling(peer) as web:
        sent = bot_call(web, "sendMessage", chat_id=CHAT, text="x" * 2000, parse_mode="markdown")["result"]
        assert sent["date"] > 10**12
        assert bot_call(web, "sendMessage", chat_id=CHAT, text="x" * 2001)["error_code"] == 400
        assert peer.violations == []
        assert bot_call(web, "sendChatAction", chat_id=CHAT, action="typing") == {"ok": True}
        assert bot_call(web, "sendPhoto", chat_id=CHAT, photo="https://example.vn/a.png", caption="ảnh")["ok"]
        assert bot_call(web, "sendSticker", chat_id=CHAT, sticker="abc")["ok"]
        assert bot_call(web, "sendVoice", chat_id=CHAT, voice_url="https://example.vn/a.aac")["ok"]
        assert peer.violations == []
        assert bot_call(web, "sendVoice", chat_id="a" * 20, voice_url="https://example.vn/a.aac")["error_code"] == 400
        assert bot_call(web, "sendMessage", chat_id="b" * 20, text="a")["error_code"] == 404
        assert bot_call(web, "sendMessage", chat_id=17, text="a")["error_code"] == 400
        assert bot_call(web, "sendMessage", chat_id=CHAT, text="")["error_code"] == 400
        assert bot_call(web, "sendMessage", chat_id=CHAT, text="a", parse_mode="HTML")["error_code"] == 400
        assert bot_call(web, "sendMessage", chat_id=CHAT, text="a", reply_markup={})["error_code"] == 400
        assert bot_call(web, "sendChatAction", chat_id=CHAT, action="upload_photo")["error_code"] == 400
    assert len(peer.violations) == 7
    assert [told.method for told in peer.delivered(CHAT)] == ["sendMessage", "sendPhoto", "sendSticker", "sendVoice"]


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_webhook_gets_the_secret_and_silences_polling(hook: Hook, wrapped: bool) -> None:
    peer = ZaloBotPeer(wrapped=wrapped)
    with listening(hook) as url, calling(peer) as web:
        assert bot_call(web, "setWebhook", url=url)["error_code"] == 400
        assert bot_call(web, "setWebhook", url=url, secret_token="short")["error_code"] == 400
        assert bot_call(web, "setWebhook", url=url, secret_token="s" * 8)["result"]["url"] == url
        peer.say(CHAT, "Chào.")
        peer.send_photo(CHAT, "ảnh")
        peer.post.settle()
        assert bot_call(web, "getUpdates", timeout="1")["error_code"] == 400
        assert bot_call(web, "deleteWebhook")["result"]["url"] == ""
        peer.say(CHAT, "Còn đó không?")
        assert bot_call(web, "getUpdates", timeout="1")["ok"]
        assert bot_call(web, "setWebhook", url="http://example.vn/hook", secret_token="s" * 8)["ok"] is False
        assert bot_call(web, "getWebhookInfo")["result"]["url"] == "http://example.vn/hook"
    assert [head["x-bot-api-secret-token"] for head in hook.headers] == ["s" * 8] * 2
    events = [event["result"] if wrapped else event for event in hook.events]
    assert [event["event_name"] for event in events] == ["message.text.received", "message.image.received"]
    assert events[1]["message"]["photo"].startswith("https://")


def test_forged_bot_events_lack_the_secret_and_odd_ones_carry_it(hook: Hook) -> None:
    peer = ZaloBotPeer()
    with listening(hook) as url, peer.running():
        peer.listen(url)
        for how in get_args(BotForgery):
            peer.forge(how, CHAT)
        assert all(head.get("x-bot-api-secret-token") != peer.secret for head in hook.headers)
        odd = peer.send_odd(CHAT)
        assert all(posting is not None and posting.wait() for posting in odd)
        assert all(head["x-bot-api-secret-token"] == peer.secret for head in hook.headers[-len(odd) :])


def test_a_bots_calls_meet_faults_too() -> None:
    peer = ZaloBotPeer()
    peer.say(CHAT, "xin chào")
    with calling(peer) as web:
        peer.faults.plan("error", "sendMessage", code=429)
        assert bot_call(web, "sendMessage", chat_id=CHAT, text="a")["error_code"] == 429
        peer.faults.plan("reset", "sendMessage", processed=True)
        with pytest.raises(httpx.TransportError):
            bot_call(web, "sendMessage", chat_id=CHAT, text="b")
        peer.faults.plan("garbage", "sendMessage")
        assert web.post(f"/bot{TOKEN}/sendMessage", json={"chat_id": CHAT, "text": "c"}).status_code == 502
    assert [told.text for told in peer.delivered(CHAT)] == ["b"]
