#!/bin/sh
# Every shell file passes shellcheck; in bats files style remarks do not count.
set -eu
cd "${srcdir:-.}"
command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 77; }
# In a distribution tarball some of the directories are not there.
files() { find scripts .ci tests debian/tests "$@" 2>/dev/null | LC_ALL=C sort; }
status=0
for f in $(files -name '*.sh' -o -path .ci/run -o -path tests/package/run -o \
	-path tests/platforms/run -o -path tests/unreachable -o \
	-path 'tests/vm/*' ! -name '*.bats' -o -path 'debian/tests/*' ! -name control); do
	shellcheck -x -P . "$f" || status=1
done
for f in $(files -name '*.bats' -o -name '*.bash'); do
	shellcheck -x -P . -s bash -S warning "$f" || status=1
done
# Of "[ a ] && [ b ]" in a line of its own only the last part can fail a test.
# shellcheck disable=SC2046 # files have no blanks in their names
found=$(grep -nE '^[[:space:]]*\[.*\] && \[' $(files -name '*.bats') | grep -v '||' || :)
[ -z "$found" ] || { printf 'one test a line:\n%s\n' "$found"; status=1; }
exit $status
