# One command each: `make app` opens the laboratory, `make lab` the notebooks, `make test` checks.
# PYTHON picks the interpreter (3.11 or newer); PIP_ARGS goes to every pip install; WORKERS are the
# runs that `make paper-run` trains side by side; PORT is where `make serve` listens.

PYTHON ?= python3
PIP_ARGS ?=
WORKERS ?= 1
PORT ?= 8501

VENV := .venv
BIN := $(VENV)/bin
USER_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

# What `make lab` opens; the settings in notebooks/.lab let it show Markdown as pages.
FIRST := 01_geometry.ipynb

# JupyterLab's plugin that asks whether it may fetch news.
NEWS := "@jupyterlab/apputils-extension:announcements"

# The tests use small tensors: one thread each is faster than many.
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help app serve lab test test-slow test-all format lint bench audit paper paper-run hooks clean

help:
	@echo "make app        open the laboratory in the browser"
	@echo "make serve      let a class in: addresses and a QR code, limits, a log"
	@echo "make lab        open the course in JupyterLab, at notebook 1"
	@echo "make test       run the quick tests and the notebooks"
	@echo "make test-all   run every test, the slow ones too"
	@echo "make format     format the code and empty the notebooks"
	@echo "make lint       check style and types"
	@echo "make bench      time the core against the plain step, one table"
	@echo "make audit      ask PyPI for known vulnerabilities of the pinned versions"
	@echo "make paper      print the tables of the experiments that are in the store"
	@echo "make paper-run  say how long the missing experiments take, then run them"
	@echo "make hooks      check style and types before each commit"
	@echo "make clean      remove the environment and caches"

$(BIN)/python:
	@$(PYTHON) -c "import sys; sys.exit(None if sys.version_info >= (3, 11) else 'Expected Python 3.11 or newer, got ' + sys.version.split()[0] + '. Run make PYTHON=path/to/a/newer/python.')"
	$(PYTHON) -m venv $(VENV)

$(USER_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install $(PIP_ARGS) -e ".[app,notebooks]" -c constraints.txt
	$(BIN)/jupyter labextension disable --level=sys_prefix $(NEWS)
	@touch $@

$(DEV_STAMP): $(USER_STAMP)
	$(BIN)/python -m pip install $(PIP_ARGS) -e ".[app,notebooks,dev]" -c constraints.txt
	@touch $@

app: $(USER_STAMP)
	$(BIN)/python -m streamlit run app/main.py

serve: $(USER_STAMP)
	$(BIN)/python app/serve.py --port $(PORT)

lab: $(USER_STAMP)
	$(BIN)/python -m jupyterlab --notebook-dir=notebooks \
		--LabApp.default_url=/lab/tree/$(FIRST) --LabApp.app_settings_dir=notebooks/.lab \
		--LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

# Side by side, since each of them waits a lot: what needs a browser, the notebooks, all the rest.
# What the first two say is shown at the end.
QUICK := -m "not slow"
BROWSER := $(VENV)/browser.log
BOOKS := $(VENV)/notebooks.log

test: $(DEV_STAMP)
	@trap 'kill 0' INT; $(TEST) $(QUICK) tests/browser >$(BROWSER) 2>&1 & browser=$$!; \
		$(TEST) -q --nbval-lax $(NOTEBOOKS) >$(BOOKS) 2>&1 & books=$$!; \
		$(TEST) $(QUICK) --ignore=tests/browser; rest=$$?; \
		wait $$books; books=$$?; echo Notebooks:; cat $(BOOKS); \
		wait $$browser; browser=$$?; echo Browser:; cat $(BROWSER); \
		exit $$((rest || books || browser))

test-slow: $(DEV_STAMP)
	$(TEST) -m slow

test-all: test test-slow

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
ifneq ($(NOTEBOOKS),)
	$(BIN)/nbstripout --keep-id $(NOTEBOOKS)
endif

lint: $(DEV_STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(DEV_STAMP)
	$(BIN)/python benchmarks/core.py

paper: $(USER_STAMP)
	$(BIN)/python -m mmcl_core paper experiments/*.toml

paper-run: $(USER_STAMP)
	$(BIN)/python -m mmcl_core sweep experiments/*.toml --workers $(WORKERS)

hooks: $(DEV_STAMP)
	$(BIN)/pre-commit install

# Apart from the environment, whose pins it must not change.
AUDIT := $(VENV)-audit

audit:
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install $(PIP_ARGS) pip-audit
	$(AUDIT)/bin/pip-audit -r constraints.txt --no-deps --disable-pip --strict

clean:
	rm -rf $(VENV) $(AUDIT) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
