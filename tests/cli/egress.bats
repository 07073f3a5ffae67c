#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# egress.bats - net.mode = "filtered": the names of net.allow, and nothing else

load egresslab.bash
: "${srcdir:=$BATS_TEST_DIRNAME/../..}" "${builddir:=$(dirname "$(command -v sbox)")}"

bats_require_minimum_version 1.5.0

setup_file() {
	shop_begin
	printf "the first page" >"$LAB/shop/www/index.html"
}

teardown_file() {
	shop_down
}

# Whatever a failed test has left; by its number, and only if it is still ours.
teardown() {
	[ -z "${SANDBOX:-}" ] || kill -KILL "$SANDBOX" 2>/dev/null || true
}

GOOD=203.0.113.10
ASK='GET /host HTTP/1.0\r\nHost: %s\r\n\r\n'

# ask HOST: a request, as the client "said" takes it
ask() {
	# shellcheck disable=SC2059
	printf "${ASK//\\/\\\\}" "$1"
}

# opened "OPTIONS" HOST PORT, refused "OPTIONS" HOST PORT: by a server that speaks first
opened() {
	at_once look "$1" said "$2" "$3"
	[ "$output" = 'SSH-2.0-lab\r\n' ]
}

# at once, and by a reset or a port where nobody listens
refused() {
	at_once look "$1" said "$2" "$3"
	[[ $output =~ ^(reset|refused|Name\ or\ service\ not\ known)$ ]]
}

# ------------------------------------------------------------------ rules by name

@test "a name that is allowed is reached over HTTP, TLS and what speaks first" {
	filtered "--net-allow=good.test:22,80,443" \
		sh -c 'curl -sS http://good.test/host && curl -ksS https://good.test/host &&
			python3 /egresslab.py said good.test 22'
	[ "$status" = 0 ]
	[ "$output" = 'good.testgood.testSSH-2.0-lab\r\n' ]
}

@test "a name that is not allowed does not exist, and nothing waits" {
	at_once filtered "--net-allow=good.test" curl -sS http://evil.test/
	[ "$status" = 6 ]
	# shellcheck disable=SC2154 # set by run
	[[ $stderr == *"Could not resolve host: evil.test"* ]]
	at_once filtered "--net-allow=*.good.test" curl -sS http://good.test/
	[ "$status" = 6 ]
	at_once filtered "" curl -sS http://good.test/
	[ "$status" = 6 ]
}

@test "a wildcard means names below, however deep" {
	filtered "--net-allow=*.good.test" \
		curl -sS http://a.good.test/host http://b.a.good.test/host
	[ "$output" = a.good.testb.a.good.test ]
	for name in good.test xgood.test good.test.evil.test a-good.test; do
		refused "--net-allow=*.good.test:22" $name 22
	done
}

@test "a name and the names below it are two rules" {
	opened "--net-allow=good.test:22 --net-allow=*.good.test:22" good.test 22
	opened "--net-allow=good.test:22 --net-allow=*.good.test:22" a.good.test 22
	refused "--net-allow=good.test:22" a.good.test 22
}

@test "capitals and one dot at the end make no other name" {
	for rule in good.test GOOD.Test good.test.; do
		opened "--net-allow=$rule:22" gOOd.TEST. 22
		opened "--net-allow=$rule:22" good.test 22
	done
	refused "--net-allow=good.test:22 --net-deny=A.good.TEST." a.good.test 22
	filtered "--net-allow=good.test" curl -sS http://GOOD.test./host
	[[ $output =~ ^(GOOD|good).test\.?$ ]]
}

@test "ports, lists and ranges of them; the others are refused at once" {
	opened "--net-allow=good.test:22" good.test 22
	refused "--net-allow=good.test:22" good.test 2222
	refused "--net-allow=good.test:22" good.test 80
	for ports in 80,22,2222 22,2000-2230 1-2,22-22,2222; do
		opened "--net-allow=good.test:$ports" good.test 22
		opened "--net-allow=good.test:$ports" good.test 2222
		refused "--net-allow=good.test:$ports" good.test 2231
	done
	# one name's port is listened at, and is no other name's
	refused "--net-allow=good.test:22 --net-allow=other.test:2222" good.test 2222
	refused "--net-allow=good.test:22 --net-allow=other.test:2222" other.test 22
}

@test "without ports those of the web are meant" {
	filtered "--net-allow=good.test" \
		sh -c 'curl -sS http://good.test/host && curl -ksS https://good.test/host'
	[ "$output" = good.testgood.test ]
	refused "--net-allow=good.test" good.test 22
	refused "--net-allow=good.test" good.test 8443
}

@test "net.deny wins, whatever the order, also for some of the ports" {
	refused "--net-deny=a.good.test --net-allow=*.good.test:22" a.good.test 22
	refused "--net-allow=*.good.test:22 --net-deny=a.good.test" a.good.test 22
	refused "--net-allow=*.good.test:22 --net-deny=*.a.good.test" b.a.good.test 22
	opened "--net-allow=*.good.test:22 --net-deny=*.a.good.test" a.good.test 22
	refused "--net-allow=*.good.test:22,2222 --net-deny=a.good.test:22" a.good.test 22
	opened "--net-allow=*.good.test:22,2222 --net-deny=a.good.test:22" a.good.test 2222
	refused "--net-allow=$GOOD:22 --net-deny=$GOOD" $GOOD 22
	# the address of a name is judged, too
	refused "--net-allow=good.test:22 --net-deny=$GOOD" good.test 22
	opened "--net-allow=good.test:22 --net-deny=$GOOD:2222" good.test 22
}

@test "with nothing allowed nothing is reached" {
	refused "" good.test 22
	refused "" $GOOD 22
	refused "" $GOOD 80
	says 3 "" dns DGRAM 8.8.8.8 good.test 1
}

@test "a private address that a name leads to needs a rule of its own" {
	for name in private.test metadata.test loopback.test host.test; do
		refused "--net-allow=$name:22" $name 22
	done
	opened "--net-allow=private.test:22 --net-allow=10.20.0.0/16:22" private.test 22
	refused "--net-allow=private.test:22,2222 --net-allow=10.20.0.0/16:2222" private.test 22
	opened "--net-allow=private.test:22 --net-allow=10.20.0.1:22/tcp" private.test 22
}

# --------------------------------------------------------------- rules by address

@test "an address is reached by a rule of its own, with a prefix and ports" {
	opened "--net-allow=$GOOD:22" $GOOD 22
	opened "--net-allow=203.0.113.0/24:22" $GOOD 22
	opened "--net-allow=203.0.113.8/30:22" $GOOD 22
	refused "--net-allow=203.0.113.12/30:22" $GOOD 22
	refused "--net-allow=203.0.113.0/24:22" 10.20.0.1 22
	refused "--net-allow=203.0.113.0/24:22" $GOOD 2222
	filtered "--net-allow=$GOOD" curl -sS http://$GOOD/host
	[ "$output" = $GOOD ]
}

@test "an address without a rule is refused at once, by a reset" {
	at_once look "--net-allow=good.test:22" said $GOOD 22
	[ "$output" = reset ]
	at_once look "--net-allow=good.test" said $GOOD 80 "$(ask good.test)"
	[ "$output" = reset ]
	at_once look "--net-allow=good.test" said $GOOD 4444
	[ "$output" = refused ]
	at_once look "--net-allow=good.test --set=net.ipv6=true" said 2001:db8:1::10 443
	[ "$output" = reset ]
	at_once filtered "--net-allow=good.test" curl -sS https://$GOOD/
	[[ $status =~ ^(7|35)$ ]] # as curl hears of the reset
}

@test "the sandbox's own loopback is its own, and leads nowhere else" {
	for addr in 127.0.0.1 127.1.2.3; do
		refused "--net-allow=good.test:22 --net-allow=0.0.0.0/0:7001" $addr 7001
	done
	filtered "--net-allow=good.test" sh -c 'mkdir /tmp/w; cd /tmp/w; echo mine >file
		python3 -m http.server -b 127.0.0.1 8000 >/dev/null 2>&1 &
		for i in $(seq 50); do curl -sS http://127.0.0.1:8000/file && break; sleep 0.1; done
		kill $!'
	[ "$output" = mine ]
}

@test "UDP by name and by address, with the ports of its rules alone" {
	local at=203.0.113.20 sizes="4 1000 1472 1473 20000 65507"
	# shellcheck disable=SC2086
	for rule in udp:shop.test:9998 shop.test:9998/udp shop.test:9000-9100,9998/udp; do
		says echo "--net-allow=$rule" datagrams shop.test $sizes
	done
	for rule in udp:$at:9998 $at:9998/udp udp:203.0.113.0/24:9998; do
		says echo "--net-allow=$rule" datagrams $at 4 20000
	done
	says echo "--net-allow=udp:shop.test:9998 --set=net.ipv6=true" datagrams shop.test 4
	says echo "--net-allow=udp:[2001:db8:1::20]:9998 --set=net.ipv6=true" \
		datagrams 2001:db8:1::20 4 1000
	# refused
	says "timed out" "--net-allow=udp:shop.test:9998" datagrams $at 4
	says "timed out" "--net-allow=udp:$at:9998" datagrams 203.0.113.10 4
	says "timed out" "--net-allow=udp:*.shop.test:9998 --net-deny=udp:a.shop.test:9998" \
		datagrams a.shop.test 4
	says "timed out" "--net-allow=shop.test:9998" datagrams shop.test 4
	# and not taken for a query of a sandbox without a network
	filtered "" sh -c 'timeout 2 python3 /egresslab.py datagrams 8.8.8.8 4; exit 1'
	[[ $stderr != *"has no network"* ]]
}

# ------------------------------------------------------------------------ names

@test "whatever name server is asked, sbox answers, over UDP and TCP" {
	for server in 8.8.8.8 198.51.100.1 127.0.0.53 10.9.8.7; do
		for proto in DGRAM STREAM; do
			says "0 198.18.0.1" "--net-allow=good.test" dns $proto $server good.test 1
			says 3 "--net-allow=good.test" dns $proto $server evil.test 1
		done
	done
}

@test "AAAA is answered with net.ipv6 alone" {
	says 0 "--net-allow=good.test" dns DGRAM 8.8.8.8 good.test 28
	says "0 fd73:626f:78fe::1" "--net-allow=good.test --set=net.ipv6=true" \
		dns DGRAM 8.8.8.8 good.test 28
	for proto in DGRAM STREAM; do
		says "0 fd73:626f:78fe::1" "--net-allow=good.test --set=net.ipv6=true" \
			dns $proto 2001:4860:4860::8888 good.test 28
	done
}

@test "HTTPS, SVCB, MX, TXT and NS of a name that is there: no data" {
	for kind in 65 64 15 16 2; do
		says 0 "--net-allow=good.test" dns DGRAM 8.8.8.8 good.test $kind
		says 3 "--net-allow=good.test" dns DGRAM 8.8.8.8 evil.test $kind
	done
}

@test "getaddrinfo(3) finds names also for who asks for one family that is there" {
	for ipv6 in false true; do
		filtered "--net-allow=good.test --set=net.ipv6=$ipv6" python3 -c '
import socket
for family in socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6:
    try:
        print(*(found[4][0] for found in socket.getaddrinfo("good.test", 80, family,
                socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)))
    except socket.gaierror:
        print("none")'
		[ $ipv6 = true ] && want=$'198.18.0.1 fd73:626f:78fe::1\n198.18.0.1\nfd73:626f:78fe::1' ||
			want=$'198.18.0.1\n198.18.0.1\nnone'
		[ "$(sed 's/^\(fd[^ ]*\) \(198.*\)$/\2 \1/' <<<"$output")" = "$want" ]
	done
}

@test "an address of ours has its name, and others have none" {
	filtered "--net-allow=good.test" python3 -c '
import socket
at = socket.gethostbyname("good.test")
print(at, socket.gethostbyaddr(at)[0])
try:
    socket.gethostbyaddr("203.0.113.10")
except socket.herror as error:
    print(error)'
	[ "$output" = $'198.18.0.1 good.test\n[Errno 1] Unknown host' ]
}

@test "localhost is the sandbox" {
	says "0 127.0.0.1" "" dns DGRAM 8.8.8.8 localhost 1
	says "0 127.0.0.1" "" dns STREAM 8.8.8.8 a.localhost 1
	says "0 ::1" "--set=net.ipv6=true" dns DGRAM 8.8.8.8 localhost 28
	filtered "" getent hosts localhost
	[[ $output =~ ^(127.0.0.1|::1) ]]
}

@test "the host's IPv6 reaches what has no other address, whatever there is inside" {
	for options in "" --set=net.ipv6=true; do
		for name in six.test both.test good.test; do
			opened "--net-allow=$name:22 $options" $name 22
		done
	done
	filtered "--net-allow=both.test --set=net.ipv6=true" curl -4sS http://both.test/host
	[ "$output" = both.test ]
	filtered "--net-allow=both.test --set=net.ipv6=true" curl -6sS http://both.test/host
	[ "$output" = both.test ]
	opened "--net-allow=[2001:db8:1::10]:22 --set=net.ipv6=true" 2001:db8:1::10 22
	opened "--net-allow=[2001:db8::]/32:22 --set=net.ipv6=true" 2001:db8:1::10 22
}

@test "a dead address is passed over" {
	at_once look "--net-allow=dead-then-good.test:22" said dead-then-good.test 22
	[ "$output" = 'SSH-2.0-lab\r\n' ]
}

@test "a name that the host does not know ends at once" {
	at_once look "--net-allow=nobody.test:22" said nobody.test 22
	[ "$output" = reset ]
}

# ------------------------------------------------------------- TLS and HTTP speak

@test "TLS has to name the host that was asked for" {
	s_client() {
		filtered "--net-allow=good.test:443,8443 --net-allow=other.test $1" \
			sh -c 'echo | timeout 5 openssl s_client "$@" 2>&1' sh "${@:2}"
	}
	s_client "" -connect good.test:443 -servername good.test
	[[ $output == *CONNECTED*"Server certificate"* ]]
	s_client "" -connect good.test:443 -servername GOOD.test
	[[ $output == *"Server certificate"* ]]
	for name in other.test evil.test a.good.test; do
		at_once s_client "" -connect good.test:443 -servername $name
		[[ $output == *"no peer certificate available"* ]]
		[[ $output != *"Server certificate"* ]]
	done
	at_once s_client "" -connect good.test:443 -noservername
	[[ $output != *"Server certificate"* ]]
	# other ports need no TLS, but where it is spoken it has to be right
	s_client "" -connect good.test:8443 -servername good.test
	[[ $output == *"Server certificate"* ]]
	at_once s_client "" -connect good.test:8443 -servername evil.test
	[[ $output != *"Server certificate"* ]]
	for name in -noservername "-servername evil.test"; do
		# shellcheck disable=SC2086
		s_client "--set=net.tls=\"any\"" -connect good.test:443 $name
		[[ $output == *"Server certificate"* ]]
	done
}

@test "what is no TLS ends at port 443, and what is no HTTP at port 80" {
	at_once look "--net-allow=good.test" said good.test 443 "$(ask good.test)"
	[ "$output" = reset ]
	at_once look "--net-allow=good.test" said good.test 80 'SSH-2.0-x\r\n\r\n'
	[ "$output" = reset ]
	look "--net-allow=good.test --set=net.tls=\"any\"" said good.test 443 "$(ask good.test)"
	[ "$output" != 'SSH-2.0-lab\r\n' ]
}

@test "HTTP has to name the host that was asked for, in each request" {
	filtered "--net-allow=good.test --net-allow=other.test" \
		curl -sS -H 'Host: other.test' http://good.test/host
	[ "$status" = 56 ]
	filtered "--net-allow=good.test" curl -sS -H 'Host: good.test:80' http://good.test/host
	[ "$output" = good.test:80 ]
	says "shop.test 2" --net-allow=shop.test twice shop.test /host /count
	says "shop.test reset" --net-allow=shop.test twice shop.test /host /host@evil.test
	says "reset" --net-allow=shop.test twice shop.test /host@evil.test
	says "1 2 3" --net-allow=shop.test twice shop.test /count /count /count@SHOP.test.
}

@test "a request that comes in single bytes, or late, is one" {
	says good.test --net-allow=good.test pieces good.test 80
	says good.test --net-allow=good.test slow good.test 80 1.5
}

@test "two requests of curl take one connection" {
	filtered "--net-allow=shop.test" sh -c "cd /tmp && curl -sS -w '%{num_connects} ' -o 1 -o 2 -o 3 \
		http://shop.test/count http://shop.test/bytes/3000000 http://shop.test/count && cat 1 3"
	[ "$output" = "1 0 0 13" ]
}

@test "uploads arrive as they were sent, of a known length, chunked, and awaited" {
	for url in http://shop.test/hash https://shop.test/hash; do
		for how in "-T /tmp/f" "-T - -H Transfer-Encoding:chunked" "--data-binary @/tmp/f" \
			"-T /tmp/f -H Expect:100-continue"; do
			filtered "--net-allow=shop.test" sh -c "head -c 20000000 /dev/urandom >/tmp/f
				sha256sum </tmp/f | cut -d' ' -f1
				curl -sS --cacert /ca.pem $how $url </tmp/f"
			[ "$(sed -n 2p <<<"$output")" = "$(sed -n 1p <<<"$output") 20000000" ]
		done
	done
}

@test "a hundred megabytes arrive as they were sent, both ways" {
	want=$(python3 "$LAB/netlab.py" hash 104857600)
	[ "$(client "--net=filtered --net-allow=$GOOD" get http://$GOOD/bytes/104857600)" = "$want" ]
	for url in http://shop.test https://shop.test; do
		filtered "--net-allow=shop.test" sh -c "
			curl -sS --cacert /ca.pem $url/bytes/104857600 | curl -sS --cacert /ca.pem -T - $url/hash"
		[ "$output" = "$want" ]
	done
}

@test "a connection that is closed on one side still answers" {
	run client "--net=filtered --net-allow=$GOOD" half http://$GOOD/half
	[ "$output" = "answered True" ]
	run client "--net=filtered --net-allow=good.test:2222" talk tcp good.test 2222 5000000
	[ "$output" = False ] # which begins with the words of the server
	filtered "--net-allow=shop.test" python3 -c '
import socket
with socket.create_connection(("shop.test", 80)) as sock:
    sock.sendall(b"GET /host HTTP/1.1\r\nHost: shop.test\r\n\r\n")
    sock.shutdown(socket.SHUT_WR)
    print(sock.makefile("rb").read().decode().split("\r\n\r\n")[1])'
	[ "$output" = shop.test ]
}

@test "a client that goes away in the middle ends its own connection alone" {
	filtered "--net-allow=shop.test --net-allow=203.0.113.20:3128" python3 -c '
import socket, struct, time
for n in range(60):
    sock = socket.create_connection(("shop.test", 80))
    sock.sendall(b"GET /bytes/30000000 HTTP/1.1\r\nHost: shop.test\r\n\r\n")
    sock.recv(100000)
    if n % 3 == 0:
        sock.shutdown(socket.SHUT_WR)
        time.sleep(0.01)
    if n % 3 == 1:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
sock = socket.create_connection(("shop.test", 80))
sock.sendall(b"GET /host HTTP/1.0\r\nHost: shop.test\r\n\r\n")
print(sock.makefile("rb").read()[-9:])'
	[ "$status" = 0 ]
	[ "$output" = "b'shop.test'" ]
}

@test "a client that says nothing and ends its side still hears the server" {
	filtered "--net-allow=good.test:22 --net-allow=$GOOD:22" python3 -c '
import socket
for host in "good.test", "'$GOOD'":
    with socket.create_connection((host, 22)) as sock:
        sock.shutdown(socket.SHUT_WR)
        print(sock.makefile("rb").read().decode().strip())'
	[ "$output" = $'SSH-2.0-lab\nSSH-2.0-lab' ]
}

@test "a change of protocol goes through, and what follows is no request" {
	says "101 [True, True]" --net-allow=shop.test upgrade shop.test 80
}

@test "a thousand connections at once" {
	[ "$(ulimit -Hn)" -ge 8192 ] || cannot "too few open files are allowed"
	ulimit -Sn 8192
	run client "--net=filtered --net-allow=$GOOD" many 1000 http://$GOOD/bytes/1000
	echo "$output"
	[ "$output" = 1000 ]
}

# ------------------------------------------------------------------ net.proxy

P=--set=net.proxy=true

@test "with net.proxy programs reach a name by HTTP's CONNECT, a whole URL, and SOCKS5" {
	for how in "-x http://127.0.0.1:3128" "-p -x http://127.0.0.1:3128" \
		"-x socks5h://127.0.0.1:3128" "-x socks5://127.0.0.1:3128"; do
		# shellcheck disable=SC2086
		filtered "--net-allow=shop.test $P" curl -sS --cacert /ca.pem $how \
			http://shop.test/host https://shop.test/host http://shop.test
		[[ $output == "shop.testshop.testthe first page" ]]
	done
	filtered "--net-allow=$GOOD $P" curl -sS -x http://127.0.0.1:3128 http://$GOOD/host
	[ "$output" = $GOOD ]
	filtered "--net-allow=good.test:22 $P" curl -sS --max-time 1 -px http://127.0.0.1:3128 \
		--http0.9 telnet://good.test:22
	[[ $output == SSH-2.0-lab* ]]
}

@test "the proxy refuses what is not allowed, and says why" {
	at_once filtered "--net-allow=shop.test $P" curl -sS -x http://127.0.0.1:3128 \
		-w '%{http_code}' http://evil.test/
	[[ $output == "sbox: refused: "*403 ]]
	at_once filtered "--net-allow=shop.test $P" curl -sS -x http://127.0.0.1:3128 https://evil.test/
	[ "$status" = 56 ]
	[[ $stderr == *"403"* ]]
	at_once filtered "--net-allow=shop.test $P" curl -sS -x http://127.0.0.1:3128 https://$GOOD/
	[[ $stderr == *"403"* ]]
	at_once filtered "--net-allow=shop.test $P" curl -sS -x http://127.0.0.1:3128 https://shop.test:444/
	[[ $stderr == *"403"* ]]
	at_once filtered "--net-allow=nobody.test $P" curl -sS -x http://127.0.0.1:3128 https://nobody.test/
	[[ $stderr == *"502"* ]]
	at_once filtered "--net-allow=shop.test $P" curl -sS -x socks5h://127.0.0.1:3128 https://evil.test/
	[ "$status" = 97 ]
	says 2 "--net-allow=shop.test $P" socks 127.0.0.1 3128 evil.test:443
	says 0 "--net-allow=shop.test $P" socks 127.0.0.1 3128 shop.test:443
	# one name in CONNECT, another one in what is spoken then
	filtered "--net-allow=shop.test $P" curl -sS -p -x http://127.0.0.1:3128 -H 'Host: evil.test' \
		http://shop.test/host
	[ "$status" = 56 ] || [ "$status" = 52 ]
	[ "$output" = "" ]
	# a request that is for the proxy itself
	look "--net-allow=shop.test $P" said 127.0.0.1 3128 "$(ask shop.test)"
	[[ $output == "HTTP/1.1 403 "* ]]
	refused "--net-allow=shop.test" 127.0.0.1 3128
}

@test "later requests in one connection to the proxy are judged, too" {
	filtered "--net-allow=shop.test $P" python3 -c '
import socket
with socket.create_connection(("127.0.0.1", 3128)) as sock:
    stream = sock.makefile("rb")
    for host in "shop.test", "SHOP.test", "evil.test":
        try:
            sock.sendall(f"GET http://{host}/host HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            while stream.readline().strip():
                pass
            print(stream.read(9).decode() or "closed")
        except ConnectionResetError:
            print("reset")'
	[ "$output" = $'shop.test\nSHOP.test\nreset' ]
}

@test "the variables for the proxy are there, and those of the profile stay" {
	filtered "$P" sh -c 'env | grep -i _proxy | sort'
	[ "$output" = "$(sort <<-'END'
		ALL_PROXY=socks5h://127.0.0.1:3128
		HTTPS_PROXY=http://127.0.0.1:3128
		HTTP_PROXY=http://127.0.0.1:3128
		NO_PROXY=localhost,127.0.0.1,::1
		all_proxy=socks5h://127.0.0.1:3128
		http_proxy=http://127.0.0.1:3128
		https_proxy=http://127.0.0.1:3128
		no_proxy=localhost,127.0.0.1,::1
	END
	)" ]
	filtered "$P --setenv=http_proxy=http://x.test:1 --setenv=NO_PROXY=" sh -c 'env | grep -i "^\(http\|no\)_proxy" | sort'
	[ "$output" = $'NO_PROXY=\nhttp_proxy=http://x.test:1' ]
	filtered "" sh -c 'env | grep -ic _proxy'
	[ "$output" = 0 ]
	# they are used: nothing else than the proxy would look this name up
	filtered "--net-allow=shop.test $P" sh -c 'curl -sSv http://shop.test/host 2>&1 | grep -c "127.0.0.1:3128\|port 3128"'
	[ "$output" != 0 ]
	filtered "--net-allow=shop.test $P" curl -sS --cacert /ca.pem https://shop.test/host
	[ "$output" = shop.test ]
	run box --net=none "$P" -- sh -c 'env | grep -ic _proxy'
	[ "$output" = 0 ]
}

# ---------------------------------------------------------------- net.upstream

@test "net.upstream: the site's proxy makes the connections, and hears no other name" {
	for upstream in proxy.shop.test:3128 203.0.113.20:3128 user:pass@proxy.shop.test:3129/; do
		: >"$LAB/shop/proxied"
		filtered "--net-allow=shop.test --set=net.upstream=\"http://$upstream\"" curl -sS \
			--cacert /ca.pem http://shop.test/host https://shop.test/host http://evil.test/
		[[ $output == shop.testshop.test* ]]
		cat "$LAB/shop/proxied"
		[[ "$(cat "$LAB/shop/proxied")" == *" shop.test:80 "*" shop.test:443 "* ]]
		run ! grep evil "$LAB/shop/proxied"
	done
	[[ "$(cat "$LAB/shop/proxied")" == *" user:pass"* ]]
	# the host has no address for it, and the proxy does
	filtered "--net-allow=nobody.test --set=net.upstream=\"http://proxy.shop.test:3128\"" \
		curl -sS http://nobody.test/host
	[ "$output" = nobody.test ]
	# by address it goes directly
	: >"$LAB/shop/proxied"
	filtered "--net-allow=$GOOD --set=net.upstream=\"http://proxy.shop.test:3128\"" curl -sS http://$GOOD/host
	[ "$output" = $GOOD ]
	[ ! -s "$LAB/shop/proxied" ]
}

@test "net.upstream that says no, or is not there, ends the connection" {
	at_once filtered "--net-allow=shop.test --set=net.upstream=\"http://user:bad@proxy.shop.test:3129\"" \
		curl -sS http://shop.test/host
	[ "$status" = 56 ]
	at_once filtered "--net-allow=shop.test --set=net.upstream=\"http://proxy.shop.test:3999\"" \
		curl -sS http://shop.test/host
	[ "$status" = 56 ]
	at_once filtered "--net-allow=shop.test --set=net.upstream=\"http://proxy.shop.test:3999\" $P" \
		curl -sS -x http://127.0.0.1:3128 https://shop.test/host
	[[ $stderr == *502* ]]
}

# ------------------------------------------------- beside the rest of a sandbox

# start "OPTIONS" COMMAND...: in the background; SANDBOX is sbox itself, $helper sbox-egress.
start() {
	local options=$1
	shift
	# shellcheck disable=SC2086
	exec_in_lab "$SBOX" --read="$LAB/netlab.py:/netlab.py" --read="$LAB/egresslab.py:/egresslab.py" \
		--net=filtered $options -- "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	SANDBOX=$!
	for _ in $(seq 100); do
		helper=$(pgrep --parent "$SANDBOX" -x sbox-egress) && break
		sleep 0.05
	done
	[ -n "$helper" ]
}

stop() {
	kill -TERM "$SANDBOX"
	wait "$SANDBOX" || true
	SANDBOX=
}

# settled PATTERN: it is in the output of the sandbox in the background
settled() {
	for _ in $(seq 100); do
		! grep -q "$1" "$BATS_TEST_TMPDIR/out" || return 0
		sleep 0.05
	done
	cat "$BATS_TEST_TMPDIR/out"
	return 1
}

@test "net.publish leads to servers on 127.0.0.1, ::1 and 0.0.0.0 inside" {
	for at in 127.0.0.1 ::1 0.0.0.0; do
		start "--net-allow=good.test --set=net.ipv6=true --publish=127.0.0.1:18096:8096" \
			python3 -m http.server --directory /usr/share --bind $at 8096
		for _ in $(seq 50); do
			run in_lab python3 "$LAB/netlab.py" get http://127.0.0.1:18096/
			[ "$status" != 0 ] || break
			sleep 0.1
		done
		echo "$at: $output"
		[ "$status" = 0 ]
		stop
	done
}

@test "a port is published on an address of the network, and carries both directions" {
	start "--publish=198.51.100.2:18090:90 --publish=127.0.0.1:18090:90" python3 /netlab.py echo 90
	settled ready
	[ "$(in_lab python3 "$LAB/netlab.py" talk tcp 127.0.0.1 18090 30000000)" = True ]
	[ "$(in_internet talk tcp 198.51.100.2 18090 30000000)" = True ]
	stop
}

@test "net.reach beside it: the host's loopback by that port alone" {
	filtered "--net-allow=good.test --reach=7001 --reach=127.0.0.1:7001:7777" sh -c '
		curl -sS http://127.0.0.1:7001/host http://127.0.0.1:7777/host http://good.test/host
		python3 /egresslab.py said 127.0.0.1 7004'
	[ "$output" = "127.0.0.1:7001127.0.0.1:7777good.testrefused" ]
}

@test "sboxctl exec has the same network" {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	start "--name=filtered --net-allow=good.test --set=net.proxy=true" sh -c 'echo ready; exec sleep 100'
	settled ready
	run in_lab sboxctl exec filtered -- curl -sS --noproxy '*' http://good.test/host
	[ "$output" = good.test ]
	run in_lab sboxctl exec filtered -- curl -sS --noproxy '*' http://evil.test/host
	[ "$status" = 6 ]
	run in_lab sboxctl exec filtered -- sh -c 'echo $https_proxy'
	[ "$output" = http://127.0.0.1:3128 ]
	stop
}

@test "a sandbox that is held has its network as long as it is there" {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	exec_in_lab "$SBOX" --hold --name=held --net=filtered --net-allow=good.test \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	SANDBOX=$!
	for _ in $(seq 100); do
		[ ! -e "$XDG_RUNTIME_DIR/sbox/held.toml" ] || break
		sleep 0.05
	done
	helper=$(pgrep --parent "$SANDBOX" -x sbox-egress)
	for _ in 1 2; do
		run in_lab sboxctl exec held -- curl -sS http://good.test/host
		echo "$output"
		[ "$output" = good.test ]
	done
	stop
	[ ! -d "/proc/$helper" ]
}

@test "who joins the network is under its rules" {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	start "--name=service --net-allow=good.test" python3 /netlab.py echo 8097
	settled ready
	run box --net=join:service -- curl -sS http://good.test/host
	[ "$output" = good.test ]
	run box --net=join:service -- curl -sS http://evil.test/host
	[ "$status" = 6 ]
	run box --net=join:service -- python3 /netlab.py talk tcp 127.0.0.1 8097 100000
	[ "$output" = True ]
	stop
}

@test "when sbox-egress is killed the sandbox ends, with 125" {
	start "--net-allow=$GOOD" python3 /netlab.py get http://$GOOD/bytes/100000000000
	sleep 0.5
	kill -KILL "$helper"
	status=0
	wait "$SANDBOX" || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ "$status" = 125 ]
	grep -q "sbox-egress ended (signal 9)" "$BATS_TEST_TMPDIR/out"
}

@test "net.on_helper_exit = continue: the command goes on offline, with a warning" {
	start "--set=net.on_helper_exit=\"continue\" --net-allow=good.test:22" sh -c 'echo started; sleep 1
		python3 /egresslab.py said good.test 22; exit 7'
	settled started
	kill -KILL "$helper"
	status=0
	wait "$SANDBOX" || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ "$status" = 7 ]
	grep -q "warning: the sandbox was offline" "$BATS_TEST_TMPDIR/out"
	run ! grep -q SSH-2.0 "$BATS_TEST_TMPDIR/out"
}

@test "sbox-egress and its resolver end with the sandbox, also when sbox is killed" {
	start "--net-allow=good.test" sh -c 'curl -sS http://good.test/host; echo; echo ready; exec sleep 100'
	settled ready
	first=$(pgrep --parent "$helper")
	all="$helper $first $(pgrep --parent "$first" | tr '\n' ' ')"
	[ "$(wc -w <<<"$all")" -ge 3 ]
	kill -KILL "$SANDBOX"
	for _ in $(seq 30); do
		# shellcheck disable=SC2086
		ps -o pid= -p "$(tr -s ' \n' ',' <<<"$all")0" | grep -q . || return 0
		sleep 0.1
	done
	return 1
}

@test "it works with limits, one id, a root directory, and as another user inside" {
	for options in --limit=wall=20s --limit=pids=20 --limit=nofile=100 --map=single --user=1000:1000 \
		--set=seccomp.base=\"strict\"; do
		filtered "--net-allow=good.test $options" curl -sS http://good.test/host
		[ "$output" = good.test ]
	done
	mkdir -p "$BATS_TEST_TMPDIR/root/usr" "$BATS_TEST_TMPDIR/root/etc" "$BATS_TEST_TMPDIR/root/proc"
	for dir in bin lib lib64; do ln -s usr/$dir "$BATS_TEST_TMPDIR/root/$dir"; done
	run in_lab "$SBOX" --root="$BATS_TEST_TMPDIR/root" --read=/usr --net=filtered --net-allow=good.test -- \
		/usr/bin/curl -sS http://good.test/host
	echo "$output"
	[ "$output" = good.test ]
}

@test "the command can change nothing of its network" {
	run client "--net=filtered --net-allow=good.test --setenv=PATH=/usr/sbin:/usr/bin:/sbin:/bin" attack
	[ "$output" = nothing ]
	run client "--net=filtered --map=single --set=caps.keep=[\"all\"] --setenv=PATH=/usr/sbin:/usr/bin:/sbin:/bin" attack
	[ "$output" = nothing ]
}

# ------------------------------------------------------------ plans and mistakes

@test "a dry run shows the rules by name, where they are from, and what names may lead to" {
	run box --net=filtered --net-allow=*.good.test:22,8000-8010 --net-allow=10.1.0.0/16:443 \
		--net-deny=a.good.test --set=net.proxy=true --dry-run=full -- true
	for line in "accept \*.good.test port 22 tcp  # net.allow, command line:" \
		"accept \*.good.test port 8000-8010 tcp" "reject a.good.test  # net.deny" \
		"accept 10.1.0.0/16 port 443 tcp" "a proxy inside at port 3128" \
		"reject 198.51.100.2  # an address of the host" "TLS and HTTP have to speak"; do
		grep -q "$line" <<<"$output"
	done
	run box --net=filtered --net-allow=*.good.test --net-allow=10.1.0.0/16:443 --dry-run -- true
	grep -q "^network *filtered: 2 rules by name, 1 by address, all else refused" <<<"$output"
	box --net=filtered --net-allow=*.good.test --set=net.upstream=\"http://u:secret@p.test:1\" \
		--dry-run=json -- true >"$BATS_TEST_TMPDIR/json"
	python3 -m json.tool "$BATS_TEST_TMPDIR/json" >/dev/null
	run ! grep secret "$BATS_TEST_TMPDIR/json"
	run box --net=filtered --set=net.upstream=\"http://u:secret@p.test:1\" --dry-run=full -- true
	grep -q "names are reached through the proxy p.test, port 1" <<<"$output"
	[[ $output != *secret* ]]
}

# mistake TEXT OPTION...
mistake() {
	local text=$1
	shift
	run -125 box --net=filtered "$@" -- true
	[[ $output == *"$text"* ]] || { echo "$output"; return 1; }
}

@test "what cannot be meant is a mistake, and said" {
	mistake '"*" needs a domain' --net-allow=*
	mistake 'stands for whole labels' --net-allow=a*.good.test
	mistake 'a host and its ports, no URL' --net-allow=https://good.test/
	mistake 'a port is a number' --net-allow=good.test:0
	mistake 'a dot stands' --net-deny=good..test
	mistake 'port 53 is answered by sbox itself' --net-allow=good.test:53
	mistake 'port 53 is answered by sbox itself' --net-allow=udp:8.8.8.8:53
	mistake 'port 3128 is that of net.proxy' --net-allow=good.test:3128 --set=net.proxy=true
	mistake 'leads to the host (net.reach)' --net-allow=good.test:5432 --reach=5432
	mistake 'the same port inside is published' --net-allow=good.test:8080 --publish=127.0.0.1:8081:8080
	mistake '240 are the most' --net-allow=good.test:1000-1240
	mistake '240 are the most' --net-allow=good.test:1000-1200 --net-allow=other.test:2000-2100
	mistake 'this is the sandbox itself' --net-allow=localhost:8080
	mistake 'this is the sandbox itself' --net-allow=a.localhost
	mistake 'own loopback' --net-allow=127.0.0.1:80
	mistake '"*.good.test" can never match: net.deny (command line:' \
		--net-allow=*.good.test --net-deny=*.good.test
	mistake '"a.good.test" can never match' --net-allow=a.good.test --net-deny=*.good.test
	mistake 'can never match' --net-allow=a.good.test:443 --net-deny=a.good.test:400-500
	mistake 'write "http://HOST:PORT"' --set=net.upstream=\"https://proxy.test:3128\"
	mistake 'write one host and one port' --set=net.upstream=\"http://proxy.test\"
	mistake 'write one host and one port' --set=net.upstream=\"http://*.proxy.test:80\"
	mistake 'net.upstream: a port is a number' --set=net.upstream=\"http://proxy.test:x\"
	mistake 'the user and password are too long' \
		"--set=net.upstream=\"http://u:$(printf %0600d 0)@proxy.test:80\""
	mistake 'net.dns has no meaning' --dns=8.8.8.8
	mistake 'net.scope has no meaning' --set=net.scope=\"lan\"
	mistake 'is IPv6, which needs net.ipv6' --net-allow=[2001:db8::1]:443
	mistake 'only TCP ports are published' --publish=127.0.0.1:8081:8080/udp
	SBOX_LIBEXECDIR=$BATS_TEST_TMPDIR mistake "needs the program sbox-egress, which is installed with sbox"
	{
		printf 'version = 1\nextends = ["base"]\nnet.allow = ['
		printf '"n%d.test:443",' $(seq 1001)
		echo ']'
	} >"$BATS_TEST_TMPDIR/many.toml"
	mistake '1001 rules by name, 1000 is the most' "--profile=$BATS_TEST_TMPDIR/many.toml"
}

@test "which hosts a command needs is learned, if it is asked for" {
	mkdir "$BATS_TEST_TMPDIR/w" "$BATS_TEST_TMPDIR/state"
	cd "$BATS_TEST_TMPDIR/w"
	learn=(env XDG_STATE_HOME="$BATS_TEST_TMPDIR/state" "${SBOX}ctl" learn -o "$BATS_TEST_TMPDIR/box.toml" --profile=base --write=.)
	# one that it needs, one that it does without
	ask='curl -sS http://good.test/host && { curl -sS --max-time 5 http://evil.test/host >/dev/null 2>&1 || :; }'
	run in_lab "${learn[@]}" --net=filtered -- sh -c "$ask"
	echo "$output"
	[ "$status" = 0 ]
	cat "$BATS_TEST_TMPDIR/box.toml"
	grep -qx '    "good.test:80",' "$BATS_TEST_TMPDIR/box.toml"
	[ "$(grep -c '\.test:' "$BATS_TEST_TMPDIR/box.toml")" = 2 ]
	grep -q '^#     net.allow: "evil.test:' "$BATS_TEST_TMPDIR/box.toml"
	run in_lab "$SBOX" -q "--profile=$BATS_TEST_TMPDIR/box.toml" -- curl -sS http://good.test/host
	[ "$output" = good.test ]
	# without being asked for, no network is granted, and it is told
	rm "$BATS_TEST_TMPDIR/box.toml"
	run in_lab "${learn[@]}" -- sh -c "$ask"
	[ "$status" = 1 ]
	[ "$(grep -c '^\[net\]' "$BATS_TEST_TMPDIR/box.toml")" = 0 ]
	grep -q 'with --net=filtered the hosts' "$BATS_TEST_TMPDIR/box.toml"
}

@test "the most rules and ports that there can be work" {
	{
		printf 'version = 1\nextends = ["base"]\nnet.mode = "filtered"\nnet.allow = ['
		printf '"n%d.test:22",' $(seq 998)
		echo '"good.test:22,1001-1239"]'
	} >"$BATS_TEST_TMPDIR/many.toml"
	run in_lab "$SBOX" -q "--profile=$BATS_TEST_TMPDIR/many.toml" --read="$LAB/egresslab.py:/egresslab.py" \
		-- sh -c 'for name in n1 n998 good evil; do python3 /egresslab.py said $name.test 22; done'
	echo "$output"
	[ "$output" = $'SSH-2.0-lab\\r\\n\nSSH-2.0-lab\\r\\n\nSSH-2.0-lab\\r\\n\nName or service not known' ]
}

@test "what it costs can be measured (make bench-egress)" {
	[ -x "$builddir/tests/bench/filters" ] || cannot "$builddir/tests/bench/filters is not built"
	run python3 "$srcdir/tests/bench/egress.py" --rounds 2
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c "^  filtered against" <<<"$output")" -ge 6 ]
	grep -q "with 50 connections *filtered *sbox-egress" <<<"$output"
}
