#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# network.bats - section F of the escape suite: out of the sandbox's network
#
# The host is that of netlab.py. What was reached is what its servers have seen.

load ../cli/netlab.bash

bats_require_minimum_version 1.5.0

setup_file() {
	netlab_begin
}

teardown_file() {
	netlab_down
}

teardown() {
	[ -z "${JOB:-}" ] || kill -KILL "$JOB" 2>/dev/null || true
}

S=--net=slirp4netns
BARE=--set=seccomp.base=\"none\"
NO_LANDLOCK=--set=landlock.mode=\"off\"

# The layers that are not the network's own: all, or none of them.
modes=("" "$BARE $NO_LANDLOCK" "$BARE $NO_LANDLOCK --set=namespaces.nested=true")

# sees COMMAND...: how many connections and datagrams arrived anywhere while it ran
sees() {
	before=$(wc -l <"$LAB/pid.seen")
	run "$@"
	echo "$*: $output"
	arrived=$(tail -n +$((before + 1)) "$LAB/pid.seen")
	[ -z "$arrived" ] || echo "arrived: $arrived"
}

# control COMMAND...: outside, or through a helper as it is by itself, it arrives
control() {
	sees "$@"
	# the kernel takes a connection before the other end, which writes it down, wakes up
	for _ in $(seq 100); do
		[ -z "$arrived" ] || break
		sleep 0.05
		arrived=$(tail -n +$((before + 1)) "$LAB/pid.seen")
	done
	[ -n "$arrived" ] || { echo "this is the control, which proves the attempt"; return 1; }
}

# closed "OPTIONS" CLIENT-ARGUMENTS: from a sandbox, nothing arrives in any mode
closed() {
	local mode
	for mode in "${modes[@]}"; do
		sees client "$1 $mode" "${@:2}"
		[ -z "$arrived" ] && [ "$status" = 1 ] || { echo "mode: $mode"; return 1; }
	done
}

# by_itself HELPER-OPTIONS -- CLIENT-ARGUMENTS: slirp4netns without sbox
by_itself() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	in_lab sh -c '
		fifo=$1 lab=$2 n=$3; shift 3
		unshare --user --map-root-user --net sh -c "read -r _ <\"$fifo\"" &
		inside=$!
		i=0; until [ "$(readlink /proc/$inside/ns/net)" != "$(readlink /proc/self/ns/net)" ] &&
			grep -q . /proc/$inside/uid_map; do i=$((i + 1)); [ $i -lt 100 ] || exit 9; sleep 0.05; done
		options=; while [ $n -gt 0 ]; do options="$options $1"; n=$((n - 1)); shift; done
		slirp4netns --configure --mtu=65520 $options $inside tap0 >"$fifo.log" 2>&1 &
		helper=$!
		i=0; until [ -d /proc/$inside/root/sys ] && nsenter -t $inside -U -n --preserve-credentials \
			ip -4 addr show dev tap0 2>/dev/null | grep -q 10.0.2.100; do
			i=$((i + 1)); [ $i -lt 100 ] || exit 9; sleep 0.05; done
		status=0
		nsenter -t $inside -U -n --preserve-credentials python3 "$lab/netlab.py" "$@" || status=$?
		kill $helper; echo >"$fifo"; wait; exit $status' \
		sh "$BATS_TEST_TMPDIR/fifo" "$LAB" ${#options[@]} "${options[@]}" "$@"
	rm -f "$BATS_TEST_TMPDIR/fifo"
}

@test "E-120 the host's loopback is not behind the helper's gateway" {
	control by_itself -- tcp 10.0.2.2 7001
	closed "$S" tcp 10.0.2.2 7001
	closed "$S --set=net.scope=\"any\"" tcp 10.0.2.2 7001
	closed "$S --set=net.ipv6=true" tcp fd00::2 7004
	closed "$S" tcp 127.0.0.1 7001
	closed "$S" udp 10.0.2.2 9999
}

@test "E-121 the host's own addresses are closed" {
	# no option of the helper closes them
	control by_itself --disable-host-loopback --enable-seccomp -- tcp 198.51.100.2 7002
	control by_itself --disable-host-loopback -- udp 198.51.100.2 9999
	closed "$S" tcp 198.51.100.2 7002
	closed "$S" tcp 198.51.100.2 7004
	closed "$S" udp 198.51.100.2 9999
	closed "$S --set=net.scope=\"lan\"" tcp 198.51.100.2 7004
	closed "$S --set=net.ipv6=true" tcp 2001:db8::2 7004
	# the way is open but for the rules
	sees client "$S --net-allow=198.51.100.2:7004/tcp" tcp 198.51.100.2 7004
	[ "$arrived" = "198.51.100.2 7004 tcp" ]
}

@test "E-122 the host's resolver does not answer unless it is asked to" {
	control by_itself -- dns udp 10.0.2.3 a.test
	closed "$S" dns udp 10.0.2.3 a.test
	closed "$S" dns tcp 10.0.2.3 a.test
	closed "$S --dns=none" dns udp 10.0.2.3 a.test
	closed "$S --dns=none --net-deny=0.0.0.0/0:53" dns udp 198.51.100.1 a.test
	sees client "$S --dns=forward" dns udp 10.0.2.3 a.test
	[ "$arrived" = "0.0.0.0 53 udp" ]
}

@test "E-123 pasta leads to no address of the host" {
	command -v pasta >/dev/null || cannot "pasta is not installed"
	for target in "127.0.0.1 7001" "10.0.2.2 7001" "198.51.100.2 7002" "198.51.100.2 7004"; do
		# shellcheck disable=SC2086
		control in_lab python3 "$LAB/netlab.py" tcp ${target/10.0.2.2/127.0.0.1}
		# shellcheck disable=SC2086
		closed --net=pasta tcp $target
	done
	closed "--net=pasta --set=net.ipv6=true" tcp ::1 7004
	closed "--net=pasta --set=net.ipv6=true" tcp 2001:db8::2 7004
}

@test "E-124 link-local and metadata services are closed, private addresses by net.scope" {
	for addr in 169.254.169.254 10.20.0.1; do
		control by_itself --disable-host-loopback -- tcp $addr 80
		closed "$S" tcp $addr 80
	done
	closed "$S --set=net.scope=\"lan\"" tcp 169.254.169.254 80
	closed "$S --net-allow=0.0.0.0/0 --net-deny=169.254.0.0/16" tcp 169.254.169.254 80
	closed "$S --set=net.ipv6=true" tcp ::ffff:169.254.169.254 80
}

@test "E-125 the command cannot change its network, with any capability" {
	path=--setenv=PATH=/usr/sbin:/usr/bin:/sbin:/bin
	for mode in "${modes[@]}"; do
		for caps in "" "--map=single --set=caps.keep=[\"all\"]"; do
			run client "$S $mode $caps $path" attack
			echo "$mode $caps: $output"
			[ "$output" = nothing ]
		done
	done
	# whoever owns the network can do all but find the rules
	run client "$S --map=single --set=caps.keep=[\"all\"] --set=namespaces.inner=false \
		--set=net.scope=\"any\" $BARE $path" attack
	[ "$(wc -l <<<"$output")" = 9 ]
}

@test "E-126 without a network nothing is reached, and the loopback works" {
	for target in "tcp 127.0.0.1 7001" "tcp 198.51.100.2 7002" "udp 198.51.100.2 9999" \
		"tcp 2001:db8:1::10 80" "tcp 203.0.113.10 80" "udp 203.0.113.10 9999"; do
		# shellcheck disable=SC2086
		control in_lab python3 "$LAB/netlab.py" $target
		# shellcheck disable=SC2086
		closed "" $target
	done
	# shellcheck disable=SC2016 # for the inner shell
	run box -- sh -c 'python3 /netlab.py who 8000 & n=0
		until python3 /netlab.py tcp 127.0.0.1 8000; do n=$((n + 1)); [ $n -lt 50 ] || exit 1; done; wait'
	echo "$output"
	[ "${lines[-1]}" = 127.0.0.1 ] || [ "${lines[-1]}" = open ]
}

@test "E-127 nobody comes in but by a published port, and then not as 127.0.0.1" {
	for ports in "" "--publish=127.0.0.1:18081:81 --publish=198.51.100.2:18081:81"; do
		# shellcheck disable=SC2086
		exec_in_lab "$SBOX" --read="$LAB/netlab.py:/netlab.py" $S $ports -- \
			python3 /netlab.py who 81 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
		JOB=$!
		for _ in $(seq 100); do
			grep -q ready "$BATS_TEST_TMPDIR/out" && break
			sleep 0.1
		done
		for target in "127.0.0.1 81" "10.0.2.100 81" "198.51.100.2 81"; do
			# shellcheck disable=SC2086
			run in_lab python3 "$LAB/netlab.py" tcp $target
			[ "$status" = 1 ]
		done
		run in_internet tcp 198.51.100.2 81
		[ "$status" = 1 ]
		grep -qx ready "$BATS_TEST_TMPDIR/out"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" = 1 ]
		[ -n "$ports" ] || { kill -KILL $JOB; wait $JOB || true; }
	done
	run in_lab python3 "$LAB/netlab.py" tcp 127.0.0.1 18081
	[ "$output" = open ]
	wait $JOB
	from=$(tail -n 1 "$BATS_TEST_TMPDIR/out")
	echo "from $from"
	[ "$from" != 127.0.0.1 ]
	[ -n "$from" ]
}

@test "E-211 a port that leads to one of the host's loopback leads to no other, and no other way" {
	for target in "tcp 127.0.0.1 7001" "tcp 127.0.0.1 7004" "udp 127.0.0.1 9999" "tcp 198.51.100.2 7002"; do
		# shellcheck disable=SC2086
		control in_lab python3 "$LAB/netlab.py" $target
	done
	for net in "$S" --net=none; do
		sees client "$net --reach=7001" tcp 127.0.0.1 7001
		[ -n "$arrived" ]
		for target in "tcp 127.0.0.1 7004" "tcp 10.0.2.2 7001" "tcp 10.0.2.2 7004" "udp 127.0.0.1 9999" \
			"udp 127.0.0.1 7001" "tcp 198.51.100.2 7002" "tcp 127.0.0.2 7001"; do
			# shellcheck disable=SC2086
			closed "$net --reach=7001" $target
		done
	done
}

@test "E-213 a port at which nobody listens is not taken by a connection to itself" {
	self='import socket, sys
for n in range(int(sys.argv[2])):
    s = socket.socket()
    s.settimeout(5)
    try:
        s.connect(("127.0.0.1", int(sys.argv[1])))
        s.sendall(b"echo")
        if s.recv(4) == b"echo":
            sys.exit("connected to itself after %d" % n)
    except OSError:
        pass
    s.close()
print("never")'
	# a network with few ports to come from
	few() {
		unshare --user --net --map-current-user --keep-caps sh -c 'ip link set lo up &&
			echo 41000 41010 >/proc/sys/net/ipv4/ip_local_port_range &&
			exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' sh "$@"
	}
	run few python3 -c "$self" 41004 1000 # the control
	echo "outside: $output"
	[[ $output == "connected to itself"* ]]
	run few env XDG_CONFIG_HOME="$LAB/config" "$SBOX" -q --reach=41004 -- python3 -c "$self" 41004 1000
	echo "inside: $output"
	[ "$output" = never ]
}

@test "E-212 connections that a command makes and keeps are bounded, and end with the sandbox" {
	keeps='import socket, sys, time
kept = []
for n in range(1000):
    s = socket.socket()
    s.settimeout(3)
    try:
        s.connect(("127.0.0.1", 7001))
        kept.append(s)
    except OSError:
        break
print("kept", len(kept), flush=True)
sys.stdin.read()'
	mkfifo "$BATS_TEST_TMPDIR/go"
	exec_in_lab "$SBOX" -q --net=none --reach=7001 -- python3 -c "$keeps" \
		<"$BATS_TEST_TMPDIR/go" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	JOB=$!
	exec 9>"$BATS_TEST_TMPDIR/go"
	until grep -q kept "$BATS_TEST_TMPDIR/out"; do
		sleep 0.1
		kill -0 $JOB
	done
	count() { in_lab ss -Htn state established "dport = 7001" | wc -l; }
	before=-1
	open=$(count)
	while [ "$open" != "$before" ]; do
		sleep 1
		before=$open
		open=$(count)
	done
	kept=$(sed -n 's/^kept //p' "$BATS_TEST_TMPDIR/out")
	echo "kept $kept, open $open"
	[ "$kept" -gt "$open" ] # the others wait in the backlog
	[ "$open" -gt 0 ]
	[ "$open" -le 512 ]
	exec 9>&-
	wait $JOB
	for _ in $(seq 50); do
		[ "$(count)" != 0 ] || break
		sleep 0.1
	done
	[ "$(count)" = 0 ]
}

@test "E-128 the helper has no privilege, and dies with the sandbox" {
	exec_in_lab "$SBOX" "$S" -- sh -c 'echo ready; exec sleep 100' >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	JOB=$!
	for _ in $(seq 100); do
		grep -q ready "$BATS_TEST_TMPDIR/out" && break
		sleep 0.1
	done
	helper=$(pgrep --parent $JOB -x slirp4netns)
	field() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$helper/status"; }
	[ "$(field NoNewPrivs)" = 1 ]
	[ "$(field Seccomp)" = 2 ]
	for set in Inh Prm Eff Amb; do
		[ "$(field Cap$set)" = 0000000000000000 ]
	done
	[ "$(ps -o sid= -p "$helper" | tr -d ' ')" = "$helper" ]
	[ "$(tr '\0' '\n' <"/proc/$helper/environ" | cut -d= -f1 | sort | xargs)" = "LC_ALL PATH" ]
	kill -KILL $JOB
	for _ in $(seq 50); do
		[ -d "/proc/$helper" ] || return 0
		sleep 0.1
	done
	return 1
}

@test "E-128 the helper sees no file of its user, and no descriptor but its own" {
	echo "the secret" >"$LAB/secret"
	cat >"$LAB/spy" <<-END
		#!/bin/sh
		exec 2>&1
		cat "$LAB/secret" 2>/dev/null || echo closed
		touch "$LAB/made" 2>/dev/null || echo unwritable
		ls /proc/self/fd | tr '\n' ' '
		exit 3
	END
	chmod 755 "$LAB/spy"
	run "$LAB/spy"
	[[ $output == "the secret"* ]]
	rm "$LAB/made"
	path=$(readlink -f "$(command -v slirp4netns)")
	exec 17<"$LAB/secret"
	run -125 in_changed_lab "mount --bind $LAB/spy $path" "$SBOX" "$S" -- true
	exec 17<&-
	echo "$output"
	# 0 to 6 are its own; what is above is the shell's script and the list itself
	if [[ $("$SBOX" -v -- true 2>&1) == *"landlock: ABI"* ]]; then
		[[ $output == *"closed;unwritable;0 1 2 3 4 5 6"* ]]
	fi
	[[ $output != *17* ]]
	[ ! -e "$LAB/made" ] || ! [[ $("$SBOX" -v -- true 2>&1) == *"landlock: ABI"* ]]
}
