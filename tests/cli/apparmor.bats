#!/usr/bin/env bats
# apparmor.bats - the AppArmor profile is for the installed programs and can be read

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	PATH=$PATH:/usr/sbin:/sbin
	profile=$builddir/apparmor/sbox
}

# reads FILE: without the kernel and the cache
reads() {
	apparmor_parser --skip-kernel-load --skip-cache --base=/etc/apparmor.d "$1" >parsed 2>&1
}

@test "the profile names the installed sbox and sboxctl, and allows user namespaces" {
	matches "$(cat "$profile")" '^profile sbox "/.*/bin/sbox\{,ctl,-bwrap\}" flags=\(unconfined\) \{$'
	matches "$(cat "$profile")" '^	userns,$'
	lacks "$(cat "$profile")" @
}

@test "AppArmor before 4.0 can read all of it but what it is for" {
	need apparmor_parser
	sed -e '/^abi /d' -e '/^	userns,$/d' "$profile" >older
	reads older || fail "$(cat parsed)"
	sed 's/^}//' older >broken
	if reads broken; then
		fail "a broken profile is read as well"
	fi
}

@test "AppArmor can read the profile" {
	need apparmor_parser
	printf 'abi <abi/4.0>,\nprofile x /x { userns, }\n' >minimal
	reads minimal || skip "this AppArmor is older than 4.0 and knows no user namespaces"
	reads "$profile" || fail "$(cat parsed)"
}
