# Vafa: what a person types. Only Python 3.11+ and make are needed; everything else goes into .venv/.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help env demo test check fix bench bench-speed bench-quality clean

help:            ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## */\t/' | expand -t 14

env: .venv/ready ## the environment in .venv/, from requirements.lock
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.version_info >= (3, 14))' || \
	  { echo "Vafa needs Python 3.11 to 3.13; this is $$($(PYTHON) --version). Try: make env PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch .venv/ready

demo: env        ## the whole job on a year of real supermarket baskets
	$(BIN)/vafa demo

test: env        ## every test
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

check: env       ## ruff, mypy, import-linter, docs in step; changes nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m contract.document --check
	$(BIN)/python -m features.document --check
	$(BIN)/python -m outreach.language --check

fix: env         ## what can be mended without thinking: imports, format, generated docs
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python -m contract.document --write
	$(BIN)/python -m features.document --write
	$(BIN)/python -m outreach.language --write

bench: bench-speed bench-quality ## every benchmark

bench-speed: env ## the families against hand-written SQL and pandas, up to 20 million events
	$(BIN)/python -m benchmarks.bench_speed

bench-quality: env ## figures on public and made-up data (ONLINE_RETAIL and SNAPPFOOD name files of it)
	$(BIN)/python -m benchmarks.bench_quality

clean:           ## what was made, but not the environment
	rm -rf out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
