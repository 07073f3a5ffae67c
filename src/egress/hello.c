/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hello.c - the name in a TLS ClientHello; see hello.h
 *
 * First the message is put together of its records; once it is whole, it is read.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "egress/hello.h"

#define RECORD_CHANGE_CIPHERS 20
#define RECORD_HANDSHAKE 22
#define RECORD_DATA 23
#define RECORD_HEAD 5 /* type, version, length */
#define RECORD_MAX ((size_t)1 << 14)
#define MESSAGE_HEAD 4 /* type, length */
#define CLIENT_HELLO 1
#define SERVER_HELLO 2
#define RANDOM_LEN 32
#define SESSION_ID_MAX 32
#define EXTENSION_SERVER_NAME 0
#define NAME_TYPE_HOST 0

static const char not_adding_up[] = "lengths in the ClientHello do not add up";

/* What is left of the bytes that are read. */
struct cursor {
	const unsigned char *p;
	size_t len;
};

/* The number of @width bytes in front; false: there are less. */
static bool cut_number(struct cursor *in, size_t width, size_t *ret)
{
	size_t n = 0;

	if (in->len < width)
		return false;
	for (size_t i = 0; i < width; i++)
		n = n << 8 | in->p[i];
	in->p += width;
	in->len -= width;
	*ret = n;
	return true;
}

static bool cut_part(struct cursor *in, size_t len, struct cursor *ret)
{
	if (in->len < len)
		return false;
	*ret = (struct cursor){ in->p, len };
	in->p += len;
	in->len -= len;
	return true;
}

/* A part with its length in @width bytes in front. */
static bool cut_vector(struct cursor *in, size_t width, struct cursor *ret)
{
	size_t len;

	return cut_number(in, width, &len) && cut_part(in, len, ret);
}

/* TLS 1.0 to 1.2: newer ones say so in an extension, SSL 3.0 has none (RFC 7568). */
static bool is_version(size_t version)
{
	return version >= 0x0301 && version <= 0x0303;
}

static const char *read_server_name(struct cursor in, char *ret_name)
{
	struct cursor list, name;
	size_t type;

	if (!cut_vector(&in, 2, &list) || in.len > 0 || !cut_number(&list, 1, &type) ||
	    !cut_vector(&list, 2, &name))
		return not_adding_up;
	if (list.len > 0)
		return "its server_name has more than one name";
	if (type != NAME_TYPE_HOST)
		return "its server_name is not the name of a host";
	return hostname_parse((const char *)name.p, name.len, ret_name);
}

/* Of RFC 9849 and of the drafts before it that were in use, "ESNI" among them. */
static bool is_encrypted_hello(size_t type)
{
	return (type >= 0xfe08 && type <= 0xfe0d) || type == 0xffce;
}

static const char *read_extensions(struct cursor in, char *ret_name)
{
	unsigned char seen[(UINT16_MAX + 1) / 8] = { 0 };
	const char *wrong = NULL;

	while (!wrong && in.len > 0) {
		struct cursor data;
		size_t type;

		if (!cut_number(&in, 2, &type) || !cut_vector(&in, 2, &data))
			return not_adding_up;
		if (seen[type / 8] >> type % 8 & 1)
			return "the ClientHello has two extensions of one type";
		seen[type / 8] |= (unsigned char)(1 << type % 8);
		if (is_encrypted_hello(type))
			return "the ClientHello can have another name in its encrypted "
			       "part (encrypted_client_hello)";
		if (type == EXTENSION_SERVER_NAME)
			wrong = read_server_name(data, ret_name);
	}
	if (!wrong && !(seen[EXTENSION_SERVER_NAME] & 1))
		return "the ClientHello says no name (it has no server_name)";
	return wrong;
}

/* The body of a ClientHello, RFC 8446 4.1.2. */
static const char *read_body(struct cursor in, char *ret_name)
{
	struct cursor random, session, ciphers, compressions, extensions = { NULL, 0 };
	size_t version;

	if (!cut_number(&in, 2, &version) || !cut_part(&in, RANDOM_LEN, &random) ||
	    !cut_vector(&in, 1, &session) || !cut_vector(&in, 2, &ciphers) ||
	    !cut_vector(&in, 1, &compressions) ||
	    (in.len > 0 && !cut_vector(&in, 2, &extensions)) || in.len > 0 ||
	    session.len > SESSION_ID_MAX || ciphers.len == 0 || ciphers.len % 2 > 0 ||
	    compressions.len == 0)
		return not_adding_up;
	if (!is_version(version))
		return "its version of TLS is none from 1.0 to 1.3";
	return read_extensions(extensions, ret_name);
}

/* A message on its way: what its records have brought so far. */
struct message {
	unsigned char bytes[HELLO_MAX];
	size_t len;
};

/* The length that @msg will have; 0: that is not known yet. */
static size_t message_length(const struct message *msg)
{
	struct cursor length = { msg->bytes + 1, MESSAGE_HEAD - 1 };
	size_t len = 0;

	if (msg->len < MESSAGE_HEAD)
		return 0;
	(void)cut_number(&length, MESSAGE_HEAD - 1, &len);
	return MESSAGE_HEAD + len;
}

/* The head of a record; *ret_len: of what is behind it. */
static const char *read_record_head(struct cursor head, size_t *ret_len)
{
	size_t type = 0, version = 0, len = 0;

	(void)cut_number(&head, 1, &type);
	(void)cut_number(&head, 2, &version);
	(void)cut_number(&head, 2, &len);
	if (type != RECORD_HANDSHAKE)
		return "between the records of the ClientHello is another one";
	if (!is_version(version))
		return "the version of a record is none of TLS";
	if (len == 0 || len > RECORD_MAX)
		return "a record is empty or longer than 16 KiB";
	*ret_len = len;
	return NULL;
}

/* Moves the next record of *in, or what has come of it, to @msg. HELLO_NAMED: it was
 * whole. */
static enum hello_verdict add_record(struct cursor *in, struct message *msg,
				     const char **ret_why)
{
	size_t len, before = msg->len, whole, n;
	struct cursor head, part = { NULL, 0 };

	if (!cut_part(in, RECORD_HEAD, &head))
		return HELLO_MORE;
	*ret_why = read_record_head(head, &len);
	if (*ret_why)
		return HELLO_WRONG;
	n = len < in->len ? len : in->len;
	(void)cut_part(in, n, &part);
	memcpy(msg->bytes + before, part.p, n);
	msg->len += n;
	whole = message_length(msg);
	if (msg->len > 0 && msg->bytes[0] != CLIENT_HELLO)
		*ret_why = "the first message is no ClientHello";
	else if (whole > HELLO_MAX)
		*ret_why = "the ClientHello is longer than 16 KiB";
	else if (whole > 0 && before + len > whole)
		*ret_why = "more stands in the record behind the ClientHello";
	if (*ret_why)
		return HELLO_WRONG;
	return n == len ? HELLO_NAMED : HELLO_MORE;
}

bool hello_may_begin(const unsigned char *data, size_t len)
{
	return (len < 1 || data[0] == RECORD_HANDSHAKE) && (len < 2 || data[1] == 3);
}

enum hello_verdict hello_read(const unsigned char *data, size_t len,
			      char ret_name[HOSTNAME_MAX + 1], const char **ret_why)
{
	struct cursor in = { data, len < HELLO_MAX ? len : HELLO_MAX };
	enum hello_verdict verdict = HELLO_MORE;
	char name[HOSTNAME_MAX + 1] = "";
	struct message msg;
	const char *why = NULL;

	msg.len = 0;
	if (!hello_may_begin(data, len)) {
		*ret_why = "it does not begin with a handshake of TLS";
		return HELLO_WRONG;
	}
	do
		verdict = add_record(&in, &msg, &why);
	while (verdict == HELLO_NAMED && msg.len != message_length(&msg));
	if (verdict == HELLO_MORE && len >= HELLO_MAX)
		why = "the ClientHello is longer than 16 KiB";
	if (verdict == HELLO_NAMED)
		why = read_body((struct cursor){ msg.bytes + MESSAGE_HEAD,
						 msg.len - MESSAGE_HEAD },
				name);
	if (why) {
		*ret_why = why;
		return HELLO_WRONG;
	}
	if (verdict == HELLO_NAMED)
		memcpy(ret_name, name, sizeof name);
	return verdict;
}

/* @data begins with a record; what is behind it, or behind what there is of it. */
static size_t record_length(const unsigned char *data, size_t len)
{
	size_t body;

	if (len < RECORD_HEAD)
		return len;
	body = (size_t)data[3] << 8 | data[4];
	return body < len - RECORD_HEAD ? RECORD_HEAD + body : len;
}

size_t hello_length(const unsigned char *data, size_t len)
{
	struct cursor in = { data, len < HELLO_MAX ? len : HELLO_MAX };
	const char *why = NULL;
	struct message msg;

	msg.len = 0;
	while (add_record(&in, &msg, &why) == HELLO_NAMED &&
	       msg.len != message_length(&msg))
		;
	return (size_t)(in.p - data);
}

int hello_retries(const unsigned char *data, size_t len)
{
	/* the "random" of a ServerHello that is none, RFC 8446 4.1.3 */
	static const unsigned char retry[RANDOM_LEN] = {
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
		0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
		0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
	};
	size_t before = RECORD_HEAD + MESSAGE_HEAD + 2, whole = before + RANDOM_LEN;

	if (len > 0 && data[0] != RECORD_HANDSHAKE)
		return 0;
	if (len < whole)
		return -1;
	if (record_length(data, whole) < whole)
		return 1; /* a ServerHello in pieces, which nobody sends */
	return data[RECORD_HEAD] == SERVER_HELLO &&
	       memcmp(data + before, retry, sizeof retry) == 0;
}

enum hello_verdict hello_read_second(const unsigned char *data, size_t len,
				     char ret_name[HOSTNAME_MAX + 1],
				     const char **ret_why)
{
	size_t end = len < HELLO_SECOND_MAX ? len : HELLO_SECOND_MAX, at = 0;
	enum hello_verdict verdict = HELLO_MORE;

	while (at < end && (data[at] == RECORD_CHANGE_CIPHERS || data[at] == RECORD_DATA))
		at += record_length(data + at, end - at);
	if (at < end)
		verdict = hello_read(data + at, end - at, ret_name, ret_why);
	if (verdict != HELLO_MORE || len < HELLO_SECOND_MAX)
		return verdict;
	*ret_why = "no second ClientHello follows in 64 KiB";
	return HELLO_WRONG;
}
