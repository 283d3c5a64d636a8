# Needs python3 with venv, make and git; everything else is installed into .tools and .venv.
# The work is done by the scripts in tools/.

PYTHON ?= python3
BIN := .venv/bin
# Where it is set, every process that a test starts compiles all of ringfence again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := setup
.PHONY: help setup demo test check bench soak mutants lab docs requirements clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

setup: ## make .tools (a pinned uv) and .venv (what is pinned, and ringfence); the default
	@$(PYTHON) tools/bootstrap.py

demo: setup ## take a bundled datacenter through collect, prove, audit and report
	@$(BIN)/python tools/demo.py

test: setup ## check, build the wheel and run every test on it; PYTEST="-k name" for fewer
	@$(PYTHON) tools/packages.py
	@$(MAKE) --no-print-directory --jobs=2 --output-sync check docs
	@$(PYTHON) tools/wheel_tests.py $(PYTEST)

check: setup ## lint, formatting, types, who may import whom, dependencies
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry src

bench: setup ## measure against the bars; ONLY=collect- for those that begin so
	@$(BIN)/python -m benchmarks $(ONLY)

soak: setup ## COUNT generated networks against brute force, from SEED on
	@$(BIN)/python tests/soak_main.py $(or $(COUNT),1000) $(or $(SEED),1)

mutants: setup ## COUNT changes of the engine, by chance from SEED: do tests notice? ONLY=flood
	@$(PYTHON) tools/mutants.py $(or $(COUNT),100) $(or $(SEED),1) $(ONLY)

lab: setup ## COUNT networks built for real, as root, proof against packets, from SEED on
	@$(BIN)/python tests/lab_main.py $(or $(COUNT),200) $(or $(SEED),1)

docs: setup ## build the documentation; a warning is an error
	$(BIN)/sphinx-build -W --keep-going --quiet --fresh-env --write-all -b html docs docs/_build/html

requirements: setup ## pin requirements/*.txt again; UPGRADE=1 to the newest releases
	@$(PYTHON) tools/requirements.py $(if $(UPGRADE),--upgrade)

clean: ## remove what make made
	rm -rf .tools .venv .venv-test .venv-mutants build dist docs/_build htmlcov .coverage .coverage.* \
	  .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
