# The two commands of the README are `make demo` and `make test`; each first installs what is missing.

# No prompt, no stdin: a test that waits for a terminal must fail and not hang.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

CONFORMANCE := tests/conformance/run
# Tests build the demo too (PostgreSQL compiled to WebAssembly: some minutes), production builds do not.
WITH_DEMO := --workspace --features wiremask-gateway/demo
FUZZ_SECONDS ?= 60

.PHONY: help demo test check fmt clippy build doc conformance-ci clients-ci nextest conformance bench fuzz deny

help:
	@sed -n 's/^## //p' Makefile

## make demo          an embedded PostgreSQL with sample data, queried before and after masking
demo:
	./setup.sh demo
	cargo run --release -p wiremask-gateway --features demo -- demo $(DEMO)

## make test          everything that CI runs
test:
	./setup.sh test
	$(MAKE) --no-print-directory fmt clippy build conformance-ci clients-ci doc nextest

## make check         formatting and lints
check: fmt clippy

fmt:
	cargo fmt --all --check

clippy:
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy $(WITH_DEMO) --all-targets -- -D warnings

# Binaries that tests start: one profile for all, so that nothing is compiled twice.
build:
	cargo build $(WITH_DEMO) --bins

doc:
	cargo test $(WITH_DEMO) --doc

# PostgreSQL's own three suites through the gateway: without rules, with a rule that matches nothing, and
# over TLS. `make conformance` runs more suites, over more routes, and with input in small pieces.
conformance-ci:
	$(CONFORMANCE) --suite postgres --via wiremask --via wiremask-nomatch
	$(CONFORMANCE) --suite postgres --via wiremask-tls

# Real clients on a schema with protected columns of every type.
clients-ci:
	tests/clients/run

# Last, so that the runner's own summary ends the output.
nextest:
	cargo nextest run $(WITH_DEMO) --profile ci

## make conformance   all foreign suites over all routes (long)
conformance:
	./setup.sh test
	$(MAKE) --no-print-directory build
	$(CONFORMANCE) --suite all --via direct --via wiremask --via wiremask-nomatch
	$(CONFORMANCE) --suite postgres --suite pgbench --via socat --via wiremask-tls
	$(CONFORMANCE) --suite postgres --via wiremask --via wiremask-nomatch --chunk 1
	$(CONFORMANCE) --suite postgres --via wiremask --via wiremask-nomatch --chunk prime
	tests/clients/run

## make bench         criterion benches, then masking throughput over real sockets
bench:
	./setup.sh bench
	cargo bench -p wiremask-benches --features compare
	cargo run --quiet --release -p wiremask-benches --features compare --example table
	cargo run --release -p wiremask-gateway -- bench

## make fuzz          every fuzz target for FUZZ_SECONDS (default 60); needs a nightly toolchain
fuzz:
	fuzz/run.sh $(FUZZ_SECONDS)

## make deny          licences, advisories, bans and sources of the dependencies; needs cargo-deny
deny:
	cargo deny check
