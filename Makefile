# `make` alone builds and starts everything with Docker Compose; `make help` lists the targets.
# SERVICE=service1 narrows logs and restart to one service. MODIFIER=off leaves the modifier out.
.DEFAULT_GOAL := all
COMPOSE := docker compose

# The modifier is a profile, so that a run without it stays without it. A setting in .env counts, as it does for Compose.
-include .env
MODIFIER ?= on
ifneq ($(MODIFIER),off)
export COMPOSE_PROFILES := modifier
endif

# Containers that read or write the configs do it as the owner of that directory.
CONFIG_DIR ?= ./configs
CONFIG_UID ?= $(shell ls -nd $(CONFIG_DIR) 2>/dev/null | awk '{ print $$3 }')
CONFIG_GID ?= $(shell ls -nd $(CONFIG_DIR) 2>/dev/null | awk '{ print $$4 }')
export CONFIG_UID CONFIG_GID

INSTALLED := node_modules/.package-lock.json

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- With Node and npm alone

.PHONY: demo test lint format typecheck bench
demo: $(INSTALLED) ## Run everything without Docker; ONCE=1 saves a few changes, prints the times and ends
	node scripts/demo.mjs

test: $(INSTALLED) ## Run all tests
	npm test

lint: $(INSTALLED) ## Check the code with ESLint
	npm run lint

format: $(INSTALLED) ## Format the code with Prettier
	npm run format

typecheck: $(INSTALLED) ## Check the types of everything
	npm run typecheck

bench: $(INSTALLED) ## Measure the time from a save to the last service's swap
	npm run bench:propagation

# npm writes this file last, so a broken install is tried again.
$(INSTALLED): package.json package-lock.json
	npm ci
	@touch $@

# ---- With Docker Compose

.PHONY: all build up down restart logs clean compose
all: build up ## Build the image and start everything

compose:
	@$(COMPOSE) version >/dev/null 2>&1 || { \
	  echo 'This needs Docker with Compose 2 (docker compose version). Without Docker: make demo. All targets: make help'; exit 1; }

build: compose ## Build the image
	$(COMPOSE) build
	@docker image prune --force --filter label=com.hot-config.image >/dev/null

up: compose ## Start everything, wait until it is healthy, print the addresses
	@if [ '$(MODIFIER)' = off ]; then $(COMPOSE) --profile modifier rm --stop --force config-modifier; fi
	$(COMPOSE) up --detach --wait --wait-timeout 120
	@echo
	@echo "  documents  http://$$($(COMPOSE) port config-loader 3000)/documents"
	@for n in 1 2 3; do echo "  service$$n   http://$$($(COMPOSE) port service$$n 300$$n)/config"; done
	@for n in 1 2 3; do echo "  postgres$$n  $$($(COMPOSE) port postgres$$n 5432)"; done
	@echo "  NATS       nats://$$($(COMPOSE) port nats 4222)"
	@echo
	@[ '$(MODIFIER)' = off ] || echo "The modifier changes a file every 15 s; MODIFIER=off make up leaves it out."
	@echo "Edit a file in $(CONFIG_DIR) and watch it arrive: make logs"

down: compose ## Stop everything; values and the last known good stay
	$(COMPOSE) --profile modifier down --remove-orphans

restart: compose ## Restart all containers, or SERVICE=service1 alone
	$(COMPOSE) restart $(SERVICE)

logs: compose ## Follow the logs of all, or of SERVICE=service1 alone
	$(COMPOSE) logs --follow --tail 100 $(SERVICE)

clean: ## Remove what was built and, from Docker, containers, volumes and the image
	rm -rf dist libs/*/dist coverage
	@if $(COMPOSE) version >/dev/null 2>&1; then \
	  $(COMPOSE) --profile modifier down --volumes --remove-orphans; docker image rm --force hot-config; \
	else echo 'Docker Compose 2 is not here, so it has nothing to remove.'; fi
	@echo 'Before running an app from source again: npm run build:libs'
