"""`python -m bot COMMAND …`: parses arguments and hands over; each command is imported only when asked for."""

import argparse
import sys
from importlib import import_module

_COMMANDS = {
    "serve": "serve",
    "chat": "chat",
    "ask": "ask",
    "ingest": "ingest",
    "show": "show",
    "duties": "registers",
    "deadlines": "registers",
    "refer": "refer",
    "remind": "remind",
    "invite": "invite",
    "check": "check",
    "eval": "evaluate",
    "bench": "bench",
    "reindex": "ingest",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 a clear one-line error, 2 wrong usage."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] not in _COMMANDS:
        from config.texts import load_texts

        print(load_texts("vi").say("command.usage", commands=" · ".join(_COMMANDS)), file=sys.stderr)
        return 0 if words in (["-h"], ["--help"]) else 2
    name = words[0]
    module = import_module(f"bot.commands.{_COMMANDS[name]}")
    parser = argparse.ArgumentParser(prog=f"antam {name}", description=module.__doc__)
    parser.set_defaults(command=name)
    module.add_arguments(parser)
    try:
        return int(module.run(parser.parse_args(words[1:])))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except Exception as fault:
        return _explain(fault)


def _explain(fault: Exception) -> int:
    """Print one clear line for a fault; only what nobody foresaw shows its type."""
    from config.texts import load_texts

    texts = load_texts("vi")
    code = getattr(fault, "code", None)
    if isinstance(code, str) and f"fault.{code}" in texts.sentences:
        sentence = texts.say(f"fault.{code}", **getattr(fault, "fields", {}))
    else:
        sentence = texts.say("fault.unforeseen", kind=type(fault).__name__)
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
