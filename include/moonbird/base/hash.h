/* hash.h -- SHA-256, and SHA-384 and SHA-1 (FIPS 180-4) and MD5, by OpenSSL's libcrypto; CRC-32. */
#ifndef MOONBIRD_BASE_HASH_H
#define MOONBIRD_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MB_HASH_HEX      65 /* 64 hex digits and a NUL */
#define MB_HASH_LONG_HEX 97 /* of SHA-384 */
#define MB_MD5_HEX       33
#define MB_SHA1_HEX      41

typedef struct mb_hash mb_hash;

/* A new hash without data; the caller frees it with mb_hash_free. */
mb_hash *mb_hash_new(void);
/* Adds data to the hash; borrows nothing. */
void mb_hash_add(mb_hash *hash, const void *data, size_t len);

/* Forgets the data added so far; cheaper than a new hash. */
void mb_hash_reset(mb_hash *hash);

/*
 * Writes the hash of the data so far, in lower-case hex with a NUL; more data may be added later.
 */
void mb_hash_hex(const mb_hash *hash, char hex[MB_HASH_HEX]);
void mb_hash_free(mb_hash *hash); /* NULL is allowed */

/* Write the hash of `len` bytes. */
void mb_sha256_hex(const void *data, size_t len, char hex[MB_HASH_HEX]);
void mb_sha384_hex(const void *data, size_t len, char hex[MB_HASH_LONG_HEX]);

/* SHA-1, only to compare with what another tool has written. */
void mb_sha1_hex(const void *data, size_t len, char hex[MB_SHA1_HEX]);

/*
 * MD5 (RFC 1321), only to compare with what another tool has recorded.  false: libcrypto refuses it
 * here, for example in FIPS mode.
 */
bool mb_md5_hex(const void *data, size_t len, char hex[MB_MD5_HEX]);

/* CRC-32 of ISO-HDLC, as zlib; `crc` is that of the bytes before, 0 for none. */
uint32_t mb_crc32(uint32_t crc, const void *data, size_t len);

#endif
