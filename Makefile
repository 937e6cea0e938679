# The only runner: every command of the project is a target here. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
STAMPS := .make
UI := web/ui
WIDGET := web/widget
UI_SOURCES := $(shell find web/locales $(UI)/src $(UI)/public $(UI)/index.html $(UI)/vite.config.ts $(UI)/tsconfig.json \
  $(WIDGET)/src $(WIDGET)/index.html $(WIDGET)/vite.config.ts $(WIDGET)/tsconfig.json 2>/dev/null)
PACKAGES := $(shell $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["tool"]["importlinter"]["root_packages"])' 2>/dev/null)
TESTS ?= tests
# For tests without calls; they wait more than they work, so one more than the checks' machine has processors.
TEST_PROCESSES ?= 3
PYTEST_ARGS ?=

.PHONY: help
help:
	@awk 'BEGIN {FS = ":.*## "} /^[a-z_-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

# ---------------------------------------------------------------- set-up, stamped

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Centrala needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

$(STAMPS)/runtime: requirements.lock | $(BIN)/python
	@echo "Installing the server's Python packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/native: $(wildcard rtc/native/*.c) $(wildcard rtc/native/*.py rtc/kernel/*.py rtc/wire/*.py) rtc/native/packets.h $(STAMPS)/runtime
	@echo "Building the native packet path"
	@$(BIN)/python -m rtc.native.build
	@touch $@

$(STAMPS)/test: requirements-test.lock | $(STAMPS)/runtime
	@echo "Installing the tests' Python packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/ui-packages: $(UI)/package-lock.json
	@if ! $(PYTHON) scripts/npm_installed.py $(UI); then \
	  echo "Installing the front end's packages"; \
	  npm --prefix $(UI) ci --no-audit --no-fund --loglevel=error; \
	fi
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/ui: $(UI_SOURCES) $(STAMPS)/ui-packages
	@echo "Building the front end"
	npm --prefix $(UI) run --silent build
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/bench: bench/node/package-lock.json
	npm --prefix bench/node ci --no-audit --no-fund --loglevel=error
	@mkdir -p $(STAMPS) && touch $@

.PHONY: setup setup-test system-packages
setup: $(STAMPS)/runtime $(STAMPS)/native $(STAMPS)/ui
setup-test: $(STAMPS)/runtime $(STAMPS)/native $(STAMPS)/test $(STAMPS)/ui

system-packages:
	@scripts/system_packages.sh

# ---------------------------------------------------------------- run

.PHONY: run
run: setup ## serve http://127.0.0.1:8080 with SQLite in ./data; LAN=1 serves TLS to your network
ifeq ($(LAN),1)
	@CENTRALA_LAN=1 exec $(BIN)/python -m server
else
	@exec $(BIN)/python -m server
endif

.PHONY: organisation
organisation: $(STAMPS)/runtime ## make an organisation: NAME="..." ADMIN_EMAIL=... on the running server
	@$(BIN)/python -m scripts.organisation --name "$(NAME)" --admin-email "$(ADMIN_EMAIL)"

.PHONY: phone-numbers
phone-numbers: $(STAMPS)/runtime ## put the telephone numbers of FILE=... into the pool of the running server
	@$(BIN)/python -m scripts.phone_numbers --file "$(FILE)"

.PHONY: jobs
jobs: $(STAMPS)/runtime ## show stored jobs that failed for good; RETRY=id tries one again, DROP=id forgets it, all for all
	@$(BIN)/python -m scripts.jobs --retry "$(RETRY)" --drop "$(DROP)"

.PHONY: backup restore
backup: $(STAMPS)/runtime ## copy database and blobs into BACKUP=backups/<time>.tar, while the server runs
	@$(BIN)/python -m scripts.backup save $(BACKUP)

restore: $(STAMPS)/runtime ## put BACKUP=<file> back into an empty data folder or database (server stopped)
	@$(BIN)/python -m scripts.backup load $(BACKUP)

# ---------------------------------------------------------------- prove

.PHONY: check check-python check-ui check-generated
check: setup-test ## lints, types, layers, budgets, catalogue, generated files
	@$(MAKE) --no-print-directory -j2 -O check-python check-ui check-generated

check-python:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES) scripts tests bench
	$(BIN)/lint-imports
	$(BIN)/python -m scripts.house_rules

check-ui: $(STAMPS)/ui
	npm --prefix $(UI) run --silent check
	$(BIN)/python -m scripts.error_sentences
	$(BIN)/python -m scripts.byte_budgets

check-generated:
	$(BIN)/python -m scripts.generated --check

.PHONY: generate
generate: setup-test ## write docs/settings.md, docs/protocol.md, the TypeScript types and languages anew
	$(BIN)/python -m scripts.generated
	$(BIN)/python -m scripts.licences_page

.PHONY: test
test: system-packages setup-test ## all tests but the slow ones; TESTS=tests/rtc and PYTEST_ARGS=... narrow it
	@mkdir -p reports
	npm --prefix $(UI) run --silent test -- --reporter=default --reporter=junit --outputFile.junit=$(CURDIR)/reports/vitest.xml
	@scripts/run_tests.sh $(TEST_PROCESSES) $(TESTS) $(PYTEST_ARGS)
	@$(BIN)/python -m scripts.features --brief

.PHONY: test-fast
test-fast: setup-test ## tests without a server, a browser or calls, in 4 minutes at most; says how long they took
	@$(BIN)/python -m scripts.fast_tests --processes $(TEST_PROCESSES) $(PYTEST_ARGS)

.PHONY: soak
soak: system-packages setup-test ## the tests that take more than a minute apiece; FUZZ_SECONDS=3600 for all fuzzing together
	@mkdir -p reports
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock \
	  || echo "atheris has no build for this machine: inputs are found by edits alone, without coverage"
	$(BIN)/python -m pytest tests -m slow --timeout=7200 --junit-xml=reports/soak.xml $(PYTEST_ARGS)
	FUZZ_EXAMPLES=200 $(BIN)/python -m pytest tests/flows/test_rest_fuzz.py --timeout=7200 --junit-xml=reports/fuzz.xml

.PHONY: bench
bench: system-packages setup-test $(STAMPS)/bench ## measure; writes bench/results/*.json and a table; CASES="chat memory"
	@scripts/system_packages.sh janus
	$(BIN)/python -m bench $(CASES)

.PHONY: features
features: $(STAMPS)/runtime ## rows of docs/features.md proved by tests that passed in the last run
	@$(BIN)/python -m scripts.features

UV_LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: lock
lock: $(STAMPS)/test ## write requirements*.lock anew after a change of pyproject.toml
	@$(UV_LOCK) --group test -o requirements-test.lock
	@$(UV_LOCK) --constraint requirements-test.lock -o requirements.lock

.PHONY: format
format: $(STAMPS)/test ## put Python code into the house form
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .
