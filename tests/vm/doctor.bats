#!/usr/bin/env bats
# doctor.bats - the doctor on a machine whose administrator has switched things off
#
# Run on the host: each test boots a virtual machine with the setting.

# The kernel may be in the user's cache, and a test has a home of its own.
SBOX_VM_KERNEL=$("$srcdir/tests/vm/kernel" 2>/dev/null) || SBOX_VM_KERNEL=
export SBOX_VM_KERNEL
# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/../cli/lib.bash"

# ask SETTING: what sbox says and what the doctor answers there
ask() {
	[ -n "$SBOX_VM_KERNEL" ] || skip "no kernel to boot: tests/vm/kernel --fetch"
	cd "$top" || return # the guest sees no other directory of the test
	try "$srcdir/tests/vm/run" --sysctl="$1" -- \
		sh -c 'sbox -q -- true; echo "status $?"; sboxctl doctor; echo "status $?"'
	[ "$status" -ne 125 ] || [[ $err != *"virtual machine"* ]] || skip "$err"
	equal "$status" 0
}

@test "user namespaces that are limited to none" {
	ask user.max_user_namespaces=0
	contains "$err" "user namespaces are limited to none (user.max_user_namespaces=0): as root run sysctl -w user.max_user_namespaces=15000"
	contains "$out" "missing  user namespaces   user namespaces are limited to none (user.max_user_namespaces=0)"
	contains "$out" "as root run: sysctl -w user.max_user_namespaces=15000"
	matches "$out" '^sbox does not run on this machine: '
	equal "$(grep ^status <<<"$out" | tr '\n' ' ')" "status 125 status 1 "
}

@test "user namespaces that Debian's switch forbids" {
	ask kernel.unprivileged_userns_clone=0
	contains "$err" "user namespaces are switched off (kernel.unprivileged_userns_clone=0): as root run sysctl -w kernel.unprivileged_userns_clone=1"
	contains "$out" "missing  user namespaces   user namespaces are switched off (kernel.unprivileged_userns_clone=0)"
	contains "$out" "as root run: sysctl -w kernel.unprivileged_userns_clone=1"
	equal "$(grep ^status <<<"$out" | tr '\n' ' ')" "status 125 status 1 "
}

@test "nothing switched off" {
	ask kernel.unprivileged_userns_clone=1
	matches "$out" '^works +user namespaces '
	matches "$out" '^(works|limited) +Landlock +ABI '
	matches "$out" '^sbox runs on this machine: '
	equal "$(grep ^status <<<"$out" | tr '\n' ' ')" "status 0 status 0 "
}
