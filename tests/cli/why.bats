#!/usr/bin/env bats
# why.bats - what docs/why.md says is so, denial by denial

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"
page=$srcdir/docs/why.md

# blocks: of "## N. " the commands into N.sh, what they print into N.text
blocks() {
	awk -v top="$top" '
		/^## [0-9]+\. / { n = $2 + 0 }
		/^```$/ { file = ""; next }
		/^```sh$/ { file = top "/" n ".sh"; next }
		/^```text$/ { file = top "/" n ".text"; next }
		file { print >file }' "$page"
}

# at_home COMMAND...: in a mount namespace where /home/you is the home directory and the
# directory is its project
at_home() {
	HOME=/home/you unshare --user --mount --map-current-user --keep-caps sh -c '
		mount -t tmpfs none /home && mkdir -p /home/you/project /home/you/run &&
		chmod 700 /home/you/run && cp -r "$0" /home/you/.config && cd /home/you/project &&
		exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' "$XDG_CONFIG_HOME" "$@"
}

@test "each denial is explained as the page says, and mended" {
	need git make
	unshare --user --mount true 2>/dev/null || skip "no user namespace can be made for the test"
	blocks
	equal "$(grep -c '^## [0-9]' "$page")" 6
	for n in {1..6}; do
		[ -s "$top/$n.sh" ] && [ -s "$top/$n.text" ] || fail "no example $n"
		cat "$top/$n.sh" >>"$top/all.sh"
	done
	try at_home env -u XDG_CONFIG_HOME XDG_RUNTIME_DIR=/home/you/run bash -euo pipefail -c \
		". '$top/all.sh' 2>&1"
	[ "$status" -eq 0 ] || fail "ended with $status" "$out" "$err"
	equal "$out" "$(cat "$top"/[1-6].text)"
}
