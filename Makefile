# Trabecula: `make demo` and `make test` do everything on a fresh Debian machine with a Swift 6.3 toolchain.

SHELL := /bin/bash
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
DEMO ?= out/demo
PAPER ?= out/paper
JOBS ?= 2
# A folder that has `coordinator` and `worker` built already: BUILT=.build/release
BUILT ?=
FINISHED := $(or $(BUILT),.build/release)
PROGRAMS_BUILT := $(if $(BUILT),deps,build)

# Each library with what needs it: README, "What it stands on".
PACKAGES := pkg-config libpq-dev libopenblas-dev libpng-dev zlib1g-dev \
  libdeflate-dev libnifti2-dev libgdcm-dev libssl-dev postgresql gnuplot-nox
# For tests and benchmarks only.
TEST_PACKAGES := openssl pgbouncer rclone libsvm3 libxgboost0

# Package.swift says why.
export TRABECULA_OPTIMISED_KERNELS := 1

FUZZ_SECONDS ?= 600
FUZZ_SUBJECTS ?=
SOAK_MINUTES ?= 15
SOAK_SEED ?=
SOAK_PAGE ?=

# They build packages of their own, and would take both cores from tests that wait for an event.
PACKAGE_TESTS := (PackageTests|OtherFieldTests)\.swift

# How many tests run at a time. All tests share two threads. With many more tests at a time, one that waits for a line of a program gets
# its turn late: up to minutes after the program has printed the line. With fewer, a processor is idle while tests wait for programs.
WIDTH := --experimental-maximum-parallelization-width 8

# So that the last lines of a run that is stopped are its last tests.
BY_LINE := stdbuf -oL

# Libraries with a DocC catalogue.
LIBRARIES := Volumes ImageFiles DICOMFiles ImageFilters Radiomics NeuralNet Statistics LinearAlgebra ElementaryFunctions \
  Postgres SchemaMigration TaskQueue WorkerCore

.PHONY: deps build demo paper test soak protocol fuzz dicom hospitals extend tables watch machines remotes images kubernetes page pictures published bench docs schema lint clean help

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

test bench remotes: PACKAGES += $(TEST_PACKAGES)
protocol: PACKAGES += spin gcc
dicom: PACKAGES += libgdcm-tools dcmtk dicom3tools orthanc plastimatch python3-venv

deps: ## Install the Debian packages that are missing
	@command -v swift >/dev/null || { echo 'swift is not on PATH: install a Swift 6.3 toolchain (swift.org/install)'; exit 69; }
	@missing=$$(for package in $(PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || echo $$package; done); \
	  if [ -n "$$missing" ]; then \
	    echo "installing" $$missing; \
	    $(SUDO) apt-get update -qq && \
	    $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	  fi

# With Swift's libraries inside, programs start in two thirds of the time and run where no Swift is installed.
build: deps ## Build both programs, optimised
	swift build -c release --static-swift-stdlib -Xlinker -s --product coordinator
	swift build -c release --static-swift-stdlib -Xlinker -s --product worker

demo: build ## A whole study on synthetic hips: private PostgreSQL, two workers, a report in out/demo
	.build/release/coordinator local Examples/demo.yaml --data $(DEMO)/data --stop
	rm -rf $(DEMO)
	.build/release/coordinator synthesize $(DEMO)/cohort
	.build/release/coordinator local Examples/demo.yaml -j $(JOBS) --manifest $(DEMO)/cohort/manifest.csv \
	  --data $(DEMO)/data --out $(DEMO)/report
	@echo "The report: $(DEMO)/report/index.html"

paper: build ## The published study's shape on a synthetic cohort of 150 subjects, four sites: minutes, in out/paper
	.build/release/coordinator local Examples/paper.yaml --data $(PAPER)/data --stop
	rm -rf $(PAPER)
	.build/release/coordinator synthesize $(PAPER)/cohort --subjects 150 --sites 4
	.build/release/coordinator local Examples/paper.yaml -j $(JOBS) --manifest $(PAPER)/cohort/manifest.csv \
	  --data $(PAPER)/data --out $(PAPER)/report
	@echo "The report: $(PAPER)/report/index.html"

test: deps ## All tests, against a real PostgreSQL
	swift build --build-tests
	TMPDIR=$$(Tests/scratch) $(BY_LINE) swift test --skip-build $(WIDTH) --skip '$(PACKAGE_TESTS)'
	$(BY_LINE) swift test --skip-build $(WIDTH) --filter '$(PACKAGE_TESTS)'

soak: deps ## Faults at random for SOAK_MINUTES; exit code 1 if a promise is broken
	swift build --product worker
	swift build --product coordinator
	swift build --product soak
	swift build --product WrongClock
	.build/debug/soak --minutes $(SOAK_MINUTES) $(if $(SOAK_SEED),--seed $(SOAK_SEED)) $(if $(SOAK_PAGE),--page $(SOAK_PAGE))

protocol: deps ## Every state of the models of the queue's protocol, and mutations of them; LONG=--long takes larger ones, minutes
	Tests/Protocol/check $(LONG)

fuzz: deps ## Mutated files and settings to every reader for FUZZ_SECONDS, under the address sanitizer; exit code 1 at a finding
	FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SUBJECTS='$(FUZZ_SUBJECTS)' Tests/Fuzzing/run

hospitals: PACKAGES += xlsx2csv python3-venv
hospitals: $(PROGRAMS_BUILT) ## From folders of three made-up hospitals to a report; a real study with half of its cases stored otherwise: minutes
	Tests/DICOM/hospitals $(FINISHED)
	Tests/DICOM/restored $(FINISHED)

dicom: deps ## DICOM images and masks against SimpleITK, NIfTI, pydicom, highdicom, plastimatch and others: minutes
	Tests/DICOM/run

extend: ## Proof that a filter, a class, a step and a metric are a file and a line each: builds a copy, minutes
	Tests/Extending/run

machines: PACKAGES += iproute2 nftables openssl python3
machines: $(PROGRAMS_BUILT) ## The commands of several-machines.md and hospital-network.md, each on its machine, as root; minutes
	Tests/SeveralMachines/run $(FINISHED)

images: ## The images, built and run without a container engine: minutes with PROGRAMS=FOLDER; docker/test/empty-root: from nothing
	docker/test/images $(if $(PROGRAMS),--programs $(PROGRAMS)) $(IMAGES_OPTIONS)

kubernetes: ## Test of docker/kubernetes by published schemas, and of what KEDA asks
	docker/test/kubernetes

remotes: $(PROGRAMS_BUILT) ## A study from an object store and a WebDAV server on loopback, and what goes wrong with them; minutes
	Tests/Remotes/run $(FINISHED)

tables: PACKAGES += r-base-core python3-venv
tables: $(PROGRAMS_BUILT) ## What `coordinator export` writes, read by pandas and R; names of columns by Stata's rules; a minute
	Tests/Tables/run $(FINISHED)

watch: PACKAGES += prometheus jq curl python3
watch: $(PROGRAMS_BUILT) ## Proof that metrics, alerts and dashboard work: a queue watched by Debian's Prometheus, minutes
	Tests/Watching/run $(FINISHED)

page: PACKAGES += chromium chromium-driver python3-selenium nginx-light curl openssl
page: $(PROGRAMS_BUILT) ## The page of the queue in a headless Chromium, with pictures in out/page; minutes
	Tests/Page/run $(FINISHED)

pictures: PACKAGES += chromium chromium-driver python3-selenium
pictures: $(PROGRAMS_BUILT) ## The pages of pictures in a headless Chromium: sorted, filtered, marked, and what the marks do; minutes
	Tests/Page/pictures $(FINISHED)

published: PACKAGES += r-base-core r-recommended r-cran-proc r-cran-rms r-cran-glmnet r-cran-metafor r-cran-jsonlite python3-venv
published: $(PROGRAMS_BUILT) ## Tables and figures of a paper from one study file, each number against R and tableone; what heads the page; minutes
	Tests/Published/run $(FINISHED)
	rm -rf out/heads
	python3 Tests/Published/heads.py $(FINISHED) out/heads

bench: build ## Benchmarks against PyRadiomics and plain SQL
	Benchmarks/run

docs: deps ## Documentation of the libraries, in out/docs
	@mkdir -p out/docs
	for library in $(LIBRARIES); do \
	  TRABECULA_DOCUMENTATION=1 swift package --scratch-path .build/documentation \
	    --allow-writing-to-directory out/docs generate-documentation --target $$library \
	    --warnings-as-errors --output-path out/docs/$$library || exit 1; \
	done

schema: ## Write into schema.sql what it records of its files, after one has changed
	Sources/Shared/DatabaseSchema/record-digests

lint: ## Format and style
	swift format lint --strict --recursive --configuration .swift-format Package.swift Sources Tests Benchmarks Examples

clean: ## Remove what was built
	rm -rf .build out

include packaging/package.mk
