"""telemelya, a Bot API server others wrote, behind a two-way proxy that adds the secret header and misfortunes."""

import asyncio
import urllib.parse
from typing import Any

import fakeredis
import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from telemelya.server import media, state

_MISSING = {"setMyCommands", "setChatMenuButton"}
"""Methods of the real server that telemelya does not have."""


def peer_app() -> Any:
    """Return telemelya's own application, with Redis in the process and no store for pictures."""

    async def connect(manager: Any) -> None:
        manager._redis = fakeredis.FakeAsyncRedis(decode_responses=True)

    async def nothing(_manager: Any) -> None:
        pass

    state.StateManager.connect = connect
    media.MediaManager.connect = media.MediaManager.close = nothing
    from telemelya.server.app import app

    return app


class Proxy:
    """Stands between bot and peer; `own` is its own address, which the peer calls instead of the bot's webhook."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.own = ""
        self.hooks: dict[str, dict[str, str]] = {}
        self.faults: list[dict[str, Any]] = []
        self.deleted: list[str] = []
        routes = [
            Route("/_hook/{token}", self._to_bot, methods=["POST"]),
            Route("/{path:path}", self._to_peer, methods=["GET", "POST"]),
        ]
        self.app = Starlette(routes=routes)

    async def _to_bot(self, request: Request) -> Response:
        hook = self.hooks[request.path_params["token"]]
        headers = {
            "content-type": "application/json",
            "x-telegram-bot-api-secret-token": hook.get("secret_token", ""),
        }
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(hook["url"], content=await request.body(), headers=headers)
        return Response(answer.content, answer.status_code)

    async def _to_peer(self, request: Request) -> Response:
        path = request.path_params["path"]
        method = path.rsplit("/", 1)[-1]
        body = await request.body()
        fault = next((one for one in self.faults if one["method"] == method), None)
        if fault is not None:
            self.faults.remove(fault)
            if "status" in fault:
                return JSONResponse(fault["body"], fault["status"])
        if method == "deleteMessage":
            self.deleted.append(dict(urllib.parse.parse_qsl(body.decode()))["chat_id"])
        if method in _MISSING:
            return JSONResponse({"ok": True, "result": True})
        if method == "setWebhook":
            fields = dict(urllib.parse.parse_qsl(body.decode()))
            token = path.split("/")[0][3:]
            self.hooks[token] = fields
            body = urllib.parse.urlencode({"url": f"{self.own}/_hook/{urllib.parse.quote(token, safe='')}"}).encode()
        headers = {"content-type": request.headers.get("content-type", "application/x-www-form-urlencoded")}
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.request(request.method, f"{self.peer}/{path}", content=body, headers=headers)
        if fault is not None:
            await asyncio.sleep(fault["late_s"])
        return Response(answer.content, answer.status_code, media_type="application/json")
