# Everything a person or a machine does with this project, from a bare Debian with Rust. CI runs these targets and nothing else.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help browser demo dev console check gen test screenshots bench bench-console faults fuzz

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Watch rows of a small web shop arrive in InfluxDB (installs what is missing, builds, runs until Ctrl-C)
	@dev/servers install
	@dev/console build
	cargo build --locked
	@target/debug/tributary demo

dev: ## Run the server with debug logs on target/dev, beside real databases whose addresses it prints
	@dev/servers install
	@dev/console build
	cargo build --locked
	@dev/servers run dev/serve

console: ## Build web/dist, the console; the next build of the server carries it (Node.js 20.19 or later)
	@dev/console build

check: ## Formatting, lints, types of the console, who may know whom, and that the pages name what exists
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --features tributary/adbc,tributary/odbc --locked -- -D warnings
	dev/check-rooms
	dev/check-docs
	dev/console check

test: ## Every test, against real PostgreSQL, MariaDB and InfluxDB and in a real browser; the last line counts them
	@dev/test

browser: ## Of the tests, those of the console in a real browser; the last line counts them
	@dev/servers install browser
	cargo build --locked --bins --examples
	@dev/servers run dev/console browser

screenshots: ## Pictures of each page of the console for docs/console.md, from the demo
	@dev/servers install browser
	cargo build --locked
	@dev/console screenshots

bench: ## Speed and memory against psql, plain loops and curl, side by side, then of the console; writes docs/benchmarks.md
	@dev/servers install
	dev/servers run dev/bench
	@$(MAKE) --no-print-directory bench-console

bench-console: ## Speed of the console with 5,000 connections and 1,000,000 runs, in a real browser; writes docs/benchmarks.md
	@dev/servers install browser
	@dev/console build
	cargo build --locked --release -p tributary
	@dev/console bench

gen: ## Write docs/openapi.json, the console's types of it and the codes of docs/errors.md anew, after a change of the API or of a code
	cargo run --locked -q -p model --example errors
	cargo build --locked
	target/debug/tributary openapi > target/openapi.json
	mv target/openapi.json docs/openapi.json
	dev/console types

MINUTES ?= 30
faults: export KILLS ?= 60
faults: export ROWS ?= 1000000
faults: export ENGINE ?= postgres
faults: export SEED
faults: ## Break everything for MINUTES=30 (KILLS=60 ROWS=1000000 ENGINE=postgres|mariadb SEED=…), judge every point, print a table
	@dev/servers install
	cargo build --locked -p tributary -p faults --features tributary/failpoints
	MINUTES=$(MINUTES) dev/servers run dev/faults

fuzz: MINUTES := $(if $(filter command line environment,$(origin MINUTES)),$(MINUTES),10)
fuzz: ## Look for bytes that break a reader of other systems' files, each of five for MINUTES=10, two at once
	@dev/fuzz $(MINUTES)
