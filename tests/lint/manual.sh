#!/bin/sh
# The man pages describe every option and every key, and none that there is not.
#
# In sbox(1) an option is an item ".It Fl -NAME" whose text names its key on the line
# behind "Key:", with ".Cm KEY".
# In sbox.toml(5) a key is an item ".It Cm KEY"; those below a heading with "fs.mount" are
# keys of a [[fs.mount]] table.
set -eu
srcdir=${srcdir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# What --help lists, "--name" and "-n", one a line.
help_options() {
	sed -nE 's/^  (-[a-zA-Z], |    )(--[a-z0-9-]+).*/\1\2/p' | tr -s ', ' '\n' | sed '/^$/d'
}

# What sbox(1) describes, the same way.
page_options() {
	grep '^\.It Fl' "$1" | grep -oE 'Fl -?[a-zA-Z0-9-]+' | sed 's/Fl /-/'
}

# "--option key" for each option that has one.
table_pairs() {
	awk -F '\t' '$1 == "key" && $6 != "-" { print "--" $6, $2 }'
}

page_pairs() {
	awk '
		/^\.(It|S[hs]) / { option = "" }
		/^\.It Fl/ {
			option = $0
			sub(/.*Fl -/, "-", option)
			sub(/ .*/, "", option)
			option = "-" option
		}
		behind && option != "" && $1 == ".Cm" { print option, $2 }
		{ behind = $0 == "Key:" }' "$1"
}

# "key fs.read" and "mount target"; beside the table, what every profile may have.
table_keys() {
	awk -F '\t' '{ print $1, $2 }'
	printf 'key %s\n' version extends reset vars
}

page_keys() {
	awk '
		/^\.S[hs] / { kind = /fs\.mount/ ? "mount" : "key" }
		/^\.It Cm / { print kind, $3 }' "$1"
}

# differ WHAT PAGE: what is only in $work/have or only in $work/page
differ() {
	LC_ALL=C sort "$work/have" >"$work/have.sorted"
	LC_ALL=C sort "$work/page" >"$work/page.sorted"
	LC_ALL=C comm -23 "$work/have.sorted" "$work/page.sorted" |
		sed "s/^/$2 does not describe $1 /"
	LC_ALL=C comm -13 "$work/have.sorted" "$work/page.sorted" |
		sed "s/^/$2 describes what is not there, or twice: $1 /"
}

# check HELP TABLE SBOX.1 SBOX.TOML.5: prints what is wrong
check() {
	help_options <"$1" >"$work/have"
	page_options "$3" >"$work/page"
	differ option sbox.1
	table_pairs <"$2" >"$work/have"
	page_pairs "$3" >"$work/page"
	differ "option and key" sbox.1
	table_keys <"$2" >"$work/have"
	page_keys "$4" >"$work/page"
	differ key sbox.toml.5
}

# fails_without PATTERN FILE: the check must speak up when these lines of a page are gone.
fails_without() {
	sed "/$1/d" "$srcdir/man/$2" >"$work/$2"
	other=$work/$2
	if [ "$2" = sbox.1 ]; then
		said=$(check "$work/help" "$work/table" "$other" "$srcdir/man/sbox.toml.5")
	else
		said=$(check "$work/help" "$work/table" "$srcdir/man/sbox.1" "$other")
	fi
	if cmp -s "$other" "$srcdir/man/$2" || [ -z "$said" ]; then
		echo "this test does not notice that $2 lacks: $1"
		status=1
	fi
}

sbox --help >"$work/help"
awk -f "$srcdir/tools/keys.awk" "$srcdir/src/policy/keys.c" >"$work/table"
if [ "$(wc -l <"$work/table")" -lt 40 ] || [ "$(help_options <"$work/help" | wc -l)" -lt 20 ]; then
	echo "the key table or --help cannot be read"
	exit 1
fi
wrong=$(check "$work/help" "$work/table" "$srcdir/man/sbox.1" "$srcdir/man/sbox.toml.5")
if [ -n "$wrong" ]; then
	printf '%s\n' "$wrong"
	status=1
fi
fails_without '^\.It Fl -read' sbox.1
fails_without '^\.Cm fs\.write$' sbox.1
fails_without '^\.It Cm fs\.read' sbox.toml.5
fails_without '^\.It Cm target' sbox.toml.5

# bwrap_options PAGE: where sbox-bwrap's help and its page do not have the same options
bwrap_options() {
	sbox-bwrap --help | sed -nE 's/^ +(--[a-z0-9-]+).*/\1/p' >"$work/have"
	page_options "$1" >"$work/page"
	differ option sbox-bwrap.1
}
wrong=$(bwrap_options "$srcdir/man/sbox-bwrap.1")
[ -z "$wrong" ] || { printf '%s\n' "$wrong"; status=1; }
sed '/Fl -tmpfs/d' "$srcdir/man/sbox-bwrap.1" >"$work/page.1"
[ -n "$(bwrap_options "$work/page.1")" ] || { echo "this test does not notice that sbox-bwrap.1 lacks --tmpfs"; status=1; }

if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning "$srcdir"/man/*.[15] || status=1
fi
exit $status
