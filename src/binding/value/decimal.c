/*
 * decimal.c -- moonbird.decimal: exact decimal numbers, as the text that PostgreSQL reads.
 *
 * An operand can also be a number or a string with one.  A float stands for the decimal number that
 * is sent to PostgreSQL for it: 0.1 is 0.1.  Lua never calls __eq for a number or a string.
 */
#include "moonbird/base/decimal.h"
#include "binding/binding.h"

#include "moonbird/base/number.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define DECIMAL "moonbird.decimal"

void mb_lua_push_decimal(lua_State *L, const char *text, size_t len)
{
    lua_newuserdatauv(L, 0, 1);
    lua_pushlstring(L, text, len);
    lua_setiuservalue(L, -2, 1);
    luaL_setmetatable(L, DECIMAL);
}

const char *mb_lua_to_decimal(lua_State *L, int index)
{
    const char *text;

    if (lua_type(L, index) != LUA_TUSERDATA || !luaL_testudata(L, index, DECIMAL))
        return NULL;
    lua_getiuservalue(L, index, 1);
    text = lua_tostring(L, -1);
    lua_pop(L, 1);
    return text;
}

static int fail_operand(lua_State *L, int index)
{
    const char *what = luaL_typename(L, index);

    if (lua_type(L, index) == LUA_TSTRING)
        what = "this string";
    else if (lua_type(L, index) == LUA_TNUMBER)
        what = "infinity or NaN";
    else if (mb_lua_is_null(L, index))
        what = "null";
    return mb_lua_fail(L, MB_ERR_USAGE, "not a decimal number: %s", what);
}

/* PostgreSQL reads "+5", ".5" and "-.5" too: replaces the string at `index` by "5", "0.5", "-0.5". */
static void spell_out(lua_State *L, int index)
{
    size_t len;
    const char *text = lua_tolstring(L, index, &len);
    const char *number = text + (*text == '-' || *text == '+');

    if (strlen(text) != len || (*number != '.' && (*text != '+' || !isdigit((unsigned char)*number))))
        return;
    lua_pushfstring(L, "%s%s%s", *text == '-' ? "-" : "", *number == '.' ? "0" : "", number);
    lua_replace(L, index);
}

/* Replaces the value at `index` by its decimal text, and returns that. */
static const char *make_text(lua_State *L, int index)
{
    const char *text = mb_lua_to_decimal(L, index);
    size_t len;

    if (text) {
        lua_getiuservalue(L, index, 1);
        lua_replace(L, index);
    } else if (lua_type(L, index) == LUA_TNUMBER && isfinite(lua_tonumber(L, index))) {
        mb_buf *out = mb_lua_new_buf(L);

        if (lua_isinteger(L, index))
            mb_number_add_integer(out, lua_tointeger(L, index));
        else
            mb_number_add(out, lua_tonumber(L, index));
        lua_pushlstring(L, out->data, out->len);
        mb_lua_free_buf(L, out);
        lua_replace(L, index);
        lua_pop(L, 1);
    } else if (lua_type(L, index) != LUA_TSTRING) {
        fail_operand(L, index);
    } else {
        spell_out(L, index);
    }
    text = lua_tolstring(L, index, &len);
    if (len == 0 || mb_number_length(text, len) != len)
        fail_operand(L, index);
    return text;
}

static int compare(lua_State *L)
{
    const char *a = make_text(L, 1), *b = make_text(L, 2);
    int order;

    if (!mb_decimal_compare(&order, a, b, mb_lua_scratch(L)))
        return mb_lua_raise(L, mb_lua_scratch(L));
    return order;
}

static int decimal_eq(lua_State *L)
{
    const char *a = mb_lua_to_decimal(L, 1), *b = mb_lua_to_decimal(L, 2);

    lua_pushboolean(L, a && b && (strcmp(a, b) == 0 || compare(L) == 0));
    return 1;
}

static int decimal_lt(lua_State *L)
{
    lua_pushboolean(L, compare(L) < 0);
    return 1;
}

static int decimal_le(lua_State *L)
{
    lua_pushboolean(L, compare(L) <= 0);
    return 1;
}

static int calculate(lua_State *L,
                     bool (*fn)(mb_buf *out, const char *a, const char *b, mb_error *err))
{
    const char *a = make_text(L, 1), *b = make_text(L, 2);
    mb_buf *out = mb_lua_new_buf(L);

    if (!fn(out, a, b, mb_lua_scratch(L)))
        mb_lua_raise(L, mb_lua_scratch(L));
    mb_lua_push_decimal(L, out->data, out->len);
    mb_lua_free_buf(L, out);
    return 1;
}

static int decimal_add(lua_State *L)
{
    return calculate(L, mb_decimal_add);
}

static int decimal_sub(lua_State *L)
{
    return calculate(L, mb_decimal_subtract);
}

static int decimal_mul(lua_State *L)
{
    return calculate(L, mb_decimal_multiply);
}

static int decimal_unm(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushinteger(L, -1);
    return calculate(L, mb_decimal_multiply);
}

/* Other operators have results without an end, or rules that differ between SQL and Lua. */
static int refuse(lua_State *L)
{
    mb_error err;

    mb_fail(&err, MB_ERR_USAGE, "decimals can only be added, subtracted, multiplied and compared");
    mb_fail_hint(&err, "Let PostgreSQL calculate, and round: "
                       "db:value(\"SELECT round($1::numeric / $2, 2)\", a, b).");
    return mb_lua_raise(L, &err);
}

/* decimal:round([places [, how]]) -> decimal */
static int decimal_round(lua_State *L)
{
    static const char *const names[] = {
        [MB_ROUND_HALF_UP] = "half_up",
        [MB_ROUND_HALF_EVEN] = "half_even",
        [MB_ROUND_TRUNC] = "trunc",
        NULL,
    };
    const char *how = (mb_lua_check_class(L, 1, DECIMAL), luaL_optstring(L, 3, names[0]));
    lua_Integer places = luaL_optinteger(L, 2, 0);
    int mode = 0;
    mb_buf *out;

    luaL_argcheck(L, places >= 0 && places <= MB_DECIMAL_DIGITS, 2,
                  "the number of digits must be from 0 to 1000");
    while (names[mode] && strcmp(names[mode], how) != 0)
        mode++;
    if (!names[mode])
        mb_lua_unknown(L, "rounding", how, names);
    out = mb_lua_new_buf(L);
    if (!mb_decimal_round(out, mb_lua_to_decimal(L, 1), (int)places, (mb_rounding)mode,
                          mb_lua_scratch(L)))
        mb_lua_raise(L, mb_lua_scratch(L));
    mb_lua_push_decimal(L, out->data, out->len);
    mb_lua_free_buf(L, out);
    return 1;
}

static int decimal_tostring(lua_State *L)
{
    lua_pushstring(L, mb_lua_to_decimal(L, 1));
    return 1;
}

int mb_lua_decimal(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    make_text(L, 1);
    mb_lua_push_decimal(L, lua_tostring(L, 1), lua_rawlen(L, 1));
    return 1;
}

int mb_open_decimal(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"__tostring", decimal_tostring}, {"__concat", mb_lua_concat}, {"__eq", decimal_eq},
        {"__lt", decimal_lt},             {"__le", decimal_le},        {"__add", decimal_add},
        {"__sub", decimal_sub},           {"__mul", decimal_mul},      {"__unm", decimal_unm},
        {"__div", refuse},                {"__idiv", refuse},          {"__mod", refuse},
        {"__pow", refuse},                {"round", decimal_round},    {NULL, NULL}};

    mb_lua_new_class(L, DECIMAL, methods);
    return 0;
}
