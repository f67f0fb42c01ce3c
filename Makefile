.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash

PACKAGES := contracts chassis $(wildcard services/*) deploy/devstack deploy/simulated-switch \
	deploy/canary deploy/ops
RUN := .venv/bin/python -m

.PHONY: help setup programs up down demo ops test chaos check bench lock licences sbom format clean

help: ## Show what you can do here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Named by hand: make setup PYTHON=/path/to/python; else deploy/python.sh chooses.
setup: .venv/.complete ## Make .venv with everything that requirements.lock pins

.venv/.complete: requirements.lock pyproject.toml $(PACKAGES:%=%/pyproject.toml)
	@PYTHON='$(PYTHON)' deploy/setup.sh $(PACKAGES)
	@touch $@

up: setup ## Start everything with demo data; stays until Ctrl-C or make down
	@exec $(RUN) devstack up

down: setup ## Stop what make up started
	@exec $(RUN) devstack down

demo: setup ## Play the whole story and time each step
	@exec $(RUN) devstack demo

programs: ## Install the SIP switch, monitoring and browser that tests run
	@deploy/programs.sh

# What takes longest begins first, so that no worker is left with it at the end.
TESTS := $(RUN) pytest $(or $(filter tests/%,$(ARGS)),tests/system tests/integration tests/unit) \
	$(filter-out tests/%,$(ARGS))
NONE := 5# what pytest ends with where ARGS choose nothing

test: setup programs ## Run every test on real Kafka and PostgreSQL
	@$(TESTS) -m 'not alone' -n 2 --dist loadfile --no-loadscope-reorder || test $$? = $(NONE)
	@$(TESTS) -m alone || test $$? = $(NONE)

chaos: setup ## Break everything, again and again, and account for every fact
	@PYTHONPATH=tests exec $(RUN) chaos $(CHAOS)

check: setup ## Format, lint, secrets, types, imports: what every change must pass
	@$(MAKE) -j 2 types rules

.PHONY: types rules
types:
	$(RUN) mypy $(PACKAGES:%=%/src) tests

rules:
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) bandit --quiet --configfile pyproject.toml --recursive $(PACKAGES:%=%/src)
	git ls-files -z | xargs -0 -n 600 -P 2 .venv/bin/detect-secrets-hook --cores 1 --baseline .secrets.baseline
	@if grep -q '^\[tool.importlinter' pyproject.toml || test -f .importlinter; then \
		echo lint-imports; .venv/bin/lint-imports; fi
	@if test -f tests/test_architecture.py; then $(RUN) pytest -q tests/test_architecture.py tests/test_links.py; fi

ops: setup ## Show dashboards, alerts and runbooks of the running stack
	@exec $(RUN) ops up

bench: setup ## Measure
	@exec $(RUN) devstack bench

lock: setup ## Pin the newest versions of all packages and servers
	.venv/bin/uv lock --upgrade
	.venv/bin/uv export --quiet --frozen --all-packages --all-groups --no-emit-workspace \
		--no-header --no-annotate --output-file requirements.lock
	$(RUN) devstack lock
	$(RUN) devstack.licences

licences: setup ## Write docs/licences.md; fails on one that may not be
	@exec $(RUN) devstack.licences

sbom: setup ## Write what each image is made of to dist/sbom (CycloneDX)
	@exec $(RUN) devstack.sbom dist/sbom

format: setup ## Put the code in its one format
	$(RUN) ruff format .
	$(RUN) ruff check --fix --show-fixes .

clean: ## Remove .venv, caches and the stack's data (stops it first)
	@if test -e .venv/.complete; then $(RUN) devstack clean; fi
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
