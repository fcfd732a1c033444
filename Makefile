# crisis-hub. `make help` lists what can be made.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.ONESHELL:

ARGS ?=
# The first Python of the machine that is new enough; PYTHON=... overrides it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
ROOMS := hub adapters consent mappings examples tests conftest.py

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/.runtime ## a county's day: messages in, decided, delivered, ledger verified (ARGS=--once ends afterwards)
	@$(BIN)/crisis-hub demo $(ARGS)

.PHONY: test
test: $(VENV)/.dev ## every test, then what could not run here and how to get it
	@$(BIN)/python -m pytest $(ARGS)

.PHONY: check
check: format-check lint types rooms test ## the whole promise: format, lint, types, rooms, tests, docs

.PHONY: quick
quick: format-check lint types rooms ## the same without slow tests; before each landing
	@CRISIS_HUB_PROPERTIES=quick $(BIN)/python -m pytest -q -m "not slow" $(ARGS)

.PHONY: bench
bench: $(VENV)/.runtime ## measure a served hub (ARGS=--json for a machine)
	@$(BIN)/crisis-hub bench $(ARGS)

.PHONY: format
format: $(VENV)/.dev ## write code the way the formatter likes it, and mend what the linter can mend
	@$(BIN)/ruff format -q $(ROOMS)
	$(BIN)/ruff check -q --fix $(ROOMS)

.PHONY: format-check
format-check: $(VENV)/.dev
	@$(BIN)/ruff format -q --check --diff $(ROOMS)

.PHONY: lint
lint: $(VENV)/.dev
	@$(BIN)/ruff check -q $(ROOMS)

.PHONY: types
types: $(VENV)/.dev
	@$(BIN)/mypy --no-error-summary

.PHONY: rooms
rooms: $(VENV)/.dev ## draw who may import whom, and the line that crosses it
	@out=$$($(BIN)/lint-imports --no-logo 2>&1) || { printf '%s\n' "$$out"; exit 1; }

.PHONY: venv
venv: $(VENV)/.dev ## a virtual environment with everything locked

.PHONY: lock
lock: ## choose versions anew within the ranges of pyproject.toml
	@$(PYTHON) -m venv build/lock
	build/lock/bin/pip install -q uv
	compile() { build/lock/bin/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" pyproject.toml "$$@"; }
	compile --group build -o requirements.lock
	compile --group build --group test --group lint -c requirements.lock -o requirements-dev.lock

.PHONY: clean
clean: ## remove what can be made again
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Everything from the lock files by hash, then the project itself, built by the locked builder.
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check --no-compile

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "crisis-hub needs Python 3.11 or newer: install python3.11 (or later) with its venv module and try again."; exit 1; }
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python has no venv module: install the package python3-venv and try again."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing crisis-hub into $(VENV) (once, half a minute or so)" >&2
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-build-isolation --no-deps -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing crisis-hub with its tests into $(VENV) (once, half a minute or so)" >&2
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-build-isolation --no-deps -e .
	touch $(VENV)/.runtime $@
