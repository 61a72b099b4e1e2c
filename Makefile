# Every target installs what it needs into .venv and works the same in CI and on a desk.
# Wanted on the machine: python3 (3.10 or newer, with venv) and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NORTHWIND := fixtures/repos/northwind

.PHONY: demo test lint dev docs wheel bench oracle clean

# The demo ends with findings, which is exit code 1 and what it is meant to show.
demo: $(VENV)/.installed
	@cd $(NORTHWIND) && code=0; \
	$(CURDIR)/$(BIN)/domicile scan --format text --format sarif=$(CURDIR)/demo.sarif || code=$$?; \
	test $$code -le 1 && echo "SARIF: demo.sarif"

test: $(VENV)/.test
	$(BIN)/python -m pytest -q

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/domicile rules --format markdown | cmp - docs/rules.md

dev: $(VENV)/.dev

docs: $(VENV)/.installed
	$(BIN)/domicile rules --format markdown > docs/rules.md

wheel: $(VENV)/.dev
	rm -rf dist
	$(BIN)/python -m build --quiet
	@ls -l dist

# Trivy's evaluator of Terraform, in an environment of its own.
define TFPARSE
@test -x .venv-tfparse/bin/python || $(PYTHON) -m venv .venv-tfparse
@.venv-tfparse/bin/python -m pip install --quiet --disable-pip-version-check tfparse==0.6.22
endef

# FIELD names checkouts: they are timed beside tfparse and Checkov, each in its own environment.
bench: $(VENV)/.installed
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/growth.py
ifdef FIELD
	$(TFPARSE)
	test -x .venv-checkov/bin/python || $(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/python -m pip install --quiet --disable-pip-version-check checkov
	$(BIN)/python benchmarks/against.py $(FIELD)
else
	@echo "not compared with tfparse and Checkov: name checkouts with FIELD='PATH...'"
endif

# The Rego rules on a second engine, and where the evaluator differs from Terraform itself, which
# must be on the path, and from tfparse: on fixtures, and on the checkouts that FIELD names.
oracle: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[regorus]"
	$(BIN)/python -m pytest -q benchmarks/oracle
	$(TFPARSE)
	$(BIN)/python benchmarks/oracle/values.py $(FIELD)

clean:
	rm -rf $(VENV) .venv-tfparse .venv-checkov dist demo.sarif .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The pip that comes with older Pythons knows no dependency groups.
$(VENV)/.pip: | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.installed $(VENV)/.pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group test
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.installed $(VENV)/.pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@
