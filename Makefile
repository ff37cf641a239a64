# make app    the app on http://localhost:8501 (PORT=8502 serves it elsewhere)
# make demo   the whole life of a dataset, headless, on the bundled recordings
# make test   the tests            make check   format, lint, types, layers, docs
# make bench  speed, as `name value goal`
# make tiny-model   a language model of a few million parameters for hf:tiny, trained here in some minutes
# Every target sets up .venv by itself; PYTHON=python3.12 chooses another interpreter (3.11 or newer).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
export OMP_NUM_THREADS ?= 1

.PHONY: app demo test check bench tiny-model clean

app: $(VENV)/.app
	$(BIN)/erc app --port $(PORT)

demo: $(VENV)/.app
	ERC_HOME=$$(mktemp -d)/workspace $(BIN)/erc demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_architecture.py tests/test_docs.py

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

tiny-model: $(VENV)/.app
	$(BIN)/erc tiny-model

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: $(VENV)/bin/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.app requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
