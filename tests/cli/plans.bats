#!/usr/bin/env bats
# plans.bats - what --dry-run says is what a run does

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

@test "random plans that are accepted run as they are printed, and others do not" {
	need python3
	mkdir plans
	cd plans
	seed=${SBOX_TEST_SEED:-1} # others: SBOX_TEST_SEED=N
	try python3 "$srcdir/tests/cli/plans.py" "$seed" "$(scaled 150)"
	[ "$status" -eq 0 ] || fail "seed $seed: $out$err"
}

@test "a file is no place in /dev where a directory is, and a link leads where it leads inside" {
	mkdir -p dir other
	touch file
	ln -s ../other dir/up
	for option in --read="$PWD/file:/dev/shm" --read="$PWD/file:/dev/fd" --tmpfs=/dev/null \
		--read="$PWD/file:/dev/pts/0"; do
		gives 125 sbox --dry-run "$option" -- true
		contains "$err" "has no mount point of its kind"
	done
	gives 125 sbox --dry-run --write="$PWD/dir" --tmpfs="$PWD/dir/up" -- true
	# the controls: where it is there inside
	works sbox --read="$PWD/dir" --read="$PWD/other" --tmpfs="$PWD/dir/up" -- \
		sh -c 'touch "$0/other/made"' "$PWD"
	[ ! -e other/made ]
	works sbox --read="$PWD/file:/dev/new" --tmpfs=/dev/shm -- test -e /dev/new
}
