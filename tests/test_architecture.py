"""The house rules that a machine can check."""

import ast
import importlib
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "handlers", "retrieval", "knowledge", "config")
MODULES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc", "core"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_stay_short_and_are_named_by_their_domain(file: Path) -> None:
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    assert file.stem not in FORBIDDEN_NAMES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, node.name


def test_every_module_imports_with_an_empty_environment_and_does_nothing() -> None:
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in MODULES if file.stem != "__init__"]
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = subprocess.run(
        [sys.executable, "-c", code, *names],
        env={"PYTHONPATH": str(ROOT)},
        cwd="/",
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0 and done.stdout == b"", done.stderr.decode()[-500:]


def test_no_other_distribution_owns_our_package_names() -> None:
    owners = packages_distributions()
    for package in PACKAGES:
        assert set(owners.get(package, [])) <= {"antam-assistant"}, package


def test_package_folders_hold_a_docstring_and_nothing_else() -> None:
    for file in MODULES:
        if file.stem == "__init__":
            body = ast.parse(file.read_text("utf-8")).body
            assert len(body) == 1 and ast.get_docstring(ast.Module(body, [])), file


def test_a_library_is_known_to_few_modules() -> None:
    allowed = {
        "telegram": "bot/channels/telegram",
        "chromadb": "retrieval/vector_index",
        "langchain_chroma": "retrieval/vector_index",
        "sentence_transformers": "retrieval/",
        "torch": "retrieval/",
        "pypdfium2": "knowledge/reading/",
        "docx": "knowledge/reading/",
        "openpyxl": "bot/",
        "icalendar": "bot/",
        "holidays": "handlers/",
    }
    for file in MODULES:
        name = str(file.relative_to(ROOT))
        if file.stem.startswith("bench"):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            roots = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            roots += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for root in (one.split(".")[0] for one in roots):
                assert root not in allowed or name.startswith(allowed[root]), f"{name} imports {root}"


def test_the_command_line_names_modules_that_exist() -> None:
    commands = importlib.import_module("bot.__main__")._COMMANDS
    for module, _ in commands.values():
        assert (ROOT / "bot" / "commands" / f"{module}.py").is_file(), module
