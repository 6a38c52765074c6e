# `make` alone lists what there is. The first command that needs them builds .venv and installs hash-pinned packages.
PY := .venv/bin/python
PYTHON ?= python3
.DEFAULT_GOAL := help
export PYTHONDONTWRITEBYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/runtime: requirements.txt
	@test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install -q --require-hashes -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/runtime
	$(PY) -m pip install -q --require-hashes -r requirements-dev.txt
	@touch $@

install: .venv/runtime ## create .venv and install what running needs

run: .venv/runtime ## start Candor; without BOT_TOKEN it opens its own chat page
	@$(PY) -m bot run

test: lint ## lint, type-check, check the import contracts, run every test
	$(PY) -m pytest

quick: .venv/dev ## every test on all cores, in half the time; what waits for a browser or a clock may fail on a busy machine
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: .venv/dev ## ruff, mypy and the import contracts
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports

format: .venv/dev ## let ruff put the code in order
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: .venv/dev ## measure a step of the conversation beside a plain bot, and the engine beside its peers
	$(PY) -m bench
	$(PY) -m bench.scoring
	$(PY) -m bench.transfer

backtest: .venv/runtime ## try the rules of early warning on the past of known books; their folder is ../shared/data
	@$(PY) -m bot backtest

drills: .venv/dev ## kill, cut the power, attack: the drills of docs/trust.md, in about half an hour
	@$(PY) -m tests.drills

lock: .venv/dev ## pin every dependency again, with hashes
	$(PY) -m piptools compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-header -o requirements.txt pyproject.toml
	$(PY) -m piptools compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe --extra dev --extra cluster -c requirements.txt -o requirements-dev.txt pyproject.toml

audit-deps: .venv/dev ## ask whether what we depend on has known faults; exits 3 when nobody could be asked
	@$(PY) -m tests.static.advisories

sbom: .venv/dev ## write the bill of materials of what running needs to build/sbom.json (CycloneDX)
	@mkdir -p build
	@$(PY) -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible -o build/sbom.json requirements.txt
	@$(PY) -m tests.static.sbom build/sbom.json

.PHONY: help install run test quick lint format bench backtest drills lock audit-deps sbom
