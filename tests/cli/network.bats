#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# network.bats - what a sandbox with a network reaches, and what it does not

load netlab.bash
: "${srcdir:=$BATS_TEST_DIRNAME/../..}" "${builddir:=$(dirname "$(command -v sbox)")}"

bats_require_minimum_version 1.5.0

setup_file() {
	netlab_begin
}

teardown_file() {
	netlab_down
}

# Whatever a failed test has left; by its number, and only if it is still ours.
teardown() {
	[ -z "${SANDBOX:-}" ] || kill -KILL "$SANDBOX" 2>/dev/null || true
}

S=--net=slirp4netns

# refused ADDR PORT [OPTIONS]: at once, and not by a timeout.
refused() {
	run client "$S ${3:-}" tcp "$1" "$2"
	echo "$1:$2: $output"
	[ "$status" = 1 ]
	[[ $output != *"timed out"* ]]
}

opened() {
	run client "$S ${3:-}" tcp "$1" "$2"
	echo "$1:$2: $output"
	[ "$output" = open ]
}

@test "the lab works without a sandbox" {
	[ "$(in_lab python3 "$LAB/netlab.py" tcp 127.0.0.1 7001)" = open ]
	[ "$(in_lab python3 "$LAB/netlab.py" tcp 10.20.0.1 80)" = open ]
	[ "$(in_lab python3 "$LAB/netlab.py" tcp 169.254.169.254 80)" = open ]
	[ "$(in_lab python3 "$LAB/netlab.py" dns udp 198.51.100.1 a.test)" = 203.0.113.10 ]
}

@test "a gigabyte arrives as it was sent" {
	want=$(python3 "$LAB/netlab.py" hash 1073741824)
	run client "$S" get http://203.0.113.10/bytes/1073741824
	echo "$output"
	[ "$output" = "$want" ]
}

@test "a thousand connections at once" {
	[ "$(ulimit -Hn)" -ge 4096 ] || cannot "too few open files are allowed"
	ulimit -Sn 4096
	run client "$S" many 1000 http://203.0.113.10/bytes/1000
	echo "$output"
	[ "$output" = 1000 ]
}

@test "names are found by the host's servers, over UDP and TCP" {
	[ "$(client "$S" resolve some.test)" = 203.0.113.10 ]
	[ "$(client "$S" dns udp 198.51.100.1 some.test)" = 203.0.113.10 ]
	[ "$(client "$S" dns tcp 198.51.100.1 some.test)" = 203.0.113.10 ]
}

@test "the helper's own name server answers only when asked for" {
	run client "$S" dns udp 10.0.2.3 some.test
	[ "$status" = 1 ]
	[ "$(client "$S --dns=forward" resolve some.test)" = 203.0.113.10 ]
	[ "$(client "$S --dns=forward" dns tcp 10.0.2.3 some.test)" = 203.0.113.10 ]
}

@test "without name servers there are no names" {
	run client "$S --dns=none" resolve some.test
	[ "$status" = 1 ]
	opened 203.0.113.10 80 --dns=none
}

@test "UDP goes out and comes back" {
	[ "$(client "$S" udp 203.0.113.10 9999)" = echo ]
}

@test "a connection that is closed on one side still answers" {
	[ "$(client "$S" half http://203.0.113.10/half)" = "answered True" ]
}

@test "IPv6 is there when it is asked for, and only then" {
	run client "$S" tcp 2001:db8:1::10 80
	[ "$status" = 1 ]
	run client "$S --set=net.ipv6=true" tcp 2001:db8:1::10 80
	echo "$output"
	[ "$output" = open ]
	for addr in 2001:db8::2 fd00::2 fe80::1%tap0; do
		refused "$addr" 7004 --set=net.ipv6=true
	done
}

@test "the host's loopback and addresses are closed (E-120, E-121)" {
	for addr in 10.0.2.2 198.51.100.2 127.0.0.1; do
		refused "$addr" 7001
		refused "$addr" 7002
		refused "$addr" 7004
	done
	run client "$S" udp 198.51.100.2 9999
	echo "$output"
	[ "$output" = "Operation not permitted" ]
}

@test "metadata and private addresses are closed (E-124)" {
	refused 169.254.169.254 80
	refused 10.20.0.1 80
	refused 169.254.169.254 80 --set=net.scope=\"lan\"
	opened 10.20.0.1 80 --set=net.scope=\"lan\"
	refused 198.51.100.2 7004 --set=net.scope=\"lan\"
	opened 169.254.169.254 80 --set=net.scope=\"any\"
	opened 198.51.100.2 7004 --set=net.scope=\"any\"
	refused 10.0.2.2 7001 --set=net.scope=\"any\"
}

@test "net.allow opens, net.deny wins" {
	opened 198.51.100.2 7004 --net-allow=198.51.100.2:7004/tcp
	refused 198.51.100.2 7002 --net-allow=198.51.100.2:7004/tcp
	refused 198.51.100.2 7004 "--net-allow=198.51.100.0/24 --net-deny=198.51.100.2:7000-7010"
	refused 203.0.113.10 80 --net-deny=0.0.0.0/0:80
	run client "$S --net-deny=0.0.0.0/0/udp" resolve some.test
	[ "$status" = 1 ]
}

@test "the command cannot change its network (E-125)" {
	for options in "" "--map=single --set=caps.keep=[\"all\"]"; do
		run client "$S $options --setenv=PATH=/usr/sbin:/usr/bin:/sbin:/bin" attack
		echo "$output"
		[ "$output" = nothing ]
	done
	# the attacks are real: whoever owns the network can do all but find the rules
	run client "$S --map=single --set=caps.keep=[\"all\"] --set=namespaces.inner=false \
		--set=net.scope=\"any\" --set=seccomp.base=\"none\" \
		--setenv=PATH=/usr/sbin:/usr/bin:/sbin:/bin" attack
	echo "$output"
	[ "$(wc -l <<<"$output")" = 9 ]
}

@test "with a network, too, the command can make no namespace" {
	for net in slirp4netns pasta; do
		command -v $net >/dev/null || continue
		for kind in --user --net --mount; do
			run box --net=$net --set=seccomp.base=\"none\" --set=landlock.mode=\"off\" \
				-- unshare --user --map-root-user $kind echo made
			echo "$net $kind: $output"
			[ "$status" = 1 ]
			[[ $output != *made* ]]
		done
	done
	run box "$S" --set=seccomp.base=\"none\" --set=namespaces.nested=true -- unshare --user --net echo made
	[[ $output == *made* ]]
}

@test "owning the network namespace and having rules is a mistake" {
	run -125 box "$S" --set=namespaces.inner=false -- true
	[[ $output == *net.scope* ]]
}

@test "rules are shown by a dry run" {
	run box "$S" --net-deny=1.2.3.0/24:25/tcp --dry-run=full -- true
	[[ $output == *"reject 1.2.3.0/24 port 25 tcp"* ]]
	[[ $output == *"reject 198.51.100.2  # an address of the host"* ]]
	box "$S" --dry-run=json -- true | python3 -m json.tool >/dev/null
}

# The helper of the sandbox that runs as process $1.
helper_of() {
	for _ in $(seq 50); do
		pgrep --parent "$1" -x 'slirp.*|pas.*' && return
		sleep 0.1
	done
	return 1
}

# start OPTIONS COMMAND...: in the background; SANDBOX is sbox itself.
start() {
	local options=$1
	shift
	# shellcheck disable=SC2086
	exec_in_lab "$SBOX" --read="$LAB/netlab.py:/netlab.py" $options -- "$@" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	SANDBOX=$!
	[[ " $options " != *" --net=none "* ]] || return 0
	helper=$(helper_of "$SANDBOX") || { cat "$BATS_TEST_TMPDIR/out"; return 1; }
}

@test "a transfer whose helper is killed ends, with 125" {
	start "$S" python3 /netlab.py get http://203.0.113.10/bytes/100000000000
	sleep 0.5
	kill -KILL "$helper"
	status=0
	wait "$SANDBOX" || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ "$status" = 125 ]
	grep -q "slirp4netns ended (signal 9)" "$BATS_TEST_TMPDIR/out"
}

@test "net.on_helper_exit = continue: the command goes on offline, with a warning" {
	start "$S --set=net.on_helper_exit=\"continue\"" sh -c 'echo started; sleep 1; exit 7'
	until grep -q started "$BATS_TEST_TMPDIR/out"; do sleep 0.1; done
	kill -KILL "$helper"
	status=0
	wait "$SANDBOX" || status=$?
	[ "$status" = 7 ]
	grep -q "warning: the sandbox was offline" "$BATS_TEST_TMPDIR/out"
}

@test "the helper ends with the sandbox, also when sbox is killed" {
	start "$S" sleep 100
	kill -KILL "$SANDBOX"
	for _ in $(seq 30); do
		[ -d "/proc/$helper" ] || return 0
		sleep 0.1
	done
	return 1
}

@test "the helper is confined (E-128)" {
	start "$S" sleep 100
	sleep 0.3
	field() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$helper/status"; }
	[ "$(field NoNewPrivs)" = 1 ]
	[ "$(field Seccomp)" = 2 ]
	[ "$(field CapEff)" = 0000000000000000 ]
	[ "$(ps -o sid= -p "$helper" | tr -d ' ')" = "$helper" ]
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
	[ ! -d "/proc/$helper" ]
}

@test "a port of the host leads inside" {
	start "-v $S --publish=0:80 --publish=127.0.0.1:18081-18083:79-81/tcp" \
		python3 -m http.server --directory /usr/share 80
	for _ in $(seq 50); do
		run in_lab python3 "$LAB/netlab.py" get http://127.0.0.1:18082/
		[ "$status" != 0 ] || break
		sleep 0.1
	done
	[ "$status" = 0 ]
	port=$(sed -n 's/.*published: 127.0.0.1:\([0-9]*\) -> .*/\1/p' "$BATS_TEST_TMPDIR/out" | head -n1)
	in_lab python3 "$LAB/netlab.py" tcp 127.0.0.1 "$port"
	# on no other address
	run in_lab python3 "$LAB/netlab.py" tcp 198.51.100.2 "$port"
	[ "$status" = 1 ]
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
}

# talks PROTO ADDR PORT BYTES CLIENT...: until the server inside is up
talks() {
	local talk=("${@:5}" talk "${@:1:4}")
	for _ in $(seq 100); do
		run "${talk[@]}"
		[ "$output" != True ] || return 0
		[[ $output == *refused* || $output == *reset* || $output == *"timed out"* ||
			$output == *"Broken pipe"* ]] || break
		sleep 0.1
	done
	echo "${talk[*]}: $output"
	cat "$BATS_TEST_TMPDIR/out"
	return 1
}

@test "a published port carries both directions, half-closed too, from near and far" {
	start "$S --publish=198.51.100.2:18090:90 --publish=127.0.0.1:18090:90" \
		python3 /netlab.py echo 90
	talks tcp 127.0.0.1 18090 30000000 in_lab python3 "$LAB/netlab.py"
	talks tcp 198.51.100.2 18090 30000000 in_internet
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
	run in_lab python3 "$LAB/netlab.py" tcp 127.0.0.1 18090
	[ "$status" = 1 ]
}

@test "a port of the host's loopback leads to a server on any address inside, in every network" {
	for net in "$S" --net=pasta --net=none; do
		[ "$net" != --net=pasta ] || command -v pasta >/dev/null || continue
		for at in 127.0.0.1 ::1 0.0.0.0; do
			start "$net --publish=127.0.0.1:18096:8096" \
				python3 -m http.server --directory /usr/share --bind $at 8096
			for _ in $(seq 50); do
				run in_lab python3 "$LAB/netlab.py" get http://127.0.0.1:18096/
				[ "$status" != 0 ] || break
				sleep 0.1
			done
			echo "$net, $at: $output"
			[ "$status" = 0 ]
			run in_internet tcp 198.51.100.2 18096
			[ "$status" = 1 ]
			kill -TERM "$SANDBOX"
			wait "$SANDBOX" || true
		done
	done
	# nobody listens: whoever connects is not left waiting
	start "--net=none --publish=127.0.0.1:18096:8097" sh -c 'echo ready; exec sleep 100'
	for _ in $(seq 100); do
		! grep -q ready "$BATS_TEST_TMPDIR/out" || break
		sleep 0.1
	done
	run in_lab timeout 20 python3 "$LAB/netlab.py" get http://127.0.0.1:18096/
	[ "$status" = 1 ]
	kill -0 "$SANDBOX"
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
}

@test "a service on the host's loopback is reached by its port, in every network, and no other" {
	exec_in_lab python3 "$LAB/netlab.py" echo 18097 >"$BATS_TEST_TMPDIR/echo" 2>&1 3>&- &
	server=$!
	for net in "$S" --net=pasta --net=none; do
		[ "$net" != --net=pasta ] || command -v pasta >/dev/null || continue
		run client "$net --reach=7001" tcp 127.0.0.1 7001
		[ "$output" = open ]
		run client "$net --reach=127.0.0.1:7001:80" tcp 127.0.0.1 80
		[ "$output" = open ]
		for other in 7004 80 18097; do
			run client "$net --reach=7001" tcp 127.0.0.1 $other
			[ "$status" = 1 ]
		done
		# both directions, and one closed before the other; more than are served at once
		talks tcp 127.0.0.1 18097 30000000 client "$net --reach=18097"
		[ "$(client "$net --reach=7001" many 200 http://127.0.0.1:7001/bytes/1000)" = 200 ]
	done
	kill "$server"
	wait "$server" || true
	run client "--net=none --reach=18097" tcp 127.0.0.1 18097
	echo "nobody there: $output"
	run client "--net=none --reach=18097" get http://127.0.0.1:18097/
	[ "$status" = 1 ]
}

@test "what is reset on one side of a port is reset on the other, and keeps no place" {
	cat >"$LAB/resets.py" <<-'END'
		import socket, struct, sys
		at_once = struct.pack("ii", 1, 0)
		if sys.argv[1] == "serve":  # 1,000 bytes and a reset, or everything back
		    server = socket.create_server(("127.0.0.1", int(sys.argv[2])), backlog=1000)
		    kept = []
		    while True:
		        client = server.accept()[0]
		        word = client.recv(5)
		        if word == b"reset":
		            client.sendall(b"x" * 1000)
		            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
		            client.close()
		        elif word == b"hello":
		            client.sendall(word)
		            client.close()
		        else:
		            kept.append(client)  # neither read, written to nor closed
		elif sys.argv[1] == "reset":
		    client = socket.create_connection(("127.0.0.1", int(sys.argv[2])), 20)
		    client.sendall(b"reset")
		    n = 0
		    try:
		        while data := client.recv(100):
		            n += len(data)
		        print("end")
		    except ConnectionResetError:
		        print(n, "reset")
		else:
		    for _ in range(600):
		        client = socket.create_connection(("127.0.0.1", int(sys.argv[2])), 20)
		        client.sendall(b"keeps")
		        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
		        client.close()
		    client = socket.create_connection(("127.0.0.1", int(sys.argv[2])), 20)
		    client.sendall(b"hello")
		    print(client.recv(100).decode())
	END
	exec_in_lab python3 "$LAB/resets.py" serve 18098 >"$BATS_TEST_TMPDIR/server" 2>&1 3>&- &
	server=$!
	for _ in $(seq 100); do
		! in_lab python3 "$LAB/netlab.py" tcp 127.0.0.1 18098 | grep -q open || break
		sleep 0.1
	done
	in=(in_lab "$SBOX" -q --net=none --reach=18098 --read="$LAB/resets.py:/resets.py" -- python3 /resets.py)
	for how in reset many; do # the control, and through --reach
		outside=$(in_lab python3 "$LAB/resets.py" $how 18098)
		inside=$("${in[@]}" $how 18098)
		echo "$how: outside $outside, inside $inside"
		[ -n "$outside" ]
		[ "$inside" = "$outside" ]
	done
	kill "$server"
	wait "$server" || true
	start "--net=none --publish=127.0.0.1:18099:18098 --read=$LAB/resets.py:/resets.py" \
		python3 /resets.py serve 18098
	for _ in $(seq 100); do # until the server is up, all are reset at once
		[ "$(in_lab python3 "$LAB/resets.py" reset 18099)" != "1000 reset" ] || break
		sleep 0.1
	done
	[ "$(in_lab python3 "$LAB/resets.py" reset 18099)" = "1000 reset" ]
	[ "$(in_lab python3 "$LAB/resets.py" many 18099)" = hello ]
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
}

@test "a published UDP port answers who is far" {
	start "$S --publish=198.51.100.2:18091:91/udp" python3 /netlab.py echo 91
	talks udp 198.51.100.2 18091 1000 in_internet
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
}

@test "a UDP port on loopback is a mistake, because both helpers would lose the answers" {
	run -125 box "$S" --publish=127.0.0.1:18091:91/udp -- true
	[[ $output == *"slirp4netns loses the answers"*"another address of the host"* ]]
	run -125 box --net=pasta --publish=127.0.0.1:18091:91/udp -- true
	[[ $output == *"pasta loses the answers"* ]]
}

@test "who joins the network of a sandbox is behind its helper and under its rules" {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	start "$S --name=service --net-deny=203.0.113.20" sleep 100
	for _ in $(seq 100); do
		[ ! -e "$XDG_RUNTIME_DIR/sbox/service.toml" ] || break
		sleep 0.1
	done
	S=--net=join:service
	opened 203.0.113.10 80
	[ "$(client "$S" resolve some.test)" = 203.0.113.10 ]
	refused 203.0.113.20 80
	for address in 127.0.0.1:7001 10.20.0.1:80 10.0.2.2:80 169.254.169.254:80 192.168.7.1:80; do
		refused "${address%:*}" "${address#*:}"
	done
	before=$(wc -l <"$LAB/pid.seen")
	run client "$S --set=caps.keep=[\"all\"] --set=seccomp.base=\"none\"" tcp 169.254.169.254 80
	[ "$status" = 1 ]
	[ "$(wc -l <"$LAB/pid.seen")" = "$before" ]
	kill -TERM "$SANDBOX"
}

@test "a sandbox that is killed while it publishes leaves nothing behind" {
	printf '#!/bin/sh\nexec sleep 100\n' >"$LAB/slow"
	chmod 755 "$LAB/slow"
	path=$(readlink -f "$(command -v slirp4netns)")
	mkdir "$BATS_TEST_TMPDIR/run" "$BATS_TEST_TMPDIR/tmp"
	touch "$BATS_TEST_TMPDIR/stamp"
	for when in early late; do
		[ $when = late ] && change=: || change="mount --bind $LAB/slow $path"
		TMPDIR=$BATS_TEST_TMPDIR/tmp XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run exec_in_changed_lab \
			"$change" "$SBOX" "$S" --publish=0:80 -- sleep 100 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
		SANDBOX=$!
		helper=
		for _ in $(seq 100); do
			helper=$(pgrep --parent "$SANDBOX" "sleep|slirp4netns") && break
			sleep 0.05
		done
		[ $when = early ] || sleep 0.5
		[ -n "$helper" ]
		kill -KILL "$SANDBOX"
		wait "$SANDBOX" || true
	done
	run find "$BATS_TEST_TMPDIR/run" "$BATS_TEST_TMPDIR/tmp" -mindepth 1
	[ -z "$output" ]
	run find /tmp -maxdepth 1 -user "$(id -u)" -newer "$BATS_TEST_TMPDIR/stamp" -name 'sbox-??????'
	[ -z "$output" ]
}

@test "a port that is taken is told before anything is started" {
	run -125 box "$S" --publish=7001:80 -- echo started
	[[ $output == *"127.0.0.1:7001"*"Address already in use"* ]]
	[[ $output != *started* ]]
	run -125 box "$S" --publish=80:80 -- true
	[[ $output == *ip_unprivileged_port_start* ]]
	run -125 box "$S" --publish=8080:80 --publish=8080:81 -- true
	[[ $output == *twice* ]]
}

@test "a missing helper is told with its package" {
	path=$(readlink -f "$(command -v slirp4netns)")
	run -125 in_changed_lab "mount --bind /dev/null $path" "$SBOX" "$S" -- true
	[[ $output == *'install the package "slirp4netns"'* ]]
}

@test "a missing device is told" {
	run -125 in_changed_lab "mount -t tmpfs tmpfs /dev/net" "$SBOX" "$S" -- true
	[[ $output == *"/dev/net/tun cannot be opened (No such file or directory)"* ]]
}

@test "a helper that fails is quoted" {
	printf '#!/bin/sh\necho "this is why" >&2; exit 3\n' >"$LAB/bad"
	chmod 755 "$LAB/bad"
	path=$(readlink -f "$(command -v slirp4netns)")
	# more than once: nothing that ends because of it may speak in its place
	for _ in 1 2 3 4 5 6; do
		run -125 in_changed_lab "mount --bind $LAB/bad $path" "$SBOX" "$S" -- true
		echo "$output"
		[[ $output == *"slirp4netns ended (status 3): this is why"* ]]
	done
}

@test "a helper that never gets ready is given up" {
	printf '#!/bin/sh\necho "wait a bit" >&2; exec sleep 100\n' >"$LAB/slow"
	chmod 755 "$LAB/slow"
	path=$(readlink -f "$(command -v slirp4netns)")
	run -125 in_changed_lab "mount --bind $LAB/slow $path" "$SBOX" "$S" -- true
	[[ $output == *"slirp4netns was not ready in 5 s: wait a bit"* ]]
}

@test "a socket of the host's network does not get inside" {
	pass='import os, socket, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
os.dup2(s.fileno(), 0) if sys.argv[1] == "0" else os.dup2(s.fileno(), 9)
os.execvp(sys.argv[2], sys.argv[2:])'
	for net in none slirp4netns; do
		run -125 in_lab python3 -c "$pass" 0 "$SBOX" --net=$net -- true
		[[ $output == *"descriptor 0 is a socket of the host's network"* ]]
		run -125 in_lab python3 -c "$pass" 9 "$SBOX" --net=$net --keep-fd=9 -- true
		[[ $output == *"descriptor 9 is a socket of the host's network"* ]]
	done
	in_lab python3 -c "$pass" 0 "$SBOX" --net=host -- true
}

@test "without nf_tables nothing is started, unless nothing is to be refused" {
	refuse=$builddir/tests/cli/refuse
	[ -x "$refuse" ] || cannot "$refuse is not built"
	socket=$(echo "#include <sys/syscall.h>
nr SYS_socket" | ${CC:-cc} -E -P - | sed -n 's/^nr //p')
	# socket(_, _, NETLINK_NETFILTER): EPROTONOSUPPORT, as of a kernel that has none
	run -125 in_lab "$refuse" "$socket/2=12:93" -- "$SBOX" "$S" -- echo here
	echo "$output"
	[[ $output == *"rules of the network cannot be loaded"*nf_tables* ]]
	[[ $output != *here* ]]
	run in_lab "$refuse" "$socket/2=12:93" -- "$SBOX" "$S" --set=net.scope=\"any\" -- echo here
	echo "$output"
	[ "$output" = here ]
	run -125 in_lab "$refuse" "$socket/2=12:93" -- "$SBOX" "$S" --set=net.scope=\"any\" \
		--net-deny=192.0.2.1 -- echo here
	[[ $output != *here* ]]
}

@test "subordinate ids and a network" {
	{ command -v newuidmap && grep -q "^$(id -un):" /etc/subuid; } >/dev/null ||
		skip "$(id -un) has no subordinate ids"
	# not in the lab, whose user namespace has no subordinate ids
	run env XDG_CONFIG_HOME="$LAB/config" "$SBOX" "$S" --map=subids --publish=0:80 \
		--dns=192.0.2.1 --read="$LAB/netlab.py:/netlab.py" -- \
		sh -c 'cat /sys/class/net/tap0/operstate /proc/self/uid_map || cat /proc/net/dev; python3 /netlab.py attack'
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *nothing ]]
}

# reported MEMBER=JSON...: of the report of the last run
reported() {
	python3 "$srcdir/tests/cli/validate.py" "$srcdir/docs/report.schema.json" "$LAB/report.json" "$@"
}

@test "the report has the network, and what went through it" {
	client "$S --report=$LAB/report.json --publish=0:80" get http://203.0.113.10/bytes/3000000
	reported 'layers.network="slirp4netns"' 'net.mode="slirp4netns"' net.publish.0.port=80 \
		companions.0.ended=null 'net.dns=["198.51.100.1"]'
	python3 - "$LAB/report.json" <<-'END'
		import json, sys
		net = json.load(open(sys.argv[1]))["net"]
		print(net)
		rules = {rule["rule"]: rule for rule in net["rules"]}
		assert 3000000 < net["bytes"]["in"] < 6000000
		assert 2000 < net["bytes"]["out"] < 1000000
		assert rules["accept everything else"]["packets"] == 1 # the first of the connection
		assert rules["accept established connections"]["packets"] > 2
		assert rules["reject 169.254.0.0/16"]["packets"] == 0
		assert 1 <= net["publish"][0]["host_port"] <= 65535
	END
	run client "$S --report=$LAB/report.json --net-deny=203.0.113.0/24:80" tcp 203.0.113.10 80
	python3 - "$LAB/report.json" <<-'END'
		import json, sys
		rules = {rule["rule"]: rule for rule in json.load(open(sys.argv[1]))["net"]["rules"]}
		assert rules["reject 203.0.113.0/24 port 80 tcp"]["packets"] == 1
		assert rules["reject 203.0.113.0/24 port 80 tcp"]["from"].startswith("command line:")
		assert rules["accept everything else"]["packets"] == 0
	END
	box --report="$LAB/report.json" -- true
	reported 'layers.network="none"' net.bytes=null 'net.rules=[]'
	box --report="$LAB/report.json" "$S" --set=net.scope=\"any\" -- true
	reported net.bytes.in=0 'net.rules=[]'
	run -127 box --report="$LAB/report.json" "$S" -- no-such-command
	reported net=null
}

@test "the report says that the helper ended, whatever came of it" {
	for exit in kill continue; do
		start "$S --report=$LAB/report.json --set=net.on_helper_exit=\"$exit\"" \
			sh -c 'echo started; sleep 1; exit 7'
		until grep -q started "$BATS_TEST_TMPDIR/out"; do sleep 0.1; done
		kill -KILL "$helper"
		wait "$SANDBOX" || true
		reported net.bytes=null
		grep -qF '"ended":"slirp4netns ended (signal 9)' "$LAB/report.json"
		[ $exit = kill ] && reported 'why="helper-died"' status=125 ||
			reported 'why="exited"' status=7
	done
}

# root_with LINK: a root directory whose resolv.conf is a link there; "": a file
root_with() {
	rm -rf "$LAB/root"
	mkdir -p "$LAB"/root/{etc,usr,run,proc,dev,tmp,var/tmp,root}
	for dir in bin lib lib64; do
		[ ! -L /$dir ] || ln -s usr/$dir "$LAB/root/$dir"
	done
	echo old >"$LAB/root/etc/other"
	[ -n "$1" ] && ln -s "$1" "$LAB/root/etc/resolv.conf" || echo old >"$LAB/root/etc/resolv.conf"
}

@test "a root directory gets the name servers of its network, and keeps its files" {
	[ -L /lib64 ] || skip "/usr is not merged here"
	for link in "" ../run/systemd/resolve/stub-resolv.conf /nowhere /etc/hostname other; do
		root_with "$link"
		for mode in ro overlay; do
			run box "$S" --root="$LAB/root" --root-mode=$mode --read=/usr -- cat /etc/resolv.conf
			echo "$link, $mode: $output"
			[[ $output == *"nameserver 198.51.100.1" ]]
		done
		[ "$(readlink "$LAB/root/etc/resolv.conf")" = "$link" ]
		[ "$(cat "$LAB/root/etc/other")" = old ]
	done
	# one that is written to is left alone
	root_with /nowhere
	run -1 in_lab "$SBOX" "$S" --root="$LAB/root" --root-mode=rw --read=/usr -- cat /etc/resolv.conf
	[ "$(readlink "$LAB/root/etc/resolv.conf")" = /nowhere ]
}

@test "npm installs a package from its registry, with a home of its own" {
	command -v npm >/dev/null || skip "npm is not installed"
	mkdir "$BATS_TEST_TMPDIR/npm"
	cd "$BATS_TEST_TMPDIR/npm"
	timeout 60 npm --cache "$BATS_TEST_TMPDIR/cache" view is-number version >/dev/null 2>&1 ||
		skip "no registry of npm can be reached"
	# the registry, or its proxy, may be one of the private addresses here
	host=$(npm config get registry 2>/dev/null | sed 's,.*://,,; s,[:/].*,,')
	allow=()
	for addr in $(getent ahostsv4 "$host" | awk '{ print $1 }' | sort -u); do
		allow+=(--net-allow="$addr/tcp")
	done
	run env XDG_CONFIG_HOME="$LAB/config" timeout 120 "$SBOX" "$S" "${allow[@]}" --write=. \
		--tmpfs=/root --setenv=HOME=/root --pass-env='npm_config_*' --pass-env='NODE_*' -- \
		npm install --no-audit --no-fund is-number
	echo "$output"
	[ "$status" = 0 ]
	[ -f node_modules/is-number/package.json ]
	[ ! -e "$HOME/.npm/_logs" ] || [ -z "$(find "$HOME/.npm/_logs" -newer "$BATS_TEST_TMPDIR/npm/package.json")" ]
}

@test "pasta gives the same network, as closed" {
	command -v pasta >/dev/null || cannot "pasta is not installed"
	S=--net=pasta
	want=$(python3 "$LAB/netlab.py" hash 10000000)
	[ "$(client "$S" get http://203.0.113.10/bytes/10000000)" = "$want" ]
	[ "$(client "$S" resolve some.test)" = 203.0.113.10 ]
	for addr in 10.0.2.2 198.51.100.2 127.0.0.1; do
		refused "$addr" 7001
		refused "$addr" 7004
	done
	refused 10.20.0.1 80
	opened 10.20.0.1 80 --net-allow=10.0.0.0/8
	opened 2001:db8:1::10 80 --set=net.ipv6=true
	refused 2001:db8::2 7004 --set=net.ipv6=true
	refused 127.0.0.1 7001 --set=net.scope=\"any\"
	# without rules that is an address like any other: it is not the host
	run client "$S --set=net.scope=\"any\"" tcp 10.0.2.2 7001
	[ "$status" = 1 ]
}

@test "a pasta that closes what it inherits, as all do since 2024, works as well" {
	command -v pasta >/dev/null || cannot "pasta is not installed"
	cp "$(readlink -f "$(command -v pasta)")" "$LAB/pasta"
	cat >"$LAB/closing" <<-END
		#!/bin/sh
		exec 3>&- 4>&- 5>&- 6>&- 7>&-
		exec "$LAB/pasta" "\$@"
	END
	chmod +x "$LAB/closing"
	change="mount --bind $LAB/closing /usr/bin/pasta"
	run in_changed_lab "$change" /usr/bin/pasta --version # the control: it is that one
	[ "$status" = 0 ]
	want=$(python3 "$LAB/netlab.py" hash 100000)
	for options in "" --publish=127.0.0.1:18095:80 --set=net.ipv6=true; do
		# shellcheck disable=SC2086 # none, or one
		run in_changed_lab "$change" "$SBOX" -q --read="$LAB/netlab.py:/netlab.py" --net=pasta $options -- \
			python3 /netlab.py get http://203.0.113.10/bytes/100000
		echo "$options: $output"
		[ "$output" = "$want" ]
	done
	# who held the descriptors for it is gone when the command runs
	exec_in_changed_lab "$change" "$SBOX" -q --net=pasta -- sh -c 'echo ready; exec sleep 100' \
		>"$LAB/ready" 3>&- &
	SANDBOX=$!
	for _ in $(seq 100); do
		[ ! -s "$LAB/ready" ] || break
		sleep 0.1
	done
	[ "$(pgrep -P "$SANDBOX" | wc -l)" = 2 ]
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
}

@test "the network of pasta stays while the command runs, and pasta ends with sbox" {
	command -v pasta >/dev/null || cannot "pasta is not installed"
	# it looks each second whether the path of the namespace is there, unless told not to
	want=$(python3 "$LAB/netlab.py" hash 100000)
	run box --net=pasta -- sh -c 'sleep 3; exec python3 /netlab.py get http://203.0.113.10/bytes/100000'
	echo "$output"
	[ "$output" = "$want" ]
	start --net=pasta sleep 100
	kill -KILL "$SANDBOX"
	for _ in $(seq 30); do
		[ -d "/proc/$helper" ] || return 0
		sleep 0.1
	done
	return 1
}

@test "pasta publishes TCP and UDP, from near and far" {
	command -v pasta >/dev/null || cannot "pasta is not installed"
	ports="--publish=127.0.0.1:18092:92 --publish=198.51.100.2:18093:93/udp --publish=198.51.100.2:18094:92"
	start "--net=pasta $ports" python3 /netlab.py echo 92
	talks tcp 127.0.0.1 18092 3000000 in_lab python3 "$LAB/netlab.py"
	talks tcp 198.51.100.2 18094 3000000 in_internet
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
	start "--net=pasta $ports" python3 /netlab.py echo 93
	talks udp 198.51.100.2 18093 1000 in_internet
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
}
