"""A strict Zalo Official Account: its API, its OAuth desk, its webhook, and the people who follow it.

It is written from the description of the platform, not from our client: what the page states is enforced, and what
it does not mention is refused and kept in `violations`.
"""

import hmac
import json
import re
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.serving import serving
from tests.support.zalo_network import Faults, PeerClock, Refused, meet, monday_morning
from tests.support.zalo_oa_messages import check_message, take, take_id, take_words, undocumented
from tests.support.zalo_oa_people import OaPeople, Person
from tests.support.zalo_oa_webhook import APP_ID, APP_SECRET, OA_ID, OA_SECRET, OaWebhook
from tests.support.zalo_oauth import OAuthDesk

FREE_REPLIES = 8
_FREE = timedelta(hours=48)
_OPEN = timedelta(days=7)
_VIETNAM = timezone(timedelta(hours=7))
_UPLOADS = {"image": (1, {"image/jpeg", "image/png"}), "gif": (5, {"image/gif"}), "file": (5, {"application/pdf"})}
_WORDS = {0: "Success", -216: "Access token is invalid", -124: "Access token is invalid", -32: "Rate limit exceeded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A message that reached a person, a group or a phone number; `via` is cs, group or template."""

    message_id: str
    recipient: str
    via: str
    kind: str
    text: str
    body: dict[str, Any]
    at: datetime
    paid: bool

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """The buttons under the text, in order."""
        payload = self.body.get("message", {}).get("attachment", {}).get("payload", {})
        return list(payload.get("buttons", []))


class ZaloOaPeer(OaPeople):
    """The platform: people act through its methods, the bot through HTTP; see OaPeople for what they do.

    free_replies None means no quota; balance None means the account has no billing, else messages left to pay for.
    followers_only refuses also strangers who wrote first. demands_proof wants the app secret proved.
    button_template_type is what a text with buttons carries.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = monday_morning,
        calls_per_minute: int = 4000,
        free_replies: int | None = FREE_REPLIES,
        balance: int | None = None,
        followers_only: bool = False,
        demands_proof: bool = False,
        button_template_type: str | None = None,
        templates: dict[str, set[str]] | None = None,
        pace: float = 1 / 6000,
        answer_within_s: float = 2.0,
    ) -> None:
        self.clock = PeerClock(clock)
        super().__init__(OaWebhook(self.clock, pace=pace, answer_within_s=answer_within_s), self.clock)
        self.violations: list[str] = []
        self.refusals: list[tuple[str, int, str]] = []
        self.calls: Counter[str] = Counter()
        self.faults = Faults()
        self.oauth = OAuthDesk(self.clock, self.violations, app_id=APP_ID, app_secret=APP_SECRET, oa_id=OA_ID)
        self.access_token, self.refresh_token = self.oauth.issue()
        self.dead_token_code = -216
        self.dead_token_status = 200
        self.templates = templates or {"300001": {"ten_viec", "han"}}
        self.balance = balance
        self.uploads: set[str] = set()
        self._free_replies = free_replies
        self._followers_only = followers_only
        self._demands_proof = demands_proof
        self._template_type = button_template_type
        self._calls_per_minute = calls_per_minute
        self._recent: deque[datetime] = deque()
        self._delivered: defaultdict[str, list[Delivered]] = defaultdict(list)
        self._routes: dict[tuple[str, str], Callable[[Request], Awaitable[dict[str, Any]]]] = {
            ("POST", "/v3.0/oa/message/cs"): self._consultation,
            ("POST", "/v3.0/oa/message/transaction"): self._superseded,
            ("POST", "/v3.0/oa/message/promotion"): self._superseded,
            ("POST", "/v3.0/oa/group/message"): self._group_message,
            ("POST", "/message/template"): self._template_message,
            ("POST", "/v2.0/oa/upload/image"): self._upload,
            ("POST", "/v2.0/oa/upload/gif"): self._upload,
            ("POST", "/v2.0/oa/upload/file"): self._upload,
            ("GET", "/v3.0/oa/user/detail"): self._user_detail,
        }
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        self.app = FastAPI(openapi_url=None, routes=[Route("/{path:path}", self._answer, methods=methods)])

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve the platform on loopback; gives its address, the same for all three of its hosts."""
        try:
            with serving(self.app) as address:
                yield address
        finally:
            self.post.close()

    def environment(self, address: str) -> dict[str, str]:
        """Return the settings of a bot that uses this account."""
        hosts = dict.fromkeys(("ZALO_OPENAPI_URL", "ZALO_BUSINESS_URL", "ZALO_OAUTH_URL"), address)
        secrets = {"ZALO_OA_APP_SECRET": APP_SECRET, "ZALO_OA_WEBHOOK_SECRET": OA_SECRET}
        pair = {"ZALO_OA_ACCESS_TOKEN": self.access_token, "ZALO_OA_REFRESH_TOKEN": self.refresh_token}
        return {"ZALO_OA_ID": OA_ID, "ZALO_OA_APP_ID": APP_ID, **secrets, **pair, **hosts}

    def advance(self, hours: float) -> None:
        """Let hours pass on the platform."""
        self.clock.advance(hours)

    def delivered(self, recipient: str) -> list[Delivered]:
        """Return what a person, a group or a phone number received."""
        return list(self._delivered[recipient])

    def expire_uploads(self) -> None:
        """Let every uploaded picture and file expire."""
        self.uploads.clear()

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        self.calls[path] += 1
        fault = self.faults.next_for(path)
        if fault is not None and fault.kind == "expire":
            self.oauth.kill(request.headers.get("access_token", ""))
        elif fault is not None:
            return await meet(fault, request, lambda: self._process(request), _refusal)
        return await self._process(request)

    async def _process(self, request: Request) -> Response:
        path = request.url.path
        if path == "/v4/oa/access_token" and request.method == "POST":
            return JSONResponse(self.oauth.answer(request.headers, await request.body()))
        if path == "/v4/oa/permission" and request.method == "GET":
            back = self.oauth.permit(request.query_params)
            return RedirectResponse(back, 302) if back else Response("bad request", 400)
        self._recent.append(self.clock.now())
        while self._recent[0] <= self.clock.now() - timedelta(minutes=1):
            self._recent.popleft()
        try:
            answer = await self._call(request)
        except Refused as refused:
            answer = self._refuse(path, refused)
        left = max(0, self._calls_per_minute - len(self._recent))
        headers = {"X-RateLimit-Limit": str(self._calls_per_minute), "X-RateLimit-Remain": str(left)}
        dead = answer["error"] in (self.dead_token_code, -124)
        return JSONResponse(answer, self.dead_token_status if dead else 200, headers)

    def _refuse(self, path: str, refused: Refused) -> dict[str, Any]:
        self.refusals.append((path, refused.code, refused.reason))
        if refused.violation:
            self.violations.append(f"{path}: {refused.reason}")
        return {"error": refused.code, "message": _WORDS.get(refused.code, refused.reason)}

    async def _call(self, request: Request) -> dict[str, Any]:
        path = request.url.path
        if "authorization" in request.headers:
            self.violations.append(f"{path}: has an Authorization header")
        if not self.oauth.alive(request.headers.get("access_token", "")):
            raise Refused(-124 if path == "/message/template" else self.dead_token_code, "dead token")
        self._check_proof(request)
        if len(self._recent) > self._calls_per_minute:
            raise Refused(-32, "too many calls")
        if path.startswith("/v2.0/oa/message"):
            raise Refused(-240, "V2 message API is shut down", violation=True)
        call = self._routes.get((request.method, path))
        if call is None:
            raise undocumented(f"{request.method} is no documented call")
        if call != self._user_detail and request.query_params:
            raise undocumented("has a query")
        return await call(request)

    def _check_proof(self, request: Request) -> None:
        given, token = request.headers.get("appsecret_proof"), request.headers.get("access_token", "")
        if self._demands_proof and given != hmac.new(APP_SECRET.encode(), token.encode(), "sha256").hexdigest():
            raise Refused(-242, "appsecret_proof is wrong")
        if given is not None and not self._demands_proof:
            raise undocumented("proves a secret that the app does not ask for")

    async def _consultation(self, request: Request) -> dict[str, Any]:
        fields = take(await _json(request), "body", {"recipient", "message"})
        user = take_id(take(fields["recipient"], "recipient", {"user_id"})["user_id"], "user_id")
        kind = check_message(fields["message"], self.uploads, self._template_type)
        quota, paid = self._admit(self.people.get(user))
        told = self._deliver(user, "cs", kind, fields, paid=paid)
        self.report(user, kind, told.message_id, told.text)
        return _success(told, quota)

    def _admit(self, person: Person | None) -> tuple[dict[str, str] | None, bool]:
        """Return the quota that is left and whether the message costs money, or refuse it."""
        if person is None or person.last_interaction is None or person.left:
            raise Refused(-213, "User has not followed the account")
        if self._followers_only and not person.follows:
            raise Refused(-213, "User has not followed the account")
        if person.trouble:
            raise Refused(person.trouble, "This person cannot be written to")
        silence = self.clock.now() - person.last_interaction
        if silence > _OPEN:
            raise Refused(-230, "User has not interacted in the past 7 days")
        if silence > _FREE:
            if not self.balance:
                raise Refused(-320 if self.balance is None else -321, "Nothing to pay with")
            self.balance -= 1
            return None, True
        if self._free_replies is None:
            return None, False
        if person.replies >= self._free_replies:
            raise Refused(-211, "Out of quota")
        person.replies += 1
        remain = str(self._free_replies - person.replies)
        return {"quota_type": "reply", "remain": remain, "total": str(self._free_replies)}, False

    async def _superseded(self, request: Request) -> dict[str, Any]:
        at_night = not 6 <= self.clock.now().astimezone(_VIETNAM).hour < 22
        if request.url.path.endswith("promotion") and at_night:
            raise Refused(-234, "No promotion between 22:00 and 06:00", violation=True)
        raise Refused(-233, "Superseded by templates since 2026", violation=True)

    async def _group_message(self, request: Request) -> dict[str, Any]:
        fields = take(await _json(request), "body", {"recipient", "message"})
        group = take_id(take(fields["recipient"], "recipient", {"group_id"})["group_id"], "group_id")
        kind = check_message(fields["message"], self.uploads, self._template_type)
        if group not in self.groups:
            raise undocumented("nobody wrote in this group")
        return _success(self._deliver(group, "group", kind, fields))

    async def _template_message(self, request: Request) -> dict[str, Any]:
        fields = take(
            await _json(request), "body", {"template_id", "template_data", "tracking_id"}, {"user_id", "phone"}
        )
        if ("user_id" in fields) == ("phone" in fields):
            raise undocumented("a template goes to a user_id or to a phone")
        take_words(fields["tracking_id"], "tracking_id", 1000)
        wanted = self.templates.get(take_words(fields["template_id"], "template_id", 100))
        if wanted is None:
            raise Refused(-201, "template is not approved")
        for name, value in take(fields["template_data"], "template_data", wanted).items():
            take_words(value, f"template_data.{name}", 400)
        recipient = take_id(fields.get("user_id", fields.get("phone")), "recipient")
        if "user_id" in fields and recipient not in self.people:
            raise Refused(-201, "user_id is unknown")
        return _success(self._deliver(recipient, "template", "template", fields, paid=True))

    async def _upload(self, request: Request) -> dict[str, Any]:
        kind = request.url.path.rsplit("/", 1)[-1]
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise undocumented("an upload is multipart")
        async with request.form() as form:
            parts = form.multi_items()
            if len(parts) != 1 or isinstance(parts[0][1], str):
                raise undocumented("an upload is one file")
            file = parts[0][1]
            size, media_type = len(await file.read()), file.content_type
        megabytes, types = _UPLOADS[kind]
        if size > megabytes * 1024 * 1024:
            raise Refused(-210, f"file has {size} bytes")
        if media_type not in types and not (kind == "file" and re.search("msword|wordprocessingml", media_type or "")):
            raise Refused(-233, f"{media_type} is not supported")
        token = "upload-" + self.webhook.next_id()
        self.uploads.add(token)
        name = "token" if kind == "file" else "attachment_id"
        return {"error": 0, "message": "Success", "data": {name: token}}

    async def _user_detail(self, request: Request) -> dict[str, Any]:
        query = take(dict(request.query_params), "query", {"data"})
        user = take_id(take(_loads(query["data"]), "data", {"user_id"})["user_id"], "user_id")
        person = self.people.get(user)
        if person is None:
            raise Refused(-213, "User has not followed the account")
        profile = {"user_id": user, "display_name": person.name, "user_is_follower": person.follows}
        return {"error": 0, "message": "Success", "data": profile}

    def _deliver(self, to: str, via: str, kind: str, body: dict[str, Any], *, paid: bool = False) -> Delivered:
        told = Delivered(
            message_id=self.webhook.next_id(),
            recipient=to,
            via=via,
            kind=kind,
            text=body.get("message", {}).get("text", ""),
            body=body,
            at=self.clock.now(),
            paid=paid,
        )
        self._delivered[to].append(told)
        return told


def _success(told: Delivered, quota: dict[str, str] | None = None) -> dict[str, Any]:
    data: dict[str, Any] = {"message_id": told.message_id, "sent_time": str(int(told.at.timestamp() * 1000))}
    if told.via == "cs":
        data["user_id"] = told.recipient
    return {"error": 0, "message": "Success", "data": {**data, **({"quota": quota} if quota else {})}}


def _refusal(code: int) -> Response:
    return JSONResponse({"error": code, "message": _WORDS.get(code, "The call failed")})


async def _json(request: Request) -> object:
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise undocumented("Content-Type is not application/json")
    return _loads(await request.body())


def _loads(raw: bytes | str) -> object:
    try:
        value: object = json.loads(raw)
    except ValueError:
        raise undocumented("the body is no JSON") from None
    return value
