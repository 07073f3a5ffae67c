#!/bin/sh
# What the fuzzers are linked with (fuzz_sources in tests/fuzz/local.mk) needs nothing of ours
# that is not among it. Asked of the objects as built by gcc, for clang links them in `make
# fuzz` alone.
set -eu
command -v nm >/dev/null || { echo "nm is not installed"; exit 77; }
srcdir=${srcdir:-.} builddir=${builddir:-.}

# objects: those of fuzz_sources, below the build directory
objects() {
	sed -n '/^fuzz_sources = /,/[^\\]$/p' "$srcdir/tests/fuzz/local.mk" |
		grep -o '(srcdir)/src/[^ ]*\.c' | sed 's|(srcdir)/||' |
		while read -r glob; do
			(cd "$srcdir" && for file in $glob; do echo "${file%.c}.o"; done)
		done
}

# missing OBJECT...: what they need of our other objects, each with who has it
missing() {
	{
		(cd "$builddir" && nm -A --format=posix "$@") | sed 's/^/in /'
		(cd "$builddir" && find src -name '*.o' -exec nm -A --format=posix {} +) | sed 's/^/all /'
	} | awk '
		{ sub(/:$/, "", $2) }
		$1 == "in" && $4 == "U" { need[$3] = $2 }
		$1 == "in" && $4 ~ /[A-TV-Z]/ { have[$3] }
		$1 == "all" && $4 ~ /[A-TV-Z]/ { owner[$3] = $2 }
		END {
			for (name in need)
				if (!(name in have) && name in owner)
					print need[name] " needs " name " of " owner[name]
		}' | sort
}

# shellcheck disable=SC2046 # files have no blanks in their names
set -- $(objects)
[ $# -gt 40 ] || { echo "only $# objects: is fuzz_sources read right?"; exit 1; }
bad=$(missing "$@")
[ -z "$bad" ] || { printf 'tests/fuzz/local.mk:\n%s\n' "$bad"; exit 1; }
# shown to fail: one less
# shellcheck disable=SC2046
less=$(missing $(printf '%s\n' "$@" | grep -v run/project.o))
[ -n "$less" ] || { echo "nothing is found missing"; exit 1; }
