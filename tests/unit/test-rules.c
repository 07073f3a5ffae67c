/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-rules.c - argument rules, by what they mean: which values pass, and what lifts
 * them */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "seccomp/filter.h"
#include "seccomp/syscalls.h"

#define ALLOW SECCOMP_RET_ALLOW
#define REFUSED(number) (SECCOMP_RET_ERRNO | (number))
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	struct arena arena;
	struct filter_policy policy;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_done(&fixture->arena);
	free(fixture);
	return 0;
}

/* Resolves @spec with the one change "+what" or "-what", if there is one. */
static void resolve(struct fixture *fixture, struct filter_spec spec, const char *change)
{
	struct diags diags = { .arena = &fixture->arena };
	struct filter_change one = { 0 };

	if (change) {
		one = (struct filter_change){ .allow = *change == '+',
					      .what = change + 1 };
		spec.changes = &one;
		spec.changes_len = 1;
	}
	assert_int_equal(filter_resolve(&fixture->arena, &spec, &diags, &fixture->policy),
			 0);
}

/* The verdict of a call that need not be there on this architecture: then @absent. */
static uint32_t verdict(const struct fixture *fixture, const char *name,
			const uint64_t args[4], uint32_t absent)
{
	const struct syscall_row *row = syscall_by_name(name, strlen(name));
	struct seccomp_data call = { .arch = SYSCALL_ARCH };

	assert_non_null(row);
	call.nr = syscall_number(row);
	memcpy(call.args, args, 4 * sizeof args[0]);
	return call.nr < 0 ? absent : filter_verdict(&fixture->policy, &call);
}

struct wanted {
	const char *call;
	uint64_t args[4];
};

static void check(const struct fixture *fixture, const struct wanted *list, size_t len,
		  uint32_t action)
{
	for (size_t i = 0; i < len; i++) {
		uint32_t got = verdict(fixture, list[i].call, list[i].args, action);

		if (got != action)
			fail_msg("%s(%llx, %llx, %llx, %llx): %x, expected %x",
				 list[i].call, (unsigned long long)list[i].args[0],
				 (unsigned long long)list[i].args[1],
				 (unsigned long long)list[i].args[2],
				 (unsigned long long)list[i].args[3], got, action);
	}
}

#define CHECK(fixture, list, action) check(fixture, list, LEN(list), action)
#define EXIST O_CREAT
#define ANONYMOUS 020200000
#define HIGH ((uint64_t)1 << 32)

static const struct wanted setid[] = {
	{ "chmod", { 0, 04755 } },
	{ "chmod", { 0, 02755 } },
	{ "chmod", { 0, 0xffffffff00000000 | 06000 } },
	{ "fchmod", { 0, 04000 } },
	{ "fchmodat", { 0, 0, 04755 } },
	{ "fchmodat2", { 0, 0, 02000, 0x100 } },
	{ "open", { 0, EXIST, 04755 } },
	{ "open", { 0, EXIST | O_EXCL | O_RDWR, 02755 } },
	{ "open", { 0, ANONYMOUS | O_RDWR, 04700 } },
	{ "open", { 0, HIGH | EXIST, HIGH | 04755 } },
	{ "openat", { 0, 0, EXIST, 04755 } },
	{ "openat", { 0, 0, ANONYMOUS | O_WRONLY, 02755 } },
	{ "creat", { 0, 06755 } },
	{ "mknod", { 0, 0104755 } },
	{ "mknodat", { 0, 0, 0102755 } },
};

static void test_setid(void **state)
{
	static const struct wanted passing[] = {
		{ "chmod", { 0, 0777 } },
		{ "chmod", { 0, 01777 } },
		{ "fchmodat", { 04000, 06000, 0644 } },
		{ "open", { 0, EXIST, 01666 } },
		{ "open", { 0, O_RDONLY, 04755 } }, /* there is nothing to make */
		{ "openat", { 0, 0, O_RDWR | O_DIRECTORY, 06755 } },
		{ "mknodat", { 0, 0, 0100644, 06000 } },
		{ "mkdirat", { 0, 0, 06755 } }, /* the kernel drops them */
		{ "mkdir", { 0, 06755 } },
	};

	for (int base = FILTER_DEFAULT; base <= FILTER_STRICT; base++)
		for (int nested = 0; nested < 2; nested++) {
			resolve(*state,
				(struct filter_spec){ .base = (enum filter_base)base,
						      .nested = nested },
				NULL);
			CHECK(*state, setid, REFUSED(EPERM));
			CHECK(*state, passing, ALLOW);
		}
}

static void test_setid_lifted(void **state)
{
	static const struct wanted blind[] = { { "openat2", { 0 } } };
	static const char *const others[] = { "+chmod", "+@file-system",
					      "+@system-service", "+@setuid" };

	resolve(*state, (struct filter_spec){ 0 }, NULL);
	CHECK(*state, blind, REFUSED(ENOSYS));
	resolve(*state, (struct filter_spec){ 0 }, "+@set-id-files");
	CHECK(*state, setid, ALLOW);
	CHECK(*state, blind, ALLOW);
	for (size_t i = 0; i < LEN(others); i++) {
		resolve(*state, (struct filter_spec){ 0 }, others[i]);
		CHECK(*state, setid, REFUSED(EPERM));
	}
	resolve(*state, (struct filter_spec){ .base = FILTER_NONE }, NULL);
	CHECK(*state, setid, ALLOW);
	resolve(*state, (struct filter_spec){ .base = FILTER_NONE }, "-@set-id-files");
	CHECK(*state, setid, REFUSED(EPERM));
	CHECK(*state, blind, REFUSED(EPERM));
	resolve(*state, (struct filter_spec){ 0 }, "-@set-id-files:EACCES");
	CHECK(*state, setid, REFUSED(EACCES));
}

static void test_leases(void **state)
{
	static const struct wanted refused[] = {
		{ "fcntl", { 3, 1024, 0 } },
		{ "fcntl", { 3, 1024, 2 } },
		{ "fcntl", { 3, 1040, 0 } },
		{ "fcntl", { 3, HIGH | 1024, 0 } },
	};
	static const struct wanted passing[] = {
		{ "fcntl", { 3, 0 } },  { "fcntl", { 3, 3 } },
		{ "fcntl", { 3, 6 } },  { "fcntl", { 3, 1025 } },
		{ "fcntl", { 3, 38 } }, { "fcntl", { 3, 1030 } },
	};

	resolve(*state, (struct filter_spec){ 0 }, "+fcntl");
	CHECK(*state, refused, REFUSED(EPERM));
	CHECK(*state, passing, ALLOW);
}

static void test_protocols(void **state)
{
	static const struct wanted refused[] = {
		{ "socket", { AF_INET, SOCK_STREAM, 132 } },
		{ "socket", { AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 262 } },
		{ "socket", { AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 136 } },
		{ "socket", { AF_INET, SOCK_DGRAM, 6 } },
		{ "socket", { AF_INET, SOCK_SEQPACKET, 0 } },
		{ "socket", { AF_INET6, 4, 0 } },
		{ "socket", { AF_INET, 6, 0 } },
		{ "socket", { HIGH | AF_INET, HIGH | SOCK_STREAM, HIGH | 99 } },
		{ "socketpair", { AF_INET, SOCK_STREAM, 132 } },
	};
	static const struct wanted passing[] = {
		{ "socket", { AF_INET, SOCK_STREAM, 0 } },
		{ "socket", { AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 6 } },
		{ "socket", { AF_INET, SOCK_DGRAM, 17 } },
		{ "socket", { AF_INET, SOCK_DGRAM, 1 } },
		{ "socket", { AF_INET6, SOCK_DGRAM, 58 } },
		{ "socket",
		  { AF_INET, SOCK_RAW, 89 } }, /* needs a capability, no module */
		{ "socket", { AF_UNIX, SOCK_SEQPACKET, 0 } },
		{ "socket", { AF_UNIX, SOCK_STREAM, 1 } },
		{ "socket", { AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0 } },
		{ "socketpair", { AF_UNIX, SOCK_DGRAM, 0 } },
	};

	resolve(*state, (struct filter_spec){ 0 }, "+socket");
	CHECK(*state, refused, REFUSED(EPROTONOSUPPORT));
	CHECK(*state, passing, ALLOW);
}

static void test_bypasses(void **state)
{
	static const struct wanted refused[] = {
		{ "ioctl", { 3, 0x50009401 } }, /* BTRFS_IOC_SNAP_CREATE */
		{ "ioctl", { 3, 0x50009417 } }, /* BTRFS_IOC_SNAP_CREATE_V2 */
		{ "ioctl", { 3, 0x5000940e } }, /* BTRFS_IOC_SUBVOL_CREATE */
		{ "ioctl", { 3, 0x5000943f } }, /* BTRFS_IOC_SNAP_DESTROY_V2 */
		{ "ioctl", { 3, 0xd000943e } }, /* BTRFS_IOC_INO_LOOKUP_USER */
		{ "ioctl", { 3, 0x4020bc10 } }, /* BCH_IOCTL_SUBVOLUME_CREATE */
		{ "ioctl", { 3, 0x4020bc11 } }, /* BCH_IOCTL_SUBVOLUME_DESTROY */
		{ "ioctl", { 3, 0xb701 } },     /* NS_GET_USERNS */
		{ "ioctl", { 3, 0xb702 } },     /* NS_GET_PARENT */
		{ "ioctl", { 3, 0x8008b705 } }, /* NS_GET_MNTNS_ID */
		{ "ioctl", { 3, 0x8010b70b } }, /* NS_MNT_GET_NEXT */
		{ "ioctl", { 3, 0x894c } },     /* SIOCGSKNS */
		{ "ioctl", { 3, 0x54e3 } },     /* TUNGETDEVNETNS */
		{ "ioctl", { 3, 0xff01 } },     /* PIDFD_GET_CGROUP_NAMESPACE */
		{ "ioctl", { 3, 0xff0a } },     /* PIDFD_GET_UTS_NAMESPACE */
		{ "ioctl", { 3, 0xc0506617 } }, /* FS_IOC_ADD_ENCRYPTION_KEY */
		{ "ioctl", { 3, 0xc0406618 } }, /* FS_IOC_REMOVE_ENCRYPTION_KEY */
		{ "ioctl", { 3, 0xc028583e } }, /* XFS_IOC_GETPARENTS */
		{ "ioctl", { 3, HIGH | 0x50009417 } },
	};
	static const struct wanted passing[] = {
		{ "ioctl", { 3, 0x40049409 } }, /* FICLONE */
		{ "ioctl", { 3, 0x4020940d } }, /* FICLONERANGE */
		{ "ioctl", { 3, 0xc0189436 } }, /* FIDEDUPERANGE */
		{ "ioctl", { 3, 0x80086601 } }, /* FS_IOC_GETFLAGS */
		{ "ioctl", { 3, 0x40086602 } }, /* FS_IOC_SETFLAGS */
		{ "ioctl", { 3, 0x801c581f } }, /* FS_IOC_FSGETXATTR */
		{ "ioctl", { 3, 0xc020660b } }, /* FS_IOC_FIEMAP */
		{ "ioctl", { 3, 0xc050ff0b } }, /* PIDFD_GET_INFO */
		{ "ioctl", { 3, 0x5401 } },     /* TCGETS */
		{ "ioctl", { 3, 0x541b } },     /* FIONREAD */
		{ "ioctl", { 3, 0x8910 } },     /* SIOCGIFNAME */
	};

	for (int nested = 0; nested < 2; nested++) {
		resolve(*state, (struct filter_spec){ .nested = nested }, "+ioctl");
		CHECK(*state, refused, REFUSED(EPERM));
		CHECK(*state, passing, ALLOW);
	}
	resolve(*state, (struct filter_spec){ .base = FILTER_STRICT }, NULL);
	CHECK(*state, refused, REFUSED(EPERM));
}

static void test_consoles(void **state)
{
	static const struct wanted refused[] = {
		{ "ioctl", { 0, 0x4b3a } }, /* KDSETMODE */
		{ "ioctl", { 0, 0x4b45 } }, /* KDSKBMODE */
		{ "ioctl", { 0, 0x4b47 } }, /* KDSKBENT */
		{ "ioctl", { 0, 0x4b49 } }, /* KDSKBSENT */
		{ "ioctl", { 0, 0x4b61 } }, /* PIO_FONT */
		{ "ioctl", { 0, 0x4bfb } }, /* KDSKBDIACRUC */
		{ "ioctl", { 0, 0x5602 } }, /* VT_SETMODE */
		{ "ioctl", { 0, 0x5606 } }, /* VT_ACTIVATE */
		{ "ioctl", { 0, 0x560b } }, /* VT_LOCKSWITCH */
	};
	static const struct wanted passing[] = {
		{ "ioctl", { 0, 0x4b33 } },     /* KDGKBTYPE */
		{ "ioctl", { 0, 0x4b3b } },     /* KDGETMODE */
		{ "ioctl", { 0, 0x4b44 } },     /* KDGKBMODE */
		{ "ioctl", { 0, 0x5603 } },     /* VT_GETSTATE */
		{ "ioctl", { 0, 0x80685600 } }, /* VIDIOC_QUERYCAP */
	};

	resolve(*state, (struct filter_spec){ 0 }, NULL);
	CHECK(*state, refused, REFUSED(EPERM));
	CHECK(*state, passing, ALLOW);
	resolve(*state, (struct filter_spec){ .base = FILTER_STRICT }, NULL);
	CHECK(*state, refused, SECCOMP_RET_KILL_PROCESS);
}

static void test_covers(void **state)
{
	static const struct wanted refused[] = {
		{ "open_tree", { 3, 0, 0x2 | O_CLOEXEC } },
		{ "open_tree_attr", { 3, 0, 0x3 } },
		{ "fsmount", { 3, 0x3, 0 } },
		{ "unshare", { 0x100000 } },
		{ "unshare", { 0x10020000 | 0x100000 } },
	};
	static const struct wanted passing[] = {
		{ "open_tree", { 2, 2, 1 | O_CLOEXEC | 0x8000 } },
		{ "open_tree_attr", { 3, 0, 0x1 } },
		{ "fsmount", { 2, 0x1, 2 } },
		{ "unshare", { 0x7e020000 } },
	};
	struct seccomp_data beneath = { .nr = (int)syscall_must("move_mount"),
					.arch = SYSCALL_ARCH };
	struct fixture *fixture = *state;

	resolve(fixture, (struct filter_spec){ .nested = true }, NULL);
	CHECK(fixture, refused, REFUSED(EPERM));
	CHECK(fixture, passing, ALLOW);
	assert_int_equal(filter_verdict(&fixture->policy, &beneath), ALLOW);
	beneath.args[4] = 0x204;
	assert_int_equal(filter_verdict(&fixture->policy, &beneath), REFUSED(EPERM));
	resolve(fixture, (struct filter_spec){ 0 }, "+@mount");
	assert_int_equal(filter_verdict(&fixture->policy, &beneath), REFUSED(EPERM));
	resolve(fixture, (struct filter_spec){ .nested = true, .owner = true }, NULL);
	assert_int_equal(filter_verdict(&fixture->policy, &beneath), REFUSED(EPERM));
}

/* Rows are compared as they are written: what a mask hides could never match. */
static void test_table(void **state)
{
	const struct filter_row *row;

	(void)state;
	for (size_t i = 0; (row = filter_row(i)); i++) {
		assert_non_null(syscall_by_name(row->call, strlen(row->call)));
		assert_true(row->values_len > 0);
		assert_true(row->test == FILTER_NOT || row->excepted_len == 0);
		for (unsigned n = 0; n < row->values_len; n++)
			assert_int_equal(row->values[n] & filter_mask(row->mask),
					 row->values[n]);
		for (unsigned n = 0; n < FILTER_WHENS; n++) {
			const struct filter_when *when = &row->when[n];

			if (when->whose == FILTER_ANYWAY)
				continue;
			assert_int_not_equal(when->arg, row->arg);
			assert_int_equal(when->value & filter_mask(when->mask),
					 when->value);
		}
	}
}

/* Files can be given to oneself and to nobody; to others as @action says. */
static void check_owner(struct fixture *fixture, struct filter_spec spec, uint32_t action)
{
	static const struct wanted own[] = {
		{ "chown", { 0, 1000, 2000 } },
		{ "lchown", { 0, UINT32_MAX, UINT64_MAX } },
		{ "fchown", { 1000, HIGH | 1000, UINT32_MAX } },
		{ "fchownat", { 5, 0, UINT32_MAX, 2000 } },
	};
	static const struct wanted others[] = {
		{ "chown", { 0, 0, 2000 } },
		{ "lchown", { 0, 1000, 1000 } },
		{ "fchown", { 1000, 2000, 2000 } },
		{ "fchown", { 0, HIGH | UINT32_MAX, FILTER_OWN_GID } },
		{ "fchownat", { 1000, 2000, FILTER_OWN_UID, 2000 } },
	};

	spec.own = (struct filter_own){ 1000, 2000 };
	resolve(fixture, spec, NULL);
	CHECK(fixture, own, ALLOW);
	CHECK(fixture, others, action);
}

static void test_owner(void **state)
{
	static const struct wanted groups[] = { { "setgroups", { 0 } } };

	for (int base = FILTER_DEFAULT; base <= FILTER_NONE; base++) {
		struct filter_spec spec = { .base = (enum filter_base)base };
		bool none = base == FILTER_NONE;

		check_owner(*state, spec, ALLOW);
		spec.ids = FILTER_IDS_ONE;
		check_owner(*state, spec, none ? ALLOW : REFUSED(EPERM));
		CHECK((struct fixture *)*state, groups, ALLOW);
		spec.ids = FILTER_IDS_ROOT;
		check_owner(*state, spec, none ? ALLOW : REFUSED(0));
		CHECK((struct fixture *)*state, groups, none ? ALLOW : REFUSED(0));
		spec.nested = true; /* in a namespace of its own it can have others */
		check_owner(*state, spec, ALLOW);
		CHECK((struct fixture *)*state, groups, ALLOW);
	}
	/* what is denied is refused, and not done nothing for */
	resolve(*state, (struct filter_spec){ .ids = FILTER_IDS_ROOT }, "-setgroups");
	CHECK((struct fixture *)*state, groups, REFUSED(EPERM));
	resolve(*state, (struct filter_spec){ .ids = FILTER_IDS_ROOT }, "-@chown");
	check((struct fixture *)*state, &(struct wanted){ "fchown", { 0, 5, 5 } }, 1,
	      REFUSED(EPERM));
}

static void test_words(void **state)
{
	struct fixture *fixture = *state;
	char *text;

	resolve(fixture, (struct filter_spec){ 0 }, NULL);
	text = filter_policy_text(&fixture->arena, &fixture->policy);
	assert_non_null(strstr(text, "\nopenat: EPERM if argument 3 has a bit of 0x800 "
				     "0x400, when argument 2 has a bit of 0x400040\n"));
	assert_non_null(strstr(text,
			       "\nioctl: EPERM if argument 1 under the mask 0xff00 is "
			       "0x9400 0xbc00 0xb700, but for 0x40049409 0x4020940d "
			       "0xc0189436\n"));
	assert_non_null(strstr(text,
			       "\nsocket: EPROTONOSUPPORT unless argument 2 is 0x0 0x6, "
			       "when argument 0 under the mask 0xfffffff7 is 0x2, when "
			       "argument 1 under the mask 0xf is 0x1\n"));
}

#define TEST(sentence, function)                                                         \
	{                                                                                \
		.name = sentence, .test_func = function, .setup_func = setup,            \
		.teardown_func = teardown                                                \
	}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST("no call that takes a mode makes a set-id file", test_setid),
		TEST("but where a profile says that it may", test_setid_lifted),
		TEST("no lease can be taken", test_leases),
		TEST("internet sockets speak TCP, UDP and ICMP", test_protocols),
		TEST("no request leads past the mounts", test_bypasses),
		TEST("a console can be asked and not be changed", test_consoles),
		TEST("no flag leaves covers behind", test_covers),
		TEST("files are given to nobody else", test_owner),
		TEST("the table is written as it is compared", test_table),
		TEST("a rule in words has its conditions", test_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
