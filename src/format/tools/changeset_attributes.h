/* changeset_attributes.h -- the attributes NAME:VALUE of a Liquibase changeset, behind its id. */
#ifndef MOONBIRD_FORMAT_TOOLS_CHANGESET_ATTRIBUTES_H
#define MOONBIRD_FORMAT_TOOLS_CHANGESET_ATTRIBUTES_H

#include "format/lines.h"

/*
 * `from`, in the line, is behind the changeset's author or later.  Names and values count in any
 * case.
 */
bool mb_attribute_is(const mb_line *line, const char *from, const char *name, const char *value);

/* The value of an attribute, which the caller frees; NULL: the line does not have it. */
char *mb_attribute(const mb_line *line, const char *from, const char *name);

/*
 * AUTHOR:ID at `text`, without quotes, which the caller frees; *stop is behind it.  NULL: the line
 * does not have it.
 */
char *mb_changeset_id(const char **stop, const mb_line *line, const char *text);

/*
 * The identity of a changeset is its author, its id, and the path of its file or, in its place, its
 * logicalFilePath, which the head of the file or the changeset has.  The caller frees them.
 */
char *mb_logical_path(const mb_line *line, const char *from); /* relative; NULL: it has none */
char *mb_listed_path(const mb_listing *l, const char *file);  /* absolute, without links */

/*
 * Refuses attributes that would make moonbird run the changeset in another way than Liquibase, and
 * names that Liquibase passes over.  `from` is behind the id.
 */
MB_MUST_CHECK bool mb_attributes_check(const mb_listing *l, const char *file, const mb_line *line,
                                       const char *from, mb_error *err);

/* Does a list of databases such as "postgresql,h2", "!oracle" or "all" have PostgreSQL? */
bool mb_has_postgresql(const char *list);

/*
 * Refuses a comment that is nearly --rollback STATEMENT; or --changeset AUTHOR:ID.  The line is
 * none of them.
 */
MB_MUST_CHECK bool mb_check_misspelt(const mb_listing *l, const char *file, const mb_line *line,
                                     mb_error *err);

#endif
