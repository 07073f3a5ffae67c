# shellcheck shell=bash
# lib.bash - what the tests of the whole program share; tests/cli/lib.bash and
# tests/escape/lib.bash add to it what is their own
#
# Each test gets directories of its own, which bats removes: $top holds the home
# directory, the profiles that are shipped and the cache; the test starts in $top/here.
bats_require_minimum_version 1.5.0

srcdir=${srcdir:-$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)}
builddir=${builddir:-$(dirname "$(command -v sbox || echo "$srcdir/build/sbox")")}
me=$(id -u)

# On a slow machine: how many times longer a test waits before it gives up, and the share in
# percent of their rounds that tests with many rounds do.
slow=${SBOX_TEST_SLOW:-1} scale=${SBOX_TEST_SCALE:-100}

# scaled N: so many rounds of N, at least one
scaled() {
	echo $((($1 * scale + 99) / 100))
}

own_directories() {
	exec </dev/null
	[ "$me" -ne 0 ] || skip "these tests show what an ordinary user can do: run them as one"
	top=$BATS_TEST_TMPDIR
	export HOME=$top/home XDG_CONFIG_HOME=$top/config XDG_CACHE_HOME=$top/cache LC_ALL=C
	unset TMPDIR XDG_RUNTIME_DIR
	config=$XDG_CONFIG_HOME/sbox/profiles
	mkdir -p "$HOME" "$config" "$XDG_CACHE_HOME" "$top/here"
	install -m 644 "$srcdir"/profiles/*.toml "$config"
	cd "$top/here" || return
}

fail() {
	printf '%s\n' "$@"
	return 1
}

# try COMMAND...: its exit status is left in $status, what it wrote in $out and $err
patience=() # what it is started with, a time limit for instance
try() {
	status=0
	"${patience[@]}" "$@" >"$top/out" 2>"$top/err" 3>&- || status=$?
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

# wait_for COMMAND...: until it succeeds, which may take 20 seconds (and more if $slow)
wait_for() {
	local n
	for ((n = 0; n < 400 * slow; n++)); do
		if "$@"; then
			return
		fi
		sleep 0.05
	done
	fail "waited $((20 * slow)) seconds for: $*"
}

# takes_marks [DIR]: whether its file system takes the user.* attributes of overlayfs; without
# DIR a new tmpfs, which does since Linux 6.6
takes_marks() {
	python3 -c '
import os, sys
place = sys.argv[1] if len(sys.argv) > 1 else os.memfd_create("x")
os.setxattr(place, "user.x", b"")
os.removexattr(place, "user.x")' "$@" 2>/dev/null
}

# need_marks [DIR]: skips the test where it does not
need_marks() {
	takes_marks "$@" || skip "a tmpfs takes no user.* attributes here"
}

# need COMMAND...: skips the test where one of these is not installed
need() {
	local name
	for name; do
		command -v "$name" >/dev/null || skip "$name is not installed"
	done
}

# lives_in DIR: afterwards "${account[@]}" COMMAND... runs with a /etc/passwd that says so
lives_in() {
	unshare -U true 2>/dev/null || skip "no user namespace can be made for the test"
	[ -z "$1" ] || mkdir -p "$1"
	grep -v "^[^:]*:[^:]*:$me:" /etc/passwd >"$top/passwd"
	[ -z "$1" ] || echo "someone:x:$me:$(id -g)::$1:/bin/sh" >>"$top/passwd"
	# shellcheck disable=SC2016,SC2034  # the shell inside has "$0"; for the tests
	account=(unshare --user --map-current-user --mount --keep-caps
		sh -c 'mount --bind "$0" /etc/passwd && exec setpriv --inh-caps=-all --ambient-caps=-all "$@"'
		"$top/passwd")
}

# need_subids: the first of the caller's subordinate ids in $subuid and $subgid, or skip
need_subids() {
	need newuidmap newgidmap
	subuid=$(awk -F: -v u="$(id -un)" -v n="$me" '$1 == u || $1 == n { print $2; exit }' /etc/subuid)
	subgid=$(awk -F: -v u="$(id -un)" -v n="$me" '$1 == u || $1 == n { print $2; exit }' /etc/subgid)
	[ -n "$subuid" ] && [ -n "$subgid" ] || skip "$(id -un) has no subordinate ids"
}
