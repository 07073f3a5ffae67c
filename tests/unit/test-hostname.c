/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-hostname.c - the one form of names of hosts */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "policy/hostname.h"

/* Of @text without its NUL at the end; @want NULL: it is refused, and @ret stays. */
static void check(const char *text, size_t len, const char *want)
{
	char name[HOSTNAME_MAX + 1] = "kept";
	const char *wrong = hostname_parse(text, len, name);

	if (!wrong != !!want)
		fail_msg("\"%s\": %s", text, wrong ? wrong : "accepted");
	assert_string_equal(name, want ? want : "kept");
}

struct sample {
	const char *text, *want;
};

static void check_all(const struct sample *samples, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(samples[i].text, strlen(samples[i].text), samples[i].want);
}

#define CHECK(samples) check_all(samples, sizeof(samples) / sizeof(samples)[0])

static void names_have_one_form(void **state)
{
	static const struct sample samples[] = {
		{ "example.org", "example.org" },
		{ "ExAmPlE.ORG", "example.org" },
		{ "example.org.", "example.org" },
		{ "localhost", "localhost" },
		{ "a", "a" },
		{ "_dmarc.Example_1.org", "_dmarc.example_1.org" },
		{ "_", "_" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "r3---sn-4g5e.example", "r3---sn-4g5e.example" },
		{ "1.2.3.4.in-addr.arpa", "1.2.3.4.in-addr.arpa" },
	};

	(void)state;
	CHECK(samples);
}

static void dots_stand_between_labels(void **state)
{
	static const struct sample samples[] = {
		{ "", NULL },     { ".", NULL },  { "..", NULL },    { "a..", NULL },
		{ "a..b", NULL }, { ".a", NULL }, { "a.b.", "a.b" }, { "a.b..", NULL },
	};

	(void)state;
	CHECK(samples);
}

static void hyphens_stand_inside_of_labels(void **state)
{
	static const struct sample samples[] = {
		{ "a-b.c", "a-b.c" }, { "-a.b", NULL },  { "a-.b", NULL },
		{ "a.-b", NULL },     { "a.b-", NULL },  { "-", NULL },
		{ "a.-.b", NULL },    { "a.b-.", NULL },
	};

	(void)state;
	CHECK(samples);
}

static void names_that_end_like_addresses_are_refused(void **state)
{
	static const struct sample samples[] = {
		{ "1.2.3.4", NULL },    { "1.2.3.4.", NULL },
		{ "127.1", NULL },      { "2130706433", NULL },
		{ "0x7f.1", NULL },     { "1.0x7f", NULL },
		{ "0x7f000001", NULL }, { "0X7F", NULL },
		{ "a.0x", NULL },       { "a.017", NULL },
		{ "example.1", NULL },  { "0x7f.", NULL },
		{ "0x7g", "0x7g" },     { "1.2.3.4a", "1.2.3.4a" },
		{ "0.x", "0.x" },       { "7f", "7f" },
		{ "1.a", "1.a" },       { "0x7f.a", "0x7f.a" },
	};

	(void)state;
	CHECK(samples);
}

static void there_are_no_other_bytes(void **state)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_.";

	(void)state;
	for (int c = 0; c <= UINT8_MAX; c++) {
		const char text[] = { 'a', (char)c, 'b' };
		char name[HOSTNAME_MAX + 1];
		bool accepted = !hostname_parse(text, sizeof text, name);

		if (accepted != (c && strchr(allowed, c)))
			fail_msg("the byte %d", c);
	}
	check("example.org\0.evil", 17, NULL);
	check("example.org\0", 12, NULL);
	check("\0", 1, NULL);
}

static void names_beyond_ascii_are_told_their_form(void **state)
{
	static const char name[] = "b\xc3\xbc"
				   "cher.example";
	char ret[HOSTNAME_MAX + 1];

	(void)state;
	assert_non_null(strstr(hostname_parse(name, strlen(name), ret), "xn--"));
	assert_non_null(strstr(hostname_parse("a\x80", 2, ret), "xn--"));
	assert_null(strstr(hostname_parse("a\x7f", 2, ret), "xn--"));
}

static void a_label_has_at_most_63_bytes(void **state)
{
	char text[80];

	(void)state;
	memset(text, 'a', sizeof text);
	text[63] = '\0';
	check(text, 63, text);
	text[63] = '.';
	text[65] = '\0';
	check(text, 65, text);
	text[63] = 'a';
	text[64] = '\0';
	check(text, 64, NULL);
	text[64] = '.';
	text[66] = '\0';
	check(text, 66, NULL);
}

static void a_name_has_at_most_253_bytes(void **state)
{
	char text[300], want[300];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = i % 50 == 49 ? '.' : 'a';
	(void)snprintf(want, sizeof want, "%.253s", text);
	check(text, 253, want);
	check(text, 254, NULL);
	check(text, 255, NULL);
	text[253] = '.';
	check(text, 254, want);
	text[254] = '.';
	check(text, 255, NULL);
}

static void below_is_a_label_more(void **state)
{
	(void)state;
	assert_true(hostname_is_below("a.example.org", "example.org"));
	assert_true(hostname_is_below("a.b.example.org", "example.org"));
	assert_true(hostname_is_below("a.org", "org"));
	assert_false(hostname_is_below("example.org", "example.org"));
	assert_false(hostname_is_below("aexample.org", "example.org"));
	assert_false(hostname_is_below("org", "example.org"));
	assert_false(hostname_is_below("example.org.a", "example.org"));
	assert_false(hostname_is_below("a.example.com", "example.org"));
	assert_false(hostname_is_below(".org", "org"));
	assert_false(hostname_is_below("", "org"));
	assert_false(hostname_is_below("a.org", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_one_form),
		cmocka_unit_test(dots_stand_between_labels),
		cmocka_unit_test(hyphens_stand_inside_of_labels),
		cmocka_unit_test(names_that_end_like_addresses_are_refused),
		cmocka_unit_test(there_are_no_other_bytes),
		cmocka_unit_test(names_beyond_ascii_are_told_their_form),
		cmocka_unit_test(a_label_has_at_most_63_bytes),
		cmocka_unit_test(a_name_has_at_most_253_bytes),
		cmocka_unit_test(below_is_a_label_more),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("hostname", tests, NULL, NULL);
}
