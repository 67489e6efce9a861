# Everything a person or a machine does with this checkout. Needs git, make and Python 3.11 or newer; the rest is fetched.
# Plain enough for the make that macOS ships (3.81).

SHELL := /bin/sh
BIN := .venv/bin
CODE := darkroom assets jobs sensors resources frontend training benchmarks tests docs scripts definitions.py

# A process for each core and one more, for many tests wait; each with services of its own; the files in their order, browsers last.
# PARALLEL= runs all in one.
PARALLEL := -n $(shell n=$$(getconf _NPROCESSORS_ONLN); [ $$n -lt 3 ] && expr $$n + 1 || echo 4) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help up setup build browser emulators test unit check audit format coverage diff-coverage mutation snapshots bench bench-history docs lock clean

help:
	@echo 'make up         set everything up (first time: some minutes) and start Darkroom: http://localhost:8000'
	@echo '                Ctrl-C stops it. DARKROOM_HOME, DARKROOM_WEB_PORT, DARKROOM_DAGSTER_PORT ... are honoured;'
	@echo '                make up ARGS="--no-samples --detach" hands options on to `darkroom up`'
	@echo 'make test       set everything up, with a Chromium, and run the whole test suite (about 25 minutes on two cores)'
	@echo 'make check      the fast gate: format, lint, types, import rules, spelling, licences, known vulnerabilities, unit tests'
	@echo 'make audit      ask the package index for known vulnerabilities of what is pinned; write reports/sbom.cdx.json'
	@echo 'make unit       the unit tests alone (seconds, no services)'
	@echo 'make format     format the code and mend what the linter can mend'
	@echo 'make coverage   the whole suite with a coverage report in reports/coverage; fails below 85 % of the branches'
	@echo 'make diff-coverage   after make coverage: whether what differs from BASE (origin/main) is covered'
	@echo 'make mutation   change the code of permissions and of timing in small ways; the unit tests must notice'
	@echo 'make snapshots  keep anew how every page looks (tests/e2e/snapshots); look at them before they are committed'
	@echo 'make bench      run the benchmarks and print a table; ARGS="--quick" for a short look'
	@echo 'make bench-history   commits with figures; ARGS="OLD NEW" names what got worse from one to the other'
	@echo 'make docs       write the reference pages in docs/reference from the code'
	@echo 'make setup      only create .venv with the pinned dependencies'
	@echo 'make build      only build the web app and obtain the database server'
	@echo 'make browser    only obtain a Chromium (and on Debian a Firefox and a WebKit) for the browser tests'
	@echo 'make emulators  only obtain the emulator of Azure for the storage tests'
	@echo 'make lock       pin what is installed in .venv into requirements.lock'
	@echo 'make clean      remove everything that was built or fetched; your pictures in ./data stay'

# The script itself sees what has changed and does nothing when nothing has.
setup:
	@sh scripts/setup.sh

up: setup
	@exec $(BIN)/darkroom up $(ARGS)

build: setup
	@$(BIN)/darkroom prepare

browser: setup
	@$(BIN)/python scripts/browser.py

# Packages of npm: there is no Python one.
emulators: setup
	@$(BIN)/python -m scripts.emulators

# What is fetched and what is built, beside each other.
test: setup
	@$(MAKE) --no-print-directory -j3 browser emulators build
	@$(BIN)/python -m scripts.suite $(PARALLEL) $(ARGS)

unit: setup
	@$(BIN)/python -m pytest -q $(PARALLEL) tests/unit tests/architecture $(ARGS)

check: setup
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/typos
	@$(BIN)/python -m docs.generate --check
	@$(BIN)/python -m scripts.env_example --check
	@$(BIN)/python -m scripts.contract --check
	@$(BIN)/python -m scripts.licences
	@$(BIN)/python -m scripts.security
	@$(BIN)/python -m scripts.vulnerabilities
	@$(BIN)/python scripts/lock.py --check
	@$(BIN)/python -m pytest -q $(PARALLEL) tests/unit tests/architecture

audit: setup
	@$(BIN)/python -m scripts.sbom
	@$(BIN)/python -m scripts.vulnerabilities

format: setup
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

coverage: setup browser emulators build
	@$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term-missing:skip-covered --cov-report=html:reports/coverage \
		--cov-report=xml:reports/coverage.xml $(ARGS)

BASE := origin/main
diff-coverage: setup
	@$(BIN)/diff-cover reports/coverage.xml --compare-branch=$(BASE) --fail-under=85

mutation: setup
	@$(BIN)/pip install -q --disable-pip-version-check mutmut==3.8.1
	@$(BIN)/python scripts/mutation.py

snapshots: setup browser build
	@$(BIN)/python -m pytest -q tests/e2e/test_sights.py -k looks --snapshot-update

bench: setup build
	@$(BIN)/python -m benchmarks $(ARGS)

bench-history: setup
	@$(BIN)/python -m benchmarks.history $(ARGS)

docs: setup
	@$(BIN)/python -m scripts.contract
	@$(BIN)/python -m docs.generate
	@$(BIN)/python -m scripts.env_example

lock: setup
	@$(BIN)/python scripts/lock.py

clean:
	@rm -rf .venv .cache mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache reports build dist htmlcov
	@rm -rf frontend/.web frontend/.states frontend/assets/external
	@find . -name __pycache__ -type d -not -path './data/*' -prune -exec rm -rf {} +
