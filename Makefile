# `make` lists what can be made. The work is in .ci/, in plain shell.

GO        ?= go
FUZZTIME  ?= 10m
BENCHTIME ?= 1s
SHOTS     ?= .cache/screenshots
FRESH     ?= bookworm trixie
SOAK      ?= 0
CHAOS     ?= 100
LINTER     = v2.15.0
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# What .ci/deps unpacks comes first. A Go from go.dev is often not on the PATH that
# make gets, so its usual place comes last.
export PATH := $(CURDIR)/.cache/bin:$(PATH):/usr/local/go/bin
export GO FUZZTIME FRESH

.DEFAULT_GOAL := help
.PHONY: help run build test lint bench fuzz fresh screenshots clean deps-run deps-test soak mutants

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: deps-run build ## the whole gateway with a software modem, in the browser
	./knapp demo

build: ## the program, ./knapp
	$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o knapp ./cmd/knapp

test: deps-test ## every test
	$(GO) vet ./...
	$(GO) test -race -shuffle=on -timeout 11m ./...

lint: .cache/golangci-lint-$(LINTER)/golangci-lint ## what the linters think
	.cache/golangci-lint-$(LINTER)/golangci-lint run ./...

bench: deps-test ## the benchmarks, one package at a time (BENCHTIME=1s)
	$(GO) test -p 1 -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

fuzz: ## each fuzz target in turn (FUZZTIME=10m)
	@sh .ci/fuzz

fresh: ## the README's steps on clean Debian systems (FRESH="bookworm trixie", FRESH_TEST=0)
	@sh .ci/fresh

screenshots: deps-test ## pictures of what a person sees, README's among them (SHOTS=folder)
	@mkdir -p $(SHOTS)
	KNAPP_SCREENSHOTS=$(abspath $(SHOTS)) $(GO) test -count=1 -run 'Loop|Screenshots' ./cmd/knapp/demo
	KNAPP_SCREENSHOTS=$(abspath $(SHOTS)) $(GO) test -count=1 -run '^TestScreenshots$$' ./console
	cp $(SHOTS)/loop.png cmd/knapp/demo/demo.png
	cp $(SHOTS)/console-contacts.png console/contacts.png
	cp $(SHOTS)/console-timetable.png console/timetable.png

clean: ## away with what was built and fetched
	rm -rf knapp .cache console/node_modules
	for there in cmd/knapp/demo/vendor console/static/vendor; do [ ! -d $$there ] || find $$there -mindepth 1 ! -name .keep -delete; done

deps-run: ## gets what `make run` needs
	@sh .ci/deps run

deps-test: ## gets what `make test` needs
	@sh .ci/deps test

soak: deps-test ## each modem, then simulation, kills and power cuts in turns (SOAK=12h; 0 is until interrupted; TURN=20m; CHAOS=seeds a modem)
	KNAPP_CHAOS=$(CHAOS) KNAPP_CHAOS_SEED=$(or $(FIRST),1) $(GO) test -count=1 -run '^TestChaos$$' -timeout 0 ./modem
	@SOAK=$(SOAK) sh .ci/soak

mutants: deps-test ## proof that the tests can fail: gateways and disks that break a promise, and what caught them
	$(GO) test -c -o .cache/ordeal.test ./cmd/knapp/ordeal
	cd cmd/knapp/ordeal && MUTANTS=1 ../../../.cache/ordeal.test -test.run '^TestMutants$$'
	$(GO) test -count=1 -v -run '^(TestKilledInAMixedLoadNoticesWhatWasForgotten|TestPowerCuts)$$' ./cmd/knapp | \
		awk '/^FAIL/ { bad = 1 } /promises broken|findings:|^ *--- / { print } END { exit bad }'

.cache/golangci-lint-$(LINTER)/golangci-lint:
	GOBIN=$(CURDIR)/$(@D) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINTER)
