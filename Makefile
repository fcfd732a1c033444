# crisis-hub. `make help` lists what can be made. Works with the make 3.81 that macOS carries: one line, one shell.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SILENT:

# What was compiled is kept beside the code, even where the machine's environment says not to: a start takes half the time.
unexport PYTHONDONTWRITEBYTECODE

ARGS ?=
# Tests run in so many processes beside each other, a file in one of them; one process that crashes fails the run.
# One more than the two cores they are meant for, since many of them wait for a socket, a disk or a browser.
WORKERS ?= 3
BESIDE := -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0
VENV := .venv
BIN := $(VENV)/bin
# The first Python of the machine that is new enough; `make PYTHON=...` chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check --no-compile
COMPILE := build/lock/bin/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" pyproject.toml --group build

.PHONY: help demo test check quick cover bench pictures format format-check lint types rooms venv lock clean

help: ## list what can be made
	awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.runtime ## a county's day: messages in, decided, delivered, ledger verified (ARGS=--once ends afterwards)
	$(BIN)/crisis-hub demo $(ARGS)

test: $(VENV)/.dev ## every test and every page, then what could not run here and how to get it
	$(BIN)/python -m pytest $(BESIDE) $(ARGS)

check: format-check lint types rooms test ## the whole promise: format, lint, types, rooms, tests, docs

quick: format-check lint types rooms ## the same without slow tests; before each commit
	CRISIS_HUB_PROPERTIES=quick $(BIN)/python -m pytest -q $(BESIDE) -m "not slow" $(ARGS)

cover: $(VENV)/.dev ## every test, then the lines that none of them ran
	$(BIN)/python -m coverage run -m pytest -q $(ARGS)
	$(BIN)/python -m coverage report --skip-covered --show-missing

bench: $(VENV)/.runtime ## measure a served hub, its rules and its translations (ARGS=--json for machines)
	$(BIN)/crisis-hub bench $(ARGS)
	$(if $(filter-out --json,$(ARGS)),,$(BIN)/crisis-hub bench --rules $(ARGS))
	$(if $(filter-out --json,$(ARGS)),,$(BIN)/crisis-hub bench --translations $(ARGS))

pictures: $(VENV)/.dev ## a picture of every page of the console, wide and narrow, light and dark, in build/pictures
	mkdir -p build/pictures
	CRISIS_HUB_BENCH_PICTURES=$(CURDIR)/build/pictures $(BIN)/python -m pytest -q tests/console/test_browser.py tests/console/workspace/test_browser.py -k accessible

format: $(VENV)/.dev ## let the formatter write, and the linter mend what it can
	$(BIN)/ruff format -q .
	$(BIN)/ruff check -q --fix .

format-check: $(VENV)/.dev
	$(BIN)/ruff format -q --check --diff . || { echo "The formatter would write this differently: make format"; exit 1; }

lint: $(VENV)/.dev
	$(BIN)/ruff check -q .

types: $(VENV)/.dev
	$(BIN)/mypy --no-error-summary

rooms: $(VENV)/.dev ## who may import whom; names the line that crosses
	out=$$($(BIN)/lint-imports --no-logo 2>&1) || { printf '%s\n' "$$out"; exit 1; }

venv: $(VENV)/.dev ## a virtual environment with everything locked

lock: ## choose versions anew, within the ranges of pyproject.toml
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install -q --disable-pip-version-check uv
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group test --group lint -c requirements.lock -o requirements-dev.lock
	$(subst pyproject.toml --group build,,$(COMPILE)) --no-deps --group linkage -o requirements-linkage.lock

clean: ## remove what can be made again
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Everything from the lock by hash, then the project itself, built by the locked builder. A stamp says which lock stands.
$(VENV)/bin/python:
	[ -n "$(PYTHON)" ] || { echo "crisis-hub needs Python 3.11 or newer: install one, with its venv module, and try again." >&2; exit 1; }
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: install its venv module (on Debian: python3-venv) and try again." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	echo "Installing crisis-hub into $(VENV): once, half a minute or so." >&2
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-build-isolation --no-deps -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock requirements-linkage.lock pyproject.toml | $(VENV)/bin/python
	echo "Installing crisis-hub and what its tests need into $(VENV): once, half a minute or so." >&2
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --require-hashes --no-deps -r requirements-linkage.lock
	$(INSTALL) --no-build-isolation --no-deps -e .
	touch $(VENV)/.runtime $@
