/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-egress-dns.c - queries of a hostile resolver, and the answers to them */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "egress/dns.h"

/* A message as it is put together. */
struct message {
	unsigned char bytes[1024];
	size_t len;
};

static void add(struct message *msg, const void *bytes, size_t len)
{
	assert_true(len <= sizeof msg->bytes - msg->len);
	memcpy(msg->bytes + msg->len, bytes, len);
	msg->len += len;
}

#define ADD(msg, text) add(msg, text, sizeof(text) - 1)

static void add16(struct message *msg, unsigned n)
{
	add(msg, (unsigned char[]){ (unsigned char)(n >> 8), (unsigned char)n }, 2);
}

/* Six numbers: id, flags and how many of each kind of record. */
static void add_header(struct message *msg, unsigned flags, unsigned questions,
		       unsigned additional)
{
	add16(msg, 0xbeef);
	add16(msg, flags);
	add16(msg, questions);
	add16(msg, 0);
	add16(msg, 0);
	add16(msg, additional);
}

static void add_name(struct message *msg, const char *name)
{
	for (size_t len; *name; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		add(msg, (unsigned char[]){ (unsigned char)len }, 1);
		add(msg, name, len);
	}
	add(msg, "", 1);
}

#define ASKED 0x0100 /* RD */
#define OPT "\0\0\x29\x10\0\0\0\0\0\0\0"

static struct message query_of(const char *name, unsigned type)
{
	struct message msg = { .len = 0 };

	add_header(&msg, ASKED, 1, 0);
	add_name(&msg, name);
	add16(&msg, type);
	add16(&msg, 1);
	return msg;
}

/* Reads a copy that is exactly as large, so that sanitizers see what goes beyond. */
static int read_message(const struct message *msg, struct dns_query *ret)
{
	unsigned char *exact = malloc(msg->len + 1);
	int code;

	assert_non_null(exact);
	memcpy(exact + 1, msg->bytes, msg->len);
	code = dns_read(exact + 1, msg->len, ret);
	if (code >= 0 && ret->question) /* the same place in what stays */
		ret->question = msg->bytes + (ret->question - (exact + 1));
	free(exact);
	return code;
}

static void a_query_is_read(void **state)
{
	struct message msg = query_of("www.Example.ORG", 1);
	struct dns_query query;

	(void)state;
	assert_int_equal(read_message(&msg, &query), DNS_NOERROR);
	assert_int_equal(query.id, 0xbeef);
	assert_int_equal(query.flags, ASKED);
	assert_int_equal(query.kind, DNS_KIND_A);
	assert_string_equal(query.name, "www.example.org");
	assert_null(query.wrong);
	assert_int_equal(query.question_len, msg.len - 12);
	assert_ptr_equal(query.question, msg.bytes + 12);
}

static void types_are_kinds(void **state)
{
	static const struct {
		unsigned type;
		enum dns_kind kind;
	} rows[] = { { 1, DNS_KIND_A },      { 28, DNS_KIND_AAAA },
		     { 12, DNS_KIND_OTHER }, { 65, DNS_KIND_OTHER },
		     { 64, DNS_KIND_OTHER }, { 15, DNS_KIND_OTHER },
		     { 16, DNS_KIND_OTHER }, { 255, DNS_KIND_OTHER },
		     { 257, DNS_KIND_OTHER } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct message msg = query_of("example.org", rows[i].type);
		struct dns_query query;

		assert_int_equal(read_message(&msg, &query), DNS_NOERROR);
		assert_int_equal(query.kind, rows[i].kind);
	}
}

static void less_than_a_header_gets_no_answer(void **state)
{
	struct message msg = query_of("example.org", 1);
	struct dns_query query;

	(void)state;
	for (msg.len = 0; msg.len < 12; msg.len++)
		assert_int_equal(read_message(&msg, &query), -1);
}

static void an_answer_gets_no_answer(void **state)
{
	struct message msg = query_of("example.org", 1);
	struct dns_query query;

	(void)state;
	msg.bytes[2] |= 0x80;
	assert_int_equal(read_message(&msg, &query), -1);
	msg.bytes[5] = 0;
	assert_int_equal(read_message(&msg, &query), -1);
}

static void a_cut_query_is_a_mistake(void **state)
{
	struct message msg = query_of("example.org", 1);
	struct dns_query query;
	size_t whole = msg.len;

	(void)state;
	for (msg.len = 12; msg.len < whole; msg.len++) {
		assert_int_equal(read_message(&msg, &query), DNS_FORMERR);
		assert_int_equal(query.question_len, 0);
		assert_string_equal(query.name, "");
		assert_non_null(query.wrong);
	}
}

static void bytes_behind_a_query_are_a_mistake(void **state)
{
	struct message msg = query_of("example.org", 1);
	struct dns_query query;

	(void)state;
	ADD(&msg, "\0");
	assert_int_equal(read_message(&msg, &query), DNS_FORMERR);
	assert_true(query.question_len > 0);
}

static void a_query_has_one_question(void **state)
{
	struct dns_query query;

	(void)state;
	for (unsigned n = 0; n < 4; n++) {
		struct message msg = query_of("example.org", 1);

		msg.bytes[5] = (unsigned char)n;
		for (unsigned i = 1; i < n; i++)
			add(&msg, msg.bytes + 12, 17);
		assert_int_equal(read_message(&msg, &query),
				 n == 1 ? DNS_NOERROR : DNS_FORMERR);
		assert_int_equal(query.question_len > 0, n == 1);
	}
}

static void a_query_has_no_answers(void **state)
{
	static const char record[] = "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4";
	struct dns_query query;

	(void)state;
	for (size_t place = 7; place <= 11; place += 2) {
		struct message msg = query_of("example.org", 1);

		msg.bytes[place] = 1;
		assert_int_equal(read_message(&msg, &query), DNS_FORMERR);
		add(&msg, record, sizeof record - 1);
		assert_int_equal(read_message(&msg, &query), DNS_FORMERR);
	}
}

static void other_opcodes_are_not_implemented(void **state)
{
	struct dns_query query;

	(void)state;
	for (unsigned opcode = 0; opcode < 16; opcode++) {
		struct message msg = query_of("example.org", 1);

		msg.bytes[2] = (unsigned char)(opcode << 3);
		assert_int_equal(read_message(&msg, &query),
				 opcode ? DNS_NOTIMP : DNS_NOERROR);
		assert_int_equal(query.question_len > 0, opcode == 0);
	}
}

static void other_classes_are_refused(void **state)
{
	static const unsigned classes[] = { 0, 3, 4, 254, 255, 0x8001, 0x0101 };
	struct dns_query query;

	(void)state;
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		struct message msg = query_of("example.org", 1);

		msg.len -= 2;
		add16(&msg, classes[i]);
		assert_int_equal(read_message(&msg, &query), DNS_REFUSED);
		assert_true(query.question_len > 0);
	}
}

static void the_first_name_points_nowhere(void **state)
{
	static const char *const names[] = { "\xc0\x0c", "\xc0\x0e", "\1a\xc0\x0c",
					     "\1a\x40zz", "\1a\x80zz" };
	struct dns_query query;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct message msg = { .len = 0 };

		add_header(&msg, ASKED, 1, 0);
		add(&msg, names[i], strlen(names[i]));
		ADD(&msg, "\0\0\1\0\1");
		assert_int_equal(read_message(&msg, &query), DNS_FORMERR);
		assert_int_equal(query.question_len, 0);
	}
}

static void edns_is_passed_over(void **state)
{
	struct dns_query query;
	struct message msg = query_of("example.org", 28);
	size_t before = msg.len;

	(void)state;
	msg.bytes[11] = 1;
	ADD(&msg, OPT);
	assert_int_equal(read_message(&msg, &query), DNS_NOERROR);
	assert_int_equal(query.question_len, before - 12);
	for (msg.len--; msg.len >= before; msg.len--)
		assert_int_equal(read_message(&msg, &query), DNS_FORMERR);
}

static void edns_may_have_options(void **state)
{
	struct dns_query query;
	struct message msg = query_of("example.org", 28);

	(void)state;
	msg.bytes[11] = 1;
	ADD(&msg, "\0\0\x29\x04\xd0\0\0\x80\0\0\x0c\0\x0a\0\x08"
		  "12345678");
	assert_int_equal(read_message(&msg, &query), DNS_NOERROR);
	msg.len--;
	assert_int_equal(read_message(&msg, &query), DNS_FORMERR);
	msg.len++;
	ADD(&msg, "9");
	assert_int_equal(read_message(&msg, &query), DNS_FORMERR);
}

static void there_is_one_edns_and_no_other_record(void **state)
{
	struct dns_query query;
	struct message two = query_of("example.org", 1), other = two, named = two;

	(void)state;
	two.bytes[11] = 2;
	ADD(&two, OPT);
	ADD(&two, OPT);
	assert_int_equal(read_message(&two, &query), DNS_FORMERR);
	other.bytes[11] = 1;
	ADD(&other, "\0\0\xfa\0\xff\0\0\0\0\0\0"); /* TSIG */
	assert_int_equal(read_message(&other, &query), DNS_FORMERR);
	named.bytes[11] = 1;
	ADD(&named, "\1a" OPT);
	assert_int_equal(read_message(&named, &query), DNS_FORMERR);
}

/* What is said of a name of labels as they are, without the zero at the end. */
static const char *wrong_of(const char *labels, size_t len)
{
	struct message msg = { .len = 0 };
	struct dns_query query;

	add_header(&msg, ASKED, 1, 0);
	add(&msg, labels, len);
	ADD(&msg, "\0\0\1\0\1");
	assert_int_equal(read_message(&msg, &query), DNS_NOERROR);
	assert_true(query.question_len > 0);
	assert_int_equal(!query.wrong, query.name[0] != '\0');
	return query.wrong;
}

#define WRONG_OF(labels) wrong_of(labels, sizeof(labels) - 1)

static void names_that_are_none_are_told(void **state)
{
	(void)state;
	assert_null(WRONG_OF("\7example\3org"));
	assert_null(WRONG_OF("\4_tcp\3org"));
	assert_non_null(WRONG_OF("")); /* the root */
	assert_non_null(WRONG_OF("\7exam le\3org"));
	assert_non_null(WRONG_OF("\7exam\0le\3org"));
	assert_non_null(WRONG_OF("\7exam\xfcle\3org"));
	assert_non_null(WRONG_OF("\7-xample\3org"));
	assert_non_null(WRONG_OF("\1\x31\1\x32\1\x33\1\x34"));
}

static void a_dot_inside_of_a_label_is_no_end_of_it(void **state)
{
	(void)state;
	assert_non_null(WRONG_OF("\13example.org"));
	assert_non_null(WRONG_OF("\7example\4org."));
	assert_non_null(WRONG_OF("\4.org"));
}

static void a_name_on_the_wire_has_at_most_255_bytes(void **state)
{
	char name[256];
	struct dns_query query;

	(void)state;
	for (size_t len = 250; len < sizeof name; len++) {
		struct message msg;

		for (size_t i = 0; i < len; i++)
			name[i] = i % 62 == 61 ? '.' : 'a';
		name[len] = '\0';
		msg = query_of(name, 1);
		assert_int_equal(read_message(&msg, &query),
				 len <= 253 ? DNS_NOERROR : DNS_FORMERR);
		assert_string_equal(query.name, len <= 253 ? name : "");
	}
}

static void a_label_on_the_wire_has_at_most_63_bytes(void **state)
{
	struct dns_query query;

	(void)state;
	for (size_t len = 62; len <= 64; len++) {
		struct message msg = { .len = 0 };
		unsigned char label[1 + 64];

		memset(label, 'a', sizeof label);
		label[0] = (unsigned char)len;
		add_header(&msg, ASKED, 1, 0);
		add(&msg, label, 1 + len);
		ADD(&msg, "\0\0\1\0\1");
		assert_int_equal(read_message(&msg, &query),
				 len <= 63 ? DNS_NOERROR : DNS_FORMERR);
	}
}

static void reverse_names_are_addresses(void **state)
{
	static const struct {
		const char *name, *addr;
	} rows[] = {
		{ "4.3.2.1.in-addr.arpa", "1.2.3.4" },
		{ "255.0.0.10.IN-ADDR.Arpa", "10.0.0.255" },
		{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6."
		  "arpa",
		  "2001:db8::1" },
		{ "f.E.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.IP6."
		  "arpa",
		  "2001:db8::ef" },
		{ "4.3.2.1.in-addr.arpa.org", NULL },
		{ "3.2.1.in-addr.arpa", NULL },
		{ "5.4.3.2.1.in-addr.arpa", NULL },
		{ "04.3.2.1.in-addr.arpa", NULL },
		{ "256.3.2.1.in-addr.arpa", NULL },
		{ "a.3.2.1.in-addr.arpa", NULL },
		{ "in-addr.arpa", NULL },
		{ "4.3.2.1.xin-addr.arpa", NULL },
		{ "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6."
		  "arpa",
		  NULL },
		{ "g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6."
		  "arpa",
		  NULL },
		{ "10.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6."
		  "arpa",
		  NULL },
		{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6."
		  "arpa",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct message msg = query_of(rows[i].name, 12);
		char text[NET_ADDR_TEXT];
		struct dns_query query;

		assert_int_equal(read_message(&msg, &query), DNS_NOERROR);
		assert_int_equal(query.kind,
				 rows[i].addr ? DNS_KIND_PTR_ADDRESS : DNS_KIND_OTHER);
		if (rows[i].addr)
			assert_string_equal(net_addr_text(&query.addr, false, text),
					    rows[i].addr);
	}
}

/* The answer to @msg, and whether it is @want byte for byte. */
static void check_answer(const struct message *msg, enum dns_code code, const char *addr,
			 const char *ptr, const struct message *want)
{
	unsigned char out[DNS_ANSWER_MAX];
	struct net_addr parsed;
	const struct dns_record record = { addr ? &parsed : NULL, ptr, 0x01020304 };
	struct dns_query query;

	assert_true(read_message(msg, &query) >= 0);
	if (addr)
		assert_int_equal(net_addr_parse(addr, &parsed), 0);
	assert_int_equal(dns_write(&query, code, addr || ptr ? &record : NULL, out),
			 want->len);
	assert_memory_equal(out, want->bytes, want->len);
}

static struct message answer_of(const struct message *msg, unsigned flags,
				unsigned records)
{
	struct message want = { .len = 0 };

	add16(&want, 0xbeef);
	add16(&want, flags);
	add16(&want, 1);
	add16(&want, records);
	add16(&want, 0);
	add16(&want, 0);
	add(&want, msg->bytes + 12, msg->len - 12);
	return want;
}

static void an_answer_has_the_question_as_it_came(void **state)
{
	struct message msg = query_of("eXaMpLe.oRg", 1),
		       want = answer_of(&msg, 0x8180, 1);

	(void)state;
	ADD(&want, "\xc0\x0c\0\1\0\1\1\2\3\4\0\4\xc0\0\2\x63");
	check_answer(&msg, DNS_NOERROR, "192.0.2.99", NULL, &want);
}

static void an_ipv6_address_is_an_aaaa_record(void **state)
{
	struct message msg = query_of("example.org", 28),
		       want = answer_of(&msg, 0x8180, 1);

	(void)state;
	ADD(&want,
	    "\xc0\x0c\0\x1c\0\1\1\2\3\4\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
	check_answer(&msg, DNS_NOERROR, "2001:db8::1", NULL, &want);
}

static void a_name_is_a_ptr_record(void **state)
{
	struct message msg = query_of("4.3.2.1.in-addr.arpa", 12),
		       want = answer_of(&msg, 0x8180, 1);

	(void)state;
	ADD(&want, "\xc0\x0c\0\x0c\0\1\1\2\3\4\0\x0d\7example\3org\0");
	check_answer(&msg, DNS_NOERROR, NULL, "example.org", &want);
}

static void an_answer_may_have_no_record(void **state)
{
	struct message msg = query_of("example.org", 65),
		       none = answer_of(&msg, 0x8180, 0),
		       unknown = answer_of(&msg, 0x8183, 0);

	(void)state;
	check_answer(&msg, DNS_NOERROR, NULL, NULL, &none);
	check_answer(&msg, DNS_NXDOMAIN, NULL, NULL, &unknown);
	/* an error has none, whatever is at hand */
	check_answer(&msg, DNS_NXDOMAIN, "192.0.2.1", "a.org", &unknown);
}

static void edns_is_not_in_the_answer(void **state)
{
	struct message msg = query_of("example.org", 1),
		       want = answer_of(&msg, 0x8180, 0);

	(void)state;
	msg.bytes[11] = 1;
	ADD(&msg, OPT);
	check_answer(&msg, DNS_NOERROR, NULL, NULL, &want);
}

static void some_flags_are_echoed(void **state)
{
	struct message msg = query_of("example.org", 1),
		       want = answer_of(&msg, 0x8090, 0);

	(void)state;
	msg.bytes[2] = 0x06; /* AA and TC are of answers */
	msg.bytes[3] = 0x7f; /* RA is clear, the rest set: CD alone stays */
	check_answer(&msg, DNS_NOERROR, NULL, NULL, &want);
}

static void a_question_that_is_not_read_is_not_answered(void **state)
{
	struct message msg = query_of("example.org", 1), want = { .len = 0 };

	(void)state;
	msg.bytes[2] = 0x29; /* opcode 5 */
	ADD(&want, "\xbe\xef\xa9\x84\0\0\0\0\0\0\0\0");
	check_answer(&msg, DNS_NOTIMP, "192.0.2.1", NULL, &want);
	want.bytes[3] = 0x80;
	check_answer(&msg, DNS_NOERROR, "192.0.2.1", NULL, &want);
}

static void the_longest_answers_are_below_512_bytes(void **state)
{
	static const char address[] = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8."
				      "b.d.0.1.0.0.2.ip6.arpa";
	struct message msg = query_of(address, 12);
	unsigned char out[DNS_ANSWER_MAX];
	char name[HOSTNAME_MAX + 1];
	struct dns_query query;

	(void)state;
	for (size_t i = 0; i < HOSTNAME_MAX; i++)
		name[i] = i % 62 == 61 ? '.' : 'a';
	name[HOSTNAME_MAX] = '\0';
	assert_int_equal(read_message(&msg, &query), DNS_NOERROR);
	assert_true(dns_write(&query, DNS_NOERROR, &(struct dns_record){ NULL, name, 1 },
			      out) <= 512);
	msg = query_of(name, 28);
	assert_int_equal(read_message(&msg, &query), DNS_NOERROR);
	query.addr.family = AF_INET6;
	assert_true(dns_write(&query, DNS_NOERROR,
			      &(struct dns_record){ &query.addr, NULL, 1 }, out) <= 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_read),
		cmocka_unit_test(types_are_kinds),
		cmocka_unit_test(less_than_a_header_gets_no_answer),
		cmocka_unit_test(an_answer_gets_no_answer),
		cmocka_unit_test(a_cut_query_is_a_mistake),
		cmocka_unit_test(bytes_behind_a_query_are_a_mistake),
		cmocka_unit_test(a_query_has_one_question),
		cmocka_unit_test(a_query_has_no_answers),
		cmocka_unit_test(other_opcodes_are_not_implemented),
		cmocka_unit_test(other_classes_are_refused),
		cmocka_unit_test(the_first_name_points_nowhere),
		cmocka_unit_test(edns_is_passed_over),
		cmocka_unit_test(edns_may_have_options),
		cmocka_unit_test(there_is_one_edns_and_no_other_record),
		cmocka_unit_test(names_that_are_none_are_told),
		cmocka_unit_test(a_dot_inside_of_a_label_is_no_end_of_it),
		cmocka_unit_test(a_name_on_the_wire_has_at_most_255_bytes),
		cmocka_unit_test(a_label_on_the_wire_has_at_most_63_bytes),
		cmocka_unit_test(reverse_names_are_addresses),
		cmocka_unit_test(an_answer_has_the_question_as_it_came),
		cmocka_unit_test(an_ipv6_address_is_an_aaaa_record),
		cmocka_unit_test(a_name_is_a_ptr_record),
		cmocka_unit_test(an_answer_may_have_no_record),
		cmocka_unit_test(edns_is_not_in_the_answer),
		cmocka_unit_test(some_flags_are_echoed),
		cmocka_unit_test(a_question_that_is_not_read_is_not_answered),
		cmocka_unit_test(the_longest_answers_are_below_512_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("egress-dns", tests, NULL, NULL);
}
