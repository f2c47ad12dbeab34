# Two commands: `make demo` shows the live console on the built-in sandbox, `make test` checks everything.
# Everything they make lives in .venv and in git-ignored caches of this folder.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
LOCKED := pyproject.toml uv.lock requirements-bootstrap.txt

# uv resolves nothing here: it installs what uv.lock says, with the Python of .venv, into .venv.
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
export UV_CACHE_DIR := $(CURDIR)/$(VENV)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/$(VENV)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_NO_PROGRESS := 1
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH

.PHONY: help demo test bench lint types contracts unit lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMPS)/demo ## The live console on the sandbox: no account, no network
	@$(BIN)/cwtop demo $(ARGS)

test: $(STAMPS)/test ## Lint, types, import contracts and all tests
	@$(MAKE) --no-print-directory lint types contracts unit

lint: $(STAMPS)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMPS)/test
	$(BIN)/mypy

contracts: $(STAMPS)/test
	$(BIN)/lint-imports --cache-dir $(VENV)/.cache/import-linter

unit: $(STAMPS)/test
	$(BIN)/python -P -m pytest -n auto --dist loadgroup $(ARGS)

bench: $(STAMPS)/bench ## The figures the project promises, beside peers, as tables
	$(BIN)/python -P -m tests.bench $(ARGS)

lock: $(STAMPS)/uv ## Resolve the dependencies anew
	$(BIN)/uv lock --upgrade

clean: ## Remove the environment and all caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

# A Python that is too old is told in one sentence, before anything is made.
$(STAMPS)/uv: requirements-bootstrap.txt
	@python="$(PYTHON)"; \
	for candidate in $${python:-python3 python3.14 python3.13 python3.12 python3.11}; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found="$$candidate"; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
	  echo "cwtop needs Python 3.11 or newer with pip and venv; found: $$(python3 --version 2>&1 || true). Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	if ! "$(BIN)/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then rm -rf $(VENV); "$$found" -m venv $(VENV); fi
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-bootstrap.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/demo: $(STAMPS)/uv $(LOCKED)
	@$(BIN)/uv sync --quiet --locked --inexact --compile-bytecode --no-default-groups --extra demo
	@touch $@

$(STAMPS)/test: $(STAMPS)/uv $(LOCKED)
	@$(BIN)/uv sync --quiet --locked --inexact --compile-bytecode --extra demo --group dev
	@touch $@ $(STAMPS)/demo

$(STAMPS)/bench: $(STAMPS)/test
	@$(BIN)/uv sync --quiet --locked --inexact --compile-bytecode --extra demo --group dev --group bench
	@touch $@
