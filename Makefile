# An Tâm: make run starts the assistant, make test passes the tests.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev test check format prove bench clean

help:  ## show these lines
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: setup  ## start the assistant on http://127.0.0.1:8000
	@$(BIN)/python -m bot serve

setup: $(VENV)/.installed  ## prepare the environment

setup-dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements.txt pyproject.toml
	@echo "[1/3] Python environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "[2/3] Libraries (the first time takes some minutes)"
	@$(PIP) install --progress-bar on torch==2.13.0 | grep -E '^(Downloading|Installing|Successfully)' || true
	@$(PIP) install --progress-bar on -r requirements.txt | grep -E '^(Downloading|Installing|Successfully)' || true
	@$(BIN)/python -c 'import torch, chromadb, telegram, fastapi'
	@echo "[3/3] The assistant itself"
	@$(PIP) install --quiet --no-deps --no-build-isolation -e . 2>/dev/null || $(PIP) install --quiet --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@echo "Tools for tests and checks"
	@$(PIP) install --progress-bar on -r requirements-dev.txt | grep -E '^(Downloading|Installing|Successfully)' || true
	@$(BIN)/python -c 'import pytest, hypothesis, mypy'
	@touch $@

test: setup-dev  ## run the tests
	@$(BIN)/python -m pytest -m "not slow"

check: setup-dev  ## format, lint, types, import contracts, Dockerfile
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/hadolint Dockerfile

format: setup-dev  ## mend the format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

prove: setup-dev  ## the long proofs at full size
	@$(BIN)/python -m pytest -m slow --timeout 3600

bench: setup-dev  ## speed and memory, as ratios side by side
	@$(BIN)/python -m bot bench

clean:  ## remove the environment, keep the data
	@rm -rf $(VENV)
