#include "moonbird/base/hash.h"

#include "test.h"

#include <string.h>

/* FIPS 180-4 examples and NIST's CAVP short messages. */
static const struct {
    const char *text, *want;
} cases[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
     "lmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

static void test_hash__fips_vectors(void **state)
{
    char hex[MB_HASH_HEX];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].text;
        mb_sha256_hex(cases[i].text, strlen(cases[i].text), hex);
        assert_string_equal(hex, cases[i].want);
    }
}

/* The check value of CRC-32/ISO-HDLC, also of a text in two parts. */
static void test_hash__crc32(void **state)
{
    (void)state;
    assert_int_equal(mb_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(mb_crc32(mb_crc32(0, "1234", 4), "56789", 5), 0xcbf43926);
    assert_int_equal(mb_crc32(0, "", 0), 0);
}

static void test_hash__a_million_letters_in_pieces(void **state)
{
    mb_hash *hash = mb_hash_new();
    char hex[MB_HASH_HEX], piece[127];
    size_t left = 1000000;

    (void)state;
    memset(piece, 'a', sizeof piece);
    while (left > 0) {
        size_t n = left < sizeof piece ? left : sizeof piece;

        mb_hash_add(hash, piece, n);
        left -= n;
    }
    mb_hash_hex(hash, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    mb_hash_free(hash);
}

static void test_hash__goes_on_after_a_sum(void **state)
{
    mb_hash *hash = mb_hash_new();
    char hex[MB_HASH_HEX];

    (void)state;
    mb_hash_hex(hash, hex);
    assert_string_equal(hex, cases[0].want);
    mb_hash_add(hash, "ab", 2);
    mb_hash_hex(hash, hex);
    mb_hash_add(hash, "c", 1);
    mb_hash_hex(hash, hex);
    assert_string_equal(hex, cases[1].want);
    mb_hash_free(hash);
    mb_hash_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__fips_vectors),
        cmocka_unit_test(test_hash__crc32),
        cmocka_unit_test(test_hash__a_million_letters_in_pieces),
        cmocka_unit_test(test_hash__goes_on_after_a_sum),
    };

    return RUN_TESTS(tests);
}
