"""Serve the web chat, its interface, webhooks and the reminder worker until told to stop."""

import argparse
import logging
import sys

from bot.app import create_app, open_workplace
from bot.observability import set_up_logging
from bot.webhooks import answer_swiftly
from config.texts import load_texts


def run(arguments: argparse.Namespace) -> int:
    """Prepare the data folder, load the bundled library into an empty store, serve."""
    import uvicorn

    texts = load_texts("vi")
    with open_workplace(serving=True) as workplace:
        settings = workplace.settings
        set_up_logging(settings.log_level, settings.secrets)
        answer_swiftly()
        print(texts.say("command.preparing", folder=settings.antam_data_dir), file=sys.stderr, flush=True)
        for report in workplace.ingestion.load_library():
            print(texts.say("command.loading", path=report.path.rsplit("/", 1)[-1]), file=sys.stderr, flush=True)
        host, port = arguments.host or settings.host, arguments.port or settings.port
        print(texts.say("command.look", address=f"http://{host}:{port}"), file=sys.stderr, flush=True)
        logging.getLogger("uvicorn.access").disabled = True
        uvicorn.run(
            create_app(workplace),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        )
    return 0
