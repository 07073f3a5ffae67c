#!/bin/sh
# test.sh - install what the tests need, and pass them all as an unprivileged user
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
sets="build test"

# shellcheck source=scripts/lib.sh
. "$top/scripts/lib.sh"

usage() {
	cat <<END
Usage: scripts/test.sh [--dev] [MAKE-ARGUMENT...]

Installs what the tests need, builds sbox in build/, and runs \`make check\` there with
the given arguments, for example -j4 or TESTS=tests/cli/usage.bats. Started by root, it
works in a copy below /var/tmp, as the user sbox-test (SBOX_TEST_USER=NAME names
another). The last line counts the test points: N passed, N failed, N skipped.

  --dev   install the developers' tools too (clang, linters)
  --help  this text

SBOX_TEST_MUST_WORK=1 makes every skip a failure, except those that tests/allowed-skips
explains. SBOX_TEST_TOTALS=FILE writes the last line to FILE too.
END
}

# Without the device no network helper can make a tap interface.
open_tun() {
	tun=/dev/net/tun
	[ "$(stat -c %a "$tun" 2>/dev/null)" != 666 ] || return 0
	if ! am_root; then
		warn "$tun is missing or not open to all: network tests may skip (as root: chmod 0666 $tun)"
		return
	fi
	say "opening $tun to all"
	[ -e "$tun" ] || { mkdir -p /dev/net && mknod "$tun" c 10 200; } ||
		warn "$tun could not be made: network tests will skip"
	chmod 0666 "$tun" || warn "$tun could not be opened: network tests will skip"
}

# The checkout of root may be closed to the test user, who then gets a copy.
choose_sources() {
	source=$top
	if am_root; then
		make_scratch sbox-test
		source=$scratch
		copy_sources "$source"
	fi
	build=$source/build
}

# An earlier build keeps its arguments, yet looks again for what has been installed since.
prepare_build() {
	say "building in $build as $user"
	if [ -x "$build/config.status" ]; then
		as_user_in "$build" ./config.status --silent --recheck &&
			as_user_in "$build" ./config.status --silent
	else
		configure "$user" "$source" "$build"
	fi || die "configure, in $build" "read its messages above, or remove $build and start again"
	as_user_in "$build" make -j"$(cores)" all ||
		die "make, in $build" "read its first error above"
}

# Results of tests that are no more would be counted too.
forget_results() {
	find "$build" -name '*.trs' -exec rm -f {} +
}

run_tests() {
	say "running make check as $user"
	make_status=0
	as_user_in "$build" make check "$@" </dev/null || make_status=$?
}

count_results() {
	list=$build/test-results.txt
	results "$build" | as_user tee "$list" >/dev/null
	sum_up "$list"
	[ "$make_status" -eq 0 ] || [ "$failed" -gt 0 ] ||
		fail "make check ended with status $make_status, though no test failed"
}

print_failures() {
	awk -F '\t' '$1 ~ /^(FAIL|XPASS|ERROR)$/ { sub(/: .*/, "", $2); print $2 }' "$list" |
		sort -u | while read -r test; do
		printf '\n=== %s: the end of its log ===\n' "$test"
		as_user tail -n 200 "$build/$test.log"
	done
}

# A copy's logs outlive it when something failed.
keep_logs() {
	am_root || { say "the logs are below $build" && return; }
	kept=$(mktemp -d /var/tmp/sbox-test-logs.XXXXXX)
	(cd "$build" && find . -name '*.log' -o -name 'test-results.txt*') |
		tar -C "$build" -cf - -T - | tar -C "$kept" --no-same-owner -xf -
	say "the logs are below $kept"
}

report() {
	if [ "$failed" -gt 0 ]; then
		print_failures
		keep_logs
	fi
	print_totals
}

case ${1-} in
--help) usage && exit ;;
--dev) sets="$sets dev" && shift ;;
esac
# shellcheck disable=SC2086 # a list of sets
install_packages $sets
pick_user
open_tun
choose_sources
prepare_build
forget_results
run_tests "$@"
count_results
report
