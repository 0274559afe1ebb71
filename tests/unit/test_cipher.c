#include "moonbird/base/cipher.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

/* RFC 4231, test cases 1, 2 and 6. */
static void test_cipher__hmac_is_that_of_the_rfc(void **state)
{
    static char ones[20], many[131];
    const struct {
        const char *name, *key;
        size_t key_len;
        const char *data, *sum;
    } cases[] = {
        {"1", ones, sizeof ones, "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"2", "Jefe", 4, "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"6", many, sizeof many, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"empty", "", 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    char hex[MB_HASH_HEX];

    (void)state;
    memset(ones, 0x0B, sizeof ones);
    memset(many, 0xAA, sizeof many);
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        mb_hmac_hex(cases[i].key, cases[i].key_len, cases[i].data, strlen(cases[i].data), hex);
        assert_string_equal(hex, cases[i].sum);
    }
    current_case = NULL;
}

/* The GCM specification's test cases 13 and 14, in the layout of cipher.h. */
static void test_cipher__reads_what_others_wrote(void **state)
{
    static const struct {
        const char *text;
        size_t zeros;
    } cases[] = {
        {"AAAAAAAAAAAAAAAAUw+K+8dFNrmpY7TxxMtziw==", 0},
        {"AAAAAAAAAAAAAAAAzqdAPU1ga24HTsXTuvOdGNDRyKeZmWvwJluYtdSKuRk=", 16},
    };
    static const unsigned char key[MB_KEY];
    static const char zeros[16];
    mb_buf out = {0};
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].text;
        mb_buf_clear(&out);
        if (!mb_decrypt(&out, key, cases[i].text, strlen(cases[i].text), &err))
            fail_msg("%s", err.message);
        assert_int_equal(out.len, cases[i].zeros);
        assert_memory_equal(mb_buf_str(&out), zeros, cases[i].zeros);
    }
    current_case = NULL;
    mb_buf_free(&out);
}

static void test_cipher__a_text_that_was_changed_is_refused(void **state)
{
    static const unsigned char key[MB_KEY] = {1}, other[MB_KEY] = {2};
    mb_buf text = {0}, out = {0};
    mb_error err;

    (void)state;
    for (size_t len = 0; len < 40; len++) {
        mb_buf_clear(&text);
        mb_buf_clear(&out);
        assert_true(mb_encrypt(&text, key, "0123456789012345678901234567890123456789", len, &err));
        assert_false(mb_decrypt(&out, other, text.data, text.len, &err));
        for (size_t i = 0; i < text.len; i++) {
            char before = text.data[i];

            text.data[i] = before == 'A' ? 'z' : 'A';
            if (text.data[text.len - 1] == '=' || i + 2 < text.len)
                assert_false(mb_decrypt(&out, key, text.data, text.len, &err));
            text.data[i] = before;
        }
        assert_false(mb_decrypt(&out, key, text.data, text.len - 4, &err));
        assert_int_equal(out.len, 0);
        assert_true(mb_decrypt(&out, key, text.data, text.len, &err));
        assert_int_equal(out.len, len);
    }
    mb_buf_free(&text);
    mb_buf_free(&out);
}

static void test_cipher__a_key_is_bytes_or_hex(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        {"01234567890123456789012345678901", true},
        {"000102030405060708090a0b0c0d0e0f000102030405060708090A0B0C0D0E0F", true},
        {"", false},
        {"0123456789012345678901234567890", false},
        {"000102030405060708090a0b0c0d0e0f000102030405060708090A0B0C0D0E0g", false},
    };
    unsigned char key[MB_KEY];
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].text;
        assert_int_equal(mb_secret_key(key, cases[i].text, strlen(cases[i].text), &err),
                         cases[i].ok);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cipher__hmac_is_that_of_the_rfc),
        cmocka_unit_test(test_cipher__reads_what_others_wrote),
        cmocka_unit_test(test_cipher__a_text_that_was_changed_is_refused),
        cmocka_unit_test(test_cipher__a_key_is_bytes_or_hex),
    };

    return RUN_TESTS(tests);
}
