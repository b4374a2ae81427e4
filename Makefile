# Everything that is done with Darkroom. Each command makes all of its own set-up first.
.DEFAULT_GOAL := help
.PHONY: help setup demo up down test fuzz check lint types synth audit bench bench-full chaos bootstrap deploy diff destroy delete-bucket rehearse postman screenshot pins packages upgrade-test

BIN := .venv/bin
# The CDK app looks for `node` on PATH.
IN_VENV := PATH="$(CURDIR)/$(BIN):$$PATH"
# What this shell has set for other Pythons and other test suites; TESTS= takes options for pytest.
unexport PYTHONHOME PYTHONPATH PYTHONSTARTUP PYTEST_ADDOPTS PYTEST_PLUGINS
# All texts here are in UTF-8, whatever the language of this machine, and so may be the folder's name.
export PYTHONUTF8 := 1
ifneq ($(filter C POSIX,$(LC_ALL)),)
export LC_ALL := C.UTF-8
endif
# Tools keep their caches at home. Some users, as those of services, have none that they may write to.
ifeq ($(shell test -d "$$HOME" -a -w "$$HOME" && echo writable),)
export HOME := $(shell mkdir -p .local/home && cd .local/home && pwd)
endif
WORKERS ?= 2
EXAMPLES ?= 300

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) \
	  | while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done
	@echo
	@echo '  DARKROOM_PORT              port of the local cloud (4566)'
	@echo '  DARKROOM_DATABASE_PORT     port of its PostgreSQL (a free one)'
	@echo '  AWS_ENDPOINT_URL           an emulator that runs already, to deploy onto (none: its own)'
	@echo '  DATABASE_URL               with that, a PostgreSQL that its functions reach (none: its own)'
	@echo '  DARKROOM_ALLOWED_NETWORKS  networks that it may reach although not public (loopback)'
	@echo '  CLOUDINARY_URL             your account at Cloudinary, to keep the images in (none: S3)'
	@echo '  DARKROOM_PYTHON            the Python to make the environments with (one on PATH)'

setup: ## make or update the environments in .venv and .local
	@tools/setup

demo: setup ## the whole system at work: sample pictures in, compressed pictures and a CSV out
	@$(BIN)/python -m localcloud demo

up: setup ## start the local cloud in the background, or bring it up to date
	@$(BIN)/python -m localcloud up

down: setup ## stop the local cloud
	@$(BIN)/python -m localcloud down

test: setup ## the whole test suite, or a part: make test WORKERS=4 TESTS="tests/unit -k csv"
	@$(IN_VENV) $(BIN)/pytest -n $(WORKERS) --dist loadgroup $(TESTS)

fuzz: setup ## made-up requests against the API and its document (EXAMPLES=300 SEED=7)
	@$(BIN)/python -m localcloud fuzz --continue-on-failure --max-examples=$(EXAMPLES) \
	    $(addprefix --seed=,$(SEED))

check: lint types synth test ## what the continuous integration runs

lint: setup ## style, and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports

types: setup ## mypy, strict
	@$(BIN)/mypy app.py infra functions layers/*/python tools bench tests

synth: setup ## synthesise the CDK app for AWS, held to cdk-nag's and cfn-lint's rules
	@$(BIN)/python -m deployment synth dev
	@$(BIN)/python -m deployment synth prod
	@$(BIN)/cfn-lint

audit: setup ## look the pinned packages up among the known vulnerabilities
	@$(BIN)/python tools/audit.py

bench: setup ## measure Darkroom and its peers on this machine
	@$(IN_VENV) $(BIN)/python -m bench

bench-full: setup ## the same with a million rows beside ten million images
	@$(IN_VENV) $(BIN)/python -m bench --full

SEED ?= $(shell date +%s)
IMAGES ?= 10000
chaos: setup ## a fault campaign: make chaos SEED=7 IMAGES=10000
	@$(BIN)/python -m chaos --seed $(SEED) --images $(IMAGES)

packages: setup ## prove the packages that a deploy uploads: unzipped and run as Lambda does
	@$(BIN)/python -m packages

upgrade-test: setup ## deploy the last release, this one over it, and back, while jobs run (IMAGES=10000)
	@$(BIN)/python -m localcloud upgrade $(IMAGES)


bootstrap: setup ## prepare an AWS account and region for CDK, once
	@$(IN_VENV) $(BIN)/python -m deployment bootstrap

deploy: setup ## deploy to AWS: make deploy STAGE=prod ALARM_EMAIL=you@example.com
	@$(IN_VENV) $(BIN)/python -m deployment deploy

diff: setup ## what a deploy would change: make diff STAGE=prod
	@$(IN_VENV) $(BIN)/python -m deployment diff

destroy: setup ## delete a stage, keep prod's images: make destroy STAGE=dev
	@$(IN_VENV) $(BIN)/python -m deployment destroy

rehearse: setup ## deploy, use, change, restore and delete a stage, for about $2 (or WHERE=local)
	@$(IN_VENV) $(BIN)/python -m deployment rehearse

delete-bucket: setup
	@$(IN_VENV) $(BIN)/python -m deployment delete-bucket

.PHONY: cost
cost: setup ## write what an idle stage costs into docs/cost.md, from the templates
	@$(IN_VENV) $(BIN)/python -m bench.idle --write

screenshot: setup ## take docs/console.png anew
	@CI=1 DARKROOM_SCREENSHOT=docs/console.png $(IN_VENV) $(BIN)/pytest -q tests/browser/test_screenshot.py

postman: up ## make docs/postman_collection.json anew from the local cloud's API
	@$(BIN)/python -m postman

pins: setup ## resolve all pinned packages anew
	@tools/pins
