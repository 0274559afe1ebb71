/*
 * provider_pooler.h -- the server behind a provider's pooler, told from the pooler's address alone.
 *
 * Neon:      ep-cool-sun-123456-pooler.eu-central-1.aws.neon.tech -> the same without "-pooler"
 * Supabase:  aws-0-eu-central-1.pooler.supabase.com, user postgres.REF -> db.REF.supabase.co
 *            db.REF.supabase.co, port 6543 -> port 5432
 */
#ifndef MOONBIRD_PG_ADDRESS_PROVIDER_POOLER_H
#define MOONBIRD_PG_ADDRESS_PROVIDER_POOLER_H

#include <stdbool.h>

enum { MB_DIRECT_SIZE = 300 };

/* Writes "HOST, port PORT".  false: the address is not known to be a pooler's; `out` is empty. */
bool mb_direct_address(char out[MB_DIRECT_SIZE], const char *host, const char *port,
                       const char *user);

#endif
