# Everything runs in an environment of its own in .venv; only python3, make and pip are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EVENTS ?= 10M

.PHONY: help demo test lint types layers unit coverage notebooks test-slow test-thorough test-spark benchmark simulate sample gallery clean

help:
	@echo "make demo           the main job on sample_events/: a store, a map per region, drop-off, pain points"
	@echo "make test           every check: style, types, layers, tests, the notebooks"
	@echo "make coverage       the tests again, with the share of lines and branches that they reach (a quarter slower)"
	@echo "make test-slow      simulations and large data"
	@echo "make test-thorough  the property tests with many more cases"
	@echo "make test-spark     the measures, segments, pain points, graphs and Spark's ingest, on Spark (Java 17 or later; half an hour)"
	@echo "make benchmark      10 million events against hand-written ways, PM4Py and retentioneering (EVENTS=1M,10M for others)"
	@echo "make simulate       recall, false findings and coverage on simulated shops (hours; goes on where it stopped)"
	@echo "make sample         write sample_events/ again"
	@echo "make gallery        draw docs/gallery/ again"

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

demo: $(READY)
	$(BIN)/journeymap demo --out demo

test: $(READY) lint types layers unit notebooks

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

unit: $(READY)
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not slow"

coverage: $(READY)
	$(BIN)/coverage erase
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not slow" --cov --cov-report=term:skip-covered --cov-fail-under=95

notebooks: $(READY)
	$(BIN)/python -m pytest -q -p no:cacheprovider notebooks

test-slow: $(READY)
	$(BIN)/pytest -q -m slow

test-thorough: $(READY)
	JOURNEYMAP_THOROUGH=1 $(BIN)/pytest -q tests/properties

test-spark: $(READY)
	JOURNEYMAP_ENGINE=spark $(BIN)/pytest -q -m "spark or not slow" tests/measure tests/segments tests/painpoints tests/graph \
		tests/spark tests/ingest/test_spark_ingest.py tests/ingest/test_as_built.py tests/profiles/test_reach.py

benchmark: $(READY)
	$(BIN)/python benchmarks/run.py --events $(EVENTS)

simulate: $(READY)
	$(BIN)/python benchmarks/simulate.py

sample: $(READY)
	$(BIN)/journeymap generate --customers 3000 --out sample_events

gallery: $(READY)
	$(BIN)/python docs/gallery/build.py

clean:
	rm -rf $(VENV) demo build dist .coverage* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
