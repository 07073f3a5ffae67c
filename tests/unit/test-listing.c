/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-listing.c - names that are not in a directory, as known without asking for each */
#include "config.h"

#include "test-profile.h"

#include <errno.h>

#include "box/host/listing.h"

static const char *in_dir(struct fixture *f, const char *name)
{
	return arena_printf(&f->arena, "%s/%s", f->dir, name);
}

/* Asks for so many names below @dir that it is read. */
static void ask(struct fixture *f, struct listings *listings, const char *dir)
{
	for (int i = 0; i < 8; i++)
		listing_note(listings, &f->arena,
			     arena_printf(&f->arena, "%s/none%d", in_dir(f, dir), i));
}

static void what_is_there_has_to_be_looked_at(void **state)
{
	struct fixture *f = *state;
	struct listings listings = { .len = 0 };

	put("cwd/.netrc", "");
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/.other")), 0);
	ask(f, &listings, "cwd");
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/.netrc")), 0);
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/.netrc/x")), 0);
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/.other")), ENOENT);
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/.other/x/y")), ENOENT);
	/* neighbours are other directories */
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd2/.other")), 0);
	assert_int_equal(listing_missing(&listings, in_dir(f, "cw/.other")), 0);
	assert_int_equal(listing_missing(&listings, "/"), 0);
	assert_int_equal(listing_missing(&listings, "/none"), 0);
}

static void a_directory_that_is_missing_has_nothing(void **state)
{
	struct fixture *f = *state;
	struct listings listings = { .len = 0 };

	put("cwd/file", "");
	ask(f, &listings, "gone");
	ask(f, &listings, "cwd/file");
	assert_int_equal(listing_missing(&listings, in_dir(f, "gone/x")), ENOENT);
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/file/x")), ENOTDIR);
}

static void a_name_that_case_could_make_the_same_has_to_be_looked_at(void **state)
{
	struct fixture *f = *state;
	struct listings listings = { .len = 0 };

	put("cwd/.SSH", "");
	put("cwd/.\xc5\xbfnetrc", "");
	ask(f, &listings, "cwd");
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/.ssh")), 0);
	/* a long s: some directories take it for an s, and we do not know all of these */
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/.snetrc")), 0);
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/snap")), ENOENT);
}

static void what_cannot_be_read_or_is_too_large_is_asked_by_name(void **state)
{
	struct fixture *f = *state;
	struct listings listings = { .len = 0 };

	for (int i = 0; i < 600; i++)
		put(arena_printf(&f->arena, "cwd/%0100d", i), "");
	ask(f, &listings, "cwd");
	assert_int_equal(listing_missing(&listings, in_dir(f, "cwd/none")), 0);
	assert_int_equal(chmod("first", 0300), 0);
	ask(f, &listings, "first");
	if (getuid() != 0)
		assert_int_equal(listing_missing(&listings, in_dir(f, "first/none")), 0);
	assert_int_equal(chmod("first", 0700), 0);
	/* procfs makes what it is asked for */
	for (int i = 0; i < 8; i++)
		listing_note(&listings, &f->arena, "/proc/self/none");
	assert_int_equal(listing_missing(&listings, "/proc/self/none"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROFILE(what_is_there_has_to_be_looked_at),
		PROFILE(a_directory_that_is_missing_has_nothing),
		PROFILE(a_name_that_case_could_make_the_same_has_to_be_looked_at),
		PROFILE(what_cannot_be_read_or_is_too_large_is_asked_by_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
