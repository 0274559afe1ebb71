/*
 * cipher.h -- secrets in texts: HMAC-SHA-256 (RFC 2104), AES-256-GCM (SP 800-38D).
 *
 * An encrypted text is Base64 of nonce (12 random bytes), ciphertext and tag (16
 * bytes): what other libraries make of the same parts.
 */
#ifndef MOONBIRD_CIPHER_H
#define MOONBIRD_CIPHER_H

#include "moonbird/base/buf.h"
#include "moonbird/base/hash.h"

enum { MB_KEY = 32 };

void mb_hmac_hex(const void *key, size_t key_len, const void *data, size_t len,
                 char hex[MB_HASH_HEX]);

/* 32 bytes as they are, or 64 hex digits. */
MB_MUST_CHECK bool mb_secret_key(unsigned char key[MB_KEY], const char *text, size_t len,
                               mb_error *err);

MB_MUST_CHECK bool mb_encrypt(mb_buf *out, const unsigned char key[MB_KEY], const char *data,
                              size_t len, mb_error *err);

/* Another key, or a text that was changed, is an error. */
MB_MUST_CHECK bool mb_decrypt(mb_buf *out, const unsigned char key[MB_KEY], const char *text,
                              size_t len, mb_error *err);

#endif
