# The front door. `make run` and `make test` install what is missing (Debian 12), build, and do their job.
#   make run [ARGS="--print-webhooks"]     the gateway on a stream of simulated messages
#   make test                              all functional tests, with address and undefined-behaviour sanitizers
#   make tsan · make fuzz                  the same code under the thread sanitizer; fuzzing, short
#   make bench                             the whole loop measured from outside (bench/README.md has more)
#   make dev                               a quick build without sanitizers, for working on the code
#   make format · make tidy                layout, and the rules of tools/tidy.py
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 20

.PHONY: run test tsan fuzz bench bench-all bench-micro bench-reference-install dev format tidy clean bootstrap bootstrap-checks

run: bootstrap build/release/build.ninja
	@cmake --build build/release --target chasqui
	@build/release/src/chasqui demo $(ARGS)

test: bootstrap build/asan/build.ninja
	@cmake --build build/asan
	@ctest --preset asan -j$(JOBS)

tsan: bootstrap build/tsan/build.ninja
	@cmake --build build/tsan
	@ctest --preset tsan -j$(JOBS) -LE 'fuzz|tidy|golden|sim|crash'

fuzz: bootstrap-checks
	@cmake --preset fuzz -DCHASQUI_FUZZ_SECONDS=$(FUZZ_SECONDS) >/dev/null
	@cmake --build build/fuzz
	@ctest --test-dir build/fuzz --output-on-failure -j$(JOBS) -L fuzz

bench: bootstrap build/release/build.ninja
	@cmake --build build/release
	@build/release/bench/chasqui_workload $(ARGS)

bench-all: bootstrap build/release/build.ninja
	@cmake --build build/release
	@build/release/bench/chasqui_workload --only all $(ARGS)

bench-micro: bootstrap build/release/build.ninja
	@cmake --build build/release --target chasqui_micro
	@build/release/bench/chasqui_micro $(ARGS)

bench-reference-install:
	@cd bench/reference && npm ci --no-fund --no-audit

dev: bootstrap build/dev/build.ninja
	@cmake --build build/dev

format: bootstrap-checks
	@git ls-files '*.cc' '*.h' '*.cpp' | xargs clang-format-14 -i

tidy: bootstrap
	@python3 tools/tidy.py

clean:
	rm -rf build

build/%/build.ninja:
	@cmake --preset $* >build-configure.log || { cat build-configure.log; rm -f build-configure.log; exit 1; }
	@rm -f build-configure.log

bootstrap:
	@tools/bootstrap.sh

bootstrap-checks:
	@tools/bootstrap.sh --checks
