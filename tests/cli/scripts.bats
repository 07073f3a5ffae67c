#!/usr/bin/env bats
# scripts.bats - what scripts/ does where a machine is not as one would like it

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	export SBOX_PATIENCE=0
	cat >manager <<-'END'
		#!/bin/sh
		n=$(cat count 2>/dev/null || echo 0)
		echo $((n + 1)) >count
		[ "$n" -lt "$1" ] || exit "$3"
		echo "$2" >&2
		exit 100
	END
	chmod +x manager
}

# waits TIMES TEXT STATUS: a package manager that fails so often, with this text, and then
# ends so
waits() {
	try sh -euc 'top=$1; shift; . "$top/scripts/lib.sh"; patient ./manager "$@"' sh "$srcdir" "$@"
}

@test "a package manager that is busy is waited for, and that is said once" {
	waits 3 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt)' 0
	equal "$status $(cat count)" "0 4"
	equal "$(grep -c "another package manager is at work" <<<"$out")" 1
	rm count
	waits 2 'error: failed to init transaction (unable to lock database)' 5
	equal "$status $(cat count)" "5 3"
}

@test "any other failure is one at once" {
	waits 3 'E: Unable to locate package no-such-package' 0
	equal "$status $(cat count)" "100 1"
	lacks "$out" "another package manager"
}

@test "a release is refused as long as something is missing, with all of it" {
	need git
	mkdir tree
	cp -r "$srcdir/scripts" "$srcdir/configure.ac" "$srcdir/NEWS" "$srcdir/README.md" tree/
	mkdir tree/debian
	cp "$srcdir/debian/changelog" tree/debian/
	cd tree
	git init -q .
	gives 1 scripts/release 9.9.9
	for missing in "not committed" "configure.ac has another version" "NEWS does not begin" \
		"debian/changelog does not begin" "nothing was made"; do
		contains "$err" "$missing"
	done
	[ ! -e release ]
	gives 1 scripts/release
	contains "$err" "say a version"
	sed -i 's/AC_INIT(\[sbox\], \[[0-9.]*\]/AC_INIT([sbox], [9.9.9]/' configure.ac
	sed -i '1s/.*/sbox 9.9.9 (2001-02-03)/' NEWS
	sed -i '1s/.*/sbox (9.9.9) unstable; urgency=medium/' debian/changelog
	sed -i 's/unreleased/released/g' README.md
	git add .
	git -c user.name=n -c user.email=e commit -qm x
	works scripts/release --check 9.9.9
	contains "$out" "ready for 9.9.9"
}

# says LINE: whether tests/unreachable takes that for a registry that cannot be reached
says() {
	echo "$1" >log
	"$srcdir/tests/unreachable" log
}

@test "a registry that cannot be reached, or lacks something, is told from other failures" {
	says "E: Failed to fetch http://mirror/jq_1.8.dsc  404  Not Found [IP: 192.0.2.1 80]"
	says "E: The repository 'http://mirror/debian sid Release' does not have a Release file."
	says "E: Unable to find a source package for lua5.4"
	says "  Temporary failure resolving 'mirror'"
	says "  Could not connect to mirror:80 (192.0.2.1), connection timed out"
	run ! says "E: Sub-process /usr/bin/dpkg returned an error code (1)"
	run ! says "E: The repository 'http://mirror/debian sid InRelease' is not signed."
	run ! says "E: Release file for http://mirror/debian is expired (invalid since 23d)."
}
