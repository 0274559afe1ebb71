/* positional_parameters.c -- finds $1, $2 and so on in SQL text. */
#include "moonbird/sql/positional_parameters.h"

#include "sql/lexer/words.h"

#include <stdlib.h>
#include <string.h>

size_t mb_sql_positional_parameters(const char *sql)
{
    size_t most = 0;
    mb_words words;

    for (mb_words_of(&words, sql, strlen(sql)); words.token.kind != MB_TOKEN_END;
         mb_words_step(&words)) {
        size_t n = words.token.kind == MB_TOKEN_OTHER && sql[words.token.from] == '$'
                       ? strtoul(sql + words.token.from + 1, NULL, 10)
                       : 0;

        most = n > most ? n : most;
    }
    return most;
}
