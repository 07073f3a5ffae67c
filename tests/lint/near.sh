#!/bin/sh
# Each folder of src has tests that "make near" runs, and all that its table names exist.
set -eu
cd "${srcdir:-.}"

# wrong TABLE: folders without a line, and names that are not there
wrong() {
	table=$1
	for folder in $(find src -name '*.c' | sed 's|/[^/]*$||' | sort -u); do
		grep -q "^$folder	" "$table" || echo "no line: $folder"
	done
	while read -r place tests; do
		ls -d "$place"* >/dev/null 2>&1 || echo "no such place: $place"
		for test in $tests; do
			[ -e "$test" ] || echo "no such test: $test"
		done
	done <"$table"
}

rooms=$(mktemp) bad=$(mktemp)
trap 'rm -f "$rooms" "$bad"' EXIT
tools/near --rooms >"$rooms"
found=$(wrong "$rooms")
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }

# What comes out is tests, and of the right things.
tests=$(tools/near src/box/net/nft.c tests/unit/test-path.c)
for wanted in tests/cli/network.bats tests/unit/test-path tests/lint/circles.sh; do
	case " $tests " in *" $wanted "*) ;; *) echo "not near: $wanted in $tests"; exit 1 ;; esac
done

# The check can fail.
{ grep -v '^src/toml	' "$rooms"; printf 'src/none\t%s\n' tests/cli/none.bats; } >"$bad"
[ "$(wrong "$bad" | wc -l)" -eq 3 ] || { echo "a bad table: $(wrong "$bad")"; exit 1; }
