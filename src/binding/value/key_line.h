/* key_line.h -- the line of a script on which a key of a table is set, for the places of errors. */
#ifndef MOONBIRD_BINDING_VALUE_KEY_LINE_H
#define MOONBIRD_BINDING_VALUE_KEY_LINE_H

/* The line on which `key` is first set; 0 when it is not found. */
int mb_key_line(const char *text, const char *key);

/*
 * The line on which `key` is first set after the key `within`, whose value should have it; that of
 * `within` when `key` is NULL or not found.
 */
int mb_key_line_within(const char *text, const char *within, const char *key);

#endif
