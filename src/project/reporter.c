#include "moonbird/project/reporter.h"

#include <stdarg.h>
#include <stdio.h>

void mb_report_note(const mb_reporter *reporter, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    if (!reporter || !reporter->note)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    reporter->note(reporter->self, text);
}
