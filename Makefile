# make              build/moonbird and build/libmoonbird.a
# make demo         install what is missing, build, run the example project
# make test         install what is missing, build, run every test (SAN=1: with sanitizers)
# make layers       includes point downwards only
# make check        clang-tidy and cppcheck
# make format       clang-format
# make install      PREFIX=/usr/local DESTDIR=

PREFIX  ?= /usr/local
VERSION := 0.1.0
CC      ?= cc

PKGS     := libpq jansson libcrypto
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wformat=2 -Wstrict-prototypes \
            -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wundef -Werror
CFLAGS   ?= -g -O2
CFLAGS   += -std=c17 $(WARN)
CPPFLAGS += -D_GNU_SOURCE -DMB_VERSION='"$(VERSION)"' -Iinclude \
            $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS) lua5.4 2>/dev/null))
LDLIBS   += $(shell pkg-config --libs $(PKGS) 2>/dev/null)
LUALIBS  := $(shell pkg-config --libs lua5.4 2>/dev/null) -lm

B := build
ifdef SAN
  B       := build/san
  CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
  LDFLAGS += -fsanitize=address,undefined
endif

CORE    := $(wildcard src/base/*.c src/sql/*.c src/pg/*.c src/migrate/*.c)
BINDING := $(wildcard src/binding/*.c)
LUA     := $(sort $(shell find src/lua -name '*.lua'))
LIB     := $(B)/libmoonbird.a
PROGRAM := $(B)/moonbird

all: $(PROGRAM)

$(PROGRAM): $(B)/src/main.o $(BINDING:%.c=$(B)/%.o) $(B)/assets.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LUALIBS) $(LDLIBS)

$(LIB): $(CORE:%.c=$(B)/%.o)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/embed: src/tools/embed.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $<

# Changes when a file is added or removed, not only when one is edited.
$(B)/assets.list: FORCE
	@mkdir -p $(@D)
	@echo '$(LUA)' | cmp -s - $@ || echo '$(LUA)' > $@

$(B)/assets.c: $(B)/embed $(B)/assets.list $(LUA)
	$(B)/embed src/lua $(LUA) > $@.tmp && mv $@.tmp $@

$(B)/assets.o: $(B)/assets.c
	$(CC) $(CPPFLAGS) -std=c17 -O0 -c -o $@ $<

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all clean FORCE
