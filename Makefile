# Two commands: `make demo` and `make test`. Each sets up what it needs in .venv, from Python 3.11 or later alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench clean

demo: $(VENV)/.core
	@# For a day on which Exchange 2007 was within its life cycle; today that alone would be the answer.
	@$(BIN)/supportable check examples/contoso-mail --as-of 2009-06-30 --exit-zero

test: check
	@# Two at a time, a file in one process: Spark, databases and clusters use the other cores of a larger machine.
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/supportable policy lint
	@$(BIN)/supportable policy mutate

bench: $(VENV)/.bench
	@$(BIN)/python bench/single.py
	@$(BIN)/python bench/command.py

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit("supportable needs Python 3.11 or later, this is " + sys.version.split()[0] + "; name another with `make PYTHON=...`") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.python pyproject.toml constraints.txt
	@echo "setting up $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.core
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	@touch $@

clean:
	rm -rf $(VENV)
