# Every chore by one word. `make` alone lists them. Each sets up what is missing first; a second run takes seconds.

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint fix bench lock clean

VENV ?= .venv
BIN := $(VENV)/bin
export HOTLINE_VENV := $(VENV)

help: ## this list
	@sed -n 's/^\([a-z%-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r n t; do printf '  make %-12s %s\n' "$$n" "$$t"; done

setup: ## install all that is missing: system packages, SIP library, Python packages, the project
	@deploy/setup.sh

demo: setup ## a chat and real calls, before your eyes       (ONCE=1: end by itself, SPEAK=ru: in Russian, BROWSER=1: a real page)
	@$(BIN)/hotline demo $(if $(ONCE),--once) $(if $(SPEAK),--speak $(SPEAK)) $(if $(BROWSER),--browser)

test: setup ## all tests                                    (ARGS='-k ring -x': what pytest is told)
	@$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadscope --no-loadscope-reorder $(ARGS)

check: setup lint ## all that can be said without running: ruff, mypy, Cython lint, the import rule
	@$(BIN)/python -m mypy
	@$(BIN)/python -m pytest -q tests/test_house.py

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@PATH="$(abspath $(BIN)):$$PATH" cython-lint native bench

fix: setup ## let ruff mend and format what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup ## all measurements, 11 to 18 minutes, into build/
	@$(BIN)/python -m bench

bench-%: setup ## one of them: make bench-calls, bench-keys, bench-lookup ...
	@$(BIN)/python -m bench $*

lock: ## write constraints.txt anew from pyproject.toml (needs the package index)
	@deploy/lock.sh

clean: ## remove what was built here; the SIP library stays in its cache
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find native bench \( -name '*.so' -o -name '*.html' \) -delete
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
