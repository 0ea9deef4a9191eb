# Enterprise Portal. `make help` says what there is.
#
# Everything lives inside this folder: the environment in .venv, caches and data in var. (As root the
# embedded PostgreSQL needs a folder that another user can reach: /var/tmp/enterprise-portal-….)

PYTHON ?= python3
UV_VERSION := 0.13.9
PORT ?= 8000
RESET ?=
SIZE ?= m
SERVER ?= one
MUTANTS ?=

export UV_CACHE_DIR := $(CURDIR)/var/uv
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_CACHE_DIR := 1
export PIP_ROOT_USER_ACTION := ignore
# pip trusts whom the machine trusts, a company's own proxy included; uv does when it is told to.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS := 1
endif

# Where Python may not keep what it has compiled, each of a hundred processes compiles the whole portal anew.
unexport PYTHONDONTWRITEBYTECODE

RUN := .venv/bin/python
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test check bench pages mutants torture messages clean catalogs chromium

help: ## Say what there is
	@echo "make demo [PORT=8000] [RESET=1]  Start the portal with seeded people; Ctrl-C stops it"
	@echo "     [SERVER=pair]               … with the two servers of production instead of one"
	@echo "make test                        Run all tests, those in the browser included"
	@echo "make check                       Style, types, layers, migrations, settings, translations"
	@echo "make bench                       Measure lists and the audit trail at up to a million, an import at ten thousand, allowances"
	@echo "make pages                       Look at every page in every width, theme and language"
	@echo "make mutants                     Flip every cell of the policy: each must make a test fail"
	@echo "make torture                     Kill, flood and starve the running portal"
	@echo "make messages                    Collect and compile the texts to translate"
	@echo "make clean                       Remove environment, caches and demo data"

$(READY): uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "The portal needs Python 3.11, 3.12 or 3.13: name it, like make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@test -x $(RUN) || $(PYTHON) -m venv .venv \
	  || { rm -rf .venv; echo "python3 -m venv does not work here (on Debian: apt-get install python3-venv)."; exit 1; }
	@$(RUN) -m pip --version > /dev/null 2>&1 || $(RUN) -m ensurepip > /dev/null
	@echo "Installing what the portal needs into .venv (once) …"
	@mkdir -p var
	@.venv/bin/uv --version 2> /dev/null | grep -qF "uv $(UV_VERSION)" || $(RUN) -m pip install --quiet "uv==$(UV_VERSION)"
	@.venv/bin/uv sync --frozen --quiet
	@touch $@

demo: $(READY)
	@exec $(RUN) manage.py demo --port "$(PORT)" --size "$(SIZE)" --server "$(SERVER)" $(if $(filter-out 0 no,$(RESET)),--reset)

# Tests read the catalogs when they begin, before any portal of theirs has compiled them.
catalogs: $(READY)
	@PORTAL_MODE=test DATABASE_URL=postgresql:///nowhere $(RUN) manage.py messages --compile > /dev/null

test: $(READY) catalogs chromium
	@# The stories in the browser share one portal: each finds it as those before leave it, always in the same order.
	@# The browser waits much, some of the others wait for sockets and processes, the rest compute: side by side
	@# they use both cores. Both parts run to their end even when one fails; the answer is honest about either.
	@mkdir -p var; status=0; \
	$(RUN) -m pytest -n 0 -p no:randomly -m browser tests/browser > var/browser-tests.log 2>&1 & browser=$$!; \
	$(RUN) -m pytest -n 2 --dist loadgroup -m "not browser" || status=1; \
	echo "Waiting for the tests in the browser …"; \
	wait $$browser || status=1; \
	cat var/browser-tests.log; \
	exit $$status

check: $(READY)
	@$(RUN) -m scripts.check

# The shell without a window of its own draws the same pages with two thirds of the work.
chromium:
	@command -v chromium-headless-shell > /dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	    echo "Installing Chromium for the tests in the browser …"; \
	    apt-get update -qq; \
	    apt-get install -y -qq --no-install-recommends chromium-headless-shell > /dev/null \
	      || command -v chromium > /dev/null || apt-get install -y -qq --no-install-recommends chromium > /dev/null; \
	  else \
	    command -v chromium > /dev/null || command -v chromium-browser > /dev/null \
	      || { echo "The tests in the browser need Chromium: as root, apt-get install chromium-headless-shell"; exit 1; }; \
	  fi; }

bench: $(READY)
	@$(RUN) -m scripts.bench

pages: $(READY) catalogs chromium
	@PORTAL_PAGES=all $(RUN) -m pytest -n 0 -p no:randomly -m browser tests/browser/test_pages.py; \
	status=$$?; echo "Pictures of every page: var/pages"; exit $$status

mutants: $(READY) catalogs
	@$(RUN) -m scripts.mutants $(MUTANTS)

torture: $(READY) catalogs
	@PORTAL_TORTURE=$${PORTAL_TORTURE:-100} $(RUN) -m pytest -n 0 tests/torture tests/house/hostile tests/house/test_doors.py tests/house/test_growth.py tests/house/test_secrecy.py

messages: $(READY)
	@$(RUN) manage.py messages

clean:
	rm -rf .venv var staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf "/var/tmp/enterprise-portal-$$(printf %s "$$(pwd -P)" | sha256sum | cut -c 1-12)" \
	  "/var/tmp/enterprise-portal-run-$$(printf %s "$$(pwd -P)/var" | sha256sum | cut -c 1-12)"
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
