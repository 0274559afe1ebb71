/* mirrored.h -- private header: a mirror. */
#ifndef MOONBIRD_FOREIGN_MIRRORED_H
#define MOONBIRD_FOREIGN_MIRRORED_H

#include "moonbird/foreign/comparison.h"
#include "moonbird/foreign/mirror.h"

struct mb_mirror {
    const mb_project *project;
    mb_comparison c;
    const mb_item *begun; /* its transaction has locked and checked the table; NULL: none */
};

#endif
