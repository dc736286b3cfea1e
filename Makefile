# Each target makes what it needs: a virtual environment of its own, once.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# Where pip finds everything it already has.
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: demo test test-clients lint docs wheel bench bench-peers evidence cells classification clean

# One environment grows by what a target asks for: an empty file marks what is there.
$(VENV)/.package: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	touch $@

$(VENV)/.%: $(VENV)/.package
	$(PIP) --editable ".[$*]"
	touch $@

demo: $(VENV)/.package
	MPLBACKEND=Agg $(BIN)/python examples/plot_tutorial_sine_wave.py

test: $(VENV)/.test
	$(BIN)/python -m pytest -m "not slow" --numprocesses auto --dist worksteal

# The estimator inside forecasting libraries, in an environment of its own.
test-clients:
	$(MAKE) VENV=.venv-clients .venv-clients/.test .venv-clients/.clients
	SKGRU_EVERYTHING_INSTALLED=1 .venv-clients/bin/python -m pytest tests/clients

lint: $(VENV)/.lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.docs
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

# A wheel for this platform that brings its compiled kernels.
wheel: $(VENV)/.package
	rm -rf build/kernels
	$(BIN)/python -m skgru._numerics._shipping build/kernels
	SKGRU_KERNELS=build/kernels $(BIN)/python -m pip --disable-pip-version-check wheel --quiet \
		--no-deps --wheel-dir dist .

# Whatever is installed here; the peers that are not are left out.
bench: $(VENV)/.package
	mkdir -p build
	$(BIN)/python benchmarks/run.py --output build/results.json

# All peers, in an environment of their own; what the documentation shows.
bench-peers:
	$(MAKE) VENV=.venv-bench .venv-bench/.bench
	.venv-bench/bin/python benchmarks/run.py --output docs/benchmarks/results.json
	.venv-bench/bin/python benchmarks/report.py docs/benchmarks/results.json

# What the defaults rest on: goes on where the results end, an environment of its own too.
evidence:
	$(MAKE) VENV=.venv-evidence .venv-evidence/.evidence
	cd benchmarks && ../.venv-evidence/bin/python -m evidence.run \
		--output evidence/results.jsonl
	cd benchmarks && ../.venv-evidence/bin/python -m evidence.levels \
		--output evidence/levels.jsonl
	cd benchmarks && ../.venv-evidence/bin/python -m evidence.report \
		evidence/results.jsonl ../docs/benchmarks

# GRU, LSTM and plain RNN side by side; what is timed comes first, alone.
cells:
	$(MAKE) VENV=.venv-evidence .venv-evidence/.evidence
	cd benchmarks && ../.venv-evidence/bin/python -m cells.run \
		--output cells/results.jsonl --docs ../docs/benchmarks

# Classifiers of sequences beside simpler models and PyTorch, and what their defaults rest on.
classification:
	$(MAKE) VENV=.venv-evidence .venv-evidence/.evidence
	cd benchmarks && ../.venv-evidence/bin/python -m classification.run \
		--output classification/results.jsonl
	cd benchmarks && ../.venv-evidence/bin/python -m classification.run --cv \
		--output classification/results.jsonl --docs ../docs/benchmarks

clean:
	rm -rf $(VENV) .venv-clients .venv-bench .venv-evidence build dist docs/_build docs/auto_examples docs/api/generated
	find . -name __pycache__ -prune -exec rm -rf {} +
