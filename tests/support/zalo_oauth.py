"""The OAuth desk of a Zalo Official Account: pairs of tokens, each refresh token good for one use."""

import base64
import hashlib
import itertools
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, QueryParams

from tests.support.zalo_network import PeerClock

_ACCESS_S = 90000
_REFRESH_LIFE = timedelta(days=90)
_CODE_LIFE = timedelta(minutes=10)
_FIELDS = {
    "refresh_token": {"refresh_token", "app_id", "grant_type"},
    "authorization_code": {"code", "app_id", "grant_type", "code_verifier"},
}


class _Denied(Exception):
    def __init__(self, name: str, code: int | None = None) -> None:
        super().__init__(name)
        self.code = code


class OAuthDesk:
    """Issues and renews tokens; every refusal is an HTTP 200 whose body says so."""

    def __init__(self, clock: PeerClock, violations: list[str], *, app_id: str, app_secret: str, oa_id: str) -> None:
        self.omits_numeric_error = False
        self.access_s = _ACCESS_S
        self.refresh_calls = 0
        self.rotations = 0
        self._clock = clock
        self._violations = violations
        self._app_id, self._app_secret, self._oa_id = app_id, app_secret, oa_id
        self._numbers = itertools.count(1)
        self._access: dict[str, datetime] = {}
        self._refresh: dict[str, datetime] = {}
        self._used: set[str] = set()
        self._codes: dict[str, tuple[str, datetime]] = {}

    def issue(self) -> tuple[str, str]:
        """Return a fresh access token and refresh token."""
        number = next(self._numbers)
        access = f"access-{number}-" + hashlib.sha256(f"access {number}".encode()).hexdigest()
        refresh = f"refresh-{number}-" + hashlib.sha256(f"refresh {number}".encode()).hexdigest()
        self._access[access] = self._clock.now() + timedelta(seconds=self.access_s)
        self._refresh[refresh] = self._clock.now() + _REFRESH_LIFE
        return access, refresh

    def alive(self, access: str) -> bool:
        """Return whether an access token is known and not expired."""
        return access in self._access and self._clock.now() < self._access[access]

    def kill(self, access: str) -> None:
        """Let an access token expire now."""
        self._access.pop(access, None)

    def permit(self, query: QueryParams) -> str | None:
        """Return where the browser is sent after the administrator agreed; None when the request is no good."""
        fields = dict(query)
        if fields.keys() != {"app_id", "redirect_uri", "code_challenge", "state"}:
            self._violations.append("permission: not the documented fields")
            return None
        if fields["app_id"] != self._app_id or len(fields["code_challenge"]) != 43:
            self._violations.append("permission: app_id or code_challenge")
            return None
        code = f"code-{next(self._numbers)}"
        self._codes[code] = (fields["code_challenge"], self._clock.now() + _CODE_LIFE)
        back = urlencode({"code": code, "oa_id": self._oa_id, "state": fields["state"]})
        return f"{fields['redirect_uri']}?{back}"

    def answer(self, headers: Headers, body: bytes) -> dict[str, str | int]:
        """Answer a call of the token address."""
        try:
            access, refresh = self._exchange(headers, body)
        except _Denied as denied:
            refusal: dict[str, str | int] = {"error_name": str(denied), "error_description": "The call was refused."}
            if denied.code is None or self.omits_numeric_error:
                return {**refusal, "error_reason": str(denied)}
            return {**refusal, "error": denied.code}
        return {"access_token": access, "refresh_token": refresh, "expires_in": str(self.access_s)}

    def _exchange(self, headers: Headers, body: bytes) -> tuple[str, str]:
        if headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            self._violations.append("access_token: the body is no form")
            raise _Denied("Invalid request")
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        grant = fields.get("grant_type", "")
        self.refresh_calls += grant == "refresh_token"
        if fields.keys() != _FIELDS.get(grant):
            self._violations.append(f"access_token: fields {sorted(fields)} for {grant or 'no grant_type'}")
            raise _Denied("Invalid request")
        if headers.get("secret_key") != self._app_secret or fields["app_id"] != self._app_id:
            raise _Denied("Invalid app id or secret key")
        return self._renew(fields["refresh_token"]) if grant == "refresh_token" else self._redeem(fields)

    def _renew(self, token: str) -> tuple[str, str]:
        expires = self._refresh.get(token)
        if token in self._used or (expires is not None and expires <= self._clock.now()):
            raise _Denied("Invalid refresh token", -14020)
        if expires is None:
            raise _Denied("Invalid refresh token", -14014)
        self._used.add(token)
        self.rotations += 1
        return self.issue()

    def _redeem(self, fields: dict[str, str]) -> tuple[str, str]:
        challenge, expires = self._codes.pop(fields["code"], ("", self._clock.now()))
        if expires <= self._clock.now():
            raise _Denied("Authorization code expired", -14019)
        verifier = fields["code_verifier"]
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if len(verifier) != 43 or not verifier.isalnum() or digest != challenge:
            raise _Denied("Invalid code verifier")
        return self.issue()
