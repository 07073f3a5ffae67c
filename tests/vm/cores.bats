#!/usr/bin/env bats
# cores.bats - a kernel that hands the memory of what crashes to a program of the host
#
# Run on the host: each test boots a virtual machine with the setting.

# The kernel may be in the user's cache, and a test has a home of its own.
SBOX_VM_KERNEL=$("$srcdir/tests/vm/kernel" 2>/dev/null) || SBOX_VM_KERNEL=
export SBOX_VM_KERNEL
# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/../cli/lib.bash"

# As crash handlers of distributions do, it runs as root in the host's own namespaces; it
# reads the memory, which a command inside may have filled as it likes. It says who crashed.
handler='#!/bin/sh
echo "$1 $(wc -c | sed "s/.*[1-9].*/bytes/")" >>/run/crashed
chmod 644 /run/crashed'

# What is asked of the guest: each that crashes has a name of its own, the last one is outside.
# shellcheck disable=SC2016 # for the guest
crashes='
crash="import os, sys; open(\"/proc/self/comm\", \"w\").write(sys.argv[1]); os.abort()"
cd "$(mktemp -d)"
ulimit -c unlimited
sbox -q --write=. -- python3 -c "$crash" inside; echo "status $?"
sbox -q --write=. -- sh -c "ulimit -c unlimited; exec \"\$@\"" sh python3 -c "$crash" raised; echo "status $?"
sbox -q --write=. --limit=core=1G -- python3 -c "$crash" asked; echo "status $?"
sbox -q --name=held -- sleep 600 &
until sboxctl exec held true 2>/dev/null; do sleep 0.5; done
sboxctl exec held python3 -c "$crash" entered; echo "status $?"
sboxctl kill held
wait
python3 -c "$crash" outside
until grep -q outside /run/crashed; do sleep 0.1; done
cat /run/crashed'

@test "E-37 the host's crash handler is not started on what is inside" {
	[ -n "$SBOX_VM_KERNEL" ] || skip "no kernel to boot: tests/vm/kernel --fetch"
	printf '%s\n' "$handler" >"$top/handler"
	chmod 755 "$top/handler"
	cd "$top" || return # the guest sees no other directory of the test
	try "$srcdir/tests/vm/run" --sysctl="kernel.core_pattern=|$top/handler %e" -- bash -c "$crashes"
	[ "$status" -ne 125 ] || [[ $err != *"virtual machine"* ]] || skip "$err"
	equal "$status" 0
	# shellcheck disable=SC2154 # try sets it
	equal "$(grep ^status <<<"$out" | tr '\n' ' ')" "status 134 status 134 status 134 status 134 "
	# of those inside only the one whose limit the caller raised
	equal "$(grep ' bytes$' <<<"$out")" "$(printf 'asked bytes\noutside bytes')"
}
