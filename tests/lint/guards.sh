#!/bin/sh
# sbox.toml(5) lists the guard's table as "sboxctl profile guards" prints it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# listed PAGE: the items of the list behind "What is guarded"
listed() {
	sed -n '/^\.Ss What is guarded/,/^\.El/p' "$1" | sed -n '/^\.Bl/,/^\.El/p' | sed '1d;$d'
}

# items: the table on standard input as such items
items() {
	sed -e 's/\\/\\e/g; s/"/\\(dq/g' -e "s/^	//; t" -e 's/^/.It Li /'
}

page=${srcdir:-.}/man/sbox.toml.5
sboxctl profile guards | items >"$work/have"
[ "$(grep -c '^\.It' "$work/have")" -gt 30 ] || { echo "the table cannot be read"; exit 1; }
listed "$page" >"$work/page"
diff -u "$work/page" "$work/have" || { echo "sbox.toml(5) does not list the guard's table"; exit 1; }

# The check can fail.
sed '/^\.It Li \.hg\/hgrc (hg)/d' "$page" >"$work/other"
if listed "$work/other" | cmp -s - "$work/have"; then
	echo "this test notices no difference"
	exit 1
fi
