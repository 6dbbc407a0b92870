# Two commands do it all: `make demo` runs the field and leaves a report, `make test` checks the code.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   := runs/demo
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup setup-tools demo test validate docs bench lock clean
setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

# What no wheel brings, for tests that skip without it: Wireshark's command line and a browser, from the distribution.
setup-tools:
	@if command -v tshark >/dev/null && command -v chromium >/dev/null; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
	  echo "setup-tools: there is no apt-get here; install tshark and chromium by other means" >&2; exit 1; \
	fi; \
	if [ "$$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null; then as_root=sudo; else \
	  echo "setup-tools: apt-get needs root, and there is no sudo" >&2; exit 1; \
	fi; \
	$$as_root apt-get update --quiet && \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends tshark chromium

demo: setup
	$(BIN)/v2x run xiqing-open --out $(DEMO) --force
	@echo "Report: $(CURDIR)/$(DEMO)/report.html"

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

validate: setup
	$(BIN)/pytest -m validate -n 2 --timeout 3600

# A site of docs/, in build/docs/index.html; a broken link is an error.
docs: setup
	$(BIN)/sphinx-build -W --keep-going -n -q docs build/docs

bench: setup
	@$(BIN)/python benchmarks

# Freeze what this environment holds, without the project itself.
lock: setup
	$(BIN)/pip freeze --exclude-editable > constraints.txt

clean:
	rm -rf $(VENV) runs dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
