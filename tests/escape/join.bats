#!/usr/bin/env bats
# join.bats - two payloads on one network have no power over each other
#
# The other files attack the host and process 1; what is new here is a second sandbox with
# an outer user namespace inside that of the first.

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# pair MODE [OPTION...]: two sandboxes, "first", and "second" on its network; $first and
# $second are the process numbers of their commands outside.
pair() {
	layers "$1"
	layers+=("${@:2}")
	[ -d "$top/run" ] || mkdir -m 700 "$top/run"
	export XDG_RUNTIME_DIR=$top/run
	one first
	first=$command
	one second --net=join:first
	second=$command
}

one() {
	# what one of this name left that was killed is not to be taken for the new one's
	rm -f "$XDG_RUNTIME_DIR/sbox/$1".*
	begin sbox -q --name="$1" --read="$top/bin" "${layers[@]}" "${@:2}" -- \
		sh -c 'echo ready; exec sleep 1000'
	wait_for test -e "$XDG_RUNTIME_DIR/sbox/$1.toml"
	gives 0 sboxctl ps --json
	command=$(pgrep -P "$(python3 -c '
import json, sys
print([b["pid"] for b in json.load(sys.stdin) if b["name"] == sys.argv[1]][0])' "$1" <<<"$out")")
}

@test "neither command is in a user namespace above that of the other" {
	need python3
	for mode in $modes nested; do
		pair "$mode"
		differ "$(readlink "/proc/$first/ns/user")" "$(readlink "/proc/$second/ns/user")"
		equal "$(readlink "/proc/$first/ns/net")" "$(readlink "/proc/$second/ns/net")"
		# NS_GET_PARENT: of both it is an outer one, and these lie one in the other
		lie=$(python3 -c '
import fcntl, os, sys
def up(fd): return fcntl.ioctl(fd, 0xb702)
def ino(fd): return os.fstat(fd).st_ino
a, b = (os.open(f"/proc/{p}/ns/user", os.O_RDONLY) for p in sys.argv[1:])
outer_a, outer_b = up(a), up(b)
print(ino(up(outer_b)) == ino(outer_a), ino(outer_a) != ino(outer_b),
      ino(up(outer_a)) == os.stat("/proc/self/ns/user").st_ino)' "$first" "$second")
		equal "$lie" "True True True"
		end_all
	done
}

@test "neither sees, traces, signals or enters the other" {
	need python3
	for mode in $modes; do
		pair "$mode"
		for name in first second; do
			gives 0 sboxctl exec "$name" -- sh -c 'cat /proc/[0-9]*/comm | grep -c sleep'
			equal "$out" 1
			other=$([ "$name" = first ] && echo "$second" || echo "$first")
			gives 1 sboxctl exec "$name" -- "$probe" kill-pid "$other"
			gives 1 sboxctl exec "$name" -- test -e "/proc/$other"
		done
		kill -0 "$first" && kill -0 "$second"
		end_all
	done
	# the control: outside both are there to be signalled
	pair full
	gives 0 "$probe" kill-pid "$first"
	end_all
}

@test "neither can make namespaces, by the kernel's limits alone" {
	control make-userns
	for mode in no-seccomp bare; do
		pair "$mode"
		for name in first second; do
			gives 1 sboxctl exec "$name" -- "$probe" make-userns
			contains "$out" "unshare: ENOSPC"
			contains "$out" "clone3: ENOSPC"
		done
		end_all
	done
	# they are what stops it: with them lifted it succeeds
	pair nested
	gives 0 sboxctl exec second -- "$probe" make-userns
	end_all
}

@test "no capability that a command keeps lifts the limits of a sandbox that can be joined" {
	more='echo 9 >/proc/sys/user/max_user_namespaces'
	# the control: who owns a user namespace can
	gives 0 unshare --user --map-root-user sh -c "$more"
	for mode in $modes; do
		pair "$mode" --set 'caps.keep=["all"]'
		for name in first second; do
			try sboxctl exec "$name" -- sh -c "$more"
			[ "$status" -ne 0 ] || fail "mode $mode: $name has lifted them"
			gives 1 sboxctl exec "$name" -- "$probe" make-userns
		done
		end_all
	done
}

@test "nobody in another user namespace is given a network" {
	need python3
	ask=$(awk '/^\tMSG_/ { n++ } /^\tMSG_JOIN,/ { print n - 1 }' "$srcdir/src/base/msg.h")
	cat >"$top/bin/ask.py" <<-'END'
		import array, os, socket, struct, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.connect(sys.argv[1])
		ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		fds = [os.pidfd_open(os.getpid()), theirs.fileno(), os.pipe()[1]]
		s.sendmsg([struct.pack("ii", int(sys.argv[2]), 0)],
		          [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
		theirs.close()
		ours.settimeout(20)
		control = ours.recvmsg(8, 1024)[1]
		print(sum(len(data) // 4 for _, _, data in control))
	END
	for mode in full bare; do
		pair "$mode"
		ln -sfn "$top/run/sbox" "$top/r" # a socket's address is short
		# the control: to a process outside the same request gives descriptors
		gives 0 python3 "$top/bin/ask.py" "$top/r/first.sock" "$ask"
		equal "$out" 2
		gives 0 unshare --user --map-root-user python3 "$top/bin/ask.py" "$top/r/first.sock" "$ask"
		equal "$out" 0
		# the directory is hidden from those of the same XDG_RUNTIME_DIR, so with another
		[ -d "$top/other" ] || mkdir -m 700 "$top/other"
		XDG_RUNTIME_DIR=$top/other try sbox -q --read="$top/bin" --read="$top/run/sbox:/r" \
			"${layers[@]}" -- python3 "$top/bin/ask.py" /r/first.sock "$ask"
		equal "$out" 0
		end_all
	done
}

@test "neither has a capability over the network that both are in" {
	need python3
	cat >"$top/bin/netadmin" <<-'END'
		import fcntl, socket, struct, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		ifr = struct.pack("16sh14x", b"lo", 0)
		try:
		    fcntl.ioctl(s, 0x8914, ifr)  # SIOCSIFFLAGS: down
		except PermissionError:
		    sys.exit(1)
		sys.exit(0)
	END
	# the control: whoever owns the network can
	gives 0 unshare --user --net --map-root-user python3 "$top/bin/netadmin"
	for mode in $modes nested; do
		pair "$mode" --set 'caps.keep=["all"]'
		for name in first second; do
			gives 1 sboxctl exec "$name" -- python3 "$top/bin/netadmin"
		done
		end_all
	done
}

@test "the abstract sockets of one are closed to the other by Landlock" {
	need python3
	need_landlock 6
	for mode in no-landlock full; do
		pair "$mode"
		begin env XDG_RUNTIME_DIR="$top/run" sboxctl exec first -- python3 -c '
import socket, time
s = socket.socket(socket.AF_UNIX)
s.bind("\0abstract")
s.listen()
print("ready", flush=True)
time.sleep(1000)'
		# the control, without Landlock: they are the network's, not the sandbox's
		gives "$([ "$mode" = full ] && echo 1 || echo 0)" sboxctl exec second -- python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
try:
    s.connect("\0abstract")
except PermissionError:
    sys.exit(1)'
		end_all
	done
}

# again FILE NAMES COUNT: its tests of these names, at least so many, in sandboxes that are on the network of another
again() {
	SBOX_ESCAPE_VIA="join" bats --tap -f "$2" "$BATS_TEST_DIRNAME/$1.bats" >"$top/tap" 2>&1 3>&- ||
		fail "$(grep -v '^ok' "$top/tap")"
	[ "$(grep -c '^ok' "$top/tap")" -ge "$3" ] || fail "$(cat "$top/tap")"
}

@test "process 1 and the kernel's own calls, from a sandbox that has joined another" {
	again processes 'E-1[0-9]|E-2[01]' 8
	again syscalls 'E-9[0-9]' 5
}
