#include "pg/pooler/provider_pooler.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool ends_with(const char *s, const char *end)
{
    size_t len = strlen(s), tail = strlen(end);

    return len >= tail && strcasecmp(s + len - tail, end) == 0;
}

/* Neon's pooler has the server's host name, with a suffix to its first label. */
static bool is_neon(char out[MB_DIRECT_SIZE], const char *host, const char *port)
{
    static const char suffix[] = "-pooler";
    const size_t tail = sizeof suffix - 1;
    size_t label = strcspn(host, ".");

    if (!ends_with(host, ".neon.tech") || label <= tail ||
        strncasecmp(host + label - tail, suffix, tail) != 0)
        return false;
    snprintf(out, MB_DIRECT_SIZE, "%.*s%s, port %s", (int)(label - tail), host, host + label, port);
    return true;
}

/* Supabase's shared pooler gets the project from the user name, in both of its modes. */
static bool is_supabase_shared(char out[MB_DIRECT_SIZE], const char *host, const char *user)
{
    const char *project = strchr(user, '.');

    if (!ends_with(host, ".pooler.supabase.com"))
        return false;
    snprintf(out, MB_DIRECT_SIZE, "db.%s.supabase.co, port 5432",
             project && project[1] ? project + 1 : "PROJECT");
    return true;
}

/* A project's own pooler has the host name of its server. */
static bool is_supabase_own(char out[MB_DIRECT_SIZE], const char *host, const char *port)
{
    if (!ends_with(host, ".supabase.co") || strcmp(port, "6543") != 0)
        return false;
    snprintf(out, MB_DIRECT_SIZE, "%s, port 5432", host);
    return true;
}

bool mb_direct_address(char out[MB_DIRECT_SIZE], const char *host, const char *port,
                       const char *user)
{
    out[0] = '\0';
    return is_neon(out, host, port) || is_supabase_shared(out, host, user) ||
           is_supabase_own(out, host, port);
}
