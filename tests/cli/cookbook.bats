#!/usr/bin/env bats
# cookbook.bats - what docs/cookbook.md says is so, task by task

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"
book=$srcdir/docs/cookbook.md

# blocks: of the task "## N. ", each block of commands into N.sh, what it prints into N.text
blocks() {
	awk -v top="$top" '
		/^## [0-9]+\. / { n = $2 + 0 }
		/^```$/ { file = ""; next }
		/^```sh$/ { file = top "/" n ".sh"; next }
		/^```text$/ { file = top "/" n ".text"; next }
		/^```/ { file = "/dev/null"; next }
		file { print >file }' "$book"
}

teardown() {
	end_jobs
	[ ! -d "$HOME/.local/state" ] || chmod -R u+rwx "$HOME/.local/state"
}

@test "each task of the cookbook does what it says" {
	need git make python3
	own_registry
	blocks
	unset XDG_STATE_HOME
	unset MAKEFLAGS MAKELEVEL MFLAGS # of the make that runs the tests
	equal "$(grep -c '^## [0-9]' "$book")" 14
	ran=0
	for n in {1..13}; do
		[ -e "$top/$n.sh" ] || continue
		[ -e "$top/$n.text" ] || fail "task $n does not say what it prints"
		mkdir "$top/here/$n"
		cd "$top/here/$n"
		try bash -euo pipefail "$top/$n.sh"
		[ "$status" -eq 0 ] || fail "task $n ended with $status" "$out" "$err"
		equal "$out" "$(cat "$top/$n.text")"
		ran=$((ran + 1))
	done
	equal "$ran" 11
}
