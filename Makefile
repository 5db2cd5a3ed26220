# Gatehouse: what one can make of it. `make` alone lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo build test lint format schema bench slow soak fuzz deb clean

DEVELOPMENT := deploy/development
# One binary: Swift's own libraries are linked into it.
RELEASE := -c release --product gatehouse --static-swift-stdlib

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## build all, start a gateway with a database, users and an application on https://localhost:8443
	@$(DEVELOPMENT)/demo.sh

build: ## build the release binary: .build/release/gatehouse
	@$(DEVELOPMENT)/install.sh build
	@swift build $(RELEASE)

test: ## run every test, against a private PostgreSQL and a real browser
	@$(DEVELOPMENT)/test.sh

lint: ## check the format of the sources
	@swift format lint --strict --parallel --recursive Package.swift Sources Tests
	@bash -n $(DEVELOPMENT)/*.sh Tests/*/*.sh .ci/run

format: ## bring the sources into format
	@swift format --in-place --parallel --recursive Package.swift Sources Tests

schema: ## write config/gatehouse.schema.json anew from the definitions of the configuration
	@swift build --product gatehouse
	@.build/debug/gatehouse schema > config/gatehouse.schema.json

bench: ## measure the gateway against nginx in one run
	@$(DEVELOPMENT)/install.sh bench
	@swift build $(RELEASE)
	@python3 Tests/Bench/bench.py

slow: ## hold 10,000 slow connections, and measure what others notice of them
	@$(DEVELOPMENT)/install.sh bench
	@swift build $(RELEASE)
	@python3 Tests/Bench/slow.py

soak: ## a mixed load with faults for SOAK_SECONDS (600): no failure that is not explained, no growth, no descriptor left
	@$(DEVELOPMENT)/install.sh bench
	@swift build $(RELEASE)
	@"$$($(DEVELOPMENT)/venv.sh)" Tests/Bench/soak.py --seconds $${SOAK_SECONDS:-600}

fuzz: ## fuzz every parser with AddressSanitizer, FUZZ_SECONDS each (600)
	@$(DEVELOPMENT)/install.sh fuzz
	@Tests/Fuzz/run.sh

deb: ## make a Debian package in .build/deb
	@$(DEVELOPMENT)/install.sh deb
	@swift build $(RELEASE)
	@$(DEVELOPMENT)/deb.sh

clean: ## remove what was built and the demo's data
	@rm -rf .build .build-* .gatehouse
