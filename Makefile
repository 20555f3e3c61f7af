# `make setup` builds .venv/ and everything built from the sources; every other target calls it first (under a second when done).
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint messages mission browser bench-grid bench-text lock clean

# The first Python on the path that is new enough; PYTHON=… decides otherwise.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$name"; break; }; done)
BIN := .venv/bin
SERVE ?= 1
PORT ?= 8000
JOBS ?= auto
DATA ?= var

help:
	@echo "make demo [SERVE=0] [PORT=8000]  the demo county, then the console on 127.0.0.1:8000"
	@echo "make test [JOBS=auto]            every test"
	@echo "make setup                       only the environment: the command line is then $(BIN)/tongdian"
	@echo "make browser                     Chromium for the browser tests, skipped without it"
	@echo "make lint | messages | mission | lock | clean"

setup:
	@test -n "$(PYTHON)" || { echo "Missing: Python 3.11 or newer. Install it, for example: sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@"$(PYTHON)" tools/setup.py

demo: setup
	@TONGDIAN_DEBUG=1 TONGDIAN_DATA_DIR="$(DATA)" $(BIN)/tongdian demo
	@test "$(SERVE)" = 0 || TONGDIAN_DEBUG=1 TONGDIAN_DATA_DIR="$(DATA)" $(BIN)/tongdian serve --port $(PORT)

# Browser tests one after another: they gain nothing from a second core.
test: setup
	@$(BIN)/python tools/test.py $(JOBS)

lint: setup
	@$(BIN)/python tools/lint.py

messages: setup
	@$(BIN)/python tools/messages.py

browser:
	@tools/browser.sh

mission: setup
	@$(BIN)/python tools/mission.py

# Figures of record stand in docs/engines; DATA holds what they are measured on, NETWORKS its files.
bench-grid: setup
	@$(BIN)/python bench/grid.py $(DATA) $(NETWORKS)

bench-text: setup
	@$(BIN)/python bench/text.py $(DATA)

lock: setup
	@$(BIN)/python tools/lock.py

clean:
	rm -rf .venv web/node_modules src/tongdian/interfaces/console/static/console/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find src -name '*.mo' -delete
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
