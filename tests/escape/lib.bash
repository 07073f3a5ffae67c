# shellcheck shell=bash
# lib.bash - what every file of tests/escape begins with: . "$BATS_TEST_DIRNAME/lib.bash"
#
# An attempt is a subcommand of probe (see probe.h): it ends with 0 if it succeeded, with
# 1 if it was refused and with 2 if it cannot tell. Each test runs it outside, where it
# has to succeed, and then in sandboxes that differ in their layers, where it must not.
# What is attacked is made here, and looked at here.
bats_require_minimum_version 1.5.0

srcdir=${srcdir:-$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)}
builddir=${builddir:-$(dirname "$(command -v sbox || echo "$srcdir/build/sbox")")}
me=$(id -u)

# The layers: all of them, without the one or the other, without both, and without both
# in a sandbox that lets its command make namespaces itself.
modes="full no-seccomp no-landlock bare"

setup() {
	exec </dev/null
	[ "$me" -ne 0 ] || skip "these tests show what an ordinary user can do: run them as one"
	top=$BATS_TEST_TMPDIR
	export HOME=$top/home XDG_CONFIG_HOME=$top/config XDG_CACHE_HOME=$top/cache LC_ALL=C
	unset TMPDIR XDG_RUNTIME_DIR
	config=$XDG_CONFIG_HOME/sbox/profiles
	mkdir -p "$HOME" "$config" "$XDG_CACHE_HOME" "$top/here" "$top/bin" "$top/secret"
	install -m 644 "$srcdir"/profiles/*.toml "$config"
	# not from the build directory, whose name must not matter inside
	probe=$top/bin/probe
	install -m 755 "$builddir/tests/escape/probe" "$probe"
	echo "the secret" >"$top/secret/file"
	jobs_started=()
	cd "$top/here" || return
}

teardown() {
	local pid
	for pid in "${jobs_started[@]}"; do
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	chmod -R u+rwX "${top:-/nonexistent}" 2>/dev/null || :
}

fail() {
	printf '%s\n' "$@"
	return 1
}

# layers MODE: the options for it, in $layers
layers() {
	case $1 in
	full) layers=() ;;
	no-seccomp) layers=(--set 'seccomp.base="none"') ;;
	no-landlock) layers=(--set 'landlock.mode="off"') ;;
	bare) layers=(--set 'seccomp.base="none"' --set 'landlock.mode="off"') ;;
	nested)
		layers=(--set 'seccomp.base="none"' --set 'landlock.mode="off"'
			--set namespaces.nested=true)
		;;
	esac
}

# try COMMAND...: its exit status is left in $status, what it wrote in $out and $err
try() {
	status=0
	timeout --foreground -k 5 60 "$@" >"$top/out" 2>"$top/err" 3>&- || status=$?
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

# control PROBE-ARGUMENT...: the attempt outside, which has to succeed
control() {
	gives 0 "$probe" "$@" || fail "this is the control outside, which proves the attempt"
}

# attacked MODES [OPTION...] -- COMMAND...: in a sandbox of each mode it has to end with 1
attacked() {
	local mode list=$1
	shift
	for mode in $list; do
		layers "$mode"
		gives 1 sbox -q --read="$top/bin" "${layers[@]}" "$@" || fail "mode: $mode"
	done
}

# refused PROBE-ARGUMENT...: an attempt that no mode lets succeed
refused() {
	attacked "$modes" -- "$probe" "$@"
}

# both PROBE-ARGUMENT...: the usual test: outside it succeeds, inside it is refused
both() {
	control "$@"
	refused "$@"
}

equal() {
	[ "$1" = "$2" ] || fail "got: $1" "not: $2"
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

# wait_for COMMAND...: until it succeeds, which may take 10 seconds
wait_for() {
	local n
	for ((n = 0; n < 200; n++)); do
		if "$@"; then
			return
		fi
		sleep 0.05
	done
	fail "waited 10 seconds for: $*"
}

# begin COMMAND...: in the background, until it has written a line, which is in $said
begin() {
	local log=$top/begun.${#jobs_started[@]}
	"$@" >"$log" 2>"$log.err" </dev/null 3>&- &
	job=$!
	jobs_started+=("$job")
	wait_for test -s "$log" || fail "$(cat "$log.err")"
	# shellcheck disable=SC2034
	said=$(head -n 1 "$log")
}

# end_job PID: a job of ours that is no longer needed
end_job() {
	kill -KILL "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}

# need COMMAND...: skips the test where one of these is not installed
need() {
	local name
	for name; do
		command -v "$name" >/dev/null || skip "$name is not installed"
	done
}

# need_subids: the first of the caller's subordinate ids in $subuid and $subgid, or skip
need_subids() {
	need newuidmap newgidmap
	subuid=$(awk -F: -v u="$(id -un)" -v n="$me" '$1 == u || $1 == n { print $2; exit }' /etc/subuid)
	subgid=$(awk -F: -v u="$(id -un)" -v n="$me" '$1 == u || $1 == n { print $2; exit }' /etc/subgid)
	[ -n "$subuid" ] && [ -n "$subgid" ] || skip "$(id -un) has no subordinate ids"
}

# landlock_abi: at least this one, or skip
need_landlock() {
	local abi
	abi=$(sbox -v -- true 2>&1 | sed -n 's/^sbox: landlock: ABI //p')
	[ "${abi:-0}" -ge "$1" ] || skip "the kernel has Landlock ABI ${abi:-0}, not $1"
}

# tree DIR: all that is in it, to be compared
tree() {
	find "$1" -printf '%P %y %m %s %l\n' | sort
	find "$1" -type f -exec cksum {} + | sort
}
