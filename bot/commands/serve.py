"""Serve the web chat, its interface, webhooks and the reminder worker until told to stop."""

import argparse
import socket
import sys

from bot.app import create_app, open_workplace
from bot.observability import set_up_logging
from bot.webhooks import answer_swiftly
from config.settings import Settings
from config.texts import load_texts
from knowledge.errors import KnowledgeError


def run(arguments: argparse.Namespace) -> int:
    """Prepare the data folder, load the bundled library into an empty store, serve."""
    import uvicorn

    texts, settings = load_texts("vi"), Settings()
    host, port = arguments.host or settings.host, settings.port if arguments.port is None else arguments.port
    with _bound(host, port) as door, open_workplace(serving=True) as workplace:
        set_up_logging(settings.log_level, settings.secrets)
        answer_swiftly()
        print(texts.say("command.preparing", folder=settings.antam_data_dir), file=sys.stderr, flush=True)
        for report in workplace.ingestion.load_library():
            name = report.path.rsplit("/", 1)[-1]
            print(texts.say("command.loading", path=name), file=sys.stderr, flush=True)
        address = f"http://{host}:{door.getsockname()[1]}"
        print(texts.say("command.look", address=address), file=sys.stderr, flush=True)
        config = uvicorn.Config(
            create_app(workplace),
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
        uvicorn.Server(config).run(sockets=[door])
    return 0


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens at the address, so that a busy port is noticed before anything is loaded."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as fault:
        raise KnowledgeError("address_taken", address=f"{host}:{port}") from fault
