# Two commands for a newcomer: `make demo` trains the DCGAN, `make test` runs the tests.
# Each makes its own virtual environment in .venv; a second run installs nothing.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Each worker takes a half in its order, so that what a module shares is made once, and helps at the end.
WORKERS := -n 2 --dist worksteal

export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: help demo test quick exhaustive lint types format bench dist clean

help:
	@echo "make demo    train the DCGAN on handwritten digits, a few minutes"
	@echo "make test    all tests"
	@echo "make quick   one case of each quick test, two minutes"
	@echo "make exhaustive  every case of the conformance table in every suite, about an hour"
	@echo "make lint    ruff and mypy"
	@echo "make format  rewrite the sources with ruff"
	@echo "make bench   measure against the peers (Keras 3, tf_keras), write docs/speed.md"
	@echo "make dist    build the wheel"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 10) else f"tfk_ext needs Python 3.10 or later, {sys.executable} is {v.major}.{v.minor}: make PYTHON=/path/to/python3 ...")'
	$(PYTHON) -m venv $(VENV)
	@# The pip that comes with an old Python takes an hour to choose versions that fit together.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

# One stamp for each extra: the newest of pyproject.toml and the environment decides whether to install.
$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

demo: $(VENV)/.installed-recipes
	$(BIN)/python -m recipes.dcgan --demo

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest $(WORKERS)

quick: $(VENV)/.installed-test
	$(BIN)/python -m pytest $(WORKERS) -m "not slow" --sample 1

exhaustive: $(VENV)/.installed-test
	TFK_EXT_EXHAUSTIVE=1 $(BIN)/python -m pytest $(WORKERS)

lint types: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks

dist: $(VENV)/.installed-dev
	$(BIN)/python -m build

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
