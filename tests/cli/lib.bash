# shellcheck shell=bash
# lib.bash - what every file of tests/cli begins with: . "$BATS_TEST_DIRNAME/lib.bash"
#
# Names of processes, queues and files that others could have as well are never looked
# for: what a test started is found by what only it can know.

# shellcheck source=tests/lib.bash
. "${BASH_SOURCE[0]%/*}/../lib.bash"
BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-$((300 * slow))} # seconds; heard by bats 1.8 and newer
helpers=$builddir/tests/cli
export SBOX_LIBEXECDIR=$builddir # where an sbox that is not installed finds its programs
# shellcheck disable=SC2034  # for the tests
my_group=$(id -g)

setup() {
	common_setup
}

teardown() {
	end_jobs
}

common_setup() {
	their_jobs=$(jobs -p) # those of bats
	own_directories
}

# own_registry: named sandboxes of this test alone, in $registry
own_registry() {
	export XDG_RUNTIME_DIR=$top/run
	# shellcheck disable=SC2034  # for the tests
	registry=$XDG_RUNTIME_DIR/sbox
	mkdir -m 700 "$XDG_RUNTIME_DIR"
}

# What the test has started in the background and is still there.
end_jobs() {
	local pid
	for pid in $(jobs -p | grep -vxF -e "${their_jobs:-none}"); do
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" || :
	done 2>/dev/null
}

# works COMMAND..., refused COMMAND...: ends with 0, ends with anything else
works() {
	gives 0 "$@"
}

refused() {
	try "$@"
	[ "$status" -ne 0 ] || fail "worked, but must not: $*" "stdout: $out" "stderr: $err"
}

has_line() {
	grep -Fxqs -- "$2" "$1"
}

# begin COMMAND...: in the background, in $job. It has to print the line "ready" and then
# to read its input: its output is $top/held, its messages $top/held-err, and finish ends
# the input and leaves the exit status in $status (137 if it took more than 20 seconds, or longer if $slow).
begin() {
	rm -f "$top/held-in" "$top/held"
	mkfifo "$top/held-in"
	# a shell starts what it runs in the background with SIGINT and SIGQUIT ignored
	env --default-signal=INT,QUIT "$@" <"$top/held-in" >"$top/held" 2>"$top/held-err" 3>&- &
	job=$!
	exec {held}>"$top/held-in"
	wait_for has_line "$top/held" ready || fail "$(cat "$top/held-err")"
}

finish() {
	local n
	exec {held}>&-
	for ((n = 0; n < 1000 * slow; n++)); do
		kill -0 "$job" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$job" 2>/dev/null || :
	status=0
	wait "$job" || status=$?
}

# nothing_left COMMAND...: like try, and 20 seconds after it has ended no process is left
# that it has started
nothing_left() {
	try "$helpers/reaper" 20 "$@"
	[ "$status" -ne 99 ] || fail "processes are left: $*" "$err"
}

# profile NAME: its text is the standard input
profile() {
	cat >"$config/$1.toml"
	chmod 644 "$config/$1.toml"
}

# on_tty COMMAND...: on a terminal, whose user does what the standard input says; see
# typist.py
on_tty() {
	works "$helpers/reaper" 20 python3 "$srcdir/tests/cli/typist.py" "$@"
}

# number CALL: the number of a system call on this machine
number() {
	echo "#include <sys/syscall.h>
nr SYS_$1" | ${CC:-cc} -E -P - | sed -n 's/^nr //p'
}

# A program in Python: how many processes 100 sleeps and their parent are.
# shellcheck disable=SC2034  # for the tests
hundred='
import os, time
n = 1
for i in range(100):
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        n += 1
    except BlockingIOError:
        pass
print(n)'
