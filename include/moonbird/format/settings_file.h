/* settings_file.h -- the settings in a configuration file of another tool. */
#ifndef MOONBIRD_FORMAT_SETTINGS_FILE_H
#define MOONBIRD_FORMAT_SETTINGS_FILE_H

#include "moonbird/base/error.h"

#include <stdbool.h>

/* All strings are borrowed. */
typedef struct mb_setting {
    const char *key;   /* behind the names of what it is in: "migrations_directory.dir" */
    const char *value; /* without quotes */
    const char *file;  /* that errors show */
    int line;          /* 0: it has none */
    bool literal; /* a value of HCL, JSON or TOML is in quotes or brackets; true in other files */
} mb_setting;

typedef bool mb_take_setting(void *self, const mb_setting *setting, mb_error *err);

/* Where a file is. */
typedef struct mb_settings_file {
    const char *path, *shown; /* with which it is opened, and which errors show */
} mb_settings_file;

/*
 * Calls `take` for each setting of a file, unless it is absent.  Of a key that the file has twice,
 * the last value counts, as in java.util.Properties, JSON and YAML; TOML and HCL do not allow it.
 * The file's ending says how it is read: TOML (toml_settings.h), YAML of two levels, JSON and HCL
 * (json_settings.h), or else lines `KEY = VALUE`, with sections in brackets.  false: it cannot be
 * read, or `take` has failed.
 */
MB_MUST_CHECK bool mb_settings_read(const mb_settings_file *file, mb_take_setting *take, void *self,
                                    mb_error *err);

/*
 * The same for a variable of the environment, unless it is not set; `key` is that of the setting.
 * Its place is its line in .env, or its name.
 */
MB_MUST_CHECK bool mb_settings_variable(const char *variable, const char *key,
                                        mb_take_setting *take, void *self, mb_error *err);

#endif
