#!/usr/bin/env bats
# observe.bats - --observe: what a command could make of its observer, and of whoever reads
# what is told

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup_file() {
	# as one more command nobody is observed
	[ -z "${SBOX_ESCAPE_VIA:-}" ] || skip "the sandbox's own command alone is observed"
}

# observer PID: the process that observes for the sbox PID
observer() {
	local pid
	for pid in $(cat "/proc/$1/task/$1/children"); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != sbox-observer ] || echo "$pid"
	done
}

# is_gone PID
is_gone() {
	! kill -0 "$1" 2>/dev/null
}

@test "E-500 escape sequences and newlines in paths reach no terminal" {
	name=$'\e]0;title\a\n fs.read = ["x"] \e[31m'
	mkdir "$top/hidden"
	: >"$top/hidden/$name"
	gives 1 sbox -p build --observe -- cat "$top/hidden/$name"
	contains "$err" "asked for in vain: $top/hidden/"
	told=$(grep 'in vain' <<<"$err")
	lacks "$told" $'\e'
	lacks "$told" $'\a'
	equal "$(wc -l <<<"$told")" 1
	lacks "$told" "lets it through"
	# what a program is called is the command's choice as well
	cp "$(command -v cat)" "./"$'c\e[31mt'
	echo text >"$top/hidden/file"
	gives 1 sbox -p build --observe -- "./"$'c\e[31mt' "$top/hidden/file"
	contains "$err" "asked for in vain: $top/hidden/file"
	lacks "$(grep 'in vain' <<<"$err")" $'\e'
}

@test "E-501 secrets, sockets, the home directory and what it is in are never offered" {
	mkdir -p "$HOME/.ssh" "$HOME/.aws" "$HOME/project"
	echo "the secret" >"$HOME/.ssh/id"
	echo "the secret" >"$HOME/.aws/credentials"
	echo "the secret" >"$HOME/project/server.key"
	echo plain >"$HOME/plain"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$HOME/agent"
	printf 'version = 1\nextends = ["base"]\n' >"$config/bare.toml"
	for profile in build bare; do
		# the control: what may be offered is
		try sbox -p "$profile" --observe -- cat "$HOME/plain"
		contains "$err" "$HOME/plain\"] lets it through"
		for path in "$HOME" "$HOME/.ssh" "$HOME/.ssh/id" "$HOME/.aws/credentials" \
			"$HOME/project/server.key" "$HOME/agent" "$top" / "${HOME%/*}" /home /var/tmp; do
			try sbox -p "$profile" --observe -- ls "$path/"
			lacks "$err" "lets it through"
			try sbox -p "$profile" --observe -- sh -c 'cat "$1"; echo x >"$1"' sh "$path"
			lacks "$err" "lets it through"
		done
	done
}

@test "E-515 what somebody else has put into /tmp is not offered" {
	need_subids
	shared=$(mktemp -d /tmp/sbox-escape.XXXXXX)
	chmod 755 "$shared"
	echo mine >"$shared/mine"
	echo theirs >"$shared/theirs"
	unshare --map-root-user --map-auto chown 5 "$shared/theirs"
	try sbox -p build --observe -- cat "$shared/mine"
	mine=$err
	try sbox -p build --observe -- cat "$shared/theirs"
	rm -rf "$shared"
	contains "$mine" "/mine\"] lets it through"
	contains "$err" "it is somebody else's"
	lacks "$err" "lets it through"
}

@test "E-502 a link that the command makes is not a way to be offered what it leads to" {
	mkdir -p "$HOME/.ssh"
	echo "the secret" >"$HOME/.ssh/id"
	mkdir w
	for link in "$HOME/.ssh/id" "$HOME" "../../home/.ssh/id"; do
		try sbox -p build --observe -- sh -c 'ln -sfn "$1" w/link; cat w/link; cat w/link/.ssh/id; cat w/link/id' sh "$link"
		lacks "$err" "lets it through"
	done
}

@test "E-503 places that other programs take as instructions are never offered for writing" {
	mkdir -p "$HOME/other/.git/hooks" "$HOME/other/sub/.vscode"
	for path in .git/hooks/pre-commit .git/config sub/.vscode/tasks.json .envrc; do
		try sbox -p build --observe -- sh -c 'echo x >"$1"' sh "$HOME/other/$path"
		contains "$err" "asked for in vain: $HOME/other/$path: write"
		lacks "$err" "lets it through"
	done
	for path in .bashrc .profile .config/autostart/x.desktop; do
		mkdir -p "$(dirname "$HOME/$path")"
		: >"$HOME/$path"
		try sbox -p build --observe -- sh -c 'echo x >>"$1"' sh "$HOME/$path"
		lacks "$err" "lets it through"
	done
}

@test "E-504 the end of the observer is the end of the sandbox" {
	begin sbox --observe -- sh -c 'sleep 1000 & echo ready; exec sleep 1000'
	sbox=$job
	watcher=$(observer "$sbox")
	[ -n "$watcher" ]
	inside=$(tr ' ' '\n' <"/proc/$sbox/task/$sbox/children" | grep -vx "$watcher" | head -n 1)
	kill -KILL "$watcher"
	wait_for is_gone "$inside"
	status=0
	wait "$sbox" || status=$?
	equal "$status" 137
	contains "$(cat "$top/begun.0.err")" "the observer ended before the command"
}

@test "E-505 no process leaves its observer: not by clone, and by no request of ptrace" {
	cat >leave.c <<-'END'
		#define _GNU_SOURCE
		#include <errno.h>
		#include <fcntl.h>
		#include <sched.h>
		#include <signal.h>
		#include <stdio.h>
		#include <sys/ptrace.h>
		#include <sys/syscall.h>
		#include <sys/wait.h>
		#include <unistd.h>
		static int opens(void) { return open("/usr", O_RDONLY) >= 0; }
		int main(int argc, char **argv)
		{
			int status;
			pid_t pid;
			if (argv[1][0] == 't') /* traced by us, and by nobody else */
				return ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 ? 0 : 1;
			if (argv[1][0] == 'a') {
				pid = fork();
				if (pid == 0) { pause(); _exit(0); }
				status = ptrace(PTRACE_ATTACH, pid, 0, 0) == 0 ? 0 : 1;
				kill(pid, SIGKILL);
				return status;
			}
			/* cloned so that no tracer gets it: does it still open files? */
			pid = (pid_t)syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
			if (pid == 0) _exit(opens() ? 0 : 1);
			waitpid(pid, &status, 0);
			return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
		}
	END
	need gcc
	gcc -static -o "$top/bin/leave" leave.c
	for way in traceme clone; do
		gives 0 "$top/bin/leave" "$way"
	done
	for way in traceme attach clone; do
		gives 1 sbox -q --read="$top/bin" --observe -- "$top/bin/leave" "$way"
	done
}

@test "E-506 a process that stops itself, and those that stop each other, hold nothing up" {
	gives 137 timeout -s KILL 3 sbox --observe -- sh -c 'kill -STOP $$' 3>&-
	gives 0 sbox --observe -- sh -c 'sh -c "kill -STOP \$\$" & sleep 0.5; exit 0'
	gives 0 sbox --observe -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do
		sh -c "kill -STOP \$\$" & p=$!; kill -STOP $p; kill -CONT $p; kill -KILL $p; done; exit 0'
}

@test "E-507 what is observed fills no memory: the table is bounded, and what it leaves out is counted" {
	gives 0 sbox -q --observe --report=report -- python3 -c '
import os
for i in range(30000):
    try:
        os.stat("/nowhere/%d/%s" % (i, "x" * (i % 250)))
    except OSError:
        pass'
	gives 0 python3 -c '
import json
o = json.load(open("report"))["observed"]
assert len(o["calls"]) <= 16384, len(o["calls"])
assert o["left_out"] >= 13000, o["left_out"]
assert o["complete"]'
}

@test "E-508 paths that change while they are read, and bad pointers, harm nothing" {
	cat >race.c <<-'END'
		#include <fcntl.h>
		#include <pthread.h>
		#include <string.h>
		#include <sys/mman.h>
		#include <unistd.h>
		static char *path;
		static volatile int done;
		static void *change(void *p)
		{
			while (!done) {
				memset(path, 'a', 4096);
				path[0] = '/';
				path[4095] = 0;
				path[1] = 0;
			}
			return p;
		}
		int main(void)
		{
			pthread_t t;
			path = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			munmap(path + 4096, 4096);
			pthread_create(&t, 0, change, 0);
			for (int i = 0; i < 3000; i++) {
				open(path, O_RDWR | O_CREAT, 0600);
				open((char *)1, O_RDONLY);
				open(path + 4090, O_RDONLY);
				execve((char *)-1, 0, 0);
			}
			done = 1;
			pthread_join(t, 0);
			return 0;
		}
	END
	need gcc
	gcc -O1 -pthread -o "$top/bin/race" race.c
	gives 0 sbox -q --read="$top/bin" --observe=all --report=report -- "$top/bin/race"
	gives 0 python3 -c 'import json; assert json.load(open("report"))["observed"]["complete"]'
}

@test "E-509 the filters that enforce are the same: what they refuse is refused, and not asked for" {
	for options in "" "--observe" "--observe=all"; do
		# shellcheck disable=SC2086
		gives 0 sbox -q $options --dry-run=json -- true
		echo "$out" >"plan${options:-none}"
		# shellcheck disable=SC2086
		gives 0 sbox -q $options -- python3 -c '
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
answers = []
for number in range(0, 460):
    if number in (56, 57, 58, 435): # make processes
        continue
    pid = os.fork()
    if pid == 0:
        signal.alarm(5)
        ctypes.set_errno(0)
        libc.syscall(number, -1, -1, -1, -1, -1, -1)
        os._exit(ctypes.get_errno() % 256)
    answers.append((number, os.waitpid(pid, 0)[1]))
print(answers)'
		echo "$out" >"answers${options:-none}"
	done
	for options in --observe --observe=all; do
		cmp plannone "plan$options"
		equal "$(cat "answers$options")" "$(cat answersnone)"
	done
	contains "$(cat answersnone)" ", 256)" # EPERM
	contains "$(cat answersnone)" ", 9728)" # ENOSYS
}

@test "E-510 the observer has no capability, gains none, is behind a filter, and is not to be looked into" {
	begin sbox --observe -- sh -c 'echo ready; exec sleep 1000'
	watcher=$(observer "$job")
	equal "$(sed -n 's/^CapEff:\t//p' "/proc/$watcher/status")" 0000000000000000
	equal "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$watcher/status")" 1
	equal "$(sed -n 's/^Seccomp:\t//p' "/proc/$watcher/status")" 2
	# it is not to be looked into, either
	refused_to_look=0
	ls "/proc/$watcher/fd" >/dev/null 2>&1 || refused_to_look=1
	equal "$refused_to_look" 1
}
