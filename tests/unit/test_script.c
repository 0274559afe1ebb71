#include "moonbird/sql/script.h"

#include "render.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct split_case {
    const char *name, *text, *expected;
} split_case;

static const split_case quoting[] = {
    {"nothing", "", ""},
    {"blanks, comments, empty statements", " \n-- a;\n;/* ; /* ; */ ; */;;\t", ""},
    {"no semicolon at the end", "select 1", "1:1 select 1|"},
    {"comments are kept inside only", "/* a */ select /* b */ 1 -- c\n;", "1:9 select /* b */ 1|"},
    {"string", "select ';''--;/*';x", "1:1 select ';''--;/*'|1:19 x|"},
    {"backslash in a standard string", "select '\\';x", "1:1 select '\\'|1:12 x|"},
    {"escape string", "select E'\\';\\\\';x", "1:1 select E'\\';\\\\'|1:17 x|"},
    {"lower case e", "select e'\\'';x", "1:1 select e'\\''|1:14 x|"},
    {"e that ends a word is no prefix", "select date'\\';x", "1:1 select date'\\'|1:16 x|"},
    {"escape string goes on after a newline", "select e'a'\n -- c\n '\\';';x",
     "1:1 select e'a'\n -- c\n '\\';'|3:8 x|"},
    {"not on the same line", "select e'a' '\\';x", "1:1 select e'a' '\\'|1:17 x|"},
    {"not after a block comment", "select e'a'/*\n*/'\\';x", "1:1 select e'a'/*\n*/'\\'|2:7 x|"},
    {"a standard string goes on as one", "select 'a'\n'\\';x", "1:1 select 'a'\n'\\'|2:5 x|"},
    {"unicode, bit, hex, national strings", "select U&'\\';u&'\\',b'\\',x'\\',n'\\';x",
     "1:1 select U&'\\'|1:14 u&'\\',b'\\',x'\\',n'\\'|1:35 x|"},
    {"u& that is an operator", "select u&1;x", "1:1 select u&1|1:12 x|"},
    {"identifiers", "select \";\"\"'\", U&\"\\;\";x", "1:1 select \";\"\"'\", U&\"\\;\"|1:23 x|"},
    {"dollar quotes", "select $$;'$x$$;x", "1:1 select $$;'$x$$|1:17 x|"},
    {"dollar tag", "select $a_1$;$$ $a$ $a_1$;x", "1:1 select $a_1$;$$ $a$ $a_1$|1:27 x|"},
    {"dollar tag of other letters", "select $é$;$é$;x", "1:1 select $é$;$é$|1:16 x|"},
    {"the tag's first $ may end another", "select $a$ $b$a$;x", "1:1 select $a$ $b$a$|1:18 x|"},
    {"tags differ by case", "select $A$;$a$;$A$;x", "1:1 select $A$;$a$;$A$|1:20 x|"},
    {"a dollar inside a word quotes nothing", "select a$b$;x$;y",
     "1:1 select a$b$|1:13 x$|1:16 y|"},
    {"a digit starts no tag", "select $1$;x", "1:1 select $1$|1:12 x|"},
    {"parameter before a dollar quote", "select $1$a$;$a$;x", "1:1 select $1$a$;$a$|1:18 x|"},
    {"line comment up to a lone CR", "select 1 -- a\r;x", "1:1 select 1|1:16 x|"},
    {"line comment at the end of the text", "select 1 -- a", "1:1 select 1|"},
    {"nested comment", "/* /* */ ; */ select 1;x", "1:15 select 1|1:24 x|"},
    {"comment start is not its end", "/*/ ; */ select 1", "1:10 select 1|"},
    {"many stars", "/***; ***/ select 1", "1:12 select 1|"},
    {"operator before a comment", "select 1 +-- ;\n 2;x", "1:1 select 1 +-- ;\n 2|2:4 x|"},
    {"operator with a comment start in it", "select 1 */* ; */ 2;x",
     "1:1 select 1 */* ; */ 2|1:21 x|"},
    {"star slash is an operator", "select 1 */ 2;x", "1:1 select 1 */ 2|1:15 x|"},
    {"operators end before a line comment", "select @--;\n1;x", "1:1 select @--;\n1|2:3 x|"},
    {"numbers", "select 1e10, 1.5e-3, .5, 1..2, 0x1F, 1_000;x",
     "1:1 select 1e10, 1.5e-3, .5, 1..2, 0x1F, 1_000|1:44 x|"},
    {"casts and slices", "select a::int, b[1:2], c := 1;x",
     "1:1 select a::int, b[1:2], c := 1|1:31 x|"},
    {"vertical tab is a blank", "select\v1\v;x", "1:1 select\v1|1:11 x|"},
};

static const split_case structure[] = {
    {"parentheses hide semicolons", "create rule r as on insert to t do (a; (b;); c);x",
     "1:1 create rule r as on insert to t do (a; (b;); c)|1:49 x|"},
    {"a closing one too many", "select ); x", "1:1 select )|1:11 x|"},
    {"an open one at the end is the server's matter", "select (1; x", "1:1 select (1; x|"},
    {"parentheses in quotes and comments", "select '(', \"(\", $$($$ /*(*/ --(\n;x",
     "1:1 select '(', \"(\", $$($$|2:2 x|"},
    {"atomic body", "create function f() returns int begin atomic select 1; select 2; end;x",
     "1:1 create function f() returns int begin atomic select 1; select 2; end|1:70 x|"},
    {"empty body", "create procedure p() begin atomic end;x",
     "1:1 create procedure p() begin atomic end|1:39 x|"},
    {"comments between", "create or replace function f() BEGIN /*;*/ --;\nATOMIC -- ;\n END;x",
     "1:1 create or replace function f() BEGIN /*;*/ --;\nATOMIC -- ;\n END|3:6 x|"},
    {"case in a body",
     "create function f() begin atomic select case when a then case b when 1 then 2 end end; end;x",
     "1:1 create function f() begin atomic select case when a then case b when 1 then 2 end end; "
     "end|1:92 x|"},
    {"words with end in them",
     "create function f() begin atomic select pending, t.end, 1 as end, \"end\" from t; end;x",
     "1:1 create function f() begin atomic select pending, t.end, 1 as end, \"end\" from t; "
     "end|1:85 x|"},
    {"begin in an ordinary function", "create function f() as 'begin' language sql;x",
     "1:1 create function f() as 'begin' language sql|1:45 x|"},
    {"begin atomic elsewhere", "select begin atomic; x", "1:1 select begin atomic|1:22 x|"},
    {"arguments called begin and atomic", "create function f(begin atomic) as 'x';x",
     "1:1 create function f(begin atomic) as 'x'|1:40 x|"},
    {"breakpoint", "a--> statement-breakpoint\nb;\n--> statement-breakpoint\nc",
     "1:1 a|2:1 b|4:1 c|"},
    {"breakpoint inside parentheses", "select (1\n--> statement-breakpoint\nb;",
     "1:1 select (1|3:1 b|"},
    {"breakpoint inside a body", "create function f() begin atomic\n--> statement-breakpoint\nb;c",
     "1:1 create function f() begin atomic|3:1 b|3:3 c|"},
    {"breakpoint inside quotes", "select '\n--> statement-breakpoint\n';c",
     "1:1 select '\n--> statement-breakpoint\n'|3:3 c|"},
    {"some other comment", "a --> statement-break\n;c", "1:1 a|2:2 c|"},
    {"CRLF", "select\r\n1;\r\n  x\r\n", "1:1 select\r\n1|3:3 x|"},
    {"columns are characters", "é; é, '日本' ;  x", "1:1 é|1:4 é, '日本'|1:15 x|"},
    {"byte order mark", "\xEF\xBB\xBFselect 1", "1:1 select 1|"},
    {"restrict lines", "\\restrict abc;'\nselect 1;\n\\unrestrict abc\nx", "2:1 select 1|4:1 x|"},
};

static const split_case copies[] = {
    {"data", "copy t from stdin;\n1\t;\n2\t'\n\\.\nx;",
     "1:1 copy t from stdin|=1\t;\n2\t'\n|5:1 x|"},
    {"no data", "copy t from stdin;\n\\.\nx;", "1:1 copy t from stdin|=|3:1 x|"},
    {"data to the end of the text", "COPY t FROM STDIN;\n1\n2", "1:1 COPY t FROM STDIN|=1\n2|"},
    {"nothing after it", "copy t from stdin", "1:1 copy t from stdin|=|"},
    {"end mark without a newline", "copy t from stdin;\n1\n\\.", "1:1 copy t from stdin|=1\n|"},
    {"CRLF", "copy t from stdin;\r\n1\r\n\\.\r\nx;", "1:1 copy t from stdin|=1\r\n|4:1 x|"},
    {"lines that only look like the end", "copy t from stdin;\n\\.x\n \\.\nx\\.\n\\N\n\\\n\\.\nx",
     "1:1 copy t from stdin|=\\.x\n \\.\nx\\.\n\\N\n\\\n|8:1 x|"},
    {"options, columns and comments",
     "copy public.t (a, \"from\") from /* ; */ -- ;\n stdin with (format csv); -- c\n1\n\\.\n",
     "1:1 copy public.t (a, \"from\") from /* ; */ -- ;\n stdin with (format csv)|=1\n|"},
    {"comments after the semicolon", "copy t from stdin; /* a */ -- b\n1\n\\.\n",
     "1:1 copy t from stdin|=1\n|"},
    {"two on lines of their own", "copy t from stdin;\n1\n\\.\n\ncopy t from stdin;\n2\n\\.\n",
     "1:1 copy t from stdin|=1\n|5:1 copy t from stdin|=2\n|"},
    {"a statement before it on its line", "a; copy t from stdin;\n1\n\\.\n",
     "1:1 a|1:4 copy t from stdin|=1\n|"},
    {"ended by a breakpoint", "copy t from stdin --> statement-breakpoint\n1\n\\.\nx",
     "1:1 copy t from stdin|=1\n|4:1 x|"},
    {"ended by a breakpoint on the next line",
     "copy t from stdin\n--> statement-breakpoint\n1\n\\.\nx", "1:1 copy t from stdin|=1\n|5:1 x|"},
    {"bytes that are no UTF-8", "copy t from stdin;\n\xE9\n\\.\nx",
     "1:1 copy t from stdin|=\xE9\n|4:1 x|"},
    {"from a query or a file is not stdin",
     "copy (select 1 from stdin) to stdout;copy t from 'stdin';x",
     "1:1 copy (select 1 from stdin) to stdout|1:38 copy t from 'stdin'|1:58 x|"},
    {"text after it", "copy t from stdin; select 1;\n",
     "!1:20 text follows COPY ... FROM STDIN on the same line"},
    {"a comment over two lines after it", "copy t from stdin; /*\n*/\n",
     "!1:20 text follows COPY ... FROM STDIN on the same line"},
};

static const split_case errors[] = {
    {"string", "a;\n  b 'c;\n", "1:1 a|!2:5 unterminated quoted string"},
    {"escape string", "e'a\\'", "!1:1 unterminated quoted string"},
    {"backslash at the end", "e'a\\", "!1:1 unterminated quoted string"},
    {"identifier", "b \"c", "!1:3 unterminated quoted identifier"},
    {"dollar quote", "é $a$ $b$ $a", "!1:3 unterminated dollar-quoted string"},
    {"comment", "a;\n/* /* */", "1:1 a|!2:1 unterminated /* comment"},
    {"comment in a statement", "a /* b", "!1:3 unterminated /* comment"},
    {"psql command", "a;\n \\connect db\n",
     "1:1 a|!2:2 \"\\connect\" is a command of psql, not SQL"},
    {"psql command in a statement", "select 1 \\gset x",
     "!1:10 \"\\gset\" is a command of psql, not SQL"},
    {"one like restrict", "\\restricted\n", "!1:1 \"\\restricted\" is a command of psql, not SQL"},
    {"end of data without data", "a;\n\\.\n", "1:1 a|!2:1 \"\\.\" is a command of psql, not SQL"},
    {"latin1", "a;\nselect 'é\xE9'", "1:1 a|!2:10 the file is not valid UTF-8 (byte 0xe9)"},
    {"cut in a character", "a \xC3", "!1:3 the file is not valid UTF-8 (byte 0xc3)"},
    {"overlong form", "a \xC0\x80", "!1:3 the file is not valid UTF-8 (byte 0xc0)"},
    {"surrogate", "a \xED\xA0\x80", "!1:3 the file is not valid UTF-8 (byte 0xed)"},
    {"in a comment between statements", "a; -- \xFF\n;b",
     "1:1 a|!1:7 the file is not valid UTF-8 (byte 0xff)"},
    {"UTF-8 is looked at before quotes", "a '\xFF", "!1:4 the file is not valid UTF-8 (byte 0xff)"},
    {"second down section", "a;\n-- moonbird:down\nb;\n--moonbird: down\n",
     "1:1 a|!4:1 the file has a second \"-- moonbird:down\""},
    {"down mark behind a statement", "a; -- moonbird:down\nb;",
     "1:1 a|!1:4 a \"moonbird:\" comment must be on a separate line"},
    {"directive after the head", "a;\n-- moonbird: retries=3\nb;",
     "1:1 a|!2:1 a directive must come before the first statement"},
    {"directive inside a statement", "a\n-- moonbird: retries=3\nb;",
     "!2:1 a directive must come before the first statement"},
    {"directive in the down section", "-- moonbird:down\n-- moonbird: retries=3\nb;",
     "!2:1 a directive must come before the first statement"},
};

static const char sections[] = "-- moonbird: retries=2\na;\nb\n -- moonbird: down\t\nc;\nselect '\n"
                               "-- moonbird:down\n';";

static void check_split(const split_case *c, mb_section section)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 1 << 16};
    mb_checksums first, sums;
    mb_buf out = {0};

    current_case = c->name;
    for (size_t i = 0; i < COUNT(pieces); i++) {
        render(&out, c->text, strlen(c->text), section, pieces[i], &sums);
        assert_string_equal(out.data, c->expected);
        if (i == 0)
            first = sums;
        if (strchr(c->expected, '!') == NULL)
            assert_memory_equal(&sums, &first, sizeof sums);
    }
    mb_buf_free(&out);
}

static void check_all(const split_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_split(&cases[i], MB_SECTION_UP);
}

static void test_script__quotes_and_comments(void **state)
{
    (void)state;
    check_all(quoting, COUNT(quoting));
}

static void test_script__where_statements_end(void **state)
{
    (void)state;
    check_all(structure, COUNT(structure));
}

static void test_script__copy_data(void **state)
{
    (void)state;
    check_all(copies, COUNT(copies));
}

static void test_script__errors_have_a_place(void **state)
{
    (void)state;
    check_all(errors, COUNT(errors));
}

static void test_script__sections(void **state)
{
    const split_case up = {"up", sections, "2:1 a|3:1 b|"};
    const split_case down = {"down", sections, "5:1 c|6:1 select '\n-- moonbird:down\n'|"};
    const split_case none = {"no down", "a; b;", ""};
    const split_case copy = {"COPY ended by the down line",
                             "copy t from stdin\n-- moonbird:down\nx", "1:1 copy t from stdin|=|"};

    (void)state;
    check_split(&up, MB_SECTION_UP);
    check_split(&down, MB_SECTION_DOWN);
    check_split(&none, MB_SECTION_DOWN);
    check_split(&copy, MB_SECTION_UP);
}

static void test_script__nul_bytes_are_refused_everywhere(void **state)
{
    static const struct {
        const char *name, *text;
        size_t len;
        const char *expected;
    } cases[] = {
        {"statement", "ab\n \0c", 6, "!2:2 the file contains a NUL byte"},
        {"string", "ab '\0'", 6, "!1:5 the file contains a NUL byte"},
        {"comment", "ab; --\0", 7, "1:1 ab|!1:7 the file contains a NUL byte"},
        {"COPY data", "copy t from stdin;\n1\n2\0\n\\.\n", 26,
         "1:1 copy t from stdin|=!3:2 the file contains a NUL byte"},
        {"UTF-16", "a\0;\0", 4, "!1:1 the file is UTF-16, not UTF-8"},
        {"UTF-16 with a mark", "\xFF\xFE\0a", 4, "!1:1 the file is UTF-16, not UTF-8"},
        {"UTF-16, big", "\xFE\xFF", 2, "!1:1 the file is UTF-16, not UTF-8"},
    };
    mb_buf out = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        render(&out, cases[i].text, cases[i].len, MB_SECTION_UP, 64, NULL);
        assert_string_equal(out.data, cases[i].expected);
    }
    mb_buf_free(&out);
}

static void test_script__hints_say_what_to_do(void **state)
{
    static const struct {
        const char *text, *hint;
    } cases[] = {
        {"\\d", "Remove it, or write the file in Lua. psql runs such a script: psql -f, or moonbird dev "
                 "psql -- -f."},
        {"\\copy t from 'x'", "Use COPY ... FROM STDIN with its data below it, or db:copy in Lua."},
        {"select '\xE9'", "Convert the file, for example with iconv -f LATIN1 -t UTF-8."},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        mb_script *script = mb_script_of_text(cases[i].text, strlen(cases[i].text), "a.sql");
        mb_stmt stmt;
        mb_error err;
        bool found;

        current_case = cases[i].text;
        assert_false(mb_script_next(script, &stmt, &found, &err));
        assert_int_equal(err.code, MB_ERR_FILE);
        assert_string_equal(err.file, "a.sql");
        assert_string_equal(err.hint, cases[i].hint);
        mb_script_close(script);
    }
}

static void test_script__standard_conforming_strings_is_followed(void **state)
{
    static const split_case cases[] = {
        {"off", "set standard_conforming_strings = off; select '\\';';x",
         "1:1 set standard_conforming_strings = off|1:40 select '\\';'|1:53 x|"},
        {"off and on",
         "SET LOCAL standard_conforming_strings TO 'off'; a '\\'';"
         "SET SESSION standard_conforming_strings = on; b '\\';x",
         "1:1 SET LOCAL standard_conforming_strings TO 'off'|1:49 a '\\''|"
         "1:56 SET SESSION standard_conforming_strings = on|1:102 b '\\'|1:108 x|"},
        {"default",
         "set standard_conforming_strings = 0;"
         "set standard_conforming_strings to default; b '\\';x",
         "1:1 set standard_conforming_strings = 0|1:37 set standard_conforming_strings to default|"
         "1:81 b '\\'|1:87 x|"},
        {"U&, bit and hex strings know no backslash",
         "set standard_conforming_strings = off;"
         "a U&'\\', x'\\';x",
         "1:1 set standard_conforming_strings = off|1:39 a U&'\\', x'\\'|1:53 x|"},
        {"in other quotes", "set standard_conforming_strings = $$off$$; select '\\';';x",
         "1:1 set standard_conforming_strings = $$off$$|1:44 select '\\';'|1:57 x|"},
        {"with a prefix",
         "select set_config(e'standard_conforming_strings', E'off', false); b '\\';';x",
         "1:1 select set_config(e'standard_conforming_strings', E'off', false)|1:67 b '\\';'|"
         "1:75 x|"},
        {"reset", "set standard_conforming_strings = off; reset standard_conforming_strings; b"
                  " '\\';x",
         "1:1 set standard_conforming_strings = off|1:40 reset standard_conforming_strings|"
         "1:75 b '\\'|1:81 x|"},
        {"reset of all", "set standard_conforming_strings = off; RESET ALL; b '\\';x",
         "1:1 set standard_conforming_strings = off|1:40 RESET ALL|1:51 b '\\'|1:57 x|"},
        {"national strings do", "set standard_conforming_strings = off;a n'\\';';x",
         "1:1 set standard_conforming_strings = off|1:39 a n'\\';'|1:48 x|"},
    };
    mb_script *script = mb_script_of_text("a '\\';'; b", 10, "");
    mb_stmt stmt;
    mb_error err;
    bool found;

    (void)state;
    check_all(cases, COUNT(cases));
    current_case = "the session's setting";
    mb_script_standard_strings(script, false);
    assert_true(mb_script_next(script, &stmt, &found, &err) && found);
    assert_string_equal(stmt.sql, "a '\\';'");
    mb_script_close(script);
}

static void normalized(const char *text, mb_section section, char hex[MB_HASH_HEX])
{
    mb_buf out = {0};
    mb_checksums sums;

    render(&out, text, strlen(text), section, 7, &sums);
    memcpy(hex, sums.normalized, sizeof sums.normalized);
    mb_buf_free(&out);
}

typedef struct sum_case {
    const char *name, *a, *b;
} sum_case;

static const sum_case same[] = {
    {"line ends", "select 1,\n 2;\nx", "select 1,\r\n 2;\r\nx"},
    {"in literals too", "select 'a\nb', $$a\nb$$;", "select 'a\r\nb', $$a\r\nb$$;"},
    {"byte order mark", "select 1;", "\xEF\xBB\xBFselect 1;"},
    {"white space", "select 1, 2; x", "\n select\t1,\n\n  2\n;\n\nx;;\n"},
    {"comments", "select 1, 2;", "-- a\nselect /* b */ 1, -- c\n 2 /* d */; -- e"},
    {"a breakpoint is a semicolon", "a;\nb;", "a\n--> statement-breakpoint\nb"},
    {"both", "a;\nb;", "a;--> statement-breakpoint\nb;"},
    {"COPY data's line ends", "copy t from stdin;\n1\n\\.\n", "copy t from stdin;\r\n1\r\n\\.\r\n"},
    {"COPY data's end", "copy t from stdin;\n1\n\\.\n", "copy t from stdin;\n1"},
    {"the down section", "a;\n-- moonbird:down\nb;", "a;\n-- moonbird:down\nc;"},
    {"blanks in a directive", "-- moonbird: retries=2 transaction=off\na;",
     "--moonbird:  retries=2\t transaction=off  \r\na;"},
    {"restrict lines", "\\restrict a\nx;", "\\restrict b\nx;"},
};

static const sum_case different[] = {
    {"a word", "select 1", "select 2"},
    {"white space in a string", "select 'a b'", "select 'a  b'"},
    {"white space in an identifier", "select \"a b\"", "select \"a  b\""},
    {"white space in a dollar quote", "do $$ a$$", "do $$ a $$"},
    {"a comment in a dollar quote", "do $$ a$$", "do $$ a--b\n$$"},
    {"a space between tokens", "select a -1", "select a - 1"},
    {"where a statement ends", "a; b;", "a b;"},
    {"COPY data", "copy t from stdin;\n1\n\\.\n", "copy t from stdin;\n2\n\\.\n"},
    {"white space in COPY data", "copy t from stdin;\n1\n\\.\n", "copy t from stdin;\n1 \n\\.\n"},
    {"an empty line of COPY data", "copy t from stdin;\n\\.\n", "copy t from stdin;\n\n\\.\n"},
    {"data and statements", "copy t from stdin;\na;\n\\.\n", "copy t from stdin;\n\\.\na;"},
    {"a directive", "-- moonbird: retries=2\na;", "-- moonbird: retries=3\na;"},
    {"no directive", "-- moonbird: retries=2\na;", "a;"},
    {"a lone CR in a string", "select 'a\rb'", "select 'a\nb'"},
    {"case of a name", "select a", "select A"},
};

static void test_sums__normalized_ignores_what_does_not_count(void **state)
{
    char a[MB_HASH_HEX], b[MB_HASH_HEX];

    (void)state;
    for (size_t i = 0; i < COUNT(same); i++) {
        current_case = same[i].name;
        normalized(same[i].a, MB_SECTION_UP, a);
        normalized(same[i].b, MB_SECTION_UP, b);
        assert_string_equal(a, b);
    }
}

static void test_sums__normalized_sees_what_counts(void **state)
{
    char a[MB_HASH_HEX], b[MB_HASH_HEX];

    (void)state;
    for (size_t i = 0; i < COUNT(different); i++) {
        current_case = different[i].name;
        normalized(different[i].a, MB_SECTION_UP, a);
        normalized(different[i].b, MB_SECTION_UP, b);
        assert_string_not_equal(a, b);
    }
    current_case = "the down section for its own reader";
    normalized("a;\n-- moonbird:down\nb;", MB_SECTION_DOWN, a);
    normalized("a;\n-- moonbird:down\nc;", MB_SECTION_DOWN, b);
    assert_string_not_equal(a, b);
}

static void test_sums__raw_is_of_all_bytes(void **state)
{
    const char text[] = "\xEF\xBB\xBF"
                        "a;\r\ncopy t from stdin;\n1\n\\.\n-- moonbird:down\nb;\n";
    char raw[MB_HASH_HEX];
    mb_buf out = {0};
    mb_checksums sums;

    (void)state;
    mb_sha256_hex(text, sizeof text - 1, raw);
    render(&out, text, sizeof text - 1, MB_SECTION_UP, 5, &sums);
    assert_string_equal(sums.file, raw);
    mb_buf_free(&out);
}

static void progress(const char *text, size_t statements, char hex[MB_HASH_HEX])
{
    mb_script *script = mb_script_of_text(text, strlen(text), "");
    mb_stmt stmt;
    mb_error err;
    bool found;

    while (statements-- > 0)
        assert_true(mb_script_next(script, &stmt, &found, &err) && found);
    mb_script_progress_checksum(script, hex);
    mb_script_close(script);
}

static void test_sums__progress_is_of_the_statements_so_far(void **state)
{
    char a[MB_HASH_HEX], b[MB_HASH_HEX];

    (void)state;
    progress("-- moonbird: retries=1\na;\n b  c; d;", 2, a);
    progress("a; b c; e;", 2, b);
    assert_string_equal(a, b);
    progress("a; b c; e;", 3, b);
    assert_string_not_equal(a, b);
    progress("-- moonbird: retries=1\na;\n b  c; d;", 3, a);
    assert_string_not_equal(a, b);
    progress("copy t from stdin;\n1\n\\.\na;", 1, a);
    progress("copy t from stdin;\n2\n\\.\na;", 1, b);
    assert_string_not_equal(a, b);
}

static void test_sums__progress_is_the_same_with_copy_data_fetched_or_not(void **state)
{
    static const char text[] = "copy t from stdin;\n1\n\\.\na;";
    mb_script *script = mb_script_of_text(text, sizeof text - 1, "");
    char fetched[MB_HASH_HEX], passed[MB_HASH_HEX];
    const char *data;
    mb_stmt stmt;
    mb_error err;
    bool found;
    size_t len;

    (void)state;
    progress(text, 1, passed);
    assert_true(mb_script_next(script, &stmt, &found, &err) && found);
    do
        assert_true(mb_script_copy_data(script, &data, &len, &err));
    while (len > 0);
    mb_script_progress_checksum(script, fetched);
    assert_string_equal(fetched, passed);
    assert_true(mb_script_next(script, &stmt, &found, &err) && found);
    assert_string_equal(stmt.sql, "a");
    mb_script_close(script);
}

static void test_sums__of_lua(void **state)
{
    mb_checksums a, b, c;

    (void)state;
    mb_checksums_of_lua(&a, "return {\n}\n", 11);
    mb_checksums_of_lua(&b, "\xEF\xBB\xBFreturn {\r\n}\r\n", 16);
    mb_checksums_of_lua(&c, "return { \n}\n", 12);
    assert_string_equal(a.normalized, b.normalized);
    assert_string_not_equal(a.file, b.file);
    assert_string_not_equal(a.normalized, c.normalized);
}

static void test_text__check(void **state)
{
    mb_error err;
    size_t skip;

    (void)state;
    assert_true(mb_text_check("", 0, "f", &skip, &err));
    assert_int_equal(skip, 0);
    assert_true(mb_text_check("\xEF\xBB\xBF\xF0\x9F\x90\xA6", 7, "f", &skip, &err));
    assert_int_equal(skip, 3);
    assert_false(mb_text_check("aé\nbé\xC3(", 9, "f", &skip, &err));
    assert_string_equal(err.file, "f");
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 3);
    assert_false(mb_text_check("12345678\0", 9, "f", &skip, &err));
    assert_string_equal(err.message, "the file contains a NUL byte");
    assert_int_equal(err.column, 9);
}

static const mb_stmt two_lines = {.sql = "select é,\n\tb", .len = 13, .line = 7, .column = 5};

static void test_place__of_a_position(void **state)
{
    static const struct {
        int position, line, column;
    } cases[] = {{0, 7, 5}, {1, 7, 5}, {8, 7, 12}, {9, 7, 13}, {11, 8, 1}, {12, 8, 2}, {99, 8, 3}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int line, column;

        mb_stmt_place(&two_lines, cases[i].position, &line, &column);
        assert_int_equal(line, cases[i].line);
        assert_int_equal(column, cases[i].column);
    }
}

static void test_place__error_shows_the_line(void **state)
{
    mb_error err = {.code = MB_ERR_SQL, .position = 12};

    (void)state;
    assert_false(mb_sql_fail(&err, "m.sql", &two_lines));
    assert_string_equal(err.file, "m.sql");
    assert_int_equal(err.line, 8);
    assert_int_equal(err.column, 2);
    assert_string_equal(err.source, "\tb");
    assert_int_equal(err.caret, 2);
    assert_string_equal(err.sql, two_lines.sql);

    err = (mb_error){.code = MB_ERR_SQL};
    mb_sql_fail(&err, "m.sql", &two_lines);
    assert_int_equal(err.line, 7);
    assert_string_equal(err.source, "select é,");
    assert_int_equal(err.caret, 0);

    err = (mb_error){.position = 12, .file = "below.lua", .line = 3};
    mb_sql_fail(&err, "m.sql", &two_lines);
    assert_string_equal(err.file, "below.lua");
    assert_int_equal(err.line, 3);
}

/* The character under the caret. */
static const char *under_caret(const mb_error *err)
{
    const char *s = err->source;

    for (int i = 1; i < err->caret; i++)
        do
            s++;
        while (((unsigned char)*s & 0xC0) == 0x80);
    return s;
}

static void test_place__long_lines_are_cut_round_the_caret(void **state)
{
    mb_buf text = {0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        mb_buf_puts(&text, i == 500 ? "!" : "é");
    for (int position = 1; position <= 1000; position += 37) {
        mb_stmt stmt = {.sql = text.data, .len = text.len, .line = 1, .column = 1};
        mb_error err = {.position = position};
        size_t skip;

        mb_sql_fail(&err, "f", &stmt);
        assert_true(strlen(err.source) > 250);
        assert_true(mb_text_check(err.source, strlen(err.source), "", &skip, &err));
        assert_true(*under_caret(&err) != '\0');
    }
    for (int position = 499; position <= 503; position++) {
        mb_stmt stmt = {.sql = text.data, .len = text.len, .line = 1, .column = 1};
        mb_error err = {.position = position};

        mb_sql_fail(&err, "f", &stmt);
        assert_int_equal(*under_caret(&err) == '!', position == 501);
    }
    mb_buf_free(&text);
}

static void test_script__copy_statement_outlives_its_data(void **state)
{
    mb_buf text = {0}, seen = {0};
    mb_script *script;
    mb_stmt stmt;
    mb_error err;
    bool found;
    const char *data;
    size_t len;

    (void)state;
    mb_buf_puts(&text, "copy t from stdin;\n");
    while (text.len < 1 << 20)
        mb_buf_printf(&text, "%zu\t%0200d\n", text.len, 0);
    script = mb_script_of_text(text.data, text.len, "f");
    assert_true(mb_script_next(script, &stmt, &found, &err) && found);
    assert_int_equal(stmt.kind, MB_STMT_COPY_IN);
    do {
        assert_true(mb_script_copy_data(script, &data, &len, &err));
        assert_true(len == 0 || data[len - 1] == '\n');
        mb_buf_add(&seen, data, len);
    } while (len > 0);
    assert_string_equal(stmt.sql, "copy t from stdin");
    assert_int_equal(seen.len, text.len - 19);
    assert_memory_equal(seen.data, text.data + 19, seen.len);
    mb_script_close(script);
    mb_buf_free(&text);
    mb_buf_free(&seen);
}

static void test_script__copy_data_may_be_passed_over(void **state)
{
    const char text[] = "copy t from stdin;\n1\n\\.\nx;";
    mb_script *script = mb_script_of_text(text, sizeof text - 1, "f");
    mb_stmt stmt;
    mb_error err;
    bool found;

    (void)state;
    assert_true(mb_script_next(script, &stmt, &found, &err) && found);
    assert_true(mb_script_next(script, &stmt, &found, &err) && found);
    assert_string_equal(stmt.sql, "x");
    assert_int_equal(stmt.number, 2);
    assert_true(mb_script_next(script, &stmt, &found, &err));
    assert_false(found);
    assert_true(mb_script_next(script, &stmt, &found, &err));
    assert_false(found);
    assert_false(mb_script_has_down(script));
    mb_script_close(script);
}

static void test_script__files(void **state)
{
    char path[] = "/tmp/moonbird-script-XXXXXX";
    int fd = mkstemp(path);
    mb_script *script;
    mb_stmt stmt;
    mb_error err;
    bool found;

    (void)state;
    assert_int_equal(write(fd, sections, sizeof sections - 1), sizeof sections - 1);
    close(fd);
    assert_true(mb_script_open(&script, path, MB_SECTION_DOWN, &err));
    assert_true(mb_script_next(script, &stmt, &found, &err) && found);
    assert_string_equal(stmt.sql, "c");
    err = (mb_error){.code = MB_ERR_SQL, .position = 1};
    mb_stmt_fail(&err, script, &stmt);
    assert_string_equal(err.file, path);
    assert_int_equal(err.line, 5);
    while (found)
        assert_true(mb_script_next(script, &stmt, &found, &err));
    assert_true(mb_script_has_down(script));
    mb_script_close(script);
    unlink(path);

    assert_false(mb_script_open(&script, path, MB_SECTION_UP, &err));
    assert_int_equal(err.code, MB_ERR_FILE);
    assert_true(mb_script_open(&script, "/tmp", MB_SECTION_UP, &err));
    assert_false(mb_script_next(script, &stmt, &found, &err));
    assert_string_equal(err.file, "/tmp");
    mb_script_close(script);
}

static long peak_kb(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* 64 MB of COPY data between statements, and the way back from it to a line number. */
static void test_script__memory_does_not_grow_with_the_file(void **state)
{
    enum { ROWS = 1 << 20, ROW = 64 };
    char path[] = "/tmp/moonbird-script-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    mb_script *script;
    mb_stmt stmt = {0};
    mb_error err;
    bool found;
    long before;

    (void)state;
    fputs("copy t from stdin;\n", file);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%0*d\n", ROW - 1, i);
    fputs("\\.\nselect 2;\n", file);
    fclose(file);
    before = peak_kb();
    assert_true(mb_script_open(&script, path, MB_SECTION_UP, &err));
    for (int i = 0; i < 2; i++)
        assert_true(mb_script_next(script, &stmt, &found, &err) && found);
    assert_string_equal(stmt.sql, "select 2");
    assert_int_equal(stmt.line, ROWS + 3);
    assert_true(peak_kb() - before < 4096);
    mb_script_close(script);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_script__quotes_and_comments),
        cmocka_unit_test(test_script__where_statements_end),
        cmocka_unit_test(test_script__copy_data),
        cmocka_unit_test(test_script__errors_have_a_place),
        cmocka_unit_test(test_script__sections),
        cmocka_unit_test(test_script__nul_bytes_are_refused_everywhere),
        cmocka_unit_test(test_script__hints_say_what_to_do),
        cmocka_unit_test(test_script__standard_conforming_strings_is_followed),
        cmocka_unit_test(test_sums__normalized_ignores_what_does_not_count),
        cmocka_unit_test(test_sums__normalized_sees_what_counts),
        cmocka_unit_test(test_sums__raw_is_of_all_bytes),
        cmocka_unit_test(test_sums__progress_is_of_the_statements_so_far),
        cmocka_unit_test(test_sums__progress_is_the_same_with_copy_data_fetched_or_not),
        cmocka_unit_test(test_sums__of_lua),
        cmocka_unit_test(test_text__check),
        cmocka_unit_test(test_place__of_a_position),
        cmocka_unit_test(test_place__error_shows_the_line),
        cmocka_unit_test(test_place__long_lines_are_cut_round_the_caret),
        cmocka_unit_test(test_script__copy_statement_outlives_its_data),
        cmocka_unit_test(test_script__copy_data_may_be_passed_over),
        cmocka_unit_test(test_script__files),
        cmocka_unit_test(test_script__memory_does_not_grow_with_the_file),
    };

    return RUN_TESTS(tests);
}
