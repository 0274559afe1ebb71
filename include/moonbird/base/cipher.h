/*
 * cipher.h -- secrets in texts: HMAC-SHA-256 (RFC 2104), AES-256-GCM (SP 800-38D).
 *
 * An encrypted text is the Base64 of the nonce (12 random bytes), the ciphertext and the tag (16
 * bytes), in this order.  Other libraries use the same layout, so they can read and write it.
 */
#ifndef MOONBIRD_BASE_CIPHER_H
#define MOONBIRD_BASE_CIPHER_H

#include "moonbird/base/buf.h"
#include "moonbird/base/hash.h"

enum { MB_KEY = 32 }; /* bytes of a key */

/* Writes the HMAC-SHA-256 of `data` to `hex`, in lower-case hex with a NUL. */
void mb_hmac_hex(const void *key, size_t key_len, const void *data, size_t len,
                 char hex[MB_HASH_HEX]);

/* Reads a key from `text`: 32 bytes as they are, or 64 hex digits.  Other texts: MB_ERR_USAGE. */
MB_MUST_CHECK bool mb_secret_key(unsigned char key[MB_KEY], const char *text, size_t len,
                               mb_error *err);

/* Appends the encrypted text to `out`.  More than 1 GiB is MB_ERR_USAGE; `out` stays unchanged. */
MB_MUST_CHECK bool mb_encrypt(mb_buf *out, const unsigned char key[MB_KEY], const char *data,
                              size_t len, mb_error *err);

/*
 * Appends the plain text to `out`.  MB_ERR_FAILED: `text` does not come from mb_encrypt, was
 * changed, or was encrypted with another key; `out` then stays unchanged.
 */
MB_MUST_CHECK bool mb_decrypt(mb_buf *out, const unsigned char key[MB_KEY], const char *text,
                              size_t len, mb_error *err);

#endif
