# Two commands: `make site` and `make test`. Both set up what they need.

PYTHON ?= $(shell for v in 3.13 3.12 3.11; do command -v python$$v >/dev/null 2>&1 && python$$v -c 'import venv, ensurepip' 2>/dev/null && { command -v python$$v; exit; }; done; command -v python3)
BIN := .venv/bin
SETUP := .venv/.set-up

.DEFAULT_GOAL := help
.PHONY: help setup site serve check test test-all notebooks release lock lint clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(SETUP) ## Make .venv from the lock, byte code compiled

# Compiled at install: otherwise the first import of TensorFlow compiles for nine seconds, and where byte code may
# not be written, every import does.
$(SETUP): requirements.txt pyproject.toml package-lock.json
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else f"The course needs Python 3.11, 3.12 or 3.13, but {sys.executable} is {v.major}.{v.minor}: install one, or name it with make PYTHON=/path/to/python3.12")'
	@echo "Setting up .venv with $(PYTHON) (a few minutes the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.txt)"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --requirement requirements.txt --editable . --no-deps
	@$(BIN)/python -m course_utils.node
	@touch $@

site: setup ## Build the executed site into _build/html
	@$(BIN)/course build

serve: setup ## Serve the built site at a local address
	@$(BIN)/course serve

check: setup ## Hold one chapter: make check PAGE=week1/one-neuron
	@test -n "$(PAGE)" || { echo "Name a page: make check PAGE=week1/one-neuron"; exit 2; }
	@$(BIN)/course build --solutions --only "$(PAGE)"
	@COURSE_PAGE="$(PAGE)" $(BIN)/python -m pytest -q tests/chapters tests/site

test: setup ## Set up everything, browser and sandbox included, and run every test
	@$(BIN)/python -m course_utils.browser
	@$(BIN)/python -m course_utils.grading.sandbox.bubblewrap
	@$(BIN)/course build --solutions
	@$(BIN)/python -m pytest

test-all: setup ## Every test, nothing sampled, and the notebooks on every Python found
	@$(BIN)/python -m course_utils.browser
	@$(BIN)/python -m course_utils.grading.sandbox.bubblewrap
	@$(BIN)/course build --solutions
	@$(BIN)/python -m pytest --slow

notebooks: setup ## Make the chapters' notebooks again
	@$(BIN)/course notebooks

release: setup ## Make exercises/ again from solutions/
	@$(BIN)/course release

lock: setup ## Make requirements.txt again from pyproject.toml, and the reference converter's and Otter-Grader's
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-emit-find-links \
	  --custom-compile-command "make lock" --output-file requirements.txt pyproject.toml
	@cd course_utils/conversion/reference && $(CURDIR)/$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --no-emit-find-links --overrides overrides.in --custom-compile-command "make lock" \
	  --output-file requirements.txt requirements.in
	@cd course_utils/bench/grading/otter && $(CURDIR)/$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --no-emit-find-links --custom-compile-command "make lock" \
	  --output-file requirements.txt requirements.in ../../../../pyproject.toml

clean: ## Remove what builds leave behind (not .venv)
	@rm -rf _build
