# shellcheck shell=bash
# lib.bash - what every file of tests/escape begins with: . "$BATS_TEST_DIRNAME/lib.bash"
#
# An attempt is a subcommand of probe (see probe.h): it ends with 0 if it succeeded, with
# 1 if it was refused and with 2 if it cannot tell. Each test runs it outside, where it
# has to succeed, and then in sandboxes that differ in their layers, where it must not.
# What is attacked is made here, and looked at here.

# shellcheck source=tests/lib.bash
. "${BASH_SOURCE[0]%/*}/../lib.bash"
# shellcheck disable=SC2034  # for try
patience=(timeout --foreground -k 5 $((60 * slow)))

# The layers: all of them, without the one or the other, without both, and without both
# in a sandbox that lets its command make namespaces itself.
modes="full no-seccomp no-landlock bare"

setup() {
	own_directories
	mkdir -p "$top/bin" "$top/secret"
	# not from the build directory, whose name must not matter inside
	probe=$top/bin/probe
	install -m 755 "$builddir/tests/escape/probe" "$probe"
	echo "the secret" >"$top/secret/file"
	jobs_started=()
	case ${SBOX_ESCAPE_VIA:-} in
	exec | hold) via_exec ;;
	join) via_join ;;
	esac
}

# SBOX_ESCAPE_VIA=join: sandboxes are on the network of another, which waits
via_join() {
	local real
	real=$(command -v sbox)
	mkdir -p "$top/via"
	mkdir -m 700 "$top/via/run"
	begin env XDG_RUNTIME_DIR="$top/via/run" sbox -q --name=other -- \
		sh -c 'echo ready; exec sleep 1000'
	wait_for test -e "$top/via/run/sbox/other.toml"
	printf '#!/bin/sh\nexec env XDG_RUNTIME_DIR=%q %q --net=join:other "$@"\n' \
		"$top/via/run" "$real" >"$top/via/sbox"
	chmod 755 "$top/via/sbox"
	PATH=$top/via:$PATH
}

# SBOX_ESCAPE_VIA=exec, hold: commands are started by sboxctl exec, see via-exec.bash
via_exec() {
	export SBOX_ESCAPE_SBOX=$builddir/sbox SBOX_ESCAPE_RUN=$top/via/run
	export SBOX_ESCAPE_LOG=${SBOX_ESCAPE_LOG:-$top/via/log}
	mkdir -p "$top/via"
	mkdir -m 700 "$SBOX_ESCAPE_RUN"
	ln -s "$srcdir/tests/escape/via-exec.bash" "$top/via/sbox"
	PATH=$top/via:$PATH
}

teardown() {
	end_all
	chmod -R u+rwX "${top:-/nonexistent}" 2>/dev/null || :
}

# layers MODE: the options for it, in $layers
layers() {
	row "$1" tried
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

# row LAYERS VERDICT: one of the table of "make escape", which table.sh collects
row() {
	[ -z "${SBOX_ESCAPE_TABLE-}" ] ||
		printf '%s\t%s\t%s\n' "$BATS_TEST_DESCRIPTION" "$1" "$2" >>"$SBOX_ESCAPE_TABLE"
}

# control PROBE-ARGUMENT...: the attempt outside, which has to succeed
control() {
	gives 0 "$probe" "$@" || fail "this is the control outside, which proves the attempt"
	row outside works
}

# attacked MODES [OPTION...] -- COMMAND...: in a sandbox of each mode it has to end with 1
attacked() {
	local mode list=$1
	shift
	for mode in $list; do
		layers "$mode"
		gives 1 sbox -q --read="$top/bin" "${layers[@]}" "$@" || fail "mode: $mode"
		row "$mode" stopped
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

# begin COMMAND...: in the background, until it has written a line, which is in $said
begin() {
	local log=$top/begun.${#jobs_started[@]}
	: >"$log" # that of an earlier job would be taken for this one's
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

end_all() {
	local pid
	for pid in "${jobs_started[@]}"; do
		end_job "$pid"
	done
	jobs_started=()
}

# need_landlock ABI: at least this one, or skip
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

# pause SECONDS: as long as something takes that cannot be waited for, on a slow machine longer
pause() {
	sleep "$(awk -v t="$1" -v slow="$slow" 'BEGIN { print t * slow }')"
}
