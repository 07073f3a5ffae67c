/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-egress-hello.c - the name in a TLS ClientHello */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "egress/hello.h"
#include "hello-samples.h"

/* Reads a copy that is exactly as large, so that sanitizers see what goes beyond. */
static enum hello_verdict read_copy(const unsigned char *data, size_t len, char *ret_name,
				    const char **ret_why)
{
	unsigned char *exact = malloc(len + 1);
	enum hello_verdict verdict;

	assert_non_null(exact);
	memcpy(exact + 1, data, len);
	verdict = hello_read(exact + 1, len, ret_name, ret_why);
	free(exact);
	return verdict;
}

static void must_be_named(const unsigned char *data, size_t len, const char *want)
{
	char name[HOSTNAME_MAX + 1] = "";
	const char *why = NULL;

	if (read_copy(data, len, name, &why) == HELLO_WRONG)
		fail_msg("refused: %s", why);
	assert_string_equal(name, want);
}

/* @saying: a part of the reason */
static void must_be_wrong(const unsigned char *data, size_t len, const char *saying)
{
	char name[HOSTNAME_MAX + 1] = "kept";
	const char *why = NULL;

	assert_int_equal(read_copy(data, len, name, &why), HELLO_WRONG);
	if (!strstr(why, saying))
		fail_msg("\"%s\" does not say \"%s\"", why, saying);
	assert_string_equal(name, "kept");
}

/* All that is in front of the end can still become one. */
static void must_be_more_before(const unsigned char *data, size_t len)
{
	char name[HOSTNAME_MAX + 1] = "kept";
	const char *why = "kept";

	for (size_t n = 0; n < len; n++)
		if (read_copy(data, n, name, &why) != HELLO_MORE)
			fail_msg("%zu of %zu bytes: %s", n, len, why);
	assert_string_equal(name, "kept");
	assert_string_equal(why, "kept");
}

/* A hello as it is put together, of parts that may be wrong. */
struct hello {
	unsigned char bytes[20000];
	size_t len;
};

static void add(struct hello *hello, const void *bytes, size_t len)
{
	assert_true(len <= sizeof hello->bytes - hello->len);
	memcpy(hello->bytes + hello->len, bytes, len);
	hello->len += len;
}

static void add_number(struct hello *hello, size_t n, size_t width)
{
	for (size_t i = width; i > 0; i--)
		add(hello, (unsigned char[]){ (unsigned char)(n >> 8 * (i - 1)) }, 1);
}

static void add_vector(struct hello *hello, const void *bytes, size_t len, size_t width)
{
	add_number(hello, len, width);
	add(hello, bytes, len);
}

static void add_extension(struct hello *hello, unsigned type, const void *bytes,
			  size_t len)
{
	add_number(hello, type, 2);
	add_vector(hello, bytes, len, 2);
}

static void add_list_entry(struct hello *list, unsigned type, const char *name,
			   size_t len)
{
	add_number(list, type, 1);
	add_vector(list, name, len, 2);
}

static void add_name(struct hello *hello, const char *name, size_t len)
{
	struct hello list = { .len = 0 }, data = { .len = 0 };

	add_list_entry(&list, 0, name, len);
	add_vector(&data, list.bytes, list.len, 2);
	add_extension(hello, 0, data.bytes, data.len);
}

/* What stands in front of the extensions, where it is not as usual. */
struct front {
	unsigned version;
	size_t session, ciphers, compressions;
};

#define USUAL ((struct front){ 0x0303, 32, 4, 1 })

/* The message with these extensions, as they are. */
static struct hello message_of(struct front front, const struct hello *extensions)
{
	static const unsigned char zeroes[256] = { 0 };
	struct hello body = { .len = 0 }, message = { .len = 0 };

	add_number(&body, front.version, 2);
	add(&body, zeroes, 32);
	add_vector(&body, zeroes, front.session, 1);
	add_vector(&body, zeroes, front.ciphers, 2);
	add_vector(&body, zeroes, front.compressions, 1);
	if (extensions)
		add_vector(&body, extensions->bytes, extensions->len, 2);
	add_number(&message, 1, 1);
	add_vector(&message, body.bytes, body.len, 3);
	return message;
}

/* The message in records of @size bytes. */
static struct hello records_of(const struct hello *message, size_t size)
{
	struct hello records = { .len = 0 };

	for (size_t at = 0; at < message->len; at += size) {
		size_t left = message->len - at, len = left < size ? left : size;

		add(&records, "\x16\3\1", 3);
		add_vector(&records, message->bytes + at, len, 2);
	}
	return records;
}

static struct hello hello_of(const struct hello *extensions)
{
	struct hello message = message_of(USUAL, extensions);

	return records_of(&message, 16384);
}

static struct hello hello_for(const char *name, size_t len)
{
	struct hello extensions = { .len = 0 };

	add_extension(&extensions, 0x2a2a, "", 0); /* GREASE, RFC 8701 */
	add_name(&extensions, name, len);
	add_extension(&extensions, 43, "\2\3\4", 3);
	return hello_of(&extensions);
}

static struct hello usual_hello(void)
{
	return hello_for("example.org", 11);
}

static void real_hellos_are_named(void **state)
{
	(void)state;
	must_be_named(of_openssl, sizeof of_openssl, "openssl.example.org");
	must_be_named(of_go, sizeof of_go, "go.example.org");
}

static void a_real_hello_that_is_cut_needs_more(void **state)
{
	(void)state;
	must_be_more_before(of_openssl, sizeof of_openssl);
	must_be_more_before(of_go, sizeof of_go);
}

static void a_hello_may_be_in_many_records(void **state)
{
	struct hello extensions = { .len = 0 }, message;

	(void)state;
	add_name(&extensions, "example.org", 11);
	message = message_of(USUAL, &extensions);
	for (size_t size = 1; size <= message.len; size++) {
		struct hello records = records_of(&message, size);

		must_be_more_before(records.bytes, records.len);
		must_be_named(records.bytes, records.len, "example.org");
	}
}

static void what_comes_behind_the_record_is_not_looked_at(void **state)
{
	struct hello hello = usual_hello();

	(void)state;
	add(&hello, "\x14\3\3\0\1\1", 6); /* a change of ciphers in front of early data */
	must_be_named(hello.bytes, hello.len, "example.org");
	add(&hello, "\x17garbage", 8);
	must_be_named(hello.bytes, hello.len, "example.org");
	memset(hello.bytes + hello.len, 0xff, sizeof hello.bytes - hello.len);
	must_be_named(hello.bytes, sizeof hello.bytes, "example.org");
}

static void a_hello_ends_with_its_record(void **state)
{
	struct hello hello = usual_hello(), message;

	(void)state;
	add(&hello, "\x16", 1);
	hello.bytes[4]++;
	must_be_wrong(hello.bytes, hello.len, "behind");
	/* that is known before all of the record is there */
	must_be_wrong(hello.bytes, 9, "behind");
	message = (struct hello){ .len = 0 };
	add(&message, usual_hello().bytes + 5, usual_hello().len - 5);
	add(&message, message.bytes, message.len); /* two of them */
	hello = records_of(&message, 16384);
	must_be_wrong(hello.bytes, hello.len, "behind");
}

static void a_name_is_made_as_all_are(void **state)
{
	struct hello hello = hello_for("Www.Example.ORG", 15);

	(void)state;
	must_be_named(hello.bytes, hello.len, "www.example.org");
	hello = hello_for("example.org.", 12);
	must_be_named(hello.bytes, hello.len, "example.org");
}

/* Leaves something where the next call has its variables. */
static void __attribute__((noinline)) leave_dirt(void)
{
	volatile unsigned char dirt[64 * 1024];

	for (size_t i = 0; i < sizeof dirt; i++)
		dirt[i] = 0xa5;
}

/* What is handed out can be sent on or compared as a whole. */
static void nothing_of_the_stack_is_behind_a_name(void **state)
{
	struct hello hello = hello_for("a.b", 3);
	char name[HOSTNAME_MAX + 1];
	const char *why;

	(void)state;
	leave_dirt();
	assert_int_equal(hello_read(hello.bytes, hello.len, name, &why), HELLO_NAMED);
	for (size_t i = 3; i < sizeof name; i++)
		assert_int_equal(name[i], 0);
}

static void a_name_that_is_none_is_refused(void **state)
{
	static const char *const names[] = {
		"",        "1.2.3.4", "2001:db8::1", "a..b",
		"a b.org", "a_.b-",   "b\xfc.de",    "*.org"
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct hello hello = hello_for(names[i], strlen(names[i]));

		must_be_wrong(hello.bytes, hello.len, "");
	}
}

static void a_nul_in_a_name_is_refused(void **state)
{
	struct hello hello = hello_for("example.org\0.evil", 17);

	(void)state;
	must_be_wrong(hello.bytes, hello.len, "a name has");
	hello = hello_for("example.org\0", 12);
	must_be_wrong(hello.bytes, hello.len, "a name has");
}

static void a_name_too_long_is_refused(void **state)
{
	struct hello hello;
	char name[300];

	(void)state;
	for (size_t i = 0; i < sizeof name; i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	hello = hello_for(name, 253);
	name[253] = '\0';
	must_be_named(hello.bytes, hello.len, name);
	hello = hello_for(name, 254);
	must_be_wrong(hello.bytes, hello.len, "");
}

static void no_name_is_refused(void **state)
{
	struct hello message = message_of(USUAL, NULL),
		     hello = records_of(&message, 16384);
	struct hello extensions = { .len = 0 };

	(void)state;
	must_be_wrong(hello.bytes, hello.len, "no server_name");
	hello = hello_of(&extensions);
	must_be_wrong(hello.bytes, hello.len, "no server_name");
	add_extension(&extensions, 43, "\2\3\4", 3);
	hello = hello_of(&extensions);
	must_be_wrong(hello.bytes, hello.len, "no server_name");
}

static void two_extensions_of_one_type_are_refused(void **state)
{
	struct hello extensions = { .len = 0 }, hello;

	(void)state;
	add_name(&extensions, "example.org", 11);
	add_name(&extensions, "example.org", 11);
	hello = hello_of(&extensions);
	must_be_wrong(hello.bytes, hello.len, "two extensions");
	extensions.len = 0;
	add_extension(&extensions, 0xff01, "", 1);
	add_name(&extensions, "example.org", 11);
	add_extension(&extensions, 0xff01, "", 1);
	hello = hello_of(&extensions);
	must_be_wrong(hello.bytes, hello.len, "two extensions");
}

/* A hello with this list of names. */
static struct hello hello_with(const struct hello *list)
{
	struct hello data = { .len = 0 }, extensions = { .len = 0 };

	add_vector(&data, list->bytes, list->len, 2);
	add_extension(&extensions, 0, data.bytes, data.len);
	return hello_of(&extensions);
}

static void a_list_has_one_name_of_a_host(void **state)
{
	struct hello list = { .len = 0 }, hello = hello_with(&list);

	(void)state;
	must_be_wrong(hello.bytes, hello.len, "add up");
	add_list_entry(&list, 0, "example.org", 11);
	hello = hello_with(&list);
	must_be_named(hello.bytes, hello.len, "example.org");
	for (unsigned type = 0; type < 2; type++) {
		struct hello two = list;

		add_list_entry(&two, type, "example.com", 11);
		hello = hello_with(&two);
		must_be_wrong(hello.bytes, hello.len, "more than one name");
	}
	list.bytes[0] = 1;
	hello = hello_with(&list);
	must_be_wrong(hello.bytes, hello.len, "name of a host");
}

static void lengths_in_server_name_add_up(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "", 0 },
		{ "\0", 1 },
		{ "\0\0", 2 },
		{ "\0\1\0", 3 },
		{ "\0\4\0\0\2a", 6 },  /* the name is longer than the list */
		{ "\0\5\0\0\1a", 6 },  /* the list is longer than the extension */
		{ "\0\4\0\0\1ab", 7 }, /* something behind the list */
		{ "\0\3\0\0\1a", 6 },  /* the list is shorter than its name */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct hello extensions = { .len = 0 }, hello;

		add_extension(&extensions, 0, rows[i].bytes, rows[i].len);
		hello = hello_of(&extensions);
		must_be_wrong(hello.bytes, hello.len, "add up");
	}
}

static void lengths_of_extensions_add_up(void **state)
{
	struct hello extensions = { .len = 0 }, hello, message;

	(void)state;
	add_name(&extensions, "example.org", 11);
	for (size_t len = 1; len < extensions.len; len++) {
		struct hello cut = { .len = 0 };

		add(&cut, extensions.bytes, len);
		hello = hello_of(&cut);
		must_be_wrong(hello.bytes, hello.len, "add up");
	}
	message = message_of(USUAL, &extensions);
	add(&message, "", 1); /* in the message, behind the extensions */
	message.bytes[3]++;
	hello = records_of(&message, 16384);
	must_be_wrong(hello.bytes, hello.len, "add up");
}

/* A message of each shorter length is none. */
static void a_message_that_ends_early_is_refused(void **state)
{
	struct hello extensions = { .len = 0 }, message;

	(void)state;
	add_name(&extensions, "example.org", 11);
	message = message_of(USUAL, &extensions);
	for (size_t len = message.len - 1; len >= 4; len--) {
		struct hello hello;

		message.len = len;
		message.bytes[3] = (unsigned char)(len - 4);
		hello = records_of(&message, 16384);
		must_be_wrong(hello.bytes, hello.len, "");
	}
}

static void session_ids_and_ciphers_have_their_lengths(void **state)
{
	static const struct {
		struct front front;
		bool right;
	} rows[] = {
		{ { 0x0303, 0, 2, 1 }, true },   { { 0x0303, 32, 200, 2 }, true },
		{ { 0x0303, 33, 2, 1 }, false }, { { 0x0303, 255, 2, 1 }, false },
		{ { 0x0303, 32, 0, 1 }, false }, { { 0x0303, 32, 3, 1 }, false },
		{ { 0x0303, 32, 2, 0 }, false }, { { 0x0301, 32, 2, 1 }, true },
		{ { 0x0302, 32, 2, 1 }, true },  { { 0x0300, 32, 2, 1 }, false },
		{ { 0x0304, 32, 2, 1 }, false }, { { 0x0203, 32, 2, 1 }, false },
		{ { 0xfefd, 32, 2, 1 }, false },
	};
	struct hello extensions = { .len = 0 };

	(void)state;
	add_name(&extensions, "example.org", 11);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct hello message = message_of(rows[i].front, &extensions);
		struct hello hello = records_of(&message, 16384);

		if (rows[i].right)
			must_be_named(hello.bytes, hello.len, "example.org");
		else
			must_be_wrong(hello.bytes, hello.len, "");
	}
}

static void encrypted_hellos_are_refused(void **state)
{
	static const unsigned types[] = { 0xfe0d, 0xfe08, 0xfe09, 0xfe0a, 0xffce };

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct hello extensions = { .len = 0 }, hello;

		add_name(&extensions, "example.org", 11);
		add_extension(&extensions, types[i], "", 0);
		hello = hello_of(&extensions);
		must_be_wrong(hello.bytes, hello.len, "encrypted_client_hello");
	}
}

static void other_protocols_are_refused_at_once(void **state)
{
	static const char *const rows[] = {
		"GET / HTTP/1.1\r\n", "SSH-2.0-OpenSSH_9.2", "\x80\x2e\1\3\1", "\x17\3\3",
		"\x15\3\1",           "\x16\xfe\xff",        "\x16\2",         "\5\1"
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const unsigned char *data = (const unsigned char *)rows[i];

		must_be_wrong(data, strlen(rows[i]), "does not begin");
		assert_false(hello_may_begin(data, strlen(rows[i])));
	}
	must_be_wrong((const unsigned char *)"\x80", 1, "does not begin");
}

static void tls_may_begin_as_far_as_its_bytes_go(void **state)
{
	(void)state;
	for (size_t len = 0; len <= sizeof of_go; len++)
		assert_true(hello_may_begin(of_go, len));
	assert_false(hello_may_begin((const unsigned char *)"G", 1));
	assert_false(hello_may_begin((const unsigned char *)"\x16G", 2));
}

static void records_have_a_version_and_a_length(void **state)
{
	(void)state;
	must_be_wrong((const unsigned char *)"\x16\3\0\0\1", 5, "version of a record");
	must_be_wrong((const unsigned char *)"\x16\3\4\0\1", 5, "version of a record");
	must_be_wrong((const unsigned char *)"\x16\3\1\0\0", 5, "empty");
	must_be_wrong((const unsigned char *)"\x16\3\1\x40\1", 5, "longer");
	must_be_wrong((const unsigned char *)"\x16\3\1\0\1\1\x16\3\1\0\0", 11, "empty");
	must_be_wrong((const unsigned char *)"\x16\3\1\0\1\1\x15\3\1\0\2", 11,
		      "another one");
	must_be_wrong((const unsigned char *)"\x16\3\1\0\1\1\x14\3\1\0\1", 11,
		      "another one");
}

static void other_messages_are_refused(void **state)
{
	struct hello hello = usual_hello();

	(void)state;
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		hello.bytes[5] = (unsigned char)type;
		if (type == 1)
			must_be_named(hello.bytes, hello.len, "example.org");
		else
			must_be_wrong(hello.bytes, 6, "no ClientHello");
	}
}

/* A hello of @len bytes in one record, most of them of an extension. */
static struct hello hello_of_length(size_t len)
{
	static const unsigned char zeroes[20000] = { 0 };
	struct hello extensions = { .len = 0 };
	size_t used;

	add_name(&extensions, "example.org", 11);
	add_extension(&extensions, 21, "", 0);
	used = hello_of(&extensions).len;
	extensions.len -= 4;
	add_extension(&extensions, 21, zeroes, len - used);
	return hello_of(&extensions);
}

static void a_hello_has_at_most_16_kibibytes(void **state)
{
	struct hello hello = hello_of_length(HELLO_MAX);

	(void)state;
	assert_int_equal(hello.len, HELLO_MAX);
	must_be_named(hello.bytes, hello.len, "example.org");
	must_be_more_before(hello.bytes, hello.len);
	hello = hello_of_length(HELLO_MAX + 1);
	must_be_wrong(hello.bytes, hello.len, "longer than 16 KiB");
	must_be_wrong(hello.bytes, HELLO_MAX, "longer than 16 KiB");
	/* its own length says so at once */
	must_be_wrong((const unsigned char *)"\x16\3\1\x40\0\1\1\0\0", 9,
		      "longer than 16 KiB");
}

static void records_count_for_the_length(void **state)
{
	struct hello extensions = { .len = 0 }, message, records;

	(void)state;
	add_name(&extensions, "example.org", 11);
	add_extension(&extensions, 21, (unsigned char[3000]){ 0 }, 3000);
	message = message_of(USUAL, &extensions);
	records = records_of(&message, 1);
	assert_true(records.len > HELLO_MAX);
	must_be_wrong(records.bytes, records.len, "longer than 16 KiB");
	must_be_wrong(records.bytes, HELLO_MAX, "longer than 16 KiB");
	must_be_more_before(records.bytes, HELLO_MAX - 1);
}

static void a_hello_ends_where_its_records_do(void **state)
{
	struct hello extensions = { .len = 0 }, message, records;

	(void)state;
	add_name(&extensions, "example.org", 11);
	message = message_of(USUAL, &extensions);
	for (size_t size = 1; size <= message.len; size += 7) {
		size_t whole;

		records = records_of(&message, size);
		whole = records.len;
		assert_int_equal(hello_length(records.bytes, whole), whole);
		add(&records, "\x14\3\3\0\1\1\x16\3\3", 9);
		assert_int_equal(hello_length(records.bytes, records.len), whole);
	}
	memset(records.bytes + records.len, 0xff, sizeof records.bytes - records.len);
	assert_int_equal(hello_length(records.bytes, sizeof records.bytes),
			 records.len - 9);
}

static void a_server_that_asks_again_is_seen(void **state)
{
	unsigned char usual[sizeof of_retry];

	(void)state;
	for (size_t len = 0; len <= sizeof of_retry; len++)
		assert_int_equal(hello_retries(of_retry, len), len < 43 ? -1 : 1);
	memcpy(usual, of_retry, sizeof usual);
	usual[11] ^= 1; /* the first of its random bytes, the last of them */
	assert_int_equal(hello_retries(usual, sizeof usual), 0);
	usual[11] ^= 1;
	usual[42] ^= 1;
	assert_int_equal(hello_retries(usual, sizeof usual), 0);
	assert_int_equal(hello_retries((const unsigned char *)"\x15\3\3\0\2\2\x28", 7),
			 0);
	assert_int_equal(hello_retries((const unsigned char *)"\x15", 1), 0);
}

static void a_server_that_may_ask_again_is_taken_to(void **state)
{
	unsigned char pieces[sizeof of_retry];

	(void)state;
	memcpy(pieces, of_retry, sizeof pieces);
	pieces[4] = 37; /* the record ends in front of the last byte that says it */
	assert_int_equal(hello_retries(pieces, sizeof pieces), 1);
	pieces[42] ^= 1;
	assert_int_equal(hello_retries(pieces, sizeof pieces), 1);
	pieces[4] = 38;
	assert_int_equal(hello_retries(pieces, sizeof pieces), 0);
}

/* What is read of @front and @hello behind the first hello; cut anywhere it is more. */
static void check_second(const struct hello *front, const struct hello *hello,
			 const char *want)
{
	char name[HOSTNAME_MAX + 1] = "";
	struct hello data = *front;
	const char *why = "kept";

	add(&data, hello->bytes, hello->len);
	for (size_t len = 0; len < data.len; len++)
		assert_int_equal(hello_read_second(data.bytes, len, name, &why),
				 HELLO_MORE);
	assert_int_equal(hello_read_second(data.bytes, data.len, name, &why),
			 HELLO_NAMED);
	add(&data, "\x17\3\3\0", 4);
	assert_int_equal(hello_read_second(data.bytes, data.len, name, &why),
			 HELLO_NAMED);
	assert_string_equal(name, want);
	assert_string_equal(why, "kept");
}

static void a_second_hello_is_read(void **state)
{
	struct hello hello = hello_for("other.example", 13), front = { .len = 0 };

	(void)state;
	check_second(&front, &hello, "other.example");
	add(&front, "\x14\3\3\0\1\1", 6);
	check_second(&front, &hello, "other.example");
	add(&front, "\x17\3\3\0\5early\x17\3\3\0\0", 15);
	check_second(&front, &hello, "other.example");
}

static void what_is_no_second_hello_is_refused(void **state)
{
	static unsigned char data[HELLO_SECOND_MAX + 1];
	char name[HOSTNAME_MAX + 1];
	const char *why = NULL;

	(void)state;
	assert_int_equal(
		hello_read_second((const unsigned char *)"\x15\3\3", 3, name, &why),
		HELLO_WRONG);
	assert_int_equal(hello_read_second((const unsigned char *)"\x14\3\3\0\1\1"
								  "\x16\3\3\0\1\x10",
					   12, name, &why),
			 HELLO_WRONG);
	for (size_t at = 0; at + 5 < sizeof data; at += 5 + 0x100)
		memcpy(data + at, "\x17\3\3\1\0", 5);
	assert_int_equal(hello_read_second(data, HELLO_SECOND_MAX - 1, name, &why),
			 HELLO_MORE);
	why = NULL;
	assert_int_equal(hello_read_second(data, HELLO_SECOND_MAX, name, &why),
			 HELLO_WRONG);
	assert_non_null(why);
	assert_int_equal(hello_read_second(data, sizeof data, name, &why), HELLO_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_hellos_are_named),
		cmocka_unit_test(a_real_hello_that_is_cut_needs_more),
		cmocka_unit_test(a_hello_may_be_in_many_records),
		cmocka_unit_test(what_comes_behind_the_record_is_not_looked_at),
		cmocka_unit_test(a_hello_ends_with_its_record),
		cmocka_unit_test(a_name_is_made_as_all_are),
		cmocka_unit_test(nothing_of_the_stack_is_behind_a_name),
		cmocka_unit_test(a_name_that_is_none_is_refused),
		cmocka_unit_test(a_nul_in_a_name_is_refused),
		cmocka_unit_test(a_name_too_long_is_refused),
		cmocka_unit_test(no_name_is_refused),
		cmocka_unit_test(two_extensions_of_one_type_are_refused),
		cmocka_unit_test(a_list_has_one_name_of_a_host),
		cmocka_unit_test(lengths_in_server_name_add_up),
		cmocka_unit_test(lengths_of_extensions_add_up),
		cmocka_unit_test(a_message_that_ends_early_is_refused),
		cmocka_unit_test(session_ids_and_ciphers_have_their_lengths),
		cmocka_unit_test(encrypted_hellos_are_refused),
		cmocka_unit_test(other_protocols_are_refused_at_once),
		cmocka_unit_test(tls_may_begin_as_far_as_its_bytes_go),
		cmocka_unit_test(records_have_a_version_and_a_length),
		cmocka_unit_test(other_messages_are_refused),
		cmocka_unit_test(a_hello_has_at_most_16_kibibytes),
		cmocka_unit_test(records_count_for_the_length),
		cmocka_unit_test(a_hello_ends_where_its_records_do),
		cmocka_unit_test(a_server_that_asks_again_is_seen),
		cmocka_unit_test(a_server_that_may_ask_again_is_taken_to),
		cmocka_unit_test(a_second_hello_is_read),
		cmocka_unit_test(what_is_no_second_hello_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("egress-hello", tests, NULL, NULL);
}
