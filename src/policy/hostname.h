/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hostname.h - the one form in which names of hosts are kept, compared and looked up
 *
 * A name that is compared in one form and looked up in another is a way round every list
 * of names (a NUL byte, a dot at the end, a capital letter). So whatever names come from
 * (a rule, a query, a ClientHello, a Host line, SOCKS), this makes the form, and only
 * that form is compared, and handed to the resolver.
 */
#ifndef SBOX_HOSTNAME_H
#define SBOX_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

#define HOSTNAME_MAX 253 /* RFC 1035 2.3.4, without the dots of the wire's ends */

/*
 * The name of @len bytes at @s: ASCII letters become lower-case, one dot at the end is
 * left off. Labels of 1 to 63 letters, digits, "-" and "_", none with "-" at an end, the
 * last one not of digits alone (or 0x and hexadecimal digits, or none): that would be an
 * address to some resolvers. No other byte: names beyond ASCII are written as they are
 * looked up, "xn--". NULL, or what is wrong, in words for "X": ...; @ret is then not
 * changed.
 */
const char *hostname_parse(const char *s, size_t len, char ret[HOSTNAME_MAX + 1]);

/* Whether @name, as of hostname_parse(), has at least one more label in front of @zone.
 */
bool hostname_is_below(const char *name, const char *zone);

#endif
