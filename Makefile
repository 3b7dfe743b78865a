# Everything a newcomer calls. Needs Python 3.11 or newer and make; uses uv when it is there.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)

ifdef UV
VENV = test -x $(BIN)/python || uv venv --quiet --python $(PYTHON) .venv
INSTALL = VIRTUAL_ENV=.venv uv pip install --quiet
else
VENV = test -x $(BIN)/python || $(PYTHON) -m venv .venv
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.PHONY: demo install services test check format bench clean

demo: .venv/demo.done  ## one simulated season, live stations and the dashboard
	@exec $(BIN)/agro demo

install: .venv/dev.done  ## everything a developer needs

test: .venv/dev.done services  ## the whole suite; what takes a quiet machine is `make bench`
	$(BIN)/pytest -n auto --dist loadfile --ignore tests/benchmarks

check: .venv/dev.done  ## format, lint, types, arrows between the packages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.done  ## lay the code out and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev.done services  ## the benchmarks; each prints its figure beside a peer or a limit
	$(BIN)/pytest tests/benchmarks -p no:xdist -q -s
	AGRO_EVERY_SCREEN=1 $(BIN)/pytest tests/browser/test_people.py -p no:xdist -q

# The broker and the browser of the tests, and npm's judge of pages: fetched when we may, else their
# tests are skipped.
services:
	@if command -v npm >/dev/null && ! test -e .venv/axe/node_modules/axe-core/axe.min.js; then \
	  npm install --silent --no-audit --no-fund --prefix .venv/axe axe-core@4.14.1 >/dev/null || \
	    echo "axe-core could not be fetched: its tests are skipped" >&2; \
	fi
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  { ! command -v mosquitto || ! command -v mosquitto_pub || ! command -v chromium; } >/dev/null; \
	then \
	  echo "installing mosquitto, mosquitto-clients and chromium" >&2; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	    --no-install-recommends mosquitto mosquitto-clients chromium fonts-dejavu-core >/dev/null; \
	fi

clean:
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/demo.done: pyproject.toml constraints.txt
	$(VENV)
	$(INSTALL) --constraint constraints.txt --editable '.[demo]'
	@touch $@

.venv/dev.done: pyproject.toml constraints.txt
	$(VENV)
	$(INSTALL) --constraint constraints.txt --editable '.[demo,dev]'
	@touch $@ .venv/demo.done
