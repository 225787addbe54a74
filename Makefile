# What one does with Twinfund. Everything runs in .venv, made from lock files with hashes.
# On a machine with Python 3.11 or newer and `make`, nothing else has to be there.

# The first Python that is new enough; `make demo PYTHON=…` names another one.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
  done || true)
VENV := .venv/bin/python
# How many test processes; empty for one.
PARALLEL ?= 2

.PHONY: help demo test faults prove prove-bugs prove-deadline bench messages catalogues lock clean python base-packages test-packages
.DEFAULT_GOAL := help

help:  ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

demo: base-packages  ## Start the whole site with sample projects; PORT, SANDBOX_PORT, DATABASE_URL
	@exec $(VENV) -m backend.config.demo

# mypy works without its cache, which does not see what a changed setting means elsewhere.
test: test-packages catalogues  ## Check and test everything, a browser's journeys included
	$(VENV) -m tests.browser
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy --no-incremental
	.venv/bin/lint-imports --no-cache
	$(VENV) -m djlint frontend backend --lint --quiet
	TWINFUND_MODE=test $(VENV) -m backend.config.with_database manage.py makemigrations --check
	TWINFUND_MODE=test $(VENV) -m pytest $(if $(PARALLEL),-n $(PARALLEL))

faults: test-packages  ## Plant known faults in a copy and see that each makes a test fall
	$(VENV) -m tests.architecture.faults

prove: test-packages  ## Run the fault campaign, then plant known bugs; SEED=n repeats a campaign
	$(VENV) -m tests.campaign.prove $(if $(SEED),--seed $(SEED)) $(if $(PLEDGES),--pledges $(PLEDGES))
	$(VENV) -m tests.campaign.proving.seeded

prove-bugs: test-packages  ## Plant known bugs of money in a copy: each must be caught
	$(VENV) -m tests.campaign.proving.seeded

prove-deadline: test-packages  ## Close a campaign of 10,000 saved cards, with kills in between
	TWINFUND_MODE=test $(VENV) -m tests.campaign.prove_deadline

bench: test-packages catalogues  ## Measure the speed beside bare views, as ratios
	$(VENV) -m tests.bench

catalogues:  ## Compile the translations that changed
	@$(VENV) -m backend.config.catalogues

messages: base-packages  ## Collect the sentences to translate into the catalogues
	@$(VENV) -m backend.config.sentences

lock:  ## Make the lock files again; UPGRADE=--upgrade takes newer versions
	$(VENV) -m uv pip compile $(LOCK) requirements/base.in -o requirements/base.txt
	$(VENV) -m uv pip compile $(LOCK) requirements/test.in -c requirements/base.txt -o requirements/test.txt

# No address of a registry belongs in a lock file, neither the usual one nor this machine's.
LOCK = --no-config --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

clean: | python  ## Remove the demo's database and everything made, but no source and no package
	@$(PYTHON) -B -m backend.config.clean

python:
	@test -n "$(PYTHON)" || { echo "Twinfund needs Python 3.11 or newer, and none is here:" \
	  "install one, or name it, for example make demo PYTHON=/opt/python/bin/python3."; exit 1; }

base-packages: | python
	@$(PYTHON) requirements/install.py base

test-packages: | python
	@$(PYTHON) requirements/install.py base test
