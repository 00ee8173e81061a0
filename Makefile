# Every target makes what it needs: a machine with Python 3.11 or later, make and a
# package index is enough. `make setup PYTHON=python3.13` chooses the Python.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
LOCK = $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command "make lock"

# uv does not read pip's settings: hand it the index that pip would use.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

# Python starts in half the time, and the workers with it, where it may keep what it has
# compiled in .venv.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-all demo test test-nengo test-wheel lint bench results scaling docs \
	wheel lock

help:
	@echo 'make setup      .venv with nengo-lmu, nengo-loihi and nengo-gui (no TensorFlow)'
	@echo 'make setup-all  .venv with everything: training, tests, documentation'
	@echo 'make demo       an electrocardiogram in spiking neurons: out/demo/report.html'
	@echo 'make test       the tests; ARGS="-k name" goes to pytest'
	@echo 'make test-nengo  tests of nengo itself, on the compiled backend'
	@echo 'make test-wheel  the wheel in empty environments, on each Python that is installed'
	@echo 'make lint       ruff: rules and format'
	@echo 'make bench      speed and error beside those of peers'
	@echo 'make results    the quick files of results, and the tables of the documentation'
	@echo 'make scaling    error, time and memory by order and neurons, for the documentation'
	@echo 'make docs       the documentation: docs/_build/html/index.html'
	@echo 'make wheel      the wheel and the source distribution, checked: dist/'
	@echo 'make lock       renew the pins in requirements/'

setup: $(VENV)/.setup $(VENV)/.package

setup-all: $(VENV)/.setup-all $(VENV)/.package

demo: setup
	$(BIN)/nengo-lmu demo --out out/demo

# A worker has one file at a time, so that what a file builds is built once, and one
# thread, so that the workers do not share cores.
test: setup-all
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest \
		--numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

test-nengo: setup-all
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest \
		--pyargs nengo -c tests/nengo.ini --numprocesses auto --maxprocesses 4 $(ARGS)

# One after the other: the commands use both workers themselves.
test-wheel: setup-all
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest \
		tests/installation -m wheel --durations 10 $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: setup
	for name in accuracy build emulator simulator; do $(BIN)/nengo-lmu bench $$name || exit 1; done

# The quick ones; bench accuracy, outputs, stress, robustness and chip-orders take longer.
results: setup-all
	$(BIN)/nengo-lmu demo --out out/demo
	cp out/demo/windows.csv docs/results/demo.csv
	cp out/demo/windows.png docs/images/electrocardiogram.png
	$(BIN)/python docs/lif_in_turn.py
	$(BIN)/nengo-lmu bench record --out docs/results
	$(BIN)/python docs/tables.py

SCALING = $(BIN)/nengo-lmu scaling --orders 2,4,8,16,32,64

scaling: setup
	$(SCALING) --neurons 1e2:31623:6 --trials 3 --out out/scaling/same
	$(SCALING) --neurons 1e2:1e4:5 --trials 2 --freq order --out out/scaling/order
	$(SCALING) --neurons 1e2:1e4:5 --trials 2 --neuron-type rectified \
		--out out/scaling/turn
	$(BIN)/python docs/scaling_law.py out/scaling
	$(BIN)/python docs/tables.py

docs: setup-all
	$(BIN)/python -m sphinx --fail-on-warning --keep-going -b html docs docs/_build/html

wheel: setup-all
	$(UV) build --build-constraints requirements/setup.txt --out-dir dist
	$(BIN)/twine check --strict dist/*

lock: $(VENV)/.uv
	$(LOCK) requirements/uv.in -o requirements/uv.txt
	$(LOCK) setup.py requirements/build.in --override requirements/overrides.txt \
		--extra loihi --extra gui --extra jax --extra dl --extra dask --extra nir \
		--extra keras --extra test --extra docs --extra dev -o requirements/setup-all.txt
	$(LOCK) setup.py requirements/build.in --constraint requirements/setup-all.txt \
		--extra loihi --extra gui --extra dev -o requirements/setup.txt

# The stamps: .uv, then .setup, then .setup-all, each made again when the pins it stands
# on have changed; nengo-dl builds with the setuptools that .setup has installed. A sync
# takes away what is not pinned, nengo-lmu too, and so installs it again: .package.
$(VENV)/.uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("nengo-lmu needs \
	Python 3.11 or later, this is " + sys.version.split()[0] + "; try make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@touch $@

INSTALL = $(UV) pip install --python $(BIN)/python --no-build-isolation --no-deps --editable .

define sync
	$(UV) pip sync --python $(BIN)/python --no-build-isolation $(1)
	$(INSTALL)
	@touch $@ $(VENV)/.package
endef

$(VENV)/.setup: $(VENV)/.uv requirements/setup.txt
	$(call sync,requirements/setup.txt)

$(VENV)/.setup-all: $(VENV)/.setup requirements/setup-all.txt
	$(call sync,requirements/setup-all.txt)

$(VENV)/.package: setup.py pyproject.toml nengo_lmu/version.py | $(VENV)/.setup
	$(INSTALL)
	@touch $@
