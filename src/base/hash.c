/*
 * This file uses functions that OpenSSL 3 deprecates but keeps.  Their EVP replacements look the
 * algorithm up and read openssl.cnf first, which takes a fifth of the time of an `up` with nothing
 * to do.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "moonbird/base/hash.h"

#include "moonbird/base/mem.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>

struct mb_hash {
    SHA256_CTX ctx;
};

static const char digits[] = "0123456789abcdef";

mb_hash *mb_hash_new(void)
{
    mb_hash *hash = mb_alloc(sizeof *hash);

    mb_hash_reset(hash);
    return hash;
}

void mb_hash_add(mb_hash *hash, const void *data, size_t len)
{
    SHA256_Update(&hash->ctx, data, len);
}

void mb_hash_reset(mb_hash *hash)
{
    SHA256_Init(&hash->ctx);
}

static void write_hex(char *hex, const unsigned char *sum, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    hex[2 * len] = '\0';
}

void mb_hash_hex(const mb_hash *hash, char hex[MB_HASH_HEX])
{
    SHA256_CTX copy = hash->ctx; /* SHA256_Final ends the copy; the hash takes more data */
    unsigned char sum[SHA256_DIGEST_LENGTH];

    SHA256_Final(sum, &copy);
    write_hex(hex, sum, sizeof sum);
}

void mb_hash_free(mb_hash *hash)
{
    free(hash);
}

void mb_sha256_hex(const void *data, size_t len, char hex[MB_HASH_HEX])
{
    mb_hash hash;

    mb_hash_reset(&hash);
    mb_hash_add(&hash, data, len);
    mb_hash_hex(&hash, hex);
}

void mb_sha384_hex(const void *data, size_t len, char hex[MB_HASH_LONG_HEX])
{
    unsigned char sum[SHA384_DIGEST_LENGTH];

    SHA384(data, len, sum);
    write_hex(hex, sum, sizeof sum);
}

void mb_sha1_hex(const void *data, size_t len, char hex[MB_SHA1_HEX])
{
    unsigned char sum[SHA_DIGEST_LENGTH];

    SHA1(data, len, sum);
    write_hex(hex, sum, sizeof sum);
}

bool mb_md5_hex(const void *data, size_t len, char hex[MB_MD5_HEX])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (EVP_Digest(data, len, sum, &n, EVP_md5(), NULL) != 1 || n != (MB_MD5_HEX - 1) / 2)
        return false;
    write_hex(hex, sum, n);
    return true;
}

uint32_t mb_crc32(uint32_t crc, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}
