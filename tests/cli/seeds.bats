#!/usr/bin/env bats
# seeds.bats - what the project was started for, each with a test that shows it

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

mountinfo() {
	cat /proc/self/mountinfo
}

namespaces() {
	local link
	for link in /proc/self/ns/*; do
		echo "${link##*/} $(readlink "$link")"
	done
}

queues() {
	ipcs -q | awk '/^0x/ { print $1, $2 }'
}

@test "a container sets its host name and nothing changes outside" {
	before=$(uname -n)
	differ "$before" nba
	begin sbox -p container -- sh -c 'hostname nba && uname -n && echo ready && cat'
	equal "$(head -n 1 "$top/held")" nba
	equal "$(uname -n)" "$before"
	equal "$(cat /proc/sys/kernel/hostname)" "$before"
	finish
	equal "$status" 0
	equal "$(uname -n)" "$before"
}

@test "--hostname sets the host name under the default profile and nothing changes outside" {
	before=$(uname -n)
	begin sbox --hostname=nba -- sh -c 'uname -n && echo ready && cat'
	equal "$(head -n 1 "$top/held")" nba
	equal "$(uname -n)" "$before"
	finish
	equal "$(uname -n)" "$before"
}

@test "the command cannot set the host name under the default profile" {
	refused sbox -- sh -c 'hostname nba; status=$?; uname -n; exit $status'
	equal "$out" sbox
}

@test "a container mounts proc and a tmpfs and nothing changes outside" {
	before=$(mountinfo)
	begin sbox -p container -- sh -c '
		mkdir /mnt/p /mnt/t && mount -t proc proc /mnt/p && mount -t tmpfs none /mnt/t &&
		echo text >/mnt/t/file && cat /mnt/t/file /mnt/p/1/comm && echo ready && cat'
	equal "$(head -n 2 "$top/held")" "$(printf 'text\nsbox-init')"
	equal "$(mountinfo)" "$before"
	[ ! -e /mnt/t/file ]
	finish
	equal "$status" 0
	equal "$(mountinfo)" "$before"
}

@test "the command cannot mount under the default profile" {
	refused sbox -- mount -t tmpfs none /tmp
	refused sbox --set='seccomp.base="none"' -- mount -t tmpfs none /tmp
	refused sbox -p build -- mount -t proc proc /proc
}

@test "ps inside shows the command's processes and a small pid 1, nothing of outside" {
	sleep 271 3>&- &
	outside=$!
	wait_for sh -c 'ps -p "$0" -o args= | grep -qx "sleep 271"' "$outside"
	works sbox -- sh -c '
		sleep 272 &
		until ps -o args= -p $! | grep -q ^sleep; do :; done
		ps -eo pid,ppid,args; kill $!'
	lacks "$out" "sleep 271"
	matches "$out" '^ *1 +0 sbox-init$'
	matches "$out" '^ *2 +1 sh -c'
	matches "$out" '^ *[0-9]+ +2 sleep 272$'
	equal "$(grep -Ec '^ *[0-9]+ +[0-9]+ ' <<<"$out")" 4 # with ps itself
}

@test "process 1 of the sandbox takes less than 4 MiB of memory" {
	works sbox -- ps -o rss= -p 1
	[ "$out" -gt 0 ] && [ "$out" -lt 4096 ] || fail "$out KiB"
}

@test "a message queue made inside cannot be seen outside" {
	begin sbox -- sh -c 'ipcmk -Q >&2 && ipcs -q | grep ^0x && echo ready && cat'
	read -r key _ <"$top/held"
	lacks "$(queues)" "$key"
	finish
	lacks "$(queues)" "$key"
}

@test "a message queue made outside cannot be seen inside" {
	id=$(ipcmk -Q | grep -o '[0-9]*$')
	works queues
	matches "$out" " $id\$"
	works sbox -- ipcs -q
	inside=$(grep -c ^0x <<<"$out" || :)
	ipcrm -q "$id"
	equal "$inside" 0
}

@test "no mount of the set-up shows outside even where everything is shared" {
	cat >outer <<-'END'
		set -eu
		cut -d' ' -f5- /proc/self/mountinfo | grep '^/ ' | grep -q ' shared:'
		grep ' /proc ' /proc/self/mountinfo | grep -q ' shared:'
		# what the trap looks like: another mount namespace, and its mount is seen here
		mkdir trap
		unshare -m --propagation unchanged mount -t tmpfs trapped "$PWD/trap"
		grep -q trapped /proc/self/mountinfo
		umount "$PWD/trap"
		cat /proc/self/mountinfo >before
		for profile in default build container; do
			mkfifo in out
			sbox -q -p "$profile" -- sh -c 'echo ready; cat' <in >out 3>&- &
			exec 4>in 5<out
			read -r line <&5
			cat /proc/self/mountinfo >"during-$profile"
			exec 4>&- 5<&-
			wait $!
			rm in out
			[ "$line" = ready ]
			cmp before "during-$profile"
		done
		sbox -q -p container -- mount -t tmpfs trapped /mnt
		cat /proc/self/mountinfo >after
		cmp before after
	END
	unshare -Ur true 2>/dev/null || skip "no user namespace can be made for the test"
	works unshare -Ur -m --propagation shared bash outer
}

@test "the caller is root in a container, and itself outside" {
	works sbox -p container -- sh -c 'id -u; id -g; head -n 1 /proc/self/uid_map /proc/self/gid_map'
	matches "$out" '^0$'
	matches "$out" "^ *0 +$me +1$"
	matches "$out" "^ *0 +$my_group +1$"
}

@test "a file made by root of a container belongs to the caller outside" {
	works sbox -p container --write=. -- sh -c "cd '$PWD' && touch made && stat -c %u:%g made"
	equal "$out" 0:0
	equal "$(stat -c %u:%g made)" "$me:$my_group"
}

@test "outside, the processes of a sandbox belong to the caller" {
	begin sbox -- sh -c 'id -u; echo ready; cat; :'
	equal "$(head -n 1 "$top/held")" 0
	init=$(cat "/proc/$job/task/$job/children")
	command=$(cat "/proc/${init% }/task/${init% }/children")
	equal "$(awk '/^Uid:/ { print $2, $3 }' "/proc/${command% }/status")" "$me $me"
	equal "$(awk '{ print $1, $2, $3 }' "/proc/${command% }/uid_map")" "0 $me 1"
	finish
}

@test "the network has only a loopback device, and it is up" {
	need ip python3
	works sbox -- ip -o link
	equal "$(wc -l <<<"$out")" 1
	matches "$out" '^1: lo: <LOOPBACK,UP,LOWER_UP>'
	works sbox -- ip route show table main
	equal "$out" ""
	works sbox -- python3 -c '
import socket
for family, address in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    try:
        server = socket.create_server((address, 0), family=family)
    except OSError:
        if family == socket.AF_INET6:
            continue
        raise
    client = socket.create_connection(server.getsockname()[:2])
    client.send(b"through")
    print(server.accept()[0].recv(10).decode())'
	matches "$out" '^through$'
}

@test "a server of the host on 127.0.0.1 cannot be reached from inside" {
	need python3
	python3 -u -c '
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1])
time.sleep(600)' >port 3>&- &
	wait_for test -s port
	connect="import socket; socket.create_connection(('127.0.0.1', $(cat port)), 10)"
	works python3 -c "$connect"
	refused sbox -- python3 -c "$connect"
	contains "$err" "Connection refused"
}

busybox_root() {
	need busybox
	mkdir -p "$top/root/bin"
	cp "$(command -v busybox)" "$top/root/bin/busybox"
	for name in sh ps mount ls cat touch umount mkdir; do
		ln -s busybox "$top/root/bin/$name"
	done
	"$top/root/bin/busybox" true && ! ldd "$top/root/bin/busybox" >/dev/null 2>&1 ||
		skip "busybox is not static here"
}

@test "a busybox directory as the root runs sh, ps and mount" {
	busybox_root
	before=$(cd "$top/root" && find . | sort)
	for profile in default container; do
		works sbox -p "$profile" --root="$top/root" -- sh -c 'ls /; ps; mount'
		matches "$out" '^bin$'
		lacks "$out" usr
		matches "$out" '^ *1 .*sbox-init'
		matches "$out" '^ *[0-9]+ .*(\{ps\}| ps$)'
		matches "$out" ' on / '
		matches "$out" ' on /proc type proc'
	done
	equal "$(cd "$top/root" && find . | sort)" "$before"
}

@test "root of a container mounts inside a busybox root directory" {
	busybox_root
	works sbox -p container --root="$top/root" -- sh -c '
		mount -t tmpfs mine /mnt && touch /mnt/file && ls /mnt && mount'
	matches "$out" '^file$'
	matches "$out" '^mine on /mnt type tmpfs'
	[ ! -e "$top/root/mnt" ]
}

# What mount(8) does since util-linux 2.39; the numbers are the same on each architecture.
new_mount='
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)

def call(number, *words):
    got = libc.syscall(number, *words)
    if got < 0:
        sys.exit(f"{number}: {os.strerror(ctypes.get_errno())}")
    return got

for i in range(20):
    fs = call(430, b"tmpfs", 0)               # fsopen
    call(431, fs, 6, None, None, 0)           # fsconfig: create
    mount = call(432, fs, 0, 0)               # fsmount
    call(429, mount, b"", -100, b"/mnt", 4)   # move_mount
    os.close(fs), os.close(mount)
tree = call(428, -100, b"/usr", 0x8001)       # open_tree, a copy with the mounts below
call(429, tree, b"", -100, b"/mnt", 4), os.close(tree)
print(os.path.exists("/mnt/bin"))
for i in range(20):                           # mount namespaces, each held by a process
    if os.fork() == 0:
        if libc.unshare(0x20000) < 0:
            os.write(1, os.strerror(ctypes.get_errno()).encode() + b"\n")
        os.read(0, 1)
        os._exit(0)
os.read(0, 1)
'

@test "a container mounts by the calls of newer mount(8), and mount namespaces stay limited" {
	works sbox -p container --set namespaces.nested=false -- python3 -uc "$new_mount" < <(sleep $((3 * slow)))
	equal "$(grep -cx True <<<"$out")" 1
	equal "$(grep -c "No space left on device" <<<"$out")" 13 # eight, with its own
	# nobody else does
	gives 1 sbox -- python3 -c "$new_mount"
	gives 1 sbox --set namespaces.inner=false -- python3 -c "$new_mount"
}

@test "every link in /proc/self/ns differs from that outside" {
	outside=$(namespaces)
	for profile in default container; do
		works sbox -p "$profile" -- sh -c \
			'for link in /proc/self/ns/*; do echo "${link##*/} $(readlink "$link")"; done'
		equal "$(cut -d ' ' -f 1 <<<"$out")" "$(cut -d ' ' -f 1 <<<"$outside")"
		same=$(comm -12 <(sort <<<"$outside") <(sort <<<"$out"))
		[ -z "$same" ] || fail "the same under $profile:" "$same"
	done
}

@test "process 1 reaps orphans: no zombie stays" {
	works sbox -- sh -c '
		i=0
		while [ $i -lt 200 ]; do
			(sleep "$1" & echo $! >>/tmp/orphans)
			i=$((i + 1))
		done
		ps -o ppid= -p "$(tail -n 1 /tmp/orphans)"
		n=0
		while ps -eo stat=,pid= | grep -qwf /tmp/orphans; do
			n=$((n + 1))
			[ $n -lt 100 ] || { ps -eo stat,pid,ppid,args; exit 1; }
			sleep 0.1
		done
		wc -l </tmp/orphans' sh $((slow - 1)).2
	equal "$(xargs <<<"$out")" "1 200" # they were children of process 1
}

@test "what the command leaves ends with it" {
	nothing_left sbox -- sh -c '
		sleep 1000 &
		setsid sleep 1001 &
		(setsid sh -c "trap : TERM HUP INT; sleep 1002; sleep 1003" &)
		tries=0 # the three are there before their number is told
		until n=$(ps -eo args | grep -c "^sleep 100[0-3]"); [ "$n" -ge 3 ] ||
			[ $((tries += 1)) -gt 100 ]; do
			sleep 0.1
		done
		echo "$n"
		exit 3'
	equal "$status" 3
	equal "$out" 3
}
