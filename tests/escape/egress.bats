#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# egress.bats - out of net.mode = "filtered" by other ways than net.allow has
#
# The host is that of netlab.py. What was reached is what its servers have seen, what its
# name server was asked, and what they were told: not what the client thinks.

load ../cli/netlab.bash
: "${srcdir:=$BATS_TEST_DIRNAME/../..}" "${builddir:=$(dirname "$(command -v sbox)")}"

bats_require_minimum_version 1.5.0

setup_file() {
	export SBOX_LIBEXECDIR=$builddir
	netlab_begin
	cp "$srcdir/tests/escape/egress.py" "$LAB/egress.py"
	touch "$LAB/pid.asked" "$LAB/pid.said"
}

teardown_file() {
	netlab_down
}

teardown() {
	[ -z "${JOB:-}" ] || kill -KILL "$JOB" 2>/dev/null || true
}

S=--net=filtered
BARE=--set=seccomp.base=\"none\"
NO_LANDLOCK=--set=landlock.mode=\"off\"

# The layers that are not the network's own: all, or none of them.
modes=("" "$BARE $NO_LANDLOCK" "$BARE $NO_LANDLOCK --set=namespaces.nested=true")

# watched COMMAND...: runs it; $arrived, $asked and $said are what was new outside
watched() {
	local seen asked_before said_before
	seen=$(wc -l <"$LAB/pid.seen")
	asked_before=$(wc -l <"$LAB/pid.asked")
	said_before=$(wc -c <"$LAB/pid.said")
	run "$@"
	echo "$*: $status: $output"
	arrived=$(tail -n +$((seen + 1)) "$LAB/pid.seen")
	asked=$(tail -n +$((asked_before + 1)) "$LAB/pid.asked")
	said=$(tail -c +$((said_before + 1)) "$LAB/pid.said")
	[ -z "$arrived" ] || echo "arrived: $arrived"
	[ -z "$asked" ] || echo "asked: $asked"
	[ -z "$said" ] || echo "said: $said"
}

# inside "OPTIONS" ARGUMENTS-OF-egress.py: from a filtered sandbox
inside() {
	local options=$1
	shift
	boxed "$options" python3 /egress.py "$@"
}

# boxed "OPTIONS" COMMAND...: from a filtered sandbox
boxed() {
	local options=$1
	shift
	# shellcheck disable=SC2086
	watched box --read="$LAB/egress.py:/egress.py" $S $options -- "$@"
	[ "$status" != 125 ] # there was no sandbox
}

# outside ARGUMENTS: the same attempt by the host itself, which is the control
outside() {
	watched in_lab python3 "$LAB/egress.py" "$@"
}

# lab_inside "OPTIONS" ARGUMENTS-OF-netlab.py
lab_inside() {
	watched client "$S $1" "${@:2}"
}

# nothing arrived in any mode
none() {
	local mode
	for mode in "${modes[@]}"; do
		inside "$1 $mode" "${@:2}"
		[ -z "$arrived$said" ] || { echo "mode: $mode"; return 1; }
	done
}

# begin "OPTIONS" COMMAND...: a filtered sandbox in the background; $JOB, and $companion
begin() {
	local options=$1
	shift
	# shellcheck disable=SC2086
	exec_in_lab "$SBOX" --read="$LAB/netlab.py:/netlab.py" --read="$LAB/egress.py:/egress.py" \
		$S $options -- "$@" <"${INPUT:-/dev/null}" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	JOB=$!
	for _ in $(seq 100); do
		companion=$(pgrep --parent $JOB -x sbox-egress) && grep -q . "$BATS_TEST_TMPDIR/out" && return 0
		kill -0 $JOB || break
		sleep 0.1
	done
	echo "it did not begin: $(cat "$BATS_TEST_TMPDIR/out")"
	return 1
}

@test "E-400 no spelling of an address leads out" {
	outside forms 80
	[[ $output == *"answers: 203.0.113.10"*"answers: 0xcb00710a"*"answers: 2001:db8:1::10"*"answers: 169.254.169.254"* ]]
	none "--net-allow=good.test" forms 80
	none "--net-allow=good.test --set=net.ipv6=true --set=net.proxy=true" forms 80
	# no such thing as an address that an entry lists
	inside "--net-allow=203.0.113.10:80" forms 80
	[ "$(sort -u <<<"$arrived")" = "203.0.113.10 80 tcp" ]
	[[ $output == *"answers: 0313.0.0161.012"* ]]
}

@test "E-401 whatever name server is asked, sbox answers, and nobody outside" {
	for proto in udp tcp; do
		for server in 203.0.113.10 198.51.100.1 10.20.0.1; do
			watched client --net=slirp4netns dns $proto 203.0.113.10 evil.test
			[[ $asked == evil.test ]]
			lab_inside --net-allow=good.test dns $proto $server good.test
			[ "$status" = 0 ]
			[[ ${lines[-1]} == 198.18.* ]]
			[ -z "$arrived$asked" ]
			lab_inside --net-allow=good.test dns $proto $server evil.test
			[ -z "$arrived$asked" ]
		done
	done
}

@test "E-402 a name that is refused or only looked up is asked of nobody" {
	for name in evil.test sub.good.test good.test.evil.test secret-0123456789.evil.test; do
		watched client --net=slirp4netns resolve $name
		[[ $asked == *"$name"* ]]
		lab_inside --net-allow=good.test resolve $name
		[ "$status" = 1 ]
		[ -z "$arrived$asked" ]
	done
	lab_inside "--net-allow=*.good.test" resolve secret.good.test
	[ "$status" = 0 ]
	[ -z "$arrived$asked" ]
	for kind in 1 2 5 6 12 15 16 28 33 35 64 65 255 252; do
		inside "--net-allow=*.good.test" dns 203.0.113.10 $kind secret good test
		[ "$status" = 0 ]
		[ -z "$arrived$asked" ]
	done
	# at port 80 a request has to come first, at 443 a ClientHello
	for port in 80 443; do
		lab_inside "--net-allow=*.good.test" tcp secret.good.test $port
		[ "${lines[-1]}" = open ]
		[ -z "$arrived$asked" ]
		inside "--net-allow=*.good.test" send secret.good.test $port 'GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n'
		[ -z "$arrived$asked$said" ]
	done
	inside "--net-allow=*.good.test" tls secret.good.test 443 secret.good.test /host
	[ "${lines[-1]}" = secret.good.test ]
	[[ $asked == *secret.good.test* ]]
}

@test "E-403 another name at the address of one that is allowed is not reached by TLS" {
	# a resolver of DNS over HTTPS shares its addresses with half of the world
	for name in evil.test dns.evil.test good.test.evil.test evil-good.test ood.test; do
		outside tls 203.0.113.10 443 $name /host
		[[ $said == *"tls $name"* ]]
		inside "--net-allow=good.test" tls good.test 443 $name /host
		[ -z "$said$arrived" ]
		inside "--net-allow=good.test:8443" tls good.test 8443 $name /host
		[[ $said != *evil* ]]
	done
	inside "--net-allow=good.test" tls good.test 443 good.test /host
	[ "${lines[-1]}" = good.test ]
	inside '--net-allow=good.test --set=net.tls="any"' tls good.test 443 evil.test /host
	[ "${lines[-1]}" = evil.test ]
	# none, two, an address, and cut in pieces
	for part in hello: hello:good.test,evil.test hello:evil.test,good.test hello:203.0.113.10 \
		'hello:good.test\0.evil.test' halves:evil.test; do
		inside '--net-allow=good.test --set=net.tls="any"' send good.test 443 "$part"
		[[ $output != *reset* ]] # the server had it, whatever it made of it
		inside "--net-allow=good.test" send good.test 443 "$part"
		[ -z "$said" ]
		[[ $output == *reset* ]]
	done
	inside "--net-allow=good.test" send good.test 443 halves:good.test
	[ -n "$said" ]
}

# The parts of a connection to net.proxy by SOCKS5
greeting='\x05\x01\x00'
by_name() { # by_name NAME PORT-IN-HEX
	printf '\\x05\\x01\\x00\\x03\\x%02x%s%s' "${#1}" "$1" "$2"
}

@test "E-404 a client of net.proxy says one name and means another" {
	P="--set=net.proxy=true --net-allow=good.test"
	connect='CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\n\r\n'
	inside "$P" tls 127.0.0.1 3128 good.test /host "$connect"
	[ "${lines[-1]}" = good.test ]
	[[ $said == *"tls good.test"* ]]
	inside "$P" tls 127.0.0.1 3128 good.test /host "$greeting" "$(by_name good.test '\x01\xbb')"
	[ "${lines[-1]}" = good.test ]
	inside "$P --set=net.tls=\"any\"" tls 127.0.0.1 3128 evil.test /host "$connect"
	[ "${lines[-1]}" = evil.test ]
	for name in evil.test ""; do
		inside "$P" tls 127.0.0.1 3128 "$name" /host "$connect"
		[ -z "$said" ]
		inside "$P" tls 127.0.0.1 3128 "$name" /host "$greeting" "$(by_name good.test '\x01\xbb')"
		[ -z "$said" ]
	done
	# plain HTTP through a tunnel, to port 80 and to 443
	inside "$P" send 127.0.0.1 3128 'CONNECT good.test:80 HTTP/1.1\r\n\r\n' 'GET /host HTTP/1.1\r\nHost: good.test\r\n\r\n'
	[[ $said == *"http good.test /host"* ]]
	inside "$P" send 127.0.0.1 3128 'CONNECT good.test:80 HTTP/1.1\r\n\r\n' 'GET /host HTTP/1.1\r\nHost: evil.test\r\n\r\n'
	[ -z "$said" ]
	inside "$P" send 127.0.0.1 3128 'CONNECT good.test:80 HTTP/1.1\r\n\r\nGET /host HTTP/1.1\r\nHost: evil.test\r\n\r\n'
	[ -z "$said" ]
	inside "$P" send 127.0.0.1 3128 "$greeting$(by_name good.test '\x00\x50')GET /host HTTP/1.1\\r\\nHost: evil.test\\r\\n\\r\\n"
	[ -z "$said" ]
	# the client speaks first, without waiting, and that is not lost
	inside "$P" send 127.0.0.1 3128 "$greeting$(by_name good.test '\x00\x50')GET /host HTTP/1.1\\r\\nHost: good.test\\r\\n\\r\\n" ''
	[[ $said == *"http good.test /host"* ]]
}

@test "E-405 a client of net.proxy gets nowhere that net.allow does not list" {
	P="--set=net.proxy=true --net-allow=good.test"
	for to in evil.test:443 good.test:22 good.test:25 203.0.113.10:80 127.0.0.1:7001 '[::1]:7004' 198.51.100.2:7004 \
		2130706433:7001 0x7f000001:7001 127.1:7001 '[::ffff:127.0.0.1]:7001' '[::ffff:203.0.113.10]:80' \
		0.0.0.0:7004 'good.test\x00.evil.test:443' 'evil.test\x00.good.test:443' 'good.test@evil.test:443' \
		'good.test%00.evil.test:443' localhost:7001 good.test:3128 '[good.test]:443' 'good.test#.evil.test:443'; do
		inside "$P" send 127.0.0.1 3128 "CONNECT $to HTTP/1.1\\r\\n\\r\\n" 'GET /raw HTTP/1.1\r\nHost: good.test\r\n\r\n'
		[ -z "$arrived$said$asked" ]
		[[ $output != *"200 Connection"* ]]
	done
	for name in evil.test '127.0.0.1' '2130706433' '::1' '[::1]' 'evil.test.' 'good.test..' '.good.test' '*.test' ''; do
		inside "$P" send 127.0.0.1 3128 "$greeting" "$(by_name "$name" '\x00\x50')" 'GET /raw HTTP/1.1\r\nHost: good.test\r\n\r\n'
		[ -z "$arrived$said$asked" ]
		[[ $output != *'\x05\x00\x00'* ]]
	done
	for address in '\x01\x7f\x00\x00\x01' '\x01\xcb\x00\x71\x0a' '\x04\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\x01' \
		'\x03\x0fevil.test\0.good' '\x03\x13evil.test\0.good.test' '\x03\x13good.test\0.evil.test'; do
		inside "$P" send 127.0.0.1 3128 "$greeting" "\\x05\\x01\\x00$address\\x00\\x50" 'GET /raw HTTP/1.1\r\nHost: good.test\r\n\r\n'
		[ -z "$arrived$said$asked" ]
		[[ $output != *'\x05\x00\x00'* ]]
	done
	# BIND, UDP ASSOCIATE, and without the proxy nobody is there
	for command in 2 3; do
		inside "$P" send 127.0.0.1 3128 "$greeting" "\\x05\\x0$command\\x00\\x01\\xcb\\x00\\x71\\x0a\\x00\\x50"
		[ -z "$arrived" ]
		[[ $output != *'\x05\x00\x00'* ]]
	done
	inside "--net-allow=good.test" send 127.0.0.1 3128 'CONNECT good.test:80 HTTP/1.1\r\n\r\n'
	[[ $output == *refused* ]]
	inside "$P" send 127.0.0.1 3128 "CONNECT GOOD.test.:80 HTTP/1.1\\r\\n\\r\\n" 'GET /raw HTTP/1.1\r\nHost: good.test\r\n\r\n'
	[ "$said" != "" ]
}

@test "E-406 each request says the name that was connected to" {
	A=--net-allow=good.test
	raw='GET /raw HTTP/1.1\r\nHost: good.test\r\n\r\n'
	evil='GET /evil HTTP/1.1\r\nHost: evil.test\r\n\r\n'
	outside send 203.0.113.10 80 "$evil"
	[[ $said == *"http evil.test /evil"* ]]
	outside send 203.0.113.10 80 "$raw" "$evil"
	[[ $said == *"GET /evil"* ]]
	inside $A send good.test 80 "$raw" 'GET /again HTTP/1.1\r\nHost: GOOD.test:80\r\n\r\n'
	[[ $said == *"GET /again"* ]]
	inside $A send good.test 80 'GET http://good.test/host HTTP/1.1\r\nHost: good.test\r\n\r\n'
	[ -n "$said" ]
	for first in 'GET /evil HTTP/1.1\r\n\r\n' 'GET /evil HTTP/1.1\r\nHost: evil.test\r\n\r\n' \
		'GET /evil HTTP/1.1\r\nHost:evil.test\r\nHost: good.test\r\n\r\n' \
		'GET /evil HTTP/1.1\r\nHost: good.test\r\nHost: evil.test\r\n\r\n' \
		'GET /evil HTTP/1.1\r\nHost: good.test\r\n Host: evil.test\r\n\r\n' \
		'GET /evil HTTP/1.1\r\nHost : evil.test\r\nHost: good.test\r\n\r\n' \
		'GET /evil HTTP/1.1\nHost: evil.test\n\n' 'GET /evil HTTP/1.1\r\nX: \nHost: evil.test\r\nHost: good.test\r\n\r\n' \
		'GET /evil HTTP/1.1\r\nX: \rHost: evil.test\r\nHost: good.test\r\n\r\n' \
		'GET http://evil.test/evil HTTP/1.1\r\nHost: good.test\r\n\r\n' \
		'GET https://evil.test/evil HTTP/1.1\r\nHost: good.test\r\n\r\n' \
		'GET http://good.test@evil.test/evil HTTP/1.1\r\nHost: good.test\r\n\r\n' \
		'GET //evil.test HTTP/1.1\r\nHost: evil.test\r\n\r\n' 'GET /evil\r\n' 'GET /evil HTTP/0.9\r\n\r\n' \
		'CONNECT evil.test:443 HTTP/1.1\r\nHost: good.test\r\n\r\n' 'CONNECT good.test:443 HTTP/1.1\r\nHost: good.test\r\n\r\n' \
		'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' 'GET /evil HTTP/1.1\r\nHost: good.test:8080\r\n\r\n' \
		'GET /evil HTTP/1.1\r\nHost: good.test, evil.test\r\n\r\n' 'GET /evil HTTP/1.1\r\nHost: good.test\x00.evil.test\r\n\r\n' \
		'GET /evil HTTP/1.1\r\nHost: good.test\x0b\r\n\r\n' 'GET /evil HTTP/1.1\r\nH\x6fst\x00: good.test\r\nHost: good.test\r\n\r\n' \
		'\r\n\r\nGET /evil HTTP/1.1\r\nHost: evil.test\r\n\r\n' 'SSH-2.0-x\r\n\r\n' hello:good.test; do
		# alone nothing leaves, not even the question for the name
		inside $A send good.test 80 "$first"
		[ -z "$said$asked$arrived" ]
		# and not behind a good one either, in one piece with it or in the next
		inside $A send good.test 80 "$raw" "$first"
		[[ $said == *"good.test /raw"* ]]
		[[ $said != *evil* && $said != *CONNECT* && $said != *PRI* && $said != *SSH* ]]
		[[ $first == hello:* ]] || inside $A send good.test 80 "$raw$first"
		[[ $said != *evil* && $said != *CONNECT* && $said != *PRI* && $said != *SSH* ]]
	done
}

@test "E-407 a body hides no request" {
	A=--net-allow=good.test
	evil='GET /evil HTTP/1.1\r\nHost: evil.test\r\n\r\n'
	post='POST /raw HTTP/1.1\r\nHost: good.test\r\n'
	outside send 203.0.113.10 80 "${post}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n$evil"
	[[ $said == *"GET /evil"* ]]
	# what is within the body passes, since nobody takes it for a request
	inside $A send good.test 80 "${post}Content-Length: 5\r\n\r\nabcde" 'GET /again HTTP/1.1\r\nHost: good.test\r\n\r\n'
	[[ $said == *abcde*/again* ]]
	inside $A send good.test 80 "${post}Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n" '0\r\n\r\nGET /again HTTP/1.1\r\nHost: good.test\r\n\r\n'
	[[ $said == *abcde*/again* ]]
	for way in 'Content-Length: 0\r\n\r\n' 'Content-Length: 5\r\n\r\nabcde' 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n' \
		'Content-Length: 900\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' \
		'Transfer-Encoding: chunked\r\nContent-Length: 900\r\n\r\n0\r\n\r\n' \
		'Content-Length: 0\r\nContent-Length: 900\r\n\r\n' 'Content-Length: 0, 900\r\n\r\n' 'Content-Length: +900\r\n\r\n' \
		'Content-Length: 0x384\r\n\r\n' 'Content-Length: 18446744073709551616\r\n\r\n' 'Content-Length: -1\r\n\r\n' \
		'Content-Length : 900\r\n\r\n' 'Content_Length: 900\r\n\r\n' 'Transfer-Encoding: identity\r\nContent-Length: 900\r\n\r\n' \
		'Transfer-Encoding: xchunked\r\n\r\n384\r\n' 'Transfer-Encoding: chunked, identity\r\n\r\n384\r\n' \
		'Transfer-Encoding:\x0bchunked\r\n\r\n384\r\n' 'Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n384\r\n' \
		'Transfer-Encoding: chunked\r\n\r\n384 \r\n' 'Transfer-Encoding: chunked\r\n\r\n0x384\r\n' \
		'Transfer-Encoding: chunked\r\n\r\n384;\r\n' 'Transfer-Encoding: chunked\r\n\r\n384\n' 'Transfer-Encoding: chunked\r\n\r\n384;a="\r\n' \
		'Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n' 'Transfer-Encoding: chunked\r\n\r\n1\r\nab' \
		'Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n'; do
		inside $A send good.test 80 "$post$way$evil"
		[[ $said != *evil* ]]
		inside $A send good.test 80 "$post$way" "$evil"
		[[ $said != *evil* ]]
	done
}

@test "E-408 behind a change of protocol no other name follows" {
	A=--net-allow=good.test
	evil='GET /evil HTTP/1.1\r\nHost: evil.test\r\n\r\n'
	upgrade='GET /switch HTTP/1.1\r\nHost: good.test\r\nConnection: Upgrade\r\nUpgrade:'
	# a web socket is the server's, whatever is in it
	inside $A send good.test 80 "$upgrade websocket\r\n\r\n" "\x81\x05hello"
	[[ $said == *hello* ]]
	# and what comes at once is not forgotten
	inside $A send good.test 80 "$upgrade WebSocket\r\n\r\n\x81\x05hello" ''
	[[ $output == *"101 Switching"*hello* ]] # which the server says back at once
	# no switch, no change
	inside $A send good.test 80 "${upgrade/switch/raw} websocket\r\n\r\n" "$evil"
	[[ $said == */raw* ]]
	[[ $said != *evil* ]]
	inside $A send good.test 80 "${upgrade/switch/raw} websocket\r\n\r\n$evil" ''
	[[ $said != *evil* ]]
	inside $A send good.test 80 "${upgrade/switch/raw} websocket\r\n\r\nGET /again HTTP/1.1\r\nHost: good.test\r\n\r\n" ''
	[[ $output == *"200 OK"*again* ]]
	# HTTP/2 and TLS would speak of other names
	for protocol in h2c 'h2c, websocket' 'websocket, h2c' TLS/1.2 HTTP/2.0 ''; do
		inside $A send good.test 80 "$upgrade $protocol\r\n\r\n" 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nevil.test'
		[[ $said != *evil* ]]
		inside $A send good.test 80 "$upgrade $protocol\r\n\r\n" hello:evil.test
		[[ $said != *evil* ]]
	done
}

@test "E-409 a server of TLS that asks for a second hello gets none with another name" {
	for port in 443 8443; do
		inside "--net-allow=good.test:$port --set=net.tls=\"any\"" retry good.test $port good.test evil.test
		[[ $said == *"tls good.test"*"tls evil.test"* ]] # such a server takes the second
		inside "--net-allow=good.test:$port" retry good.test $port good.test evil.test
		[[ $output == *"asked again True"*reset* ]]
		[[ $said == *"tls good.test"* ]]
		[[ $said != *evil* ]]
		inside "--net-allow=good.test:$port" retry good.test $port good.test evil.test at-once
		[[ $said != *evil* ]]
		inside "--net-allow=good.test:$port" retry good.test $port good.test good.test
		[ "${lines[-1]}" = "handshake True" ]
		inside "--net-allow=good.test:$port" retry good.test $port good.test good.test at-once
		[[ $said == *"tls good.test"*"tls good.test"* ]]
	done
}

@test "E-410 a name that leads to the host, its network or its loopback leads nowhere" {
	[ ! -e "$LAB/pid.late" ]
	for port in 7001 7002 7004; do
		outside send 127.0.0.1 $port 'GET / HTTP/1.0\r\n\r\n'
		[ -n "$said" ] || [ $port = 7002 ]
	done
	A="--net-allow=*.test:80,7001,7002,7004,9999 --net-allow=udp:*.test:9999 --set=net.ipv6=true"
	for name in loopback zero host private metadata loopback6 any6 mapped compatible nat64 6to4 host6 link6 \
		multicast broadcast; do
		for port in 80 7001 7002 7004; do
			inside "$A" send $name.test $port 'GET / HTTP/1.0\r\nHost: '$name.test'\r\n\r\n'
			[ -z "$said" ]
			[[ $asked == *$name.test* ]]
		done
		lab_inside "$A" udp $name.test 9999
		[[ $arrived != *9999* ]]
	done
	# of what is private an entry opens just that
	inside "$A --net-allow=10.20.0.1:80" send private.test 80 'GET / HTTP/1.0\r\nHost: private.test\r\n\r\n'
	[[ $said == *private.test* ]]
	inside "$A --net-allow=198.51.100.2:7002" send host.test 7002 'GET / HTTP/1.0\r\n\r\n'
	[ -n "$said" ]
	inside "$A --net-allow=10.20.0.1:80 --net-deny=10.0.0.0/8" send private.test 80 'GET / HTTP/1.0\r\nHost: private.test\r\n\r\n'
	[ -z "$said" ]
}

@test "E-411 the loopback of the host is in no entry, however wide" {
	W='--set=net.ipv6=true --net-allow=*.test:7001,7004 --net-allow=0.0.0.0/0:7001,7004 --net-allow=[::]/0:7001,7004'
	for name in loopback loopback6 zero any6 mapped compatible; do
		for port in 7001 7004; do
			inside "$W" send $name.test $port 'GET / HTTP/1.0\r\n\r\n'
			[ -z "$said" ]
		done
	done
	for to in 127.0.0.1 127.9.9.9 0.0.0.0 '[::1]' '[::]' '[::ffff:127.0.0.1]' '[::127.0.0.1]' '[::ffff:198.51.100.2]'; do
		inside "$W --set=net.proxy=true" send 127.0.0.1 3128 "CONNECT $to:7004 HTTP/1.1\\r\\n\\r\\n" 'GET / HTTP/1.0\r\n\r\n'
		[ -z "$said" ]
	done
	for to in 127.0.0.1 0.0.0.0 ::1 :: ::ffff:127.0.0.1; do
		inside "$W" send $to 7004 'GET / HTTP/1.0\r\n\r\n'
		[ -z "$said" ]
	done
	inside "$W --set=net.proxy=true" send 127.0.0.1 3128 'CONNECT 198.51.100.2:7004 HTTP/1.1\r\n\r\n' 'GET / HTTP/1.0\r\n\r\n'
	[ -n "$said" ]
}

@test "E-412 what a name leads to is judged with each connection" {
	A=--net-allow=rebinds.test:7001
	# the first answer is a public address, where nobody listens; all later ones are 127.0.0.1
	boxed $A sh -c '
		python3 /egress.py send rebinds.test 7001 "GET / HTTP/1.0\r\n\r\n"; sleep 5.5
		python3 /egress.py send rebinds.test 7001 "GET / HTTP/1.0\r\n\r\n"'
	[ -z "$said" ]
	[ "$(grep -c rebinds <<<"$asked")" -ge 3 ]
	outside send rebinds.test 7001 'GET / HTTP/1.0\r\n\r\n'
	[ -n "$said" ]
}

@test "E-413 an address that the host gets later is its own as well" {
	[ ! -e "$LAB/pid.late" ]
	mkfifo "$BATS_TEST_TMPDIR/go"
	late='GET /late HTTP/1.0\r\n\r\n'
	INPUT="$BATS_TEST_TMPDIR/go"
	exec 9<>"$INPUT"
	begin "--net-allow=late.test:7004 --net-allow=dead-then-late.test:7004" sh -c '
		echo ready; read -r _
		for name in late dead-then-late; do python3 /egress.py send $name.test 7004 "GET /late HTTP/1.0\r\n\r\n"; done; echo over'
	touch "$LAB/pid.late"
	for _ in $(seq 50); do
		in_lab ip addr show dev lo | grep -q 198.51.100.77 && break
		sleep 0.1
	done
	finish() {
		echo go >&9
		for _ in $(seq 200); do
			! grep -q over "$BATS_TEST_TMPDIR/out" || break
			sleep 0.1
		done
		cat "$BATS_TEST_TMPDIR/out"
	}
	watched finish
	exec 9>&-
	[[ $asked == *dead-then-late.test* ]]
	[ -z "$said" ]
	# the way is there
	outside send late.test 7004 "$late"
	[ -n "$said" ]
	inside "--net-allow=late.test:7004 --net-allow=198.51.100.77:7004" send late.test 7004 "$late"
	[ -n "$said" ]
}

# established PORT: how many connections the lab's host has to such a port
established() {
	in_lab ss -Htn state established "dport = $1" | wc -l
}

# idle: soon the companion uses next to no time of a processor within a second
idle() {
	local before after
	for _ in $(seq 15); do
		before=$(awk '{ print $14 + $15 }' "/proc/$companion/stat")
		sleep 1
		after=$(awk '{ print $14 + $15 }' "/proc/$companion/stat")
		echo "ticks in a second: $((after - before))"
		[ $((after - before)) -gt 3 ] || return 0
	done
	return 1
}

# works: in the sandbox of begin(), an ordinary connection; the command is a shell of FIFO
works() {
	echo "curl -ksS https://good.test/host http://good.test/host; echo; echo works" >&9
	for _ in $(seq 100); do
		! grep -q '^good.testgood.test$' "$BATS_TEST_TMPDIR/out" || break
		sleep 0.1
	done
	cat "$BATS_TEST_TMPDIR/out"
	grep -q '^good.testgood.test$' "$BATS_TEST_TMPDIR/out"
}

# begin_shell "OPTIONS": a shell that reads commands from descriptor 9
begin_shell() {
	INPUT="$BATS_TEST_TMPDIR/commands"
	mkfifo "$INPUT"
	exec 9<>"$INPUT"
	begin "$1" sh -c 'echo ready; exec sh'
}

# tell COMMAND: until it has said "done N"
tell() {
	local n
	n=$(grep -c '^(done' "$BATS_TEST_TMPDIR/out") || true
	echo "$1; echo '(done'" >&9
	for _ in $(seq "${2:-300}"); do
		[ "$(grep -c '^(done' "$BATS_TEST_TMPDIR/out")" = "$n" ] || return 0
		kill -0 $JOB || break
		sleep 0.1
	done
	cat "$BATS_TEST_TMPDIR/out"
	return 1
}

end_shell() {
	exec 9>&-
	kill -KILL $JOB
	wait $JOB || true
}

@test "E-420 who leaves while a name is looked up holds up nobody who comes after" {
	inside "--net-allow=slow.test:22" again slow.test 22
	[ "${lines[-1]}" = SSH-2.0-lab ]
}

@test "E-421 connections whose client is gone end, also where the server would go on" {
	begin_shell "--net-allow=good.test"
	tell "python3 /egress.py half good.test 80 20"
	sleep 0.5
	established 80
	[ "$(established 80)" = 0 ]
	idle
	works
	end_shell
}

@test "E-421 who has ended its side still hears the other" {
	inside "--net-allow=good.test:22" send good.test 22 end:
	[[ $output == SSH-2.0-lab* ]]
	inside "--net-allow=good.test" send good.test 80 'GET /half HTTP/1.1\r\nHost: good.test\r\n\r\n' end:
	[[ $output == *"200 OK"* ]]
	inside "--net-allow=good.test" send good.test 80 'POST /raw HTTP/1.1\r\nHost: good.test\r\nContent-Length: 4\r\n\r\nlast' end:
	[[ $said == *"last(end)"* ]]
}

@test "E-423 a connection that is reset in the middle is nothing to the others" {
	begin_shell "--net-allow=good.test:22,80"
	tell "python3 /egress.py abort good.test 80 200; python3 /egress.py abort good.test 22 20"
	[ "$(grep -c '^done' "$BATS_TEST_TMPDIR/out")" = 2 ]
	tell "python3 /egress.py send good.test 80 'GET /host HTTP/1.1\\r\\nHost: good.test\\r\\n\\r\\n'"
	grep -a 200 "$BATS_TEST_TMPDIR/out"
	idle
	end_shell
}

@test "E-422 crowds: it refuses, uses no time, and goes on" {
	begin_shell "--net-allow=good.test:80,443,22"
	for what in idle hello slow deaf; do
		port=80
		[ $what != hello ] || port=443
		tell "python3 /egress.py crowd 10000 good.test $port $what & sleep 6"
		grep -a 'made 10000' "$BATS_TEST_TMPDIR/out"
		[ "$(ls "/proc/$companion/fd" | wc -l)" -gt 500 ] # they are there
		idle
		tell 'kill $!; wait' 600
		works
		: >"$BATS_TEST_TMPDIR/out"
	done
	end_shell
}

@test "E-424 a name with a hundred addresses, and a hundred thousand names" {
	inside "--net-allow=many.test:22" send many.test 22 ''
	[[ $output == SSH-2.0-lab* ]]
	begin_shell "--net-allow=*.good.test --net-allow=good.test"
	watched tell "python3 /egress.py random 100000 good.test" 1200
	[ "$status" = 0 ]
	[ -z "$asked" ]
	grep codes "$BATS_TEST_TMPDIR/out"
	[ "$(awk '/VmRSS/ { print $2 }' "/proc/$companion/status")" -lt 50000 ]
	idle
	works # a name that an entry lists as it is has its place
	end_shell
}

@test "E-425 with few descriptors it refuses, uses no time, and goes on" {
	INPUT="$BATS_TEST_TMPDIR/commands"
	mkfifo "$INPUT"
	exec 9<>"$INPUT"
	printf '#!/bin/sh\nexec prlimit --nofile=300:300 %s "$@"\n' "$SBOX" >"$BATS_TEST_TMPDIR/few"
	chmod 755 "$BATS_TEST_TMPDIR/few"
	SBOX=$BATS_TEST_TMPDIR/few begin "--net-allow=good.test --net-allow=tcp:good.test:9000-9050 --net-allow=udp:good.test:9998" sh -c 'echo ready; exec sh'
	grep 'Max open files.* 300' "/proc/$companion/limits"
	for what in idle deaf; do
		tell "python3 /egress.py crowd 250 good.test 80 $what & sleep 2; python3 /egress.py flows good.test 9998 250"
		grep -a last "$BATS_TEST_TMPDIR/out" # the newest flow has its place
		idle
		tell 'kill $!; wait'
		works
		: >"$BATS_TEST_TMPDIR/out"
	done
	end_shell
}

@test "E-426 with the companion killed nothing passes any more" {
	begin "--net-allow=good.test" sh -c 'echo ready; exec sleep 100'
	kill -KILL "$companion"
	wait $JOB || true
	grep 'sandbox was killed' "$BATS_TEST_TMPDIR/out"
	# and where that is wanted, the command goes on, alone
	begin_shell '--net-allow=good.test --set=net.on_helper_exit="continue" --set=net.proxy=true'
	works
	kill -KILL "$companion"
	for _ in $(seq 50); do
		[ -d "/proc/$companion" ] || break
		sleep 0.1
	done
	run -1 pgrep --parent "$companion"
	alone() {
		tell "python3 /egress.py forms 80; python3 /egress.py tls 203.0.113.10 443 good.test /host
			python3 /netlab.py resolve good.test; python3 /egress.py send 127.0.0.1 3128 'CONNECT good.test:80 HTTP/1.1\\\\r\\\\n\\\\r\\\\n'
			python3 /netlab.py dns udp 203.0.113.10 good.test" 900
		cat "$BATS_TEST_TMPDIR/out"
	}
	watched alone
	[ -z "$arrived$asked$said" ]
	[[ $output == *"(done"* && $output == *refused* ]]
	end_shell
}

@test "E-427 a companion that is stopped lets nothing pass, and ends with the sandbox" {
	begin_shell "--net-allow=good.test"
	works
	kill -STOP "$companion"
	stuck() {
		tell "timeout 3 curl -sS http://good.test/host; timeout 3 python3 /egress.py forms 80"
	}
	watched stuck
	[ -z "$arrived$asked$said" ]
	kill -CONT "$companion"
	: >"$BATS_TEST_TMPDIR/out"
	works
	kill -STOP "$companion"
	resolver=$(pgrep --parent "$companion")
	echo exit >&9
	for _ in $(seq 50); do
		kill -0 $JOB || break
		sleep 0.1
	done
	run -1 kill -0 $JOB
	wait $JOB || true
	for pid in $companion $resolver; do
		for _ in $(seq 20); do
			[ -d "/proc/$pid" ] || break
			sleep 0.1
		done
		[ ! -d "/proc/$pid" ]
	done
	exec 9>&-
}

@test "E-428 two sandboxes do not use each other's rules" {
	begin_shell "--net-allow=good.test --set=net.proxy=true --name=egress-$$"
	works
	for to in "good.test 80" "127.0.0.1 3128" "198.18.0.1 80"; do
		# shellcheck disable=SC2086
		inside "--net-allow=other.test" send $to 'GET http://good.test/host HTTP/1.1\r\nHost: good.test\r\n\r\n'
		[ -z "$arrived$asked$said" ]
	done
	inside "--net-allow=other.test --set=net.proxy=true" send 127.0.0.1 3128 'GET http://good.test/host HTTP/1.1\r\nHost: good.test\r\n\r\n'
	[ -z "$arrived$asked$said" ]
	# who joins the network has its rules, and none of his own
	watched in_lab "$SBOX" --net=join:egress-$$ --net-allow=other.test -- true
	[ "$status" = 125 ]
	watched in_lab "$SBOX" --net=join:egress-$$ -- curl -ksS https://good.test/host
	[[ $output == *good.test ]]
	for name in evil.test other.test; do
		watched in_lab "$SBOX" --net=join:egress-$$ -- curl -ksS https://$name/host
		[ "$status" = 6 ]
		[ -z "$arrived$asked$said" ]
	done
	watched in_lab "$SBOX" --net=join:egress-$$ -- curl -ksS --connect-to other.test:443:good.test:443 https://other.test/host
	[ -z "$said" ]
	# as does a command that follows
	watched in_lab "$(dirname "$SBOX")/sboxctl" exec egress-$$ -- curl -ksS https://good.test/host
	[[ $output == *good.test ]]
	watched in_lab "$(dirname "$SBOX")/sboxctl" exec egress-$$ -- curl -fksS https://evil.test/host https://198.51.100.2:7004/ http://203.0.113.10/
	[ "$status" != 0 ]
	[ -z "$arrived$asked$said" ]
	end_shell
}

@test "E-430 no form of a name is taken for another" {
	A="--net-allow=good.test --net-allow=*.zone.test"
	inside "$A" dns 203.0.113.10 1 GOOD TesT
	[[ $output == *"code 0 198.18."* ]]
	long=$(printf 'a%.0s' $(seq 63))
	inside "$A" dns 203.0.113.10 1 "$long" "$long" "$long" "${long:0:50}" zone test
	[[ $output == *"code 0 198.18."* ]]
	for labels in 'good\x00 test' 'good.test' 'good test\x00' 'evil\x00.good test' 'good test evil' 'evil test\x00good test' \
		'g\xc3\xb6\xc3\xb6d test' 'good .test' '\x20good test' 'xn--good test' 'evil test.' 'zone test' '-.zone test' 'a\x2ezone test' \
		"$long a$long zone test" "$long $long $long ${long:0:60} zone test"; do
		# shellcheck disable=SC2086
		inside "$A" dns 203.0.113.10 1 $labels
		[[ $output != *198.18.* ]]
		[ -z "$arrived$asked" ]
	done
	inside "$A" odd 203.0.113.10
	[[ ${lines[-1]} == "answered 3" ]]
	# who is allowed to have a name of its own gets one
	inside '--net-allow=xn--gd-fkaa.test:22' send xn--gd-fkaa.test 22 ''
	[[ $asked == *xn--gd-fkaa.test* ]]
}

@test "E-431 no other kind of socket leads out, with any capability" {
	caps="--map=single --set=caps.keep=[\"all\"] --setenv=PATH=/usr/sbin:/usr/bin:/sbin:/bin"
	for mode in "${modes[@]}"; do
		for more in "" "$caps"; do
			inside "--net-allow=good.test $mode $more" kinds
			[[ ${lines[-1]} != *packet* && ${lines[-1]} != *raw* && ${lines[-1]} != *icmp* ]]
			[[ ${lines[-1]} != *vsock* || $mode == *none* ]]
			run client "$S --net-allow=good.test $mode $more" attack
			echo "$output"
			[ "$output" = nothing ]
			boxed "--net-allow=good.test $mode $more" sh -c 'ip link set lo down
				ip route flush table local; ip route del local default table local; ip addr add 10.9.9.9/32 dev lo
				ip link add type veth; ip link add tun0 type dummy; ip -br addr; ip route show table local' 2>&1
			[[ $output == *"lo "*"UNKNOWN"*"127.0.0.1"*"local default dev lo"* ]]
			[[ $output != *10.9.9* && $output != *veth0* ]]
			[ -z "$arrived" ]
		done
	done
	# whoever owns the network can have them, and has nothing of it: there is no device
	boxed "--net-allow=good.test $caps --set=namespaces.inner=false $BARE" sh -c 'python3 /egress.py kinds
		ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip addr add 198.51.100.99/24 dev v0
		ip route add 203.0.113.0/24 via 198.51.100.1; ip route flush table local
		python3 /egress.py forms 80; python3 /netlab.py udp 203.0.113.10 9999'
	[ -z "$arrived$said$asked" ]
	[[ $output == *packet* ]]
}

@test "E-432 MPTCP is TCP, to a name" {
	outside mptcp 203.0.113.10 80
	[[ $output != *"not supported"* ]] || cannot "this kernel has no MPTCP"
	[ -n "$said" ]
	for mode in "${modes[@]}"; do
		inside "--net-allow=good.test $mode" mptcp 203.0.113.10 80
		[ -z "$arrived$asked$said" ]
		inside "--net-allow=good.test $mode" mptcp good.test 80
		[ "$output" = good.test ] || [[ $output == *"not supported"* ]]
	done
	[ "$output" = good.test ] # without the filter of system calls
}

@test "E-435 UDP goes where an entry lists it" {
	watched in_lab python3 "$LAB/netlab.py" udp 203.0.113.10 9998
	[[ $arrived == *9998* ]]
	for port in 9998 443 123 80; do
		for to in good.test 203.0.113.10 198.18.0.1 ::ffff:203.0.113.10; do
			lab_inside "--net-allow=good.test --net-allow=203.0.113.10 --net-allow=tcp:good.test:9998" udp $to $port
			[ "$status" = 1 ]
			[[ $arrived$asked != *99* && $arrived$asked != *443* && $arrived$asked != *" 80"* ]]
		done
	done
	lab_inside "--net-allow=udp:good.test:9998" udp good.test 9998
	[ "${lines[-1]}" = echo ]
	lab_inside "--net-allow=udp:good.test:9998" udp evil.test 9998
	[ "$status" = 1 ]
	[ -z "$arrived$asked" ]
	lab_inside "--net-allow=udp:good.test:9998" udp 203.0.113.10 9998
	[ "$status" = 1 ]
	[ -z "$arrived$asked" ]
	lab_inside "--net-allow=udp:private.test:9999" udp private.test 9999
	[ "$status" = 1 ]
	[[ $arrived != *9999* ]]
	lab_inside "--net-allow=udp:private.test:9999 --net-allow=udp:10.20.0.1:9999" udp private.test 9999
	[[ $arrived == *9999* ]]
}

@test "E-433 nobody inside listens in the place of sbox" {
	for addr in 0.0.0.0 127.0.0.1 198.18.0.1 203.0.113.10 :: ::1 ::ffff:198.18.0.1 fd73:626f:78fe::1; do
		for options in "" SO_REUSEADDR SO_REUSEPORT "SO_REUSEADDR SO_REUSEPORT" "SO_REUSEPORT IPV6_V6ONLY"; do
			[[ $addr == *:* ]] || options=${options/IPV6_V6ONLY/}
			# shellcheck disable=SC2086
			inside "--net-allow=good.test --set=net.ipv6=true" bind $addr 443 $options
			[ "$status" = 1 ]
			[[ $output == *"in use"* || $output == *"not available"* || $output == *assign* || $output == *Invalid* ]]
		done
	done
	# at another port, whatever it catches is its own
	inside "--net-allow=good.test" bind 0.0.0.0 8443
	[ "$output" = "caught 1" ]
	[ -z "$arrived" ]
	# without IPv6 inside, no name has an address there that could be caught
	inside "--net-allow=good.test" bind :: 443 IPV6_V6ONLY
	[ "$output" = "caught 0" ] || [ "$status" = 1 ]
}

@test "E-434 net.deny wins, by name, by address and by port" {
	lab_inside "--net-allow=*.test:22 --net-deny=evil.test" tcp evil.test 22
	[ "$status" = 1 ]
	[ -z "$arrived$asked" ]
	lab_inside "--net-allow=*.test:22 --net-deny=evil.test" tcp good.test 22
	[ "${lines[-1]}" = open ]
	inside "--net-allow=*.test:22 --net-deny=*.evil.test --net-deny=evil.test" send a.b.evil.test 22 ''
	[ -z "$arrived$asked" ]
	inside "--net-allow=*.test:22,2222 --net-deny=good.test:22" send good.test 22 ''
	[ -z "$arrived$asked" ]
	inside "--net-allow=*.test:22,2222 --net-deny=good.test:22" send good.test 2222 ''
	[[ $output == SSH* ]]
	inside "--net-allow=good.test:22 --net-deny=203.0.113.0/24" send good.test 22 ''
	[[ $arrived != *" 22 "* ]]
	inside "--net-allow=203.0.113.10:22 --net-deny=203.0.113.0/24" send 203.0.113.10 22 ''
	[[ $arrived != *" 22 "* ]]
	inside "--net-allow=203.0.113.10:22" send 203.0.113.10 22 ''
	[[ $arrived == *" 22 "* ]]
	# ports that nobody lists
	for port in 1 21 2222 8443 65535; do
		inside "--net-allow=good.test --net-allow=other.test:22" send good.test $port ''
		[[ $output == *refused* ]]
		[ -z "$arrived$asked" ]
	done
	inside "--net-allow=good.test --net-allow=other.test:22" send good.test 22 ''
	[ -z "$arrived$asked" ]
	inside "--net-allow=good.test --net-allow=other.test:22" send other.test 22 ''
	[[ $output == SSH* ]]
}

# names_of PID...: the names of their Unix sockets
names_of() {
	local pid
	for pid; do
		for inode in $(readlink "/proc/$pid/fd"/* | sed -n 's/^socket:\[\(.*\)\]$/\1/p'); do
			awk -v inode="$inode" '$7 == inode && NF > 7 { print $8 }' "/proc/$pid/net/unix"
		done
	done
}

@test "E-440 the companion has no privilege, no file, and nobody's descriptors" {
	echo "the secret" >"$LAB/secret"
	INPUT=
	exec 17<"$LAB/secret" 18>>"$LAB/secret"
	begin "--net-allow=good.test" sh -c 'curl -s http://good.test/host; exec sleep 100'
	exec 17<&- 18>&-
	resolvers=$(ps -eo pid,comm,sid | awk -v s="$companion" '$2 == "sbox-resolver" && $3 == s { print $1 }')
	[ "$(wc -w <<<"$resolvers")" = 4 ]
	for pid in $companion $resolvers; do
		field() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status"; }
		[ "$(field NoNewPrivs)" = 1 ]
		[ "$(field Seccomp)" = 2 ]
		for set in Inh Prm Eff Amb; do
			[ "$(field Cap$set)" = 0000000000000000 ]
		done
		[ "$(tr '\0' '\n' <"/proc/$pid/environ" | cut -d= -f1 | sort | xargs)" = "LC_ALL PATH" ]
		readlink "/proc/$pid/fd"/* | sort | uniq -c
		# standard output and error are a memory file, in which sbox reads what it has said
		run -1 grep -v -E '^(socket:.*|pipe:.*|anon_inode:\[eventpoll\]|/dev/null|/memfd:sbox-companion.*)$' \
			<(readlink "/proc/$pid/fd"/*)
	done
	# none of its sockets has a name by which others could reach it
	# shellcheck disable=SC2086
	run names_of $companion $resolvers
	[ "$status" = 0 ]
	[ -z "$output" ]
	python3 -c 'import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("\0egress-control"); print("ready", flush=True); time.sleep(100)' >"$BATS_TEST_TMPDIR/named" 3>&- &
	other=$!
	until grep -q ready "$BATS_TEST_TMPDIR/named"; do sleep 0.1; done
	run names_of $other
	kill $other
	[ "$output" = @egress-control ]
}

@test "E-441 whoever takes the companion over opens no file and starts no program" {
	[ "$(uname -m)" = x86_64 ] || skip "the calls are written down for x86_64"
	echo "the secret" >"$LAB/secret"
	for call in openat open socket-unix execve kill mkdir ptrace; do
		# a process like it, but without the fence, does it
		sleep 100 3>&- &
		other=$!
		run python3 "$srcdir/tests/escape/egress.py" inject $other $call "$LAB/secret"
		kill $other 2>/dev/null || true
		wait $other || true
		echo "$call elsewhere: $output"
		[[ $output != *"ptrace: "* ]] || cannot "$output"
		[[ $output == *"returned"* ]]
		begin "--net-allow=good.test" sh -c 'echo ready; exec sleep 100'
		run python3 "$srcdir/tests/escape/egress.py" inject "$companion" $call "$LAB/secret"
		echo "$call: $output"
		[[ $output == *"killed by signal 31"* ]]
		kill -KILL $JOB 2>/dev/null || true
		wait $JOB || true
	done
}
