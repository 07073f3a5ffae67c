#!/bin/sh
# A link that fails is a failure, and what the linker says is heard but for one kind of note.
set -eu
cd "${srcdir:-.}"
cc=${CC:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'int no_such_function(void); int main(void) { return no_such_function(); }' >"$work/bad.c"
echo '#include <pwd.h>
int main(void) { return getpwuid(0) == 0; }' >"$work/user.c"

# shellcheck disable=SC2086 # it may have arguments
! tools/link $cc -o "$work/bad" "$work/bad.c" 2>"$work/said" || { echo "undefined symbols pass"; exit 1; }
grep -q 'undefined reference.*no_such_function' "$work/said" || { echo "not said: $(cat "$work/said")"; exit 1; }
# the control: without, there is a note
# shellcheck disable=SC2086
if $cc -static -o "$work/user" "$work/user.c" 2>"$work/said" && [ -s "$work/said" ]; then
	# shellcheck disable=SC2086 # it may have arguments
	tools/link $cc -static -o "$work/user" "$work/user.c" 2>"$work/said"
	[ ! -s "$work/said" ] || { echo "said: $(cat "$work/said")"; exit 1; }
fi
! grep -n -- '--no-warnings' configure.ac Makefile.am || { echo "the linker is told to be silent"; exit 1; }
