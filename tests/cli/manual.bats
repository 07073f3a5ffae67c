#!/usr/bin/env bats
# manual.bats - the examples of the manual pages work
#
# Every ".Dl $ COMMAND" of a page is run, in a directory that has what the text speaks of,
# and has to end with 0; a comment in front of it can say otherwise:
#	.\" exits with 1
#	.\" not run: REASON
# Every literal block that begins with "version" is a profile without mistakes, and every
# ".Dl" below a heading "KEYS, [table]" a line of one.

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	mkdir -p .git/hooks ../srv/rootfs/bin ../srv/data ../srv/src ../srv/tools ../written "$XDG_CACHE_HOME/sbox-npm"
	printf 'all:\n\t@echo made\n' >Makefile
	touch .env
	printf 'extends = ["build"]\n' >box.toml
}

# What mdoc writes in another way.
plain() {
	sed -e 's/\\(dq/"/g' -e 's/\\&//g' -e 's/\\-/-/g' -e 's/\\e/\\/g'
}

# "STATUS COMMAND" for each command of a page.
commands() {
	awk '
		/^\.\\" exits with [0-9]+$/ { status = $4; next }
		/^\.\\" not run: ./ { status = "skip"; next }
		/^\.Dl \$ / { if (status != "skip") print status + 0, substr($0, 7) }
		{ status = 0 }' "$1" | plain
}

# The pages name places that only root can make.
here() {
	sed -e "s|/srv/|$top/srv/|g" -e "s|/var/tmp/out|$top/written|g"
}

run_commands() { # run_commands PAGE AT-LEAST
	local line n=0
	while read -r line; do
		gives "${line%% *}" bash -c "$(here <<<"${line#* }")" </dev/null || return
		n=$((n + 1))
	done < <(commands "$srcdir/man/$1")
	[ "$n" -ge "$2" ] || fail "only $n examples are found in $1"
}

# Blocks of the page that are whole profiles, each in a file of its own: block-N.toml
write_blocks() {
	awk '
		/^\.Bd -literal/ { first = 1; next }
		/^\.Ed/ { file = "" }
		first && /^version/ { file = "block-" ++n ".toml" }
		{ first = 0 }
		file != "" { print >file }' <(plain <"$1")
}

@test "the examples of sbox(1) work" {
	cp "$(command -v busybox)" ../srv/rootfs/bin/sh || skip "busybox is not installed"
	! ldd ../srv/rootfs/bin/sh >/dev/null 2>&1 || skip "busybox is not static"
	run_commands sbox.1 9
}

@test "the examples of sboxctl(1) work" {
	run_commands sboxctl.1 7
}

@test "the profiles in sbox.toml(5) are right" {
	write_blocks "$srcdir/man/sbox.toml.5"
	[ -e block-3.toml ] || fail "not all are found"
	works sboxctl profile check ./block-*.toml
}

@test "the mounts in sbox.toml(5) are right" {
	{
		echo 'extends = ["base"]'
		awk '/^\.Bd -literal/ { on = 1; next } /^\.Ed/ { on = 0 }
			on && /^\[\[fs.mount/ { take = 1 } !on { take = 0 } take' "$srcdir/man/sbox.toml.5" | plain | here
	} >mounts.toml
	[ "$(grep -c '^\[\[fs.mount' mounts.toml)" -ge 5 ]
	works sboxctl profile check ./mounts.toml
}

@test "the lines in sbox.toml(5) are right" {
	awk '
		/^\.Sh .*KEYS/ { table = /\[/ ? substr($NF, 1) : "" ; keys = 1 }
		/^\.Sh/ && !/KEYS/ { keys = 0 }
		/^\.It Cm / { n++ }
		keys && /^\.Dl / {
			file = "line-" n ".toml"
			if (!(file in begun) && table != "" && $0 !~ /^\.Dl reset/)
				print table >file
			begun[file] = 1
			print substr($0, 5) >file
		}' <(plain <"$srcdir/man/sbox.toml.5")
	touch common.toml
	tried=0
	for file in line-*.toml; do
		# these may name what this machine has not, so only what they say is looked at
		works sboxctl profile show --effective "./$file"
		tried=$((tried + 1))
	done
	[ "$tried" -ge 12 ] || fail "only $tried are found"
}

@test "an example that fails is noticed" {
	printf '.Dl $ sbox -- true\n.Dl $ sbox -- false\n' >page.1
	equal "$(commands page.1)" "$(printf '0 sbox -- true\n0 sbox -- false')"
	printf '.\\" exits with 1\n.Dl $ sbox -- false\n.\\" not run: it is wrong\n.Dl $ sbox -- \\(dqx\\(dq\n' >page.1
	equal "$(commands page.1)" "1 sbox -- false"
	mkdir man
	printf '.Dl $ sbox -- false\n' >man/page.1
	srcdir=. run run_commands page.1 1
	[ "$status" -ne 0 ]
}
