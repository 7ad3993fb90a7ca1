"""The dialogues of tests/dialogs, each on all five channels, through the whole assistant and the platforms' peers."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.app import open_workplace
from tests.support.dialogs import CHANNELS, Turn, hold, read_dialogue, read_dialogues
from tests.support.speakers import Speaker
from tests.support.stage import Stage, open_stage, open_webhook_stage

DIALOGUES = read_dialogues()
_AT_ONCE = 10
_BESIDE = {"telegram": "zalo_bot", "telemelya": "web"}
"""Where the same person is beside a channel; elsewhere it is Telegram."""
Told = Callable[[str, str], int]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the bundled documents."""
    folder = tmp_path_factory.mktemp("library")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ANTAM_DATA_DIR", str(folder))
        with open_workplace() as workplace:
            list(workplace.ingestion.load_library())
    return folder


@pytest.fixture(scope="module")
def stage(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(_copied(library, tmp_path_factory.mktemp("dialogs"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def webhook_stage(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_webhook_stage(_copied(library, tmp_path_factory.mktemp("webhook"))) as opened:
        yield opened


def _copied(library: Path, folder: Path) -> Path:
    shutil.copytree(library, folder / "data")
    return folder


@pytest.fixture(scope="module")
def told(stage: Stage, webhook_stage: Stage, request: pytest.FixtureRequest) -> Iterator[Told]:
    """Hold the chosen dialogues side by side, as people do; gives how many turns one had, or raises what failed."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    wanted: list[tuple[str, str]] = [
        (str(item.callspec.params["name"]), str(item.callspec.params["channel"]))
        for item in items
        if item.originalname == test_a_dialogue.__name__
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        going: dict[tuple[str, str], Future[int]] = {
            (name, channel): pool.submit(_hold, webhook_stage if channel == "telemelya" else stage, name, channel)
            for name, channel in wanted
        }
        yield lambda name, channel: going[name, channel].result(250)


def _hold(stage: Stage, name: str, channel: str) -> int:
    speaker: Speaker = stage.speaker(channel)
    beside = stage.speaker(_BESIDE.get(channel, "telegram"))
    return hold(DIALOGUES[name], speaker, {"ma_moi": stage.code_of_invitation()}, beside)


@pytest.mark.parametrize("channel", [*CHANNELS, "telemelya"])
@pytest.mark.parametrize("name", DIALOGUES)
def test_a_dialogue(told: Told, name: str, channel: str) -> None:
    assert told(name, channel) >= 1


def test_no_platform_was_asked_for_anything_undocumented(told: Told, stage: Stage) -> None:
    for name in DIALOGUES:
        for channel in CHANNELS:
            try:
                told(name, channel)
            except KeyError:
                pytest.skip("only some of the dialogues were chosen")
            except AssertionError:
                pass
    assert stage.violations() == []


def test_the_runner_finds_what_is_missing_and_what_is_too_much(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "sai.toml"
    file.write_text('ten = "sai"\n[[luot]]\nnoi = "xin chào"\nco = ["113"]\nkhong_co = ["An Tâm"]\n', "utf-8")
    with pytest.raises(AssertionError, match="có “An Tâm”"):
        hold(read_dialogue(file), stage.speaker("terminal"), {})
    file.write_text('ten = "sai"\n[[luot]]\nnoi = "xin chào"\nloai = "trả lời"\n', "utf-8")
    with pytest.raises(AssertionError, match="không phải answer"):
        hold(read_dialogue(file), stage.speaker("web"), {})
    file.write_text('ten = "sai"\n[[luot]]\nnoi = "xin chào"\nco_le = ["113"]\n', "utf-8")
    with pytest.raises(AssertionError, match="co_le"):
        read_dialogue(file)


def test_every_channel_holds_most_turns() -> None:
    turns: list[Turn] = [turn for dialogue in DIALOGUES.values() for turn in dialogue.turns]
    assert len(DIALOGUES) >= 10
    assert all(not turn.channels or set(turn.channels) <= set(CHANNELS) for turn in turns)
