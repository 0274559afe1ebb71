# make              build/moonbird and build/libmoonbird.a
# make demo         install what is missing, build, run the example project
# make test         install what is missing, build, run every test (SAN=1: with sanitizers)
# make portable     also with clang, and as `make install` builds it, with -O3
# make layers       each layer includes and calls only lower layers
# make check        clang-tidy and cppcheck
# make torture      stops runs at each of their libpq calls, and at random (minutes)
# make test-citus   the same on a Citus cluster, where the extension is installed
# make test-pglite  the example project on PGlite, which npm installs in build/
# make test-drizzle generate beside the real drizzle-kit of versions 0 and 1, which npm installs in build/, and the move to version 1
# make test-adopt   adopts projects that dbmate, node-pg-migrate, Drizzle and sqitch migrated half-way
# make test-studio  the studio in chromium, which it installs (300 MB)
# make fuzz         new inputs for all code that reads files or a server's answers, FUZZ_SECONDS each
# make mutants      does a test fail when a line is changed? (ONLY="NUMBER | WORD..."; many minutes)
# make matrix       the tests that need a server, on each version: VERSIONS="13 14 15 16 17 18"
# make random       random Lua programs on a real server, with sanitizers: RANDOM_PROGRAMS of them
# make random-schemas  migrations between random schemas A and B, and back: PAIRS of them from SEED
# make valgrind     the unit tests under valgrind
# make bare         the README's commands on a bare Debian, in a chroot, as root: DEBIAN=trixie
# make arm64        in the same chroot: build with a cross compiler, and test under qemu
# make bench        moonbird compared with psql: a table, build/bench/bench.json and bench.svg
#                   (ONLY="noop-100 rows" RUNS=5); make bench-peers: also with other tools
# make format       clang-format
# make man          build/man/moonbird.1 and moonbird.5, the manual
# make install      build with RELEASE=1 and install program, manual and completions of shells;
#                   PREFIX=/usr/local DESTDIR=
# make deb          a Debian package in build/packages; make npm: an npm package; make dist: the source;
#                   make static: build/static/moonbird, with Lua inside; make test-packages: tests them
#
# make RELEASE=1: optimized as a whole and hardened, in build/release
#
# V=1 shows the commands.

PREFIX  ?= /usr/local
VERSION := 0.1.0

PKGS := libpq libcrypto
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wformat=2 -Wstrict-prototypes \
        -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wundef -Werror

# Asked once, when the first recipe needs it: before `setup` there may be no pkg-config to ask.
ask      = $(eval $(1) := $(shell pkg-config $(2)))$($(1))
PKG_CPP  = $(call ask,PKG_CPP,--cflags $(PKGS) lua5.4 libedit libmicrohttpd | sed 's/-I/-isystem /g')
PKG_LIBS = $(call ask,PKG_LIBS,--libs $(PKGS))
LUA_LIBS = $(call ask,LUA_LIBS,--libs lua5.4)
# The parser's library has no package of its own that a program could depend on, so it is linked in.
LDLIBS   = $(PKG_LIBS) -lm -l:libpg_query.a -lpthread

CFLAGS   ?= -g -O2
override CFLAGS   += -std=c17 $(WARN)
override CPPFLAGS += -D_GNU_SOURCE -DMB_VERSION='"$(VERSION)"' -Iinclude -Isrc \
                     $(PKG_CPP)

B := build
ifdef FUZZ
  override CFLAGS  += -fsanitize=fuzzer-no-link,address,undefined
  override LDFLAGS += -fsanitize=fuzzer,address,undefined
endif
ifdef RELEASE
  B := build/release
  # glibc warns of level 3 where the compiler does not know it: gcc before 12.
  FORTIFY = $(eval FORTIFY := $(shell $(CC) -O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 \
              -include stdio.h -E -x c /dev/null >/dev/null 2>&1 && echo 3 || echo 2))$(FORTIFY)
  override CFLAGS  += -flto=auto -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(FORTIFY)
  override LDFLAGS += -pie -Wl,-z,relro,-z,now
endif
ifdef SAN
  B := build/san
  override CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
  override LDFLAGS += -fsanitize=address,undefined
endif

# From below to above: each layer sees those before it (tests/support/layers).
LAYERS  := base os web sql parse pg server format history project policy foreign run backfill report scratch
CORE    := $(wildcard $(LAYERS:%=src/%/*.c) $(LAYERS:%=src/%/*/*.c))
BINDING := $(wildcard src/binding/*.c src/binding/*/*.c)
HEADERS := $(wildcard include/moonbird/*/*.h src/*/*.h src/*/*/*.h)
LUA     := $(sort $(shell find src/lua -name '*.lua' 2>/dev/null))
MANUAL  := $(wildcard src/manual/*.md)
ASSETS  := $(wildcard src/lua/studio/assets/*)
LIB     := $(B)/libmoonbird.a
SCRIPTS := $(BINDING:%.c=$(B)/%.o) $(B)/assets.o
PROGRAM := $(B)/moonbird

TESTS_C := $(wildcard tests/server/test_*.c tests/lua/test_*.c tests/unit/test_*.c)
FUZZERS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
# Long tests come first, so that none of them runs alone at the end.
LONG    := tests/cli/run tests/cli/examples tests/torture/run tests/torture/backfill \
           tests/cli/example tests/cli/planted $(B)/tests/server/test_servers $(B)/tests/lua/test_backfills
TESTS   := $(LONG) $(filter-out $(LONG),$(TESTS_C:%.c=$(B)/%) $(FUZZERS) \
           $(wildcard tests/unit/*.sh tests/cli/pages tests/cli/managed tests/example/run tests/schema/run tests/schema/facts/run tests/lint/run tests/lint/trace tests/studio/run tests/studio/runs tests/studio/schema tests/studio/write tests/studio/attacks tests/studio/layout) \
           tests/schema/random/run)
SUPPORT := $(B)/tests/libsupport.a
SERVE   := $(B)/tests/cli/serve

# These goals first install the packages that are missing; the other goals install nothing.
SETUP := $(if $(filter demo test matrix torture valgrind,$(MAKECMDGOALS)),setup)

Q    := $(if $(V),,@)
say   = @echo '  $(1) $(@:$(B)/%=%)'
LINK  = $(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS)

all: $(PROGRAM)

$(PROGRAM): $(B)/src/main.o $(SCRIPTS) $(LIB)
	$(call say,LD)
	$(LINK) $(LUA_LIBS) -lm

$(LIB): $(CORE:%.c=$(B)/%.o) $(B)/core.list
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) qcs $@ $(filter %.o,$^)

$(B)/%.o: %.c | $(SETUP)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# A build for another processor takes this machine's: EMBED=build/embed.
EMBED ?= $(B)/embed
$(B)/embed: src/tools/embed.c include/moonbird/binding/asset.h | $(SETUP)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $< $(LUA_LIBS)

# Lists change when a file is added or removed, not only when one is edited.
$(B)/core.list: NAMES = $(CORE)
$(B)/assets.list: NAMES = $(LUA) $(ASSETS) $(MANUAL)
$(B)/%.list: FORCE
	@mkdir -p $(@D)
	@echo '$(NAMES)' | cmp -s - $@ || echo '$(NAMES)' > $@

# Each is named by its path from src/lua.
$(B)/assets.c: $(EMBED) $(B)/assets.list $(LUA) $(ASSETS) $(MANUAL)
	$(Q)cd src/lua && "$(abspath $<)" $(LUA:src/lua/%=%) $(ASSETS:src/lua/%=%) $(MANUAL:src/%=../%) > "$(abspath $@).tmp"
	$(Q)mv $@.tmp $@

$(B)/assets.o: $(B)/assets.c
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) -std=c17 -O0 -fPIE -c -o $@ $<

demo: $(PROGRAM)
	$(PROGRAM) -e dev --yes dev reset
	$(PROGRAM) -e dev dev start
	$(PROGRAM) -e dev up
	$(PROGRAM) -e dev run tests/fixtures/demo/bookings.sql
	$(PROGRAM) -e dev manual apply 002_add_guest_user_fields
	$(PROGRAM) -e dev run tests/fixtures/demo/guests.sql
	$(PROGRAM) -e dev manual apply 012_add_google_oauth_columns
	$(PROGRAM) -e dev manual rollback 012_add_google_oauth_columns
	$(PROGRAM) -e dev status
	$(PROGRAM) -e dev verify --run

# Unit and server tests see the core alone.
$(B)/tests/%.o: override CPPFLAGS += -Itests/support
$(SUPPORT): $(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c))
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^
$(B)/tests/unit/% $(B)/tests/server/%: LDLIBS += -lcmocka
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(SUPPORT) $(LIB)
	$(call say,LD)
	$(LINK)
$(B)/tests/server/%: $(B)/tests/server/%.o $(SUPPORT) $(LIB)
	$(call say,LD)
	$(LINK)
$(B)/tests/server/test_lost_connection: LDFLAGS += -Wl,--wrap=PQsendQuery,--wrap=PQpipelineSync
$(B)/tests/server/test_read_once: LDFLAGS += -Wl,--wrap=open,--wrap=openat,--wrap=fopen,--wrap=mb_statement_read,--wrap=SHA256_Update
$(B)/tests/server/test_interrupt: LDFLAGS += -Wl,--wrap=mb_now_us
$(B)/tests/server/test_lock: LDFLAGS += -Wl,--wrap=mb_conn_exec_limited
$(SERVE): $(B)/tests/cli/serve.o $(LIB)
	$(call say,LD)
	$(LINK)
$(B)/tests/lua/%: LDLIBS += $(LUA_LIBS) -lm -lcmocka
$(B)/tests/lua/%: $(B)/tests/lua/%.o $(SUPPORT) $(SCRIPTS) $(LIB)
	$(call say,LD)
	$(LINK)

# Run on the files of a corpus; under `make fuzz`, libFuzzer's main takes the place of driver.c.
$(B)/tests/fuzz/fuzz_configuration: LDLIBS += $(LUA_LIBS) -lm
$(B)/tests/fuzz/fuzz_configuration: $(B)/tests/fuzz/fuzz_configuration.o $(if $(FUZZ),,$(B)/tests/fuzz/driver.o) $(SUPPORT) $(SCRIPTS) $(LIB)
	$(call say,LD)
	$(LINK)
$(B)/tests/fuzz/fuzz_answers: $(B)/tests/fuzz/nonsense.o
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(if $(FUZZ),,$(B)/tests/fuzz/driver.o) $(SUPPORT) $(LIB)
	$(call say,LD)
	$(LINK)

# Reads the statements that the program sends with PostgreSQL's own parser.
NAMES := $(B)/tests/cli/names
$(NAMES): $(NAMES).o $(LIB)
	$(call say,LD)
	$(LINK)

# The program with a fault at a chosen libpq call.
TORTURED := $(B)/tests/torture/moonbird
$(TORTURED): LDFLAGS += $$(nm $(B)/tests/torture/faults.o | sed -n 's/.* T __wrap_/-Wl,--wrap=/p')
$(TORTURED): $(B)/src/main.o $(SCRIPTS) $(B)/tests/torture/faults.o $(LIB)
	$(call say,LD)
	$(LINK) $(LUA_LIBS) -lm

# They measure the program and contain none of its code.
BENCH := $(B)/bench/measure $(B)/bench/proxy
$(BENCH): $(B)/bench/%: tests/bench/%.c | $(SETUP)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -O2 -std=c17 $(WARN) -D_GNU_SOURCE -o $@ $<

RUNS ?= 9
bench bench-peers: $(PROGRAM) $(BENCH)
	@BUILD=$(B) tests/bench/run -n $(RUNS) $(if $(filter bench-peers,$@),-p) $(ONLY)

test: $(TESTS) $(PROGRAM) $(NAMES) $(TORTURED) $(BENCH) $(SERVE)
	@BUILD=$(B) tests/support/run $(TESTS)

VERSIONS  ?= 13 14 15 16 17 18
ON_SERVER := $(filter-out $(B)/tests/unit/% tests/unit/% $(FUZZERS) tests/cli/pages tests/cli/managed,$(TESTS))
matrix: $(ON_SERVER) $(PROGRAM) $(NAMES) $(TORTURED) $(BENCH) $(SERVE)
	@for version in $(VERSIONS); do \
	    echo "  POSTGRESQL $$version" && programs=$$(BUILD=$(B) tests/support/postgres $$version) && \
	    MOONBIRD_PG_BIN=$$programs BUILD=$(B) tests/support/run $(ON_SERVER) || exit 1; \
	done

mutants:
	@BUILD=$(B) tests/mutation/run $(ONLY)

torture: $(PROGRAM) $(TORTURED)
	@BUILD=$(B) tests/torture/run -l
	@BUILD=$(B) tests/torture/backfill -l
	@BUILD=$(B) tests/schema/random/run -n 500 -s $(SEED)

test-citus: $(PROGRAM)
	@BUILD=$(B) tests/citus/run

test-pglite: $(PROGRAM)
	@BUILD=$(B) tests/pglite/run

test-drizzle: $(PROGRAM) $(SERVE)
	@BUILD=$(B) tests/drizzle/run
	@BUILD=$(B) tests/drizzle/folders
	@BUILD=$(B) tests/drizzle/move

test-adopt: $(PROGRAM) $(SERVE)
	@BUILD=$(B) tests/adopt/run

test-studio: $(PROGRAM) $(SERVE) | setup
	@BUILD=$(B) tests/studio/browser

portable: | setup
	@$(MAKE) --no-print-directory CC=clang B=$(B)/clang all
	@$(MAKE) --no-print-directory RELEASE=1 CFLAGS='-g -O3' B=$(B)/O3 all
	@tests/support/hardened $(B)/O3/moonbird

DEBIAN ?= trixie
bare:
	@tests/bare/run $(DEBIAN)
arm64:
	@tests/bare/run $(DEBIAN) tests/bare/arm64

FUZZ_SECONDS ?= 30
fuzz: | setup
	@$(MAKE) --no-print-directory CC=clang B=$(B)/fuzz FUZZ=1 fuzzers
	@cd $(B)/fuzz && for name in $(FUZZERS:$(B)/tests/fuzz/fuzz_%=%); do \
	    mkdir -p found/$$name && \
	    tests/fuzz/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
	        -artifact_prefix=$$name- found/$$name $(CURDIR)/tests/fuzz/corpus/$$name >$$name.log 2>&1 || \
	        { tail -n 40 $$name.log; exit 1; }; \
	    echo "  FUZZ $$name:$$(sed -n 's/^stat::number_of_executed_units://p' $$name.log) inputs"; \
	done
fuzzers: $(FUZZERS)

# `make test` runs a few of them; the seed of the first one is SEED.
RANDOM_PROGRAMS ?= 2000
SEED ?= $(shell date +%s)
random: | setup
	@$(MAKE) --no-print-directory SAN=1 build/san/tests/lua/test_scripts
	@echo '  RANDOM $(RANDOM_PROGRAMS) programs from seed $(SEED)'
	@MOONBIRD_RANDOM=$(RANDOM_PROGRAMS) MOONBIRD_SEED=$(SEED) \
	    ASAN_OPTIONS=handle_segv=2:allow_user_segv_handler=0 \
	    build/san/tests/lua/test_scripts tests/lua/random_spec.lua

PAIRS ?= 500
random-schemas: $(PROGRAM)
	@BUILD=$(B) tests/schema/random/run -n $(PAIRS) -s $(SEED)

# test_program lowers the limit of descriptors, of which valgrind keeps its own count; test_studio_server
# starts itself again, which under valgrind starts valgrind.  Both run with the sanitizers.
valgrind: $(filter-out %/test_program %/test_studio_server,$(filter $(B)/tests/unit/%,$(TESTS)))
	@for t in $^; do valgrind -q --error-exitcode=1 --leak-check=full $$t || exit 1; done

layers: all
	@tests/support/layers $(B)

TIDY = -std=c17 -Itests/support $(subst ",\",$(subst ',,$(CPPFLAGS)))
check: | setup
	@echo '  TIDY'
	$(Q)printf '%s\n' $(CORE) $(BINDING) src/main.c $(TESTS_C) | xargs -P 2 -n 4 sh -c \
	    'said=$$(clang-tidy --quiet "$$@" -- $(TIDY) 2>&1) || { echo "$$said"; exit 1; }' tidy
	@echo '  CPPCHECK'
	$(Q)cppcheck --quiet --std=c11 --error-exitcode=1 --enable=warning,performance,portability \
	    --inline-suppr -D_GNU_SOURCE -Iinclude -Isrc src

format:
	clang-format -i $(CORE) $(BINDING) $(HEADERS) $(wildcard src/main.c src/tools/*.c tests/support/*.[ch]) \
	    $(TESTS_C)

# The program prints its own manual pages and completions.
MAN := $(B)/man/moonbird.1 $(B)/man/moonbird.5
$(MAN): $(B)/man/moonbird.%: $(PROGRAM)
	@mkdir -p $(@D)
	$(call say,MAN)
	$(Q)$(PROGRAM) -C / help --man $* > $@.tmp && mv $@.tmp $@
$(B)/completions/%: $(PROGRAM)
	@mkdir -p $(@D)
	$(Q)$(PROGRAM) -C / completion $* > $@.tmp && mv $@.tmp $@
man: $(MAN)

SHARE     = $(DESTDIR)$(PREFIX)/share
INSTALLED = $(DESTDIR)$(PREFIX)/bin/moonbird $(SHARE)/man/man1/moonbird.1 $(SHARE)/man/man5/moonbird.5 \
            $(SHARE)/bash-completion/completions/moonbird $(SHARE)/zsh/site-functions/_moonbird \
            $(SHARE)/fish/vendor_completions.d/moonbird.fish
ifndef RELEASE
install:
	@$(MAKE) --no-print-directory RELEASE=1 install
else
install: $(PROGRAM) $(MAN) $(addprefix $(B)/completions/,bash zsh fish)
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/moonbird
	install -D -m 644 $(B)/man/moonbird.1 $(SHARE)/man/man1/moonbird.1
	install -D -m 644 $(B)/man/moonbird.5 $(SHARE)/man/man5/moonbird.5
	install -D -m 644 $(B)/completions/bash $(SHARE)/bash-completion/completions/moonbird
	install -D -m 644 $(B)/completions/zsh $(SHARE)/zsh/site-functions/_moonbird
	install -D -m 644 $(B)/completions/fish $(SHARE)/fish/vendor_completions.d/moonbird.fish
endif

uninstall:
	rm -f $(INSTALLED)

include src/tools/package/package.mk

setup:
	@sh scripts/setup $(filter test studio check matrix valgrind portable deb,$(patsubst fuzz,portable,$(patsubst test-studio,studio,$(MAKECMDGOALS:torture=test))))

clean:
	rm -rf build

-include $(shell find $(B)/src $(B)/tests -name '*.d' 2>/dev/null)
.PHONY: all portable bare arm64 mutants demo bench bench-peers test test-citus test-pglite test-drizzle test-adopt test-studio matrix torture valgrind random random-schemas layers check format man install uninstall setup clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:
