# Two commands on a fresh machine (Python 3.11 or newer, and make): `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

# Tests start many interpreters, which a cache of their code makes quicker to start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-deep planted lint bench lock clean help

help:
	@echo "make demo       set up, start the sandbox and read customers from it"
	@echo "make test       set up, lint, type-check and run every test"
	@echo "make test-deep  the same tests at larger sizes"
	@echo "make planted    plant bugs one at a time; the tests have to see each"
	@echo "make lint       ruff and mypy --strict"
	@echo "make bench      measure, print tables"
	@echo "make lock       pin every dependency anew in requirements.lock (needs uv)"

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("ucsync needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

# One more than there are cores, as tests wait for processes and sockets now and then.
WORKERS := $(shell $(PYTHON) -c 'import os; print(len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)) + 1)')

demo: $(READY)
	$(BIN)/ucsync demo

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-deep: lint
	UCSYNC_DEEP=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

planted: $(READY)
	$(BIN)/python -m tests.planted

bench: $(READY)
	$(BIN)/python -m tests.benchmarks

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --extra test --extra lint --extra build pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
