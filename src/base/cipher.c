#include "moonbird/base/cipher.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

enum { NONCE = 12, TAG = 16, LONGEST = INT_MAX / 2 };

void mb_hmac_hex(const void *key, size_t key_len, const void *data, size_t len,
                 char hex[MB_HASH_HEX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE];

    HMAC(EVP_sha256(), key_len ? key : "", (int)key_len, data, len, sum, NULL);
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[MB_HASH_HEX - 1] = '\0';
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

    return found ? (int)(found - digits) : -1;
}

bool mb_secret_key(unsigned char key[MB_KEY], const char *text, size_t len, mb_error *err)
{
    bool ok = len == (size_t)2 * MB_KEY;

    if (len == MB_KEY) {
        memcpy(key, text, MB_KEY);
        return true;
    }
    for (size_t i = 0; ok && i < MB_KEY; i++) {
        ok = digit(text[2 * i]) >= 0 && digit(text[2 * i + 1]) >= 0;
        if (ok)
            key[i] = (unsigned char)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    }
    return ok || mb_fail(err, MB_ERR_USAGE, "a key must be 32 bytes or 64 hex digits");
}

static bool seal(unsigned char *sealed, const unsigned char key[MB_KEY], const char *data, int len)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    unsigned char *body = sealed + NONCE;
    int put = 0;
    bool ok = ctx && RAND_bytes(sealed, NONCE) == 1 &&
              EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed) &&
              EVP_EncryptUpdate(ctx, body, &put, (const unsigned char *)data, len) &&
              EVP_EncryptFinal_ex(ctx, body + put, &put) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, body + len);

    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

/* Decrypts in place: the plain text replaces the ciphertext after the nonce. */
static bool open_sealed(unsigned char *sealed, const unsigned char key[MB_KEY], int len)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    unsigned char *body = sealed + NONCE;
    int put = 0;
    bool ok = ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, body + len) &&
              EVP_DecryptUpdate(ctx, body, &put, body, len) &&
              EVP_DecryptFinal_ex(ctx, body + put, &put) > 0;

    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

bool mb_encrypt(mb_buf *out, const unsigned char key[MB_KEY], const char *data, size_t len,
                mb_error *err)
{
    mb_buf sealed = {0};
    size_t all = NONCE + len + TAG;
    bool ok = len <= LONGEST;

    if (!ok)
        return mb_fail(err, MB_ERR_USAGE, "moonbird cannot encrypt more than 1 GiB at once");
    mb_buf_reserve(&sealed, all);
    ok = seal((unsigned char *)sealed.data, key, data, (int)len) ||
         mb_fail(err, MB_ERR_FAILED, "encryption failed");
    if (ok) {
        mb_buf_reserve(out, (all + 2) / 3 * 4);
        out->len += (size_t)EVP_EncodeBlock((unsigned char *)out->data + out->len,
                                            (unsigned char *)sealed.data, (int)all);
    }
    mb_buf_free(&sealed);
    return ok;
}

/* Decodes Base64 into `out`; false when `text` is not Base64. */
static bool decode(mb_buf *out, const char *text, size_t len)
{
    int put;

    if (len == 0 || len % 4 != 0 || len > LONGEST)
        return false;
    mb_buf_reserve(out, len / 4 * 3);
    put = EVP_DecodeBlock((unsigned char *)out->data, (const unsigned char *)text, (int)len);
    if (put < 0)
        return false;
    out->len = (size_t)put - (text[len - 1] == '=') - (text[len - 2] == '=');
    return true;
}

bool mb_decrypt(mb_buf *out, const unsigned char key[MB_KEY], const char *text, size_t len,
                mb_error *err)
{
    mb_buf sealed = {0};
    bool ok = decode(&sealed, text, len) && sealed.len >= NONCE + TAG;
    size_t plain = ok ? sealed.len - NONCE - TAG : 0;

    if (!ok)
        mb_fail(err, MB_ERR_FAILED, "the string was not made by moonbird.encrypt");
    else if (!(ok = open_sealed((unsigned char *)sealed.data, key, (int)plain)))
        mb_fail(err, MB_ERR_FAILED, "wrong key, or the string was changed");
    else
        mb_buf_add(out, sealed.data + NONCE, plain);
    mb_buf_free(&sealed);
    return ok;
}
