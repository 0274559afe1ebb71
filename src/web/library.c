#include "library.h"

#include <dlfcn.h>

#define LIBRARY "libmicrohttpd.so.12"

struct mb_http mb_http;

bool mb_http_load(mb_error *err)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

#define LOAD(name) (*(void **)&mb_http.name = dlsym(handle, "MHD_" #name)) &&
    if (handle && MB_HTTP_FUNCTIONS(LOAD) true)
        return true;
    mb_fail(err, MB_ERR_FILE, "cannot load " LIBRARY ", which serves the studio's pages");
    mb_fail_detail(err, "%s", dlerror());
    return mb_fail_hint(err, "Install it (Debian: libmicrohttpd12, or libmicrohttpd12t64).");
}
