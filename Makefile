# Two commands do it all: `make demo` runs the field and leaves a report, `make test` checks the code.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   := runs/demo
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo test validate bench lock clean
setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

demo: setup
	$(BIN)/v2x run xiqing-open --out $(DEMO) --force
	@echo "Report: $(CURDIR)/$(DEMO)/report.html"

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile

validate: setup
	$(BIN)/pytest -m validate -n 2 --timeout 3600

bench: setup
	@$(BIN)/python benchmarks

# Freeze what this environment holds, without the project itself.
lock: setup
	$(BIN)/pip freeze --exclude-editable > constraints.txt

clean:
	rm -rf $(VENV) runs dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
