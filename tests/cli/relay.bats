#!/usr/bin/env bats
# relay.bats - network sockets of the host among the command's descriptors

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

relay=(--set 'net.inherited="relay"')

play() { # play STATUS SCENE FDS [OPTION...] -- COMMAND...
	gives "$1" python3 "$srcdir/tests/cli/relay.py" "$2" "$3" sbox "${@:4}"
}

@test "by a socket of the host the command cannot leave its network" {
	cp "$srcdir/tests/cli/relay.py" .
	# the attempt is real: in a network of its own, with the socket itself
	try python3 relay.py attacked 29 unshare --user --net python3 "$PWD/relay.py" out 29
	equal "$out" reached
	for fd in 0 29; do
		keep=()
		[ $fd = 0 ] || keep=("--keep-fd=$fd")
		play 1 attacked "$fd" "${relay[@]}" "${keep[@]}" --read=. -- python3 "$PWD/relay.py" out $fd
		equal "$out" "not reached"
		contains "$err" unix
		# and it is refused unless that was asked for
		play 125 attacked "$fd" "${keep[@]}" --read=. -- python3 "$PWD/relay.py" out $fd
		contains "$err" "descriptor $fd is a network socket of the host"
		contains "$err" 'net.inherited = "relay"'
		equal "$out" "not reached"
	done
}

@test "nothing of the host's network is among the descriptors" {
	play 0 left 0,1,29 "${relay[@]}" --keep-fd=29 -- python3 -c '
import os, socket
kinds = [socket.socket(fileno=os.dup(fd)).family.name for fd in (0, 1, 29)]
print(kinds, flush=True)'
	contains "$out" "['AF_UNIX', 'AF_UNIX', 'AF_UNIX']"
}

@test "both directions and the end of each are relayed" {
	play 0 echo 0,1 "${relay[@]}" -- cat
	equal "$out" same
	play 0 echo 29 "${relay[@]}" --keep-fd=29 -- bash -c 'exec cat <&29 >&29'
	equal "$out" same
	play 0 digest 0,1 "${relay[@]}" -- sh -c 'sha256sum | cut -c1-64'
	equal "$out" True
}

@test "with a network of its own as well" {
	need slirp4netns
	[ -w /dev/net/tun ] || skip "/dev/net/tun is not there for everyone"
	play 0 echo 0,1 "${relay[@]}" --net=slirp4netns --dns=none -- cat
	equal "$out" same
}

@test "whoever takes nothing of the output holds sbox neither beyond its time nor against a signal" {
	play 124 sip 0,1 "${relay[@]}" --limit=wall=1s --limit=grace=0s -- \
		sh -c 'head -c 400000 /dev/zero; sleep 30'
	equal "$out" ended
	play 0 sip 0,1 "${relay[@]}" -- head -c 60000 /dev/zero
	equal "$out" ended
}

@test "what the command wrote arrives, also when it is read late" {
	play 0 slow 0,1 "${relay[@]}" -- head -c 200000 /dev/zero
	equal "$out" 200000
}

@test "a command that closes its socket is heard at once" {
	play 143 left 0,1 "${relay[@]}" -- sh -c 'echo bye; exec 0<&- 1>&-; exec sleep 100'
	equal "$out" "bye
still there"
	play 143 left 29 "${relay[@]}" --keep-fd=29 -- bash -c 'echo bye >&29; exec 29>&-; exec sleep 100'
	equal "$out" "bye
still there"
}

@test "a peer that is gone is a broken pipe" {
	try python3 "$srcdir/tests/cli/relay.py" gone 0,1 sbox "${relay[@]}" -- yes
	# who waits for room gets the error without the signal from Linux
	[ "$status" = 141 ] || contains "$err" "Broken pipe"
}

@test "what is no connected stream is refused" {
	play 125 listening 0 "${relay[@]}" -- true
	matches "$err" 'descriptor 0 is .*, and a listening socket, .* publish its port'
	play 125 datagram 29 "${relay[@]}" --keep-fd=29 -- true
	matches "$err" 'descriptor 29 is .*, and a datagram socket, .* let the command open its own'
	play 125 unconnected 0 "${relay[@]}" -- true
	matches "$err" 'descriptor 0 is .*, and not connected, .* connect it before'
	# nothing is advised that would then be refused
	play 125 unconnected 29 --keep-fd=29 -- true
	contains "$err" "connect it before"
	lacks "$err" net.inherited
}

@test "the host's network needs no relay" {
	play 0 echo 0,1 "${relay[@]}" --net=host -- cat
	equal "$out" same
}
