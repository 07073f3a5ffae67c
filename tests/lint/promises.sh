#!/bin/sh
# Each promise of SECURITY.md names tests that try to break it, and all of these exist.
set -eu
cd "${srcdir:-.}"

# missing FILE: what it promises without a test, or with one that is not there
missing() {
	sed -n '/^| promise |/,/^$/p' "$1" | sed '1,2d;/^$/d' | while IFS= read -r row; do
		names=$(printf '%s\n' "$row" | awk -F' [|] ' '{ print $NF }' | tr -d '|`' | tr -s ', ' '\n')
		[ -n "$(printf '%s' "$names" | tr -d '\n')" ] || echo "no test: $row"
		for name in $names; do
			case $name in
			E-*) grep -Eqs "^@test \".*\b$name\b" tests/escape/*.bats tests/cli/*.bats tests/vm/*.bats || echo "no such case: $name" ;;
			*) [ -f "$name" ] || echo "no such test: $name" ;;
			esac
		done
	done
}

found=$(missing SECURITY.md)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
[ "$(sed -n '/^| promise |/,/^$/p' SECURITY.md | grep -c '^|')" -gt 5 ] || { echo "no table"; exit 1; }

# The check can fail.
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT
# shellcheck disable=SC2016  # these are Markdown's
printf '| promise | kept by | tests |\n|---|---|---|\n| a | b | E-999, `tests/none.c` |\n| c | d | |\n\n' >"$bad"
[ "$(missing "$bad" | wc -l)" -eq 3 ] || { echo "a bad table: $(missing "$bad")"; exit 1; }
