# Packages of moonbird. The Makefile includes this file; the results are in build/packages.

PACKAGES := build/packages
ARCHITECTURE = $(shell dpkg --print-architecture)
DIST := $(PACKAGES)/moonbird-$(VERSION).tar.gz
# The time of the last commit, so that the same commit gives the same package.
PACKAGED := $(shell git log -1 --format=%ct 2>/dev/null)

# The source of the last commit.
dist:
	@mkdir -p $(PACKAGES)
	$(Q)git archive --format=tar --prefix=moonbird-$(VERSION)/ HEAD | gzip -9n > $(DIST).tmp
	$(Q)mv $(DIST).tmp $(DIST)
	@echo $(DIST)

deb: | setup
	@rm -rf $(PACKAGES)/deb
	@$(MAKE) --no-print-directory -s RELEASE=1 PREFIX=/usr DESTDIR=$(PACKAGES)/deb/ install
	$(Q)SOURCE_DATE_EPOCH=$(PACKAGED) src/tools/package/deb $(PACKAGES)/deb $(VERSION) \
	    $(PACKAGES)/moonbird_$(VERSION)_$(ARCHITECTURE).deb

# Lua is in the program. libpq is not: its name, libpq.so.5, is the same on all systems, and a static one
# would take the OpenSSL, Kerberos and LDAP of one system along.
static: | setup
	@$(MAKE) --no-print-directory RELEASE=1 B=build/static LUA_LIBS='-l:liblua5.4.a -lm -ldl' all

# PROGRAMS are pairs of a machine, as Node.js names it, and its static program.
PROGRAMS ?= linux-$(patsubst aarch64,arm64,$(patsubst x86_64,x64,$(shell uname -m)))=build/static/moonbird
npm: static
	$(Q)src/tools/package/npm $(PACKAGES)/npm $(VERSION) $(PROGRAMS)

test-packages: $(PROGRAM)
	@tests/packages/run

# As root, on a bare Debian in a chroot.
bare-deb:
	@tests/bare/run $(DEBIAN) "make deb" tests/packages/installed

.PHONY: dist deb static npm test-packages bare-deb
