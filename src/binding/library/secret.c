/* secret.c -- moonbird.hmac, encrypt and decrypt. */
#include "binding/binding.h"

#include "moonbird/base/cipher.h"

/* hmac(key, s) -> 64 hex digits */
int mb_lua_hmac(lua_State *L)
{
    size_t key_len, len;
    const char *key = luaL_checklstring(L, 1, &key_len);
    const char *s = luaL_checklstring(L, 2, &len);
    char hex[MB_HASH_HEX];

    mb_hmac_hex(key, key_len, s, len, hex);
    lua_pushstring(L, hex);
    return 1;
}

typedef bool change(mb_buf *out, const unsigned char key[MB_KEY], const char *data, size_t len,
                    mb_error *err);

static int apply(lua_State *L, change *fn)
{
    size_t key_len, len;
    const char *given = luaL_checklstring(L, 1, &key_len);
    const char *s = luaL_checklstring(L, 2, &len);
    mb_buf *out = mb_lua_new_buf(L);
    unsigned char key[MB_KEY];
    mb_error err;

    if (!mb_secret_key(key, given, key_len, &err) || !fn(out, key, s, len, &err))
        return mb_lua_raise(L, &err);
    lua_pushlstring(L, mb_buf_str(out), out->len);
    mb_buf_free(out);
    return 1;
}

/* encrypt(key, s) -> text */
int mb_lua_encrypt(lua_State *L)
{
    return apply(L, mb_encrypt);
}

/* decrypt(key, text) -> s */
int mb_lua_decrypt(lua_State *L)
{
    return apply(L, mb_decrypt);
}
