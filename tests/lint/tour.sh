#!/bin/sh
# docs/tour.md names functions: each is defined in the file that it is said to be in, and
# ARCHITECTURE.md leads to it.
set -eu
src=${srcdir:-.}
tour=$src/docs/tour.md

# steps PAGE: "FILE FUNCTION" of each `src/...c:function`
# shellcheck disable=SC2016
steps() {
	grep -o '`src/[a-z0-9/-]*\.c:[a-z0-9_]*`' "$1" | tr -d '`' | tr ':' ' '
}

# missing PAGE: the steps whose function is not defined there
missing() {
	steps "$1" | while read -r file function; do
		grep -qE "^[A-Za-z_].*[ *]$function\(" "$src/$file" 2>/dev/null || echo "$file has no $function()"
	done
}

found=$(missing "$tour")
[ -z "$found" ] || { echo "$found"; exit 1; }
[ "$(steps "$tour" | wc -l)" -gt 25 ] || { echo "the tour has hardly a step"; exit 1; }
grep -q 'docs/tour\.md' "$src/ARCHITECTURE.md" || { echo "ARCHITECTURE.md does not lead to the tour"; exit 1; }

# The check can fail.
page=$(mktemp)
trap 'rm -f "$page"' EXIT
# shellcheck disable=SC2016
echo '`src/base/arena.c:arena_alloc` `src/base/arena.c:no_such_thing` `src/no/file.c:main`' >"$page"
[ "$(missing "$page" | wc -l)" -eq 2 ] || { echo "a name that is wrong is not seen"; exit 1; }
