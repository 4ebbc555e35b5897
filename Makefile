# make demo: audit the bundled example.   make test: set up and run the tests.   make corpus: how well real code is read.
# make fuzz: coverage-guided fuzzing.   make lock: the hashes of what is built and installed with.
# make browser: the HTML report in a real Chromium, which has to be installed.   make proof: what is read against what real SDKs send.   make contracts: the SDK data against the packages.   make ci: all checks.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint browser corpus proof contracts fuzz lock ci clean

demo: $(VENV)/.installed
	@bash examples/demo.sh $(abspath $(BIN))/costgate

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy --strict costgate
	$(BIN)/lint-imports

browser: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet -e '.[browser]'
	$(BIN)/python -m pytest tests/browser -rs

corpus: $(VENV)/.installed-dev
	$(BIN)/python scripts/fetch_corpus.py
	$(BIN)/python scripts/score_corpus.py --list --ratchet

proof: $(VENV)/.installed-dev
	$(BIN)/python tests/proof/run.py

contracts: $(VENV)/.installed
	$(BIN)/python scripts/contracts.py

fuzz:
	$(MAKE) -C fuzz

lock:
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 .ci/build.in -o .ci/build.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml -o .ci/runtime.txt

ci:
	PYTHON=$(PYTHON) .ci/run

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .venv-ci build dist
