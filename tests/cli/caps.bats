#!/usr/bin/env bats
# caps.bats - capabilities are none, unless a profile keeps some

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

none=0000000000000000

# The five sets, in the order of /proc: inheritable, permitted, effective, bounding, ambient.
sets() {
	sbox "$@" -- awk '/^Cap/ { printf "%s ", $2 }' /proc/self/status
}

@test "the command has no capability in any set, whoever it is" {
	for profile in default build ci offline-shell; do
		equal "$profile $(sets -p "$profile")" "$profile $none $none $none $none $none "
	done
	for user in root caller 1234:1234; do
		equal "$user $(sets --user="$user")" "$user $none $none $none $none $none "
	done
}

@test "a program run by root inside gains no capability by execve" {
	works sbox -- sh -c 'exec sh -c "exec grep ^CapEff /proc/self/status"'
	matches "$out" "$none\$"
}

@test "process 1 has no capability and the command cannot look into it" {
	works sbox -- awk '/^Cap(Inh|Prm|Eff|Amb)/ { print $2 }' /proc/1/status
	equal "$(sort -u <<<"$out")" $none
	refused sbox -- ls /proc/1/fd/
	refused sbox -- ls -l /proc/1/root/
	refused sbox -- cat /proc/1/environ
	refused sbox -- cat /proc/1/mem
}

@test "caps.keep keeps what it names, in all sets, and nothing else" {
	for name in net_bind_service NET_BIND_SERVICE cap_net_bind_service CAP_NET_BIND_SERVICE; do
		kept=0000000000000400
		equal "$name $(sets --set="caps.keep=[\"$name\"]")" "$name $kept $kept $kept $kept $kept "
	done
	kept=0000000000000401
	equal "$(sets --set='caps.keep=["chown", "net_bind_service"]' --user=caller)" "$kept $kept $kept $kept $kept "
}

@test "a kept capability holds over what the sandbox owns only" {
	need python3
	bind='import socket; socket.create_server(("127.0.0.1", 80))'
	refused sbox --set='caps.keep=["chown"]' -- python3 -c "$bind"
	# the network is owned by the outer user namespace of the sandbox, so only a container may
	works sbox -p container -- python3 -c "$bind"
	works sbox -p container --set='reset=["caps.keep"]' --set='caps.keep=["net_bind_service"]' -- python3 -c "$bind"
	refused sbox -p container --set='reset=["caps.keep"]' -- python3 -c "$bind"
}

@test "a container has all capabilities over itself, and none over the host" {
	works sbox -p container -- awk '/^CapEff/ { print $2 }' /proc/self/status
	last=$(cat /proc/sys/kernel/cap_last_cap)
	equal "$((16#$out))" "$(((1 << (last + 1)) - 1))"
	for action in 'date -s 2000-01-01' 'mknod /tmp/disk b 8 0' 'dmesg --clear' \
		'echo 1 >/proc/sys/kernel/panic' \
		'mount -t ext4 /dev/vda /mnt' 'swapon /etc/passwd' 'modprobe dummy' 'reboot -f'; do
		refused sbox -p container -- sh -c "$action"
	done
}

@test "an unknown capability is told" {
	gives 125 sbox --set='caps.keep=["net_bind_servise"]' -- true
	contains "$err" '"net_bind_servise" is no capability'
}

@test "the secure bits keep a change of user from giving capabilities back" {
	need python3
	works sbox -- python3 -c 'import ctypes; print(ctypes.CDLL(None).prctl(27, 0, 0, 0, 0) & 3)'
	equal "$out" 3
}
