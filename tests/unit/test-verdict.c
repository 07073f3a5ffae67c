/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-verdict.c - what a plan says about paths, packets and variables */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>

#include "fake-host.h"
#include "verdict/verdict.h"

/* "rwx", "r-x", "---"; "?" where it cannot be told. */
static const char *access_of(struct trial *t, const char *path,
			     struct path_verdict *place, struct verdict *verdict)
{
	static const char letters[] = "rwx";
	char *text = arena_strdup(&t->arena, "---");
	struct view view;

	trial_planned(t);
	view_init(&view, &t->plan, &t->host, &t->arena);
	verdict_path(&view, path, place, verdict);
	for (unsigned i = 0; i < PATH_ACCESSES; i++)
		if (place->may[i] != ANSWER_NO)
			text[i] = place->may[i] == ANSWER_YES ? letters[i] : '?';
	return text;
}

/* @path can be used like @want, stands at @real, and @where ("1.toml:1:12") decides. */
static void path_is(struct trial *t, const char *path, const char *want, const char *real,
		    const char *where)
{
	struct path_verdict place;
	struct verdict verdict;
	const char *have = access_of(t, path, &place, &verdict), *at = "-";

	if (strcmp(have, want) != 0)
		fail_msg("%s is %s, not %s: %s", path, have, want, verdict.says);
	assert_string_equal(place.place.path, real);
	assert_true(verdict.why_len > 0);
	if (verdict.why[verdict.why_len - 1].pos.file)
		at = arena_printf(&t->arena, "%s:%u:%u",
				  verdict.why[verdict.why_len - 1].pos.file,
				  verdict.why[verdict.why_len - 1].pos.line,
				  verdict.why[verdict.why_len - 1].pos.col);
	assert_string_equal(at, where);
}

static void writes_to_a_change_set_are_allowed_and_said(void **state)
{
	struct trial *t = *state;
	struct path_verdict place;
	struct verdict verdict;

	t->changes = "set";
	plan(t, "fs.write = ['/home/u/p']\nfs.deny = ['/home/u/p/.env']\n"
		"[[fs.mount]]\ntype = 'file'\ntarget = '/home/u/p/src/main.c'\n"
		"content = 'x'\n");
	path_is(t, "/home/u/p/sbox.toml", "rwx", "/home/u/p/sbox.toml", "1.toml:1:13");
	path_is(t, "/home/u/p/new", "-w-", "/home/u/p/new", "1.toml:1:13");
	path_is(t, "/home/u/p/.env", "---", "/home/u/p/.env", "1.toml:2:12");
	/* a file of the profile's lies over it, read-only */
	(void)access_of(t, "/home/u/p/src/main.c", &place, &verdict);
	assert_int_equal(place.may[PATH_WRITE], ANSWER_NO);
	(void)access_of(t, "/home/u/p/sbox.toml", &place, &verdict);
	assert_non_null(strstr(verdict.why[0].msg, "goes to the change set, not there"));
	/* by the host's name, where it is shown by another */
	plan(t, "fs.write = ['/home/u/p:/w']\n");
	(void)access_of(t, "/home/u/p/sbox.toml", &place, &verdict);
	assert_non_null(strstr(verdict.why[0].msg, "is shown as \"/w/sbox.toml\""));
}

static void the_last_mount_that_covers_a_path_decides(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/usr', '/home/u']\nfs.write = ['/home/u/p']\n"
		"fs.tmpfs = ['/usr/lib/jvm', '/run']\n");
	path_is(t, "/usr/bin/ls", "r-x", "/usr/bin/ls", "1.toml:1:12");
	path_is(t, "/home/u/px/notes", "r-x", "/home/u/px/notes", "1.toml:1:20");
	path_is(t, "/home/u/p/src/main.c", "rwx", "/home/u/p/src/main.c", "1.toml:2:13");
	path_is(t, "/usr/lib/jvm/java", "-w-", "/usr/lib/jvm/java", "1.toml:3:13");
	path_is(t, "/run", "rwx", "/run", "1.toml:3:29");
	path_is(t, "/home", "r-x", "/home", "-");
	path_is(t, "/etc/hosts", "r--", "/etc/hosts", "-");
	path_is(t, "/etc/shadow", "---", "/etc/shadow", "-");
}

static void denied_and_protected_paths_are_known_where_they_are_shown(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p', '/home/u/p/src:/part']\nfs.read = ['/usr']\n"
		"fs.deny = ['/home/u/p/src/main.c', '/usr/lib']\n"
		"fs.protect = ['/home/u/p/.git/hooks']\n");
	path_is(t, "/home/u/p/src/main.c", "---", "/home/u/p/src/main.c", "1.toml:3:12");
	path_is(t, "/part/main.c", "---", "/part/main.c", "1.toml:3:12");
	path_is(t, "/usr/lib/libc.so", "---", "/usr/lib/libc.so", "1.toml:3:36");
	path_is(t, "/home/u/p/.git/hooks/pre-commit", "r-x",
		"/home/u/p/.git/hooks/pre-commit", "1.toml:4:15");
	path_is(t, "/home/u/p/.git/config", "rwx", "/home/u/p/.git/config",
		"1.toml:1:13");
}

static void what_is_mounted_from_a_denied_path_is_told_by_the_denial(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/home/u/.ssh:/keys']\nfs.deny = ['/home/u/.ssh']\n");
	path_is(t, "/keys/id", "---", "/keys/id", "1.toml:2:12");
}

static void what_was_skipped_is_told_by_its_line(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/usr', '?/nowhere']\n");
	path_is(t, "/nowhere/x", "---", "/nowhere/x", "1.toml:1:20");
}

static void links_are_followed_inside(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/usr', '/bin', '/home/u/p']\n"
		"[[fs.mount]]\ntype = 'symlink'\ntarget = '/up/link'\n"
		"source = '../usr/./lib64/../bin'\n"
		"[[fs.mount]]\ntype = 'symlink'\ntarget = '/round'\nsource = '/round'\n"
		"[[fs.mount]]\ntype = 'symlink'\ntarget = '/astray'\n"
		"source = '/home/u/p/none/../src'\n");
	path_is(t, "/bin/ls", "r-x", "/usr/bin/ls", "1.toml:1:12");
	path_is(t, "/usr/lib64/libc.so", "r-x", "/usr/lib/libc.so", "1.toml:1:12");
	path_is(t, "/up/link/ls", "r-x", "/usr/bin/ls", "1.toml:1:12");
	/* its target is on the host alone */
	path_is(t, "/home/u/p/planted/id", "---", "/home/u/.ssh/id", "-");
	path_is(t, "/home/u/p/around/main.c", "r-x", "/home/u/p/src/main.c",
		"1.toml:1:28");
	path_is(t, "/round/x", "---", "/round", "1.toml:6:1");
	/* a link can lead through no directory that is not there */
	path_is(t, "/astray", "---", "/home/u/p/none", "1.toml:1:28");
	path_is(t, "/usr/bin/ls/x", "---", "/usr/bin/ls", "1.toml:1:12");
}

static void made_files_and_directories_are_known(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.write = ['/home/u/p']\n"
		"[[fs.mount]]\ntype = 'file'\ntarget = '/f'\ncontent = ''\n"
		"[[fs.mount]]\ntype = 'file'\ntarget = '/x'\ncontent = ''\nmode = '755'\n"
		"[[fs.mount]]\ntype = 'dir'\ntarget = '/d'\n"
		"[[fs.mount]]\ntype = 'file'\ntarget = '/home/u/p/.env'\ncontent = ''\n"
		"[[fs.mount]]\ntype = 'overlay'\ntarget = '/o'\nlower = ['/home/u/px', "
		"'/usr']\n"
		"[[fs.mount]]\ntype = 'bind'\nsource = '/usr'\ntarget = '/n'\n"
		"noexec = true\n"
		"[[fs.mount]]\ntype = 'mqueue'\ntarget = '/q'\n"
		"[[fs.mount]]\ntype = 'tmpfs'\ntarget = '/t'\n"
		"[[fs.mount]]\ntype = 'file'\ntarget = '/t/open'\ncontent = ''\n"
		"mode = '755'\n"
		"[[fs.mount]]\ntype = 'file'\ntarget = '/t/closed'\ncontent = ''\n"
		"mode = '444'\n"
		"[[fs.mount]]\ntype = 'tmpfs'\ntarget = '/s'\nnoexec = true\n"
		"[[fs.mount]]\ntype = 'file'\ntarget = '/s/open'\ncontent = ''\n"
		"mode = '755'\n");
	path_is(t, "/f", "r--", "/f", "1.toml:2:1");
	path_is(t, "/x", "r-x", "/x", "1.toml:6:1");
	path_is(t, "/d", "r-x", "/d", "1.toml:11:1");
	path_is(t, "/t/open", "rwx", "/t/open", "1.toml:33:1");
	path_is(t, "/t/closed", "r--", "/t/closed", "1.toml:38:1");
	path_is(t, "/s/open", "rw-", "/s/open", "1.toml:47:1");
	path_is(t, "/home/u/p/.env", "r--", "/home/u/p/.env", "1.toml:14:1");
	path_is(t, "/o/notes", "rwx", "/o/notes", "1.toml:18:1");
	path_is(t, "/o/bin/ls", "rwx", "/o/bin/ls", "1.toml:18:1");
	path_is(t, "/o/new", "-w-", "/o/new", "1.toml:18:1");
	path_is(t, "/n/bin/ls", "r--", "/n/bin/ls", "1.toml:22:1");
	path_is(t, "/q/any", "?w-", "/q/any", "1.toml:27:1");
}

/* What is in the layers of an overlay, and how its upper directory hides it. */
static void removed_and_merged_directories_of_an_overlay_are_known(void **state)
{
	static const struct fake_file files[] = {
		{ "/low/file", S_IFREG, NULL, 0 },
		{ "/low/gone/x", S_IFREG, NULL, 0 },
		{ "/low/both/old", S_IFREG, NULL, 0 },
		{ "/low/both/sub/old", S_IFREG, NULL, 0 },
		{ "/low/link", S_IFLNK, "gone/../file", 0 },
		{ "/low/was/x", S_IFREG, NULL, 0 },
		{ "/low/mine", S_IFREG, NULL, 0 },
		{ "/lower/removed/x", S_IFREG, NULL, 0 },
		{ "/lower/mine/x", S_IFREG, NULL, 0 },
		{ "/lower/deep/x", S_IFREG, NULL, 0 },
		{ "/lower/secret/x", S_IFREG, NULL, 0 },
		{ "/low/removed", S_IFCHR, NULL, 0 },
		{ "/low/secret", S_IFDIR, NULL, EACCES },
		{ "/up/gone", S_IFCHR, NULL, 0 },
		{ "/up/both/new", S_IFREG, NULL, 0 },
		{ "/up/both/file", S_IFCHR, NULL, 0 },
		{ "/up/was", S_IFREG, NULL, 0 },
		{ "/up/mine/new", S_IFREG, NULL, 0 },
		{ "/work", S_IFDIR, NULL, 0 },
		{ NULL, 0, NULL, 0 },
	};
	struct trial *t = *state;

	t->files = files;
	plan(t, "[[fs.mount]]\ntype = 'overlay'\ntarget = '/o'\nlower = ['/low', "
		"'/lower']\nupper = '/up'\nwork = '/work'\n"
		"[[fs.mount]]\ntype = 'tmpfs'\ntarget = '/o/both/made/t'\n");
	path_is(t, "/o/file", "rwx", "/o/file", "1.toml:1:1");
	path_is(t, "/o/gone", "-w-", "/o/gone", "1.toml:1:1");
	path_is(t, "/o/gone/x", "-w-", "/o/gone/x", "1.toml:1:1");
	path_is(t, "/o/link", "---", "/o/gone", "1.toml:1:1");
	path_is(t, "/o/was/x", "---", "/o/was", "1.toml:1:1");
	path_is(t, "/o/both", "rwx", "/o/both", "1.toml:1:1");
	path_is(t, "/o/both/new", "rwx", "/o/both/new", "1.toml:1:1");
	path_is(t, "/o/both/file", "-w-", "/o/both/file", "1.toml:1:1");
	path_is(t, "/o/both/none", "-w-", "/o/both/none", "1.toml:1:1");
	path_is(t, "/o/both/made", "rwx", "/o/both/made", "1.toml:1:1");
	path_is(t, "/o/both/made/t", "rwx", "/o/both/made/t", "1.toml:7:1");
	/* where it is not known whether the upper directory is opaque */
	path_is(t, "/o/both/old", "?w?", "/o/both/old", "1.toml:1:1");
	path_is(t, "/o/both/sub/old", "?w?", "/o/both/sub/old", "1.toml:1:1");
	path_is(t, "/o/both/sub/none", "?w?", "/o/both/sub/none", "1.toml:1:1");
	t->opaque = "/up/elsewhere";
	path_is(t, "/o/both/old", "rwx", "/o/both/old", "1.toml:1:1");
	path_is(t, "/o/both/sub/old", "rwx", "/o/both/sub/old", "1.toml:1:1");
	path_is(t, "/o/both/sub/none", "-w-", "/o/both/sub/none", "1.toml:1:1");
	t->opaque = "/up/both";
	path_is(t, "/o/both/old", "-w-", "/o/both/old", "1.toml:1:1");
	path_is(t, "/o/both/sub/old", "-w-", "/o/both/sub/old", "1.toml:1:1");
	path_is(t, "/o/both/new", "rwx", "/o/both/new", "1.toml:1:1");
	/* what it hides is below it, and in layers below */
	t->opaque = "/low/both";
	path_is(t, "/o/both/sub/old", "rwx", "/o/both/sub/old", "1.toml:1:1");
	t->opaque = NULL;
	/* layers below the upper one hide in the same way */
	path_is(t, "/o/removed/x", "-w-", "/o/removed/x", "1.toml:1:1");
	path_is(t, "/o/mine/new", "rwx", "/o/mine/new", "1.toml:1:1");
	path_is(t, "/o/mine/x", "-w-", "/o/mine/x", "1.toml:1:1");
	path_is(t, "/o/deep/x", "rwx", "/o/deep/x", "1.toml:1:1");
	path_is(t, "/o/secret/x", "???", "/o/secret/x", "1.toml:1:1");
}

static void dev_and_proc_are_the_sandboxs_own(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/usr']\n");
	path_is(t, "/dev/null", "rw-", "/dev/null", "-");
	path_is(t, "/dev/sda", "---", "/dev/sda", "-");
	path_is(t, "/dev/shm/x", "-w-", "/dev/shm/x", "-");
	path_is(t, "/dev/pts/77",
		"?"
		"?-",
		"/dev/pts/77", "-");
	path_is(t, "/dev/stdin", "???", "/proc/self/fd/0", "-");
	path_is(t, "/proc/kcore", "---", "/proc/kcore", "-");
	path_is(t, "/proc/irq/1", "---", "/proc/irq/1", "-");
	path_is(t, "/proc/kcores", "???", "/proc/kcores", "-");
	path_is(t, "/proc/1/environ", "---", "/proc/1/environ", "-");
	path_is(t, "/proc/1/fd/3", "---", "/proc/1/fd/3", "-");
	path_is(t, "/proc/1/status", "???", "/proc/1/status", "-");
	path_is(t, "/proc/11/environ", "???", "/proc/11/environ", "-");
	path_is(t, "/proc/sys", "r--", "/proc/sys", "-");
	path_is(t, "/proc/sys/kernel/pid_max", "?--", "/proc/sys/kernel/pid_max", "-");
	/* a directory on the way to a mount is there, whoever makes it */
	plan(t, "fs.read = ['/usr']\n[[fs.mount]]\ntype = 'device'\n"
		"source = '/dev/null'\ntarget = '/dev/dri/card'\n");
	path_is(t, "/dev/dri/card", "rw-", "/dev/dri/card", "1.toml:2:1");
	plan(t, "fs.read = ['/usr']\nfs.proc = 'none'\nfs.dev = 'none'\n");
	path_is(t, "/proc/self", "---", "/proc/self", "-");
	path_is(t, "/dev/null", "---", "/dev/null", "-");
}

static void fifos_sockets_and_devices_are_no_files(void **state)
{
	static const struct fake_file files[] = {
		{ "/run/fifo", S_IFIFO, NULL, 0 },      { "/run/bus", S_IFSOCK, NULL, 0 },
		{ "/run/disk", S_IFBLK, NULL, 0 },      { "/run/tty", S_IFCHR, NULL, 0 },
		{ "/home/u/p/fifo", S_IFIFO, NULL, 0 }, { NULL, 0, NULL, 0 },
	};
	struct trial *t = *state;

	t->files = files;
	plan(t, "fs.read = ['/run', '/run:/t/run']\nfs.tmpfs = ['/t']\n"
		"fs.write = ['/home/u/p']\n"
		"[[fs.mount]]\ntype = 'device'\nsource = '/run/tty'\ntarget = '/tty'\n");
	path_is(t, "/run/fifo", "r--", "/run/fifo", "-");
	path_is(t, "/t/run/fifo", "rw-", "/t/run/fifo", "-");
	path_is(t, "/home/u/p/fifo", "rw-", "/home/u/p/fifo", "-");
	path_is(t, "/run/bus", "r--", "/run/bus", "-");
	path_is(t, "/run/disk", "---", "/run/disk", "-");
	path_is(t, "/run/tty", "---", "/run/tty", "-");
	path_is(t, "/tty", "rw-", "/tty", "1.toml:4:1");
	plan(t, "fs.read = ['/run']\nlandlock.mode = 'off'\n");
	path_is(t, "/run/fifo", "rw-", "/run/fifo", "-");
}

static void what_the_caller_cannot_see_is_not_guessed(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.read = ['/']\nfs.dev = 'none'\nfs.proc = 'none'\n");
	path_is(t, "/locked", "?-?", "/locked", "1.toml:1:12");
}

static void a_root_directory_is_the_last_to_be_asked(void **state)
{
	struct trial *t = *state;

	plan(t, "fs.root = '/srv/root'\nfs.tmpfs = ['/tmp']\nfs.dev = 'none'\n"
		"fs.proc = 'none'\n");
	path_is(t, "/bin/sh", "r-x", "/bin/sh", "1.toml:1:11");
	path_is(t, "/new", "---", "/new", "1.toml:1:11");
	plan(t, "fs.root = '/srv/root'\nfs.root_mode = 'overlay'\n");
	path_is(t, "/new", "-w-", "/new", "1.toml:1:11");
	/* sealed, although its layer was writable while mount points were made */
	plan(t, "fs.root = '/srv/root'\nfs.tmpfs = ['/new']\n");
	path_is(t, "/bin/new", "---", "/bin/new", "1.toml:1:11");
}

/* A packet to @to has @answer by rule of @where. */
static void packet_is(struct trial *t, const char *to, enum answer answer,
		      const char *where)
{
	struct packet packet;
	struct verdict verdict;
	const char *at = "-";

	trial_planned(t);
	assert_null(packet_parse(&t->arena, to, &packet));
	verdict_net(&t->plan, &t->arena, &packet, &verdict);
	if (verdict.answer != answer)
		fail_msg("%s: %s", to, verdict.says);
	if (verdict.why_len && verdict.why[verdict.why_len - 1].pos.file)
		at = arena_printf(&t->arena, "%u:%u",
				  verdict.why[verdict.why_len - 1].pos.line,
				  verdict.why[verdict.why_len - 1].pos.col);
	assert_string_equal(at, where);
}

static void the_first_rule_that_matches_decides_about_a_packet(void **state)
{
	struct trial *t = *state;

	t->host.slirp4netns = "/usr/bin/slirp4netns";
	t->host.resolv_conf = "nameserver 192.168.9.9\n";
	plan(t, "net.mode = 'slirp4netns'\nnet.scope = 'public'\n"
		"net.allow = ['10.1.0.0/16:443-444/tcp']\n"
		"net.deny = ['1.2.3.4', '8.0.0.0/6:53/udp']\n");
	packet_is(t, "10.1.255.1:443", ANSWER_YES, "3:14");
	packet_is(t, "10.1.255.1:444/tcp", ANSWER_YES, "3:14");
	packet_is(t, "10.1.255.1:445", ANSWER_NO, "2:13");
	packet_is(t, "10.1.255.1:443/udp", ANSWER_NO, "2:13");
	packet_is(t, "10.2.0.1:443", ANSWER_NO, "2:13");
	packet_is(t, "192.168.9.9:53/udp", ANSWER_YES, "-");
	packet_is(t, "1.2.3.4:80", ANSWER_NO, "4:13");
	packet_is(t, "11.255.0.1:53/udp", ANSWER_NO, "4:24");
	packet_is(t, "12.0.0.1:53/udp", ANSWER_YES, "2:13");
	packet_is(t, "11.255.0.1:53/tcp", ANSWER_YES, "2:13");
	packet_is(t, "127.0.0.1:22", ANSWER_YES, "-");
	packet_is(t, "10.0.2.100:22", ANSWER_YES, "-");
	packet_is(t, "10.0.2.2:22", ANSWER_NO, "2:13");
	packet_is(t, "169.254.169.254:80", ANSWER_NO, "2:13");
	packet_is(t, "[2606::1]:443", ANSWER_NO, "-");
	/* the address of the sandbox, had it IPv6 */
	packet_is(t, "[fd00::100]:22", ANSWER_NO, "-");
	/* IPv4 and loopback, however they are written */
	packet_is(t, "[::ffff:9.9.9.9]:80", ANSWER_YES, "2:13");
	packet_is(t, "[::ffff:1.2.3.4]:80", ANSWER_NO, "4:13");
	packet_is(t, "[::ffff:10.0.2.2]:22", ANSWER_NO, "2:13");
	packet_is(t, "0.0.0.0:9", ANSWER_YES, "-");
	packet_is(t, "[::]:9", ANSWER_YES, "-");
	packet_is(t, "[::ffff:127.0.0.1]:9", ANSWER_YES, "-");
	packet_is(t, "[::ffff:0.0.0.0]:9", ANSWER_YES, "-");
	plan(t, "net.mode = 'slirp4netns'\nnet.ipv6 = true\n");
	packet_is(t, "[fd00::100]:22", ANSWER_YES, "-");
	packet_is(t, "example.org:443", ANSWER_UNKNOWN, "-");
}

static void without_a_helper_the_mode_decides(void **state)
{
	struct trial *t = *state;

	plan(t, "net.mode = 'none'\n");
	packet_is(t, "1.1.1.1:53/udp", ANSWER_NO, "1:12");
	packet_is(t, "example.org:443", ANSWER_NO, "1:12");
	packet_is(t, "127.0.0.1:80", ANSWER_YES, "1:12");
	packet_is(t, "localhost:80", ANSWER_YES, "1:12");
	packet_is(t, "[::1]:80", ANSWER_YES, "1:12");
	packet_is(t, "[::]:80", ANSWER_YES, "1:12");
	packet_is(t, "0.0.0.0:80", ANSWER_YES, "1:12");
	packet_is(t, "[::ffff:127.0.0.1]:80", ANSWER_YES, "1:12");
	packet_is(t, "[::ffff:1.1.1.1]:80", ANSWER_NO, "1:12");
	packet_is(t, "10.0.2.100:80", ANSWER_NO, "1:12");
	plan(t, "net.mode = 'host'\n");
	packet_is(t, "example.org:443", ANSWER_YES, "1:12");
}

static void packets_are_named_in_full(void **state)
{
	static const char *const wrong[] = {
		"",
		"1.2.3.4",
		"1.2.3.4:",
		"1.2.3.4:0",
		"1.2.3.4:65536",
		"1.2.3.4:x",
		"1.2.3.4:80/icmp",
		"fd00::1:80",
		"[fd00::1]",
		"[fd00::1:80",
		":80",
		"[]:80",
		"[1.2.3.4.5]:80",
		"a:80/tcp/x",
	};
	struct trial *t = *state;
	struct packet packet;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (!packet_parse(&t->arena, wrong[i], &packet))
			fail_msg("\"%s\" was taken", wrong[i]);
}

static void variable_is(struct trial *t, const char *name, enum answer answer,
			const char *says, unsigned line)
{
	struct verdict verdict;

	trial_planned(t);
	verdict_env(&t->policy, &t->host, &t->arena, name, &verdict);
	assert_int_equal(verdict.answer, answer);
	assert_non_null(strstr(verdict.says, says));
	assert_int_equal(verdict.why[verdict.why_len - 1].pos.line, line);
}

static void variables_are_set_or_let_through(void **state)
{
	struct trial *t = *state;

	plan(t, "env.pass = ['HOME',\n'LC_*']\nenv.set = { HOME = '/x' }\n");
	variable_is(t, "HOME", ANSWER_YES, "set to \"/x\"", 3);
	variable_is(t, "LC_ALL", ANSWER_YES, "let through", 2);
	variable_is(t, "LC_TIME", ANSWER_YES, "has it not", 2);
	variable_is(t, "SECRET", ANSWER_NO, "does not get it", 0);
	variable_is(t, "LC", ANSWER_NO, "neither", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)
		TEST(writes_to_a_change_set_are_allowed_and_said),
		TEST(the_last_mount_that_covers_a_path_decides),
		TEST(denied_and_protected_paths_are_known_where_they_are_shown),
		TEST(what_is_mounted_from_a_denied_path_is_told_by_the_denial),
		TEST(what_was_skipped_is_told_by_its_line),
		TEST(links_are_followed_inside),
		TEST(made_files_and_directories_are_known),
		TEST(removed_and_merged_directories_of_an_overlay_are_known),
		TEST(dev_and_proc_are_the_sandboxs_own),
		TEST(fifos_sockets_and_devices_are_no_files),
		TEST(what_the_caller_cannot_see_is_not_guessed),
		TEST(a_root_directory_is_the_last_to_be_asked),
		TEST(the_first_rule_that_matches_decides_about_a_packet),
		TEST(without_a_helper_the_mode_decides),
		TEST(packets_are_named_in_full),
		TEST(variables_are_set_or_let_through),
#undef TEST
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
