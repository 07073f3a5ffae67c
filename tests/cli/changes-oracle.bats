#!/usr/bin/env bats
# changes-oracle.bats - change sets against the comparison of whole trees: a share of what
# "make check-changes" does (tests/changes)

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"
BATS_TEST_TIMEOUT=$((600 * slow))
export srcdir builddir PYTHONDONTWRITEBYTECODE=1

setup() {
	common_setup
	need python3
	export XDG_STATE_HOME=$top/state
	mkdir work && cd work || return
}

@test "diff, commit and undo are right after random operations" {
	gives 0 python3 "$srcdir/tests/changes/fuzz.py" "$(scaled 100)" ||
		fail "$out"
}

@test "a commit and an undo that are killed anywhere go on to the same tree" {
	need strace
	gives 0 python3 "$srcdir/tests/changes/kill.py" || fail "$out"
}

@test "a run writes to no file that a commit of a part has put on the host" {
	echo old >a
	works sbox -q --changes=set -p build -- sh -c 'ln a b && echo new >b'
	gives 1 sboxctl changes commit set b
	[[ $err == *"has another name inside"* ]]
	[ ! -e b ]
	works sboxctl changes commit set a b
	works sbox -q --changes=set -p build -- sh -c 'echo later >a'
	equal "$(cat a b)" $'new\nnew'
	works sboxctl changes commit set
	equal "$(cat a b)" $'later\nnew'
}

@test "names of one file inside are names of one file on the host" {
	echo same >a
	works sbox -q --changes=set -p build -- ln a b
	works sboxctl changes commit set
	equal "$(stat -c %i a)" "$(stat -c %i b)"
}

@test "what is left of a new directory, of which a part was committed, can follow" {
	works sbox -q --changes=set -p build -- sh -c 'mkdir new && mv new d && echo 1 >d/one && echo 2 >d/two'
	works sboxctl changes commit set d/one
	works sboxctl changes commit set
	equal "$(cat d/one d/two)" $'1\n2'
}
