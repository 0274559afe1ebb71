#include "moonbird/hash.h"

#include "moonbird/mem.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct mb_hash {
    EVP_MD_CTX *ctx;
    EVP_MD_CTX *copy; /* a sum is taken from a copy, so that the hash goes on */
};

static const char digits[] = "0123456789abcdef";

mb_hash *mb_hash_new(void)
{
    mb_hash *hash = mb_alloc(sizeof *hash);

    hash->ctx = EVP_MD_CTX_new();
    hash->copy = EVP_MD_CTX_new();
    EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL);
    return hash;
}

void mb_hash_add(mb_hash *hash, const void *data, size_t len)
{
    EVP_DigestUpdate(hash->ctx, data, len);
}

void mb_hash_reset(mb_hash *hash)
{
    EVP_DigestInit_ex(hash->ctx, NULL, NULL);
}

void mb_hash_hex(const mb_hash *hash, char hex[MB_HASH_HEX])
{
    unsigned char sum[EVP_MAX_MD_SIZE];

    EVP_MD_CTX_copy_ex(hash->copy, hash->ctx);
    EVP_DigestFinal_ex(hash->copy, sum, NULL);
    for (size_t i = 0; i < 32; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[MB_HASH_HEX - 1] = '\0';
}

void mb_hash_free(mb_hash *hash)
{
    if (!hash)
        return;
    EVP_MD_CTX_free(hash->ctx);
    EVP_MD_CTX_free(hash->copy);
    free(hash);
}

void mb_sha256_hex(const void *data, size_t len, char hex[MB_HASH_HEX])
{
    mb_hash *hash = mb_hash_new();

    mb_hash_add(hash, data, len);
    mb_hash_hex(hash, hex);
    mb_hash_free(hash);
}
