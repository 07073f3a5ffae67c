#!/bin/sh
# table.sh FILE.bats... - runs the escape suite and prints a table of case and layers
#
# A cell is "stopped" where the attempt was made in a sandbox with these layers and the test
# has passed, "works" for the control outside, "-" where a case has no such variant. Each
# skip is told with its reason, and the last line counts. Of a file elsewhere only the tests
# of numbered cases are run. Ends with 1 if a test failed.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SBOX_ESCAPE_TABLE=$work/rows
export SBOX_ESCAPE_TABLE
: >"$work/rows"
status=0
for file; do
	[ "${file##*/}" != faults.bats ] || continue # has a table of its own
	case $file in
	*tests/escape/*) only=. ;;
	*) only='^E-' ;;
	esac
	echo "# ${file##*/}" >&2 # how far it is
	bats --tap -f "$only" "${srcdir:?}/${file#"$srcdir"/}" >>"$work/tap" 2>&1 || status=1
done
awk -F'\t' '
FILENAME == ARGV[1] { # rows, none of them in some files: name, layers, verdict
	rows++
	seen[$1, $2] = 1
	next
}
/^(not )?ok / {
	line = $0
	bad = line ~ /^not /
	sub(/^(not )?ok [0-9]+ /, "", line)
	skip = index(line, " # skip")
	reason = skip ? substr(line, skip + 8) : ""
	if (skip) line = substr(line, 1, skip - 1)
	n = split("outside full no-seccomp no-landlock bare nested", layer, " ")
	cells = ""
	for (i = 1; i <= n; i++) {
		cell = !((line, layer[i]) in seen) ? "-" : bad ? "FAILED" : i == 1 ? "works" : "stopped"
		cells = cells sprintf(" %-11s", cell)
		if (cell == "works") controls++
	}
	tests++
	if (bad) failed++
	if (skip) { skips++; why = why sprintf("skipped: %s: %s\n", line, reason) }
	if (tests == 1)
		printf "%-11s %-11s %-11s %-11s %-11s %-11s  %s\n", "outside", "full",
			"no-seccomp", "no-landlock", "bare", "nested", "case"
	printf "%s  %s%s\n", substr(cells, 2), line, bad ? "  FAILED" : skip ? "  SKIPPED" : ""
	while (match(line, /^E-[0-9]+,? /)) { # a test may be of several cases
		cases[substr(line, 3) + 0] = 1
		line = substr(line, RLENGTH + 1)
	}
}
END {
	for (c in cases) numbered++
	printf "%s", why
	printf "%d tests of %d cases: %d passed, %d failed, %d skipped; %d with a control outside\n",
		tests, numbered, tests - failed - skips, failed, skips, controls
}' "$work/rows" "$work/tap"
[ "$status" -eq 0 ] || grep -A 8 '^not ok' "$work/tap" >&2
exit $status
