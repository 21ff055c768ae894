# Everything happens in .venv, .demo and ~/.cache/pulumi-userplane; nothing else on the machine is touched.

PYTHON ?= python3
# A Pulumi CLI (or its folder) to use instead of looking for one: make demo PULUMI=/path/to/pulumi
PULUMI ?=

BIN := .venv/bin
CACHE := $(HOME)/.cache/pulumi-userplane
export PIP_CACHE_DIR ?= $(CACHE)/pip
export UV_CACHE_DIR ?= $(CACHE)/uv
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# Processes that run tests side by side, and more words for pytest.
WORKERS ?= 3
ARGS ?=
# A user's Python keeps what it has compiled; without that each process that a test starts compiles this package anew.
unexport PYTHONDONTWRITEBYTECODE

# Starts a recipe that runs the real CLI: the CLI and the environment come first on PATH, and no setting of the
# shell's own accounts can reach a stack.
WITH_CLI = cli=$$($(BIN)/python scripts/pulumi_cli.py $(CLI)) || exit 1; \
	unset $$(env | sed -nE 's/^((PULUMI|USERPLANE)_[A-Z0-9_]*)=.*/\1/p'); \
	PATH="$$cli:$(CURDIR)/$(BIN):$$PATH"; export PATH;

CLI = --pulumi "$(PULUMI)"
test-floor: CLI = --floor
demo pictures: CLI = --python --pulumi "$(PULUMI)"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: .venv/run.stamp ## watch the real Pulumi make, change, repair and remake recording links (no account needed); at a terminal its emulator then runs until Enter
	@$(WITH_CLI) exec $(BIN)/python -m scripts.demo

.PHONY: demo-clean
demo-clean: ## remove what the demo left
	rm -rf .demo Pulumi.emulator.yaml

.PHONY: example
example: .venv/run.stamp ## run the README of an example in another language, with a network: make example NAME=typescript
	@$(WITH_CLI) exec $(BIN)/python -m scripts.example "$(NAME)"

.PHONY: test
test: .venv/dev.stamp ## run all tests with the real Pulumi CLI; coverage must be 100 % (make test ARGS="-k name" runs some, without it)
	@$(WITH_CLI) $(if $(ARGS),$(BIN)/python -m pytest $(ARGS),$(WHOLE))

WHOLE = $(BIN)/coverage erase && $(BIN)/coverage run -m pytest --numprocesses $(WORKERS) --dist loadscope && \
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report

.PHONY: test-fast
test-fast: .venv/dev.stamp ## run what is not slow, without the CLI and without real waits: less than two minutes, for every save
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --fast $(if $(filter tests/%,$(ARGS)),,$(FAST)) $(ARGS)

FAST = tests/unit tests/host tests/property tests/contract

.PHONY: test-floor
test-floor: .venv/dev.stamp ## run the tests of tests/engine with CLI 3.254, the oldest that import files work with
	@# The words that the CLI prints are those of the pinned one. This one starts no policy pack with the host that is built.
	@$(WITH_CLI) $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadscope tests/engine \
		--deselect tests/engine/test_preview_text.py --deselect tests/engine/test_policy.py \
		--deselect tests/engine/test_getting_started.py::test_page_shows_what_is_printed \
		--deselect tests/engine/test_demo.py::test_picture_shows_what_the_demo_prints_today $(ARGS)

.PHONY: lives
lives: .venv/dev.stamp ## lead 2,000 random lives of two stacks on several machines: faults, interrupted runs, edited states; three to ten minutes
	LIVES=2000 $(BIN)/python -m pytest --timeout=1800 tests/property/test_stateful.py

.PHONY: soak
soak: .venv/dev.stamp ## do 10,000 operations in two stacks, a fifth of all answers spoilt; under five minutes
	@$(BIN)/python -m scripts.soak

.PHONY: rate-limit
rate-limit: .venv/dev.stamp ## measure how much of Userplane's rate limit two processes use, 195 seconds
	@$(BIN)/python -m benchmarks.rate_limit_share

.PHONY: machines
machines: .venv/dev.stamp ## measure two, four and eight machines with one rate limit, in four ways; a quarter of an hour
	@$(BIN)/python -m benchmarks.shared_limit

.PHONY: providers
providers: .venv/dev.stamp ## measure the plugin against the dynamic provider, 300 links and 60 with late responses; a quarter of an hour
	@$(WITH_CLI) $(BIN)/python -m benchmarks.both_providers && \
		exec $(BIN)/python -m benchmarks.both_providers --links 60 --latency 0.25 --parallel 16

.PHONY: peers
peers: .venv/dev.stamp ## run the same faults on two other ways to manage links; five minutes, before that a build with Go
	@$(WITH_CLI) exec $(BIN)/python -m benchmarks.comparison

.PHONY: bench
bench: .venv/dev.stamp ## measure this and two other ways to keep links, 10 to 5,000 of them; 45 minutes on a quiet machine
	@$(WITH_CLI) exec $(BIN)/python -m benchmarks

.PHONY: mutants
mutants: .venv/dev.stamp ## change the decisions in 290 ways and see whether a test notices; about two minutes
	rm -rf mutants
	$(BIN)/mutmut run && $(BIN)/mutmut results

.PHONY: check
check: lint types imports ## lint, types and imports together

.PHONY: lint
lint: .venv/dev.stamp ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: types
types: .venv/dev.stamp ## mypy, strict; pyright on what users write (tests/typing)
	$(BIN)/mypy
	$(BIN)/basedpyright
	@for folder in examples/*-* examples/policy; do ls $$folder/*.py >/dev/null 2>&1 || continue; \
		MYPYPATH=$$folder $(BIN)/mypy $$folder/*.py || exit 1; done

.PHONY: imports
imports: .venv/dev.stamp ## import-linter: which module may know which
	$(BIN)/lint-imports

.PHONY: workflows
workflows: .venv/dev.stamp ## actionlint and zizmor: the workflows, the example's too, and the action
	@actionlint=$$($(BIN)/python -m scripts.actionlint) && $$actionlint -shellcheck= -pyflakes= $(WORKFLOWS)
	$(BIN)/zizmor --offline --config .github/zizmor.yml action.yml $(WORKFLOWS)

WORKFLOWS = .github/workflows/*.yml examples/*/.github/workflows/*.yml

.PHONY: format
format: .venv/dev.stamp ## let ruff format and repair what it can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: lock
lock: .venv/dev.stamp ## renew the locked dependencies in requirements/
	$(BIN)/$(COMPILE) --output-file requirements/run.txt
	$(BIN)/$(COMPILE) --group dev --constraints requirements/run.txt --output-file requirements/dev.txt

COMPILE = uv pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes \
	--custom-compile-command "make lock" --extra ci --extra emulator --extra redis pyproject.toml requirements/build.in

.PHONY: docs
docs: .venv/dev.stamp ## write anew what is made from the code, build the site into build/site, check its links and all code (CHECK=--check writes nothing)
	@$(BIN)/python -m scripts.reference $(CHECK)
	@$(BIN)/python -m scripts.schema $(CHECK)
	@$(BIN)/python -m scripts.client_reference $(CHECK)
	@$(BIN)/python -m scripts.troubleshooting $(CHECK)
	@$(BIN)/python -m scripts.faults $(CHECK)
	@$(BIN)/python -m scripts.site $(CHECK)
	@$(BIN)/python -m scripts.check_code_blocks

CHECK ?=

.PHONY: pictures
pictures: .venv/dev.stamp ## make those in docs/pictures anew that show something old, with Chromium, npm and the demo; half a minute
	@$(WITH_CLI) exec $(BIN)/python -m scripts.pictures

.PHONY: changelog
changelog: .venv/dev.stamp ## gather changelog.d into CHANGELOG.md, for a release
	$(BIN)/towncrier build --yes

.PHONY: package
package: .venv/dev.stamp ## build the wheel and the source archive into dist
	$(BIN)/python -m build --no-isolation --outdir dist

.PHONY: tools
tools: .venv/dev.stamp ## get the Pulumi CLI, actionlint and what checks SDKs; the tests and the demo otherwise get them themselves
	@$(BIN)/python scripts/pulumi_cli.py --pulumi "$(PULUMI)"
	@$(BIN)/python -m scripts.actionlint
	@$(BIN)/python -m scripts.sdk_tools

.PHONY: venv
venv: .venv/dev.stamp ## make .venv with everything that development needs

.PHONY: clean
clean: demo-clean ## remove .venv and everything else that is made here; the Pulumi CLI stays in ~/.cache
	rm -rf .venv build dist mutants .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: clean-cache
clean-cache: ## remove ~/.cache/pulumi-userplane: the Pulumi CLI and pip's downloads
	rm -rf "$(CACHE)"

# The locks are complete. Without --no-deps an older pip looks for the newest of a package that is also asked for with an
# extra, and then refuses it as not pinned.
.venv/run.stamp: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 10) else "Python 3.10 or newer is needed, this is %d.%d: make PYTHON=/path/to/python3" % sys.version_info[:2])'
	@echo "Making .venv with the locked packages: half a minute on two quiet cores, some minutes on busy ones …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements/run.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	@echo "Adding the locked packages for development: half a minute more …"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements/dev.txt
	@touch $@
