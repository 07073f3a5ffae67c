# shellcheck shell=bash
# lib.bash - what every file of tests/cli begins with: . "$BATS_TEST_DIRNAME/lib.bash"
#
# Each test gets directories of its own, which bats removes: $top holds the home
# directory, the profiles that are shipped and the cache; the test starts in $top/here.
# Names of processes, queues and files that others could have as well are never looked
# for: what a test started is found by what only it can know.
bats_require_minimum_version 1.5.0
BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-300} # seconds; heard by bats 1.8 and newer

srcdir=${srcdir:-$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)}
builddir=${builddir:-$(dirname "$(command -v sbox || echo "$srcdir/build/sbox")")}
helpers=$builddir/tests/cli
export SBOX_LIBEXECDIR=$builddir # where an sbox that is not installed finds its programs
# shellcheck disable=SC2034  # both are for the tests
me=$(id -u) my_group=$(id -g)

setup() {
	common_setup
}

teardown() {
	end_jobs
}

common_setup() {
	exec </dev/null
	their_jobs=$(jobs -p) # those of bats
	[ "$me" -ne 0 ] || skip "these tests show what an ordinary user can do: run them as one"
	top=$BATS_TEST_TMPDIR
	export HOME=$top/home XDG_CONFIG_HOME=$top/config XDG_CACHE_HOME=$top/cache LC_ALL=C
	unset TMPDIR XDG_RUNTIME_DIR
	config=$XDG_CONFIG_HOME/sbox/profiles
	mkdir -p "$HOME" "$config" "$XDG_CACHE_HOME" "$top/here"
	install -m 644 "$srcdir"/profiles/*.toml "$config"
	cd "$top/here" || return
}

# What the test has started in the background and is still there.
end_jobs() {
	local pid
	for pid in $(jobs -p | grep -vxF -e "${their_jobs:-none}"); do
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" || :
	done 2>/dev/null
}

fail() {
	printf '%s\n' "$@"
	return 1
}

# try COMMAND...: its exit status is left in $status, what it wrote in $out and $err
try() {
	status=0
	"$@" >"$top/out" 2>"$top/err" 3>&- || status=$?
	out=$(tr -d '\0' <"$top/out") err=$(tr -d '\0' <"$top/err")
}

# gives STATUS COMMAND...: like try, and the status must be this one
gives() {
	local wanted=$1
	shift
	try "$@"
	[ "$status" -eq "$wanted" ] ||
		fail "ended with $status, not $wanted: $*" "stdout: $out" "stderr: $err"
}

# works COMMAND..., refused COMMAND...: ends with 0, ends with anything else
works() {
	gives 0 "$@"
}

refused() {
	try "$@"
	[ "$status" -ne 0 ] || fail "worked, but must not: $*" "stdout: $out" "stderr: $err"
}

equal() {
	[ "$1" = "$2" ] || fail "got: $1" "not: $2"
}

differ() {
	[ "$1" != "$2" ] || fail "the same: $1"
}

contains() {
	case $1 in
	*"$2"*) ;;
	*) fail "got: $1" "without: $2" ;;
	esac
}

lacks() {
	case $1 in
	*"$2"*) fail "got: $1" "with: $2" ;;
	esac
}

# matches TEXT EXTENDED-REGULAR-EXPRESSION: some line of the text does
matches() {
	grep -Eq -- "$2" <<<"$1" || fail "got: $1" "no line matches: $2"
}

# wait_for COMMAND...: until it succeeds, which may take 20 seconds
wait_for() {
	local n
	for ((n = 0; n < 400; n++)); do
		if "$@"; then
			return
		fi
		sleep 0.05
	done
	fail "waited 20 seconds for: $*"
}

has_line() {
	grep -Fxqs -- "$2" "$1"
}

# begin COMMAND...: in the background, in $job. It has to print the line "ready" and then
# to read its input: its output is $top/held, its messages $top/held-err, and finish ends
# the input and leaves the exit status in $status (137 if it took more than 20 seconds).
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
	for ((n = 0; n < 1000; n++)); do
		kill -0 "$job" 2>/dev/null || break
		sleep 0.02
	done
	kill -KILL "$job" 2>/dev/null || :
	status=0
	wait "$job" || status=$?
}

# need COMMAND...: skips the test where one of these is not installed
need() {
	local name
	for name; do
		command -v "$name" >/dev/null || skip "$name is not installed"
	done
}

# need_subids: skips the test where the caller has no subordinate ids
need_subids() {
	need newuidmap newgidmap
	grep -Eq "^($(id -un)|$me):" /etc/subuid && grep -Eq "^($(id -un)|$me):" /etc/subgid ||
		skip "$(id -un) has no subordinate ids"
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
