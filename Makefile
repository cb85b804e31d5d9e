# Every target sets up .venv by itself; it needs Python 3.11+, make and git, and nothing else.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
MEMBERS := core integrations/langchain integrations/llamaindex
# litellm would otherwise fetch a price list at import
export LITELLM_LOCAL_MODEL_COST_MAP := True

.DEFAULT_GOAL := help
.PHONY: help install demo serve test check check-slow check-torch bench faults providers notebooks docs coverage audit format lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

$(READY): requirements.lock $(MEMBERS:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=python3.x")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

install: $(READY) ## .venv with all that development needs

demo: $(READY) ## retrieval over text, code and charts in both frameworks (ARGS='--query "…" --path DIR --no-charts --out DIR')
	@$(BIN)/python -m demo $(ARGS)

serve: $(READY) ## the reference server on port 8000 (ARGS='--engine hash --port 9000')
	@$(BIN)/nova-embeddings serve $(ARGS)

test: $(READY) ## the tests
	$(BIN)/python -m pytest -n 2 -m 'not slow' $(ARGS)

check: $(READY) ## the gate: format, lint, types, import layers, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

check-slow: $(READY) ## end-to-end and large property tests
	$(BIN)/python -m pytest -n 2 -m slow

.venv-torch/.ready: requirements-torch.txt core/pyproject.toml
	@test -x .venv-torch/bin/python || $(PYTHON) -m venv .venv-torch
	.venv-torch/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-torch.txt
	.venv-torch/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e core
	@touch $@

check-torch: .venv-torch/.ready ## sentence-transformers and mteb, in a .venv-torch of their own (2 GB and more)
	.venv-torch/bin/python -m pytest tests/torch $(ARGS)

bench: $(READY) ## what the client costs, as ratios against a hand-written one
	@$(BIN)/python -m bench $(ARGS)

faults: $(READY) ## every fault over every way in; writes docs/faults.md
	$(BIN)/python -m tests.fault

providers: $(READY) ## docs/providers.md and a page for each in docs/providers, from the table that the client reads
	@$(BIN)/nova-embeddings providers > docs/providers.md
	@$(BIN)/nova-embeddings providers --pages docs/providers

notebooks: $(READY) ## run the notebooks and keep their outputs (ARGS=03 runs one)
	@$(BIN)/python -m notebooks $(ARGS)

docs: $(READY) ## the documentation site, into site/ (no network needed)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet && echo site/index.html

coverage: $(READY) ## branch coverage of the core, all tests included; fails below 95 %
	$(BIN)/python -m pytest -q -n 2 --cov --cov-branch --cov-report= -m 'slow or not slow'
	$(BIN)/coverage report --include='core/*' --skip-covered --show-missing --fail-under=95

audit: $(READY) ## known holes in what the lock holds (needs a network that reaches the advisories)
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict

format: $(READY) ## format and mend what a tool can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## resolve requirements.lock anew (needs uv on the PATH)
	uv export --quiet --all-packages --all-groups --all-extras \
		--no-extra sentence-transformers --no-extra sentence-transformers-onnx --no-extra mteb --no-emit-workspace --no-annotate --no-header \
		--upgrade --format requirements.txt --output-file requirements.lock

clean: ## remove .venv and what tools leave behind
	rm -rf .venv .venv-torch .coverage* .mypy_cache .ruff_cache .pytest_cache site .hypothesis .import_linter_cache
