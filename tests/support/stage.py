"""The whole assistant with every channel on, the platforms played by their peers, at a moment that never changes."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Workplace, create_app, open_workplace
from bot.storage.people import create_invite
from handlers.people import PersonRole
from tests.support.serving import free_port, serving
from tests.support.speakers import AtTerminal, OnTelegram, OnTelemelya, OnTheWeb, OnZaloAccount, OnZaloBot, Speaker
from tests.support.telegram_peer import TOKEN, TelegramPeer
from tests.support.telegram_proxy import Proxy, peer_app
from tests.support.zalo_bot_peer import ZaloBotPeer
from tests.support.zalo_network import monday_morning
from tests.support.zalo_oa_peer import ZaloOaPeer

_BEGUN = time.monotonic()


def stage_clock() -> datetime:
    """Return the moment on stage: a Monday morning in November 2026 and what passed since."""
    return monday_morning() + timedelta(seconds=time.monotonic() - _BEGUN)


@dataclass(slots=True, kw_only=True)
class Stage:
    """The running assistant and the platforms around it."""

    workplace: Workplace
    address: str
    telegram: TelegramPeer
    account: ZaloOaPeer
    bot: ZaloBotPeer
    proxy: Proxy | None = None
    places: int = 0

    def speaker(self, channel: str) -> Speaker:
        """Return a new person on a channel."""
        engine = self.workplace.engine
        match channel:
            case "terminal":
                return AtTerminal(self.workplace.dispatcher.handle, stage_clock)
            case "web":
                return OnTheWeb(self.address)
            case "telegram":
                return OnTelegram(self.telegram, engine)
            case "telemelya" if self.proxy is not None:
                return OnTelemelya(self.proxy, engine)
            case "zalo_oa":
                return OnZaloAccount(self.account, engine)
        return OnZaloBot(self.bot, engine)

    def code_of_invitation(self) -> str:
        """Return a code for the head of an office in a place where nobody else works."""
        self.places += 1
        office, place = "Phòng Văn hóa và Thông tin", f"xã Số {self.places}"
        with self.workplace.engine.begin() as connection:
            return create_invite(connection, PersonRole.HEAD, office, place, stage_clock())

    def violations(self) -> list[str]:
        """Return what the platforms were asked for that nobody documents."""
        return [*self.telegram.violations, *self.account.violations, *self.bot.violations]


@contextmanager
def open_stage(folder: Path, **settings: str) -> Iterator[Stage]:
    """Serve the assistant over a data folder; Telegram and the Zalo bot are polled, the account calls the webhook."""
    telegram, account, bot = TelegramPeer(), ZaloOaPeer(clock=stage_clock), ZaloBotPeer(clock=stage_clock)
    with ExitStack() as stack:
        telegram_address = stack.enter_context(serving(telegram.app))
        account_address, bot_address = stack.enter_context(account.running()), stack.enter_context(bot.running())
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        wanted = {
            "ANTAM_DATA_DIR": str(folder / "data"),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram_address,
            "SEND_TIMEOUT_S": "5",
            **account.environment(account_address),
            **bot.environment(bot_address),
            **settings,
        }
        for name, value in wanted.items():
            environment.setenv(name, value)
        environment.setattr("bot.app.local_now", stage_clock)
        workplace = stack.enter_context(open_workplace())
        address = stack.enter_context(serving(create_app(workplace)))
        account.listen(f"{address}/zalo/oa/webhook")
        try:
            yield Stage(workplace=workplace, address=address, telegram=telegram, account=account, bot=bot)
        finally:
            telegram.closing = True


@contextmanager
def open_webhook_stage(folder: Path) -> Iterator[Stage]:
    """Serve the assistant with Telegram by webhook alone, played by telemelya behind its proxy."""
    port = free_port()
    with ExitStack() as stack:
        proxy = Proxy(stack.enter_context(serving(peer_app())))
        proxy.own = stack.enter_context(serving(proxy.app))
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        wanted = {
            "ANTAM_DATA_DIR": str(folder / "data"),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": proxy.own,
            "TELEGRAM_MODE": "webhook",
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "ZALO_OA_WEBHOOK_SECRET": "",
            "ZALO_OA_ACCESS_TOKEN": "",
            "ZALO_OA_REFRESH_TOKEN": "",
            "ZALO_BOT_TOKEN": "",
        }
        for name, value in wanted.items():
            environment.setenv(name, value)
        environment.setattr("bot.app.local_now", stage_clock)
        workplace = stack.enter_context(open_workplace())
        address = stack.enter_context(serving(create_app(workplace), port))
        while not proxy.hooks:
            time.sleep(0.02)
        peers = {"telegram": TelegramPeer(), "account": ZaloOaPeer(), "bot": ZaloBotPeer()}
        yield Stage(workplace=workplace, address=address, proxy=proxy, **peers)  # type: ignore[arg-type]  # idle peers
