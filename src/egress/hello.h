/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hello.h - the name in a TLS ClientHello
 *
 * Pure text handling. A ClientHello can be split over records and segments, so what has
 * come so far is looked at anew with each segment. Whatever is not exactly one
 * ClientHello with exactly one host name is a reason to refuse: a server may see another
 * name in it than we do. (RFC 8446 4.1.2 and 5.1, RFC 6066 3, RFC 9849 for encrypted
 * hellos.)
 */
#ifndef SBOX_EGRESS_HELLO_H
#define SBOX_EGRESS_HELLO_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/hostname.h"

#define HELLO_MAX                                                                        \
	((size_t)16 * 1024) /* of all its records; the longest seen have 2 KiB */

enum hello_verdict {
	HELLO_MORE,  /* so far it can become one */
	HELLO_NAMED, /* it is whole, and *ret_name is its name */
	HELLO_WRONG, /* *ret_why says why, in words for "refused: ..." */
};

/*
 * Looks at the first @len bytes of a connection. HELLO_MORE is never said of HELLO_MAX
 * bytes or more. Refused are: what is no handshake record (an SSLv2 hello among them), an
 * empty record, a handshake message that is no ClientHello, one that does not end with
 * its record (more behind it that belongs to no whole hello), no server_name, two of
 * them, a list with another number of names than one, a name type other than host_name, a
 * name that hostname_parse() refuses, two extensions of one type, lengths that do not add
 * up, versions of a record or of the ClientHello other than 3.1 to 3.3 (TLS 1.3 is 3.3
 * there), and encrypted_client_hello (0xfe0d, and what its drafts had), also one that
 * only seems to be one. What comes behind the last record of the ClientHello is not
 * looked at: it can be early data, or a second ClientHello, for which see below.
 */
enum hello_verdict hello_read(const unsigned char *data, size_t len,
			      char ret_name[HOSTNAME_MAX + 1], const char **ret_why);

/* How many bytes the records of a ClientHello have that hello_read() has named. */
size_t hello_length(const unsigned char *data, size_t len);

/*
 * A server can ask for a second ClientHello (HelloRetryRequest, RFC 8446 4.1.4), and
 * OpenSSL's then takes the name in that one, whatever was in the first. So what comes
 * behind the first one is held back until this says of the server's first @len bytes
 * whether it does: 1 yes (or it cannot be told), 0 no, -1: more bytes are needed. (43
 * bytes always suffice.)
 */
int hello_retries(const unsigned char *data, size_t len);

/*
 * If it does: looks at the first @len bytes behind the first ClientHello as hello_read()
 * does. Records of early data and a change of ciphers are passed over. HELLO_MORE is
 * never said of HELLO_SECOND_MAX bytes or more. The name has to be that of the first one.
 * There is no third.
 */
#define HELLO_SECOND_MAX (4 * HELLO_MAX)
enum hello_verdict hello_read_second(const unsigned char *data, size_t len,
				     char ret_name[HOSTNAME_MAX + 1],
				     const char **ret_why);

/* Whether the bytes can be the beginning of TLS: a handshake record, as far as they go.
 */
bool hello_may_begin(const unsigned char *data, size_t len);

#endif
