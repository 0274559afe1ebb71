/* search_path.h -- in which schema the session creates names without a schema. */
#ifndef MOONBIRD_HISTORY_SEARCH_PATH_H
#define MOONBIRD_HISTORY_SEARCH_PATH_H

#include "moonbird/history/history.h"

/* What the session says of its names; borrowed. */
typedef struct mb_name_place {
    const char *path;    /* its search_path */
    const char *current; /* current_schema(); NULL: no schema of the path exists */
    const char *user;    /* current_user, which "$user" means */
    bool exists;         /* the schema that is asked for exists */
} mb_name_place;

/*
 * Are names without a schema created in `schema`, or will they be as soon as it exists?
 * https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH
 */
bool mb_path_leads_to(const mb_name_place *place, const char *schema);

/*
 * Call before migrations run.  false (MB_ERR_POLICY): names without a schema in them would mean the
 * schema of the history, whose inspection found that.
 */
MB_MUST_CHECK bool mb_history_check_path(const mb_history *history, mb_store in, mb_error *err);

#endif
