# Needs python3 with venv, make and git; everything else is installed into .tools and .venv.
# The work is done by the scripts in tools/.

PYTHON ?= python3

.DEFAULT_GOAL := setup
.PHONY: help setup demo test check bench soak docs requirements clean

setup: ## make .tools (the pinned uv) and .venv (everything pinned, ringfence editable)
	@$(PYTHON) tools/bootstrap.py

requirements: setup ## pin requirements/*.txt again (UPGRADE=1: to the newest releases)
	@$(PYTHON) tools/requirements.py $(if $(UPGRADE),--upgrade)

clean: ## remove what make made
	rm -rf .tools .venv .venv-test build dist docs/_build htmlcov .coverage .coverage.* \
	  .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
