/*
 * library.h -- libmicrohttpd, loaded when the studio starts.
 *
 * Linking to it would load it and GnuTLS's eight libraries at the start of every command.
 */
#ifndef MOONBIRD_WEB_LIBRARY_H
#define MOONBIRD_WEB_LIBRARY_H

#include "moonbird/base/error.h"

#include <microhttpd.h>

#define MB_HTTP_FUNCTIONS(DO)                                                                      \
    DO(start_daemon)                                                                               \
    DO(stop_daemon)                                                                                \
    DO(run)                                                                                        \
    DO(get_timeout)                                                                                \
    DO(get_daemon_info)                                                                            \
    DO(get_connection_info)                                                                        \
    DO(get_connection_values)                                                                      \
    DO(lookup_connection_value)                                                                    \
    DO(suspend_connection)                                                                         \
    DO(resume_connection)                                                                          \
    DO(create_response_from_buffer)                                                                \
    DO(create_response_from_callback)                                                              \
    DO(add_response_header)                                                                        \
    DO(queue_response)                                                                             \
    DO(destroy_response)

/* mb_http.run is MHD_run, after mb_http_load. */
struct mb_http {
#define MB_HTTP_MEMBER(name) __typeof__(MHD_##name) *name;
    MB_HTTP_FUNCTIONS(MB_HTTP_MEMBER)
#undef MB_HTTP_MEMBER
};

extern struct mb_http mb_http;

/* MB_ERR_FILE: the library is not installed. */
MB_MUST_CHECK bool mb_http_load(mb_error *err);

#endif
