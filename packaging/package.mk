# What a machine without a toolchain gets.

PREFIX ?= /usr/local
MANUALS := out/manuals
# So that the same sources give the same bytes.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH
# Roots in which the package is tried: names of Debian's releases.
ROOTS ?= bookworm trixie

.PHONY: install package manuals units services roots slurm wheel wheels pyradiomics

package roots: PACKAGES += dpkg-dev patchelf binutils
roots services: PACKAGES += debootstrap
services: PACKAGES += systemd-container dpkg-dev patchelf binutils
units: PACKAGES += systemd
slurm: PACKAGES += slurm-wlm munge openssl
wheel wheels pyradiomics: PACKAGES += python3-venv
wheels: PACKAGES += debootstrap binutils
pyradiomics: PACKAGES += python3-dev gcc g++

manuals: $(PROGRAMS_BUILT)
	swift build -c release --package-path .build/checkouts/swift-argument-parser --scratch-path .build/manual \
	  --product generate-manual
	GENERATE_MANUAL=.build/manual/release/generate-manual packaging/manuals $(FINISHED) $(MANUALS)

install: $(if $(wildcard $(MANUALS)),,manuals) ## Install programs, man pages, completions and units (PREFIX=/usr/local, DESTDIR=)
	PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' PROGRAMS='$(FINISHED)' MANUALS='$(MANUALS)' packaging/install

package: manuals ## A .deb and a tar ball for machines without a toolchain, in out/package
	rm -rf out/package
	packaging/package $(FINISHED) $(MANUALS) out/package

units: manuals ## The systemd units checked by systemd itself
	packaging/test/units $(FINISHED) $(MANUALS)

services: package ## The units in a booted Debian 12: tasks done, killed, restarted, stopped; minutes
	$(SUDO) packaging/test/services out/package/*.deb

roots: package ## The packages tried in empty Debian 12 and 13: a whole study in each, minutes
	$(SUDO) packaging/test/roots $(FINISHED) out/package $(ROOTS)

slurm: $(PROGRAMS_BUILT) ## A study through a real Slurm of one node, a job of which is killed: minutes
	$(SUDO) packaging/test/slurm $(FINISHED)

wheel: $(PROGRAMS_BUILT) ## A Python wheel with both programs and PyRadiomics' API, in out/wheel
	rm -rf out/wheel
	packaging/wheel/build $(FINISHED) out/wheel out/wheel-tools

wheels: wheel ## The wheel tried here and in empty Debian 12 and 13 that have Python alone: minutes
	$(SUDO) env SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) packaging/test/wheel $(FINISHED) out/wheel/*.whl out/wheel-tools $(ROOTS)

pyradiomics: wheel ## The wheel against PyRadiomics: its own tests counted, both compared: minutes
	packaging/test/pyradiomics out/wheel/*.whl
