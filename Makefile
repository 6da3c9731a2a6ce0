# Everything from a clean clone: sudo make bench, sudo make test. "make help" lists the rest.

PREFIX ?= /opt/podwire
BINDIR ?= /usr/local/bin
DESTDIR ?=
# Passed on to accelctl bench, for example ARGS="--rounds 3", or to Maven by make suites
ARGS ?=

# make image: what it is called, what it is built on (an image, or "debootstrap", which needs no registry), where it goes
IMAGE ?= localhost/podwire:$(VERSION)
BASE ?=
ARCHIVE ?= daemonset/target/podwire-image.tar
# make deb-test: distributions that debootstrap knows, by their names
SUITES ?= noble
# make release: where it goes, and the private key that signs it
RELEASE ?= daemonset/target/release
KEY ?=
# make e2e: a second image to upgrade to, and the distribution in it, which has another build of the programs; the
# command that brings an archive into the cluster's nodes, where they cannot
# pull both; what the agent is told (docs/install.md); and, where somebody can, how the API server is stopped and started
NEXT_IMAGE ?= $(IMAGE)-next
NEXT := daemonset/target/podwire-next
IMPORT ?=
ACCEPT ?=
HELM ?= helm
CGROUP ?=
API_STOP ?=
API_START ?=

VERSION := $(shell sed -n 's:^  <version>\(.*\)</version>:\1:p' pom.xml)
MVN := mvn --batch-mode
ACCELCTL := daemonset/target/podwire/bin/accelctl
REPORT := bench/target/report
# The one version whose opinion counts: others format differently
CLANG_FORMAT := clang-format-14
C_SOURCES := $(shell find bpf bench -path "*/src/*/c/*.[ch]") $(wildcard daemonset/cni/*.c)
# Programs by their first line; the parts of a testbed's node are one program only together.
SHELL_PROGRAMS = $(shell grep -rlE --exclude-dir=target --exclude-dir=.git '^\#!/bin/(ba)?sh$$' .)
TESTBED = $(dir $(shell find . -name target -prune -o -name node.sh -print))

.PHONY: help
help:
	@echo 'sudo make bench [ARGS=...]  what acceleration is worth here: installs what is missing, builds, measures'
	@echo 'sudo make test              all tests, those on the running kernel included'
	@echo 'sudo make suites            runs the socket tests of CPython and Go over accelerated loopback (installs both first)'
	@echo 'sudo make kernel-loads      whether the programs load in other kernels'
	@echo 'sudo make kernels           check and kernel tests in other kernels, and docs/kernels.md anew; KERNELS="6.1 6.12"'
	@echo 'sudo make arm64             the same on an emulated arm64 machine, but no page; KERNELS="6.1 6.12"'
	@echo 'sudo make arm64-image       accelctl check in the arm64 image that make release made, on that machine'
	@echo 'sudo make image [BASE=...]  the image for Kubernetes, $(ARCHIVE)'
	@echo 'make deb                    the Debian package for plain hosts, daemonset/target/podwire_*.deb'
	@echo 'sudo make deb-test          installs, upgrades and purges it in Ubuntu 24.04; SUITES=noble,trixie'
	@echo 'sudo make reboot            whether the package restores acceleration when a machine boots'
	@echo 'sudo make release [KEY=...]  what is published of a commit, $(RELEASE)'
	@echo 'sudo make e2e KUBECONFIG=... tests on a cluster; see CONTRIBUTING.md'
	@echo 'make build                  the distribution, daemonset/target/podwire'
	@echo 'sudo make install           to PREFIX=$(PREFIX), with a link in BINDIR=$(BINDIR); DESTDIR= for packages'
	@echo 'sudo make deps              installs the Debian or Ubuntu packages that are missing'
	@echo 'make format                 formats Java and C'
	@echo 'make lint                   checks the formatting of C, and shell scripts'
	@echo 'make clean                  removes what the build made'

.PHONY: deps
deps:
	@tools/deps

.PHONY: build
build: deps
	$(MVN) --quiet package -DskipTests

.PHONY: root
root:
	@[ "$$(id -u)" = 0 ] || { echo 'this changes the running kernel and needs root: sudo make $(MAKECMDGOALS)' >&2; exit 1; }

.PHONY: bench
bench: root build
	@tools/deps bench
	$(ACCELCTL) bench $(if $(findstring --output,$(ARGS)),,--output $(REPORT)) $(ARGS)

.PHONY: test
test: root deps
	@tools/deps test
	@$(MAKE) --no-print-directory lint
	$(MVN) verify -Dpodwire.kernel.required=true

# Ends after 15 minutes at the latest: surefire.timeout is in seconds.
.PHONY: suites
suites: root deps
	@tools/deps suites
	$(MVN) --projects bpf/contract --also-make test -Dgroups=suite -DexcludedGroups= -Dsurefire.timeout=900 \
		-Dpodwire.kernel.required=true -Dsurefire.failIfNoSpecifiedTests=false $(ARGS)

# KERNELS and RUNNER: tools/kernels says what they are. Those of one name are far from each other: one waits for the other.
KERNELS ?= 5.10 6.12 6.1 newest 6.12:lockdown=integrity 6.12:lockdown=confidentiality 6.18

.PHONY: kernels
kernels: root deps
	@tools/deps kernels
	$(MVN) --quiet package -DskipTests dependency:build-classpath -Dmdep.outputFile=target/classpath
	PAGE=$(if $(filter file,$(origin KERNELS)),docs/kernels.md) tools/kernels $(KERNELS)

# Of what those do, the load of the programs alone: a minute for each kernel.
.PHONY: kernel-loads
kernel-loads: root build
	@tools/deps kernels
	PART=load tools/kernels $(KERNELS)

.PHONY: arm64
arm64: root deps
	@tools/deps arm64
	tools/arm64 $(if $(filter file,$(origin KERNELS)),6.1 6.12,$(KERNELS))

.PHONY: deb
deb: build
	@tools/deps deb
	tools/deb

# In other distributions than "make test" has it in.
.PHONY: deb-test
deb-test: root deps
	@tools/deps deb-test
	$(MVN) -pl daemonset -am verify -Dtest=NoSuchTest -Dsurefire.failIfNoSpecifiedTests=false \
		-Dit.test=PackageIT -Dfailsafe.failIfNoSpecifiedTests=false -Dpodwire.kernel.required=true \
		-Dpodwire.package.suites=$(SUITES)

# Three boots of an emulated machine: needs ../shared/kernels.
.PHONY: reboot
reboot: root deb
	@tools/deps reboot
	tools/reboot $(if $(filter file,$(origin KERNELS)),6.12,$(KERNELS))

# Of the images that "make release" has made.
.PHONY: arm64-image
arm64-image: root deps
	@tools/deps arm64
	@tools/deps image
	tools/arm64 image $(RELEASE)/podwire-$(VERSION)-image.tar

.PHONY: image
image: root build
	@tools/deps image
	BASE=$(BASE) tools/image $(IMAGE) $(ARCHIVE)

.PHONY: release
release: root deps
	@tools/deps release
	@tools/deps deb
	@KEY=$(KEY) BASE=$(BASE) tools/release $(RELEASE)

# Either both images are where the nodes pull from, or IMPORT takes them there.
.PHONY: e2e
e2e: root build
	@[ -n "$(KUBECONFIG)" ] || { echo 'make e2e: which cluster? KUBECONFIG=...' >&2; exit 1; }
	@command -v $(HELM) >/dev/null || { echo 'make e2e: no $(HELM) here: HELM=..., for example HELM=$$(tools/helm /tmp/helm)' >&2; exit 1; }
	@tools/deps e2e
	@set -e; [ -z "$(IMPORT)" ] || { \
		tools/another-build daemonset/target/podwire $(NEXT); \
		BASE=$(BASE) tools/image $(IMAGE) $(abspath $(ARCHIVE)); \
		$(IMPORT) $(abspath $(ARCHIVE)); \
		BASE=$(BASE) tools/image $(NEXT_IMAGE) $(abspath $(ARCHIVE)) $(NEXT); \
		$(IMPORT) $(abspath $(ARCHIVE)); \
	}
	KUBECONFIG=$(KUBECONFIG) $(MVN) --projects daemonset --also-make verify -Dgroups=e2e -DexcludedGroups= \
		-Dpodwire.e2e.image=$(IMAGE) -Dpodwire.e2e.next-image=$(NEXT_IMAGE) \
		-Dpodwire.e2e.helm=$(HELM) -Dpodwire.e2e.accept=$(ACCEPT) -Dpodwire.e2e.cgroup=$(CGROUP) \
		$(if $(API_STOP),"-Dpodwire.e2e.api.stop=$(API_STOP)" "-Dpodwire.e2e.api.start=$(API_START)") $(ARGS)

.PHONY: install
install: build
	mkdir -p $(DESTDIR)$(PREFIX) $(DESTDIR)$(BINDIR)
	cp -Rf daemonset/target/podwire/. $(DESTDIR)$(PREFIX)
	ln -sfn $(PREFIX)/bin/accelctl $(DESTDIR)$(BINDIR)/accelctl
# The archive of classes holds the path that it was made at: a package makes it where it is unpacked.
ifeq ($(DESTDIR),)
	$(PREFIX)/lib/archive-classes
else
	rm -f $(DESTDIR)$(PREFIX)/lib/accelctl.jsa
endif

.PHONY: check-format
check-format:
	@if command -v $(CLANG_FORMAT) >/dev/null; then \
		$(CLANG_FORMAT) --dry-run --Werror $(C_SOURCES); \
	else \
		echo 'no $(CLANG_FORMAT) here: the formatting of C is not checked'; \
	fi

.PHONY: lint
lint: check-format
	@if command -v shellcheck >/dev/null; then \
		shellcheck $(SHELL_PROGRAMS) && \
		cd $(TESTBED) && cat rules.sh layouts.sh node.sh | shellcheck --shell=bash -; \
	else \
		echo 'no shellcheck here: shell scripts are not checked'; \
	fi

.PHONY: format
format:
	$(MVN) --quiet spotless:apply
	$(CLANG_FORMAT) -i $(C_SOURCES)

.PHONY: clean
clean:
	rm -rf bpf/*/target bench/target agent/*/target daemonset/target target bpf/target agent/target
