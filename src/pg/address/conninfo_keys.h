/* conninfo_keys.h -- the names of parameters, of libpq and in a connection string. */
#ifndef MOONBIRD_PG_ADDRESS_CONNINFO_KEYS_H
#define MOONBIRD_PG_ADDRESS_CONNINFO_KEYS_H

#include "moonbird/base/buf.h"

#include <libpq-fe.h>

enum { MB_CONNINFO_MOST = 128 }; /* parameters that libpq knows, at most */

bool mb_conninfo_is_url(const char *conninfo); /* or else key=value pairs */

/* libpq's own parameters, into `words`; borrowed from `known`.  Returns their number. */
size_t mb_conninfo_list_known(const char *words[MB_CONNINFO_MOST], const PQconninfoOption *known);
bool mb_conninfo_is_among(const char *key, const char *const *words, size_t n);

/*
 * Reads the next key of key=value pairs, and moves *s past its value.  False at the end, and
 * without a pair.  The string may be one that libpq cannot parse.
 */
bool mb_conninfo_next_pair(mb_buf *key, const char **s);
bool mb_conninfo_next_in_query(mb_buf *key, const char **s); /* likewise in the query of a URL */

const char *mb_conninfo_skip_space(const char *s);

#endif
