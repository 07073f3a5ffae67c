#!/usr/bin/env bats
# namespaces.bats - shared namespaces, and sandboxes inside the sandbox

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

ns() {
	readlink "/proc/self/ns/$1"
}

inside_ns() {
	local name=$1
	shift
	sbox "$@" -- readlink "/proc/self/ns/$name"
}

@test "namespaces.share stays in the host's namespaces, each for itself" {
	for name in ipc uts cgroup; do
		for other in ipc uts cgroup; do
			if [ "$name" = "$other" ]; then
				equal "$name $(inside_ns "$other" --set="namespaces.share=[\"$name\"]")" "$name $(ns "$other")"
			else
				differ "$(inside_ns "$other" --set="namespaces.share=[\"$name\"]")" "$(ns "$other")"
			fi
		done
	done
	for name in pid mnt net user; do
		differ "$(inside_ns "$name" --set='namespaces.share=["ipc","uts","cgroup"]')" "$(ns "$name")"
	done
}

@test "with ipc shared the host's message queues are visible" {
	id=$(ipcmk -Q | grep -o '[0-9]*$')
	shared=$(sbox --user=caller --set='namespaces.share=["ipc"]' -- ipcs -q)
	alone=$(sbox --user=caller -- ipcs -q)
	ipcrm -q "$id"
	matches "$shared" "^0x[0-9a-f]+ +$id "
	lacks "$alone" 0x
}

@test "with uts shared the host name is the host's, and none can be set" {
	works sbox --set='namespaces.share=["uts"]' --set='reset=["identity.hostname"]' -- uname -n
	equal "$out" "$(uname -n)"
	gives 125 sbox --set='namespaces.share=["uts"]' --hostname=mine -- true
	contains "$err" 'the host name cannot be set: namespaces.share has "uts"'
}

@test "net = host reaches a server of the host, and the default does not" {
	need python3
	python3 -u -c '
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1])
time.sleep(600)' >port 3>&- &
	wait_for test -s port
	connect="import socket; socket.create_connection(('127.0.0.1', $(cat port)), 10)"
	works sbox --net=host -- python3 -c "$connect"
	refused sbox --net=none -- python3 -c "$connect"
	refused sbox -- python3 -c "$connect"
	equal "$(inside_ns net --net=host)" "$(ns net)"
}

@test "abstract sockets of the host cannot be reached" {
	need python3
	name=$(basename "$top")-$$-$RANDOM
	python3 -u -c '
import socket, sys, time
server = socket.socket(socket.AF_UNIX)
server.bind("\0" + sys.argv[1])
server.listen()
print("ready")
time.sleep(600)' "$name" >told 3>&- &
	wait_for has_line told ready
	connect="import socket; socket.socket(socket.AF_UNIX).connect('\\x00$name')"
	works python3 -c "$connect"
	refused sbox -- python3 -c "$connect"
}

# What a program does that isolates its own parts.
unshare_all="unshare --user --map-root-user --mount --pid --net --ipc --uts --fork sh -c 'mount -t tmpfs none /tmp && hostname nested && uname -n'"

@test "no namespace can be made inside by default, even without seccomp" {
	for kind in user mount pid net ipc uts cgroup time; do
		refused sbox -- unshare --$kind true
		refused sbox --set='seccomp.base="none"' -- unshare --user --map-root-user --$kind true
	done
	refused sbox -- sh -c "$unshare_all"
	refused sbox --set='seccomp.base="none"' --set='landlock.mode="off"' -- sh -c "$unshare_all"
}

@test "with namespaces.nested = true a program makes namespaces of its own" {
	for user in caller root 1234:1234; do
		works sbox --set=namespaces.nested=true --user="$user" -- sh -c "$unshare_all"
		equal "$out" nested
	done
}

@test "bubblewrap works inside with namespaces.nested = true and not without" {
	need bwrap
	inner=(bwrap --ro-bind / / --dev /dev --tmpfs /tmp --unshare-all sh -c 'echo bubble; ls /tmp')
	works bwrap --ro-bind / / --dev /dev --tmpfs /tmp --unshare-all true || skip "bwrap does not work here"
	for user in caller root; do
		works sbox --set=namespaces.nested=true --user="$user" -- "${inner[@]}"
		equal "$out" bubble
		refused sbox --user="$user" -- "${inner[@]}"
	done
}

@test "bubblewrap in a container works where it changes no mounts, else the cure is told" {
	need bwrap
	works bwrap --ro-bind / / true || skip "bwrap does not work here"
	part=(--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --tmpfs /tmp)
	works sbox -p container -- bwrap "${part[@]}" --dev /dev --unshare-all true
	works sbox -p container -- bwrap --dev-bind / / true
	gives 1 sbox -p container -- bwrap --ro-bind / / true
	contains "$err" "sbox: warning: if that was for want of permission: "
	contains "$err" "--set=namespaces.inner=true"
	gives 1 sbox -p build --project=. -- bwrap --ro-bind / / true
	contains "$err" "--set=namespaces.nested=true"
	gives 1 sbox --set=namespaces.nested=true -- bwrap --ro-bind / / true
	contains "$err" "bwrap --unshare-user"
	# which work
	for bind in --ro-bind --bind --dev-bind; do
		works sbox -p container --set=namespaces.inner=true -- bwrap $bind / / true
		works sbox -p build --project=. --set=namespaces.nested=true -- bwrap $bind / / true
		works sbox --set=namespaces.nested=true -- bwrap --unshare-user $bind / / true
		works sbox --set=namespaces.nested=true --user=caller -- "$(command -v bwrap)" $bind / / true
	done
	# what is in bubblewrap may fail by itself, and no other program is told so
	gives 3 sbox -p container -- bwrap "${part[@]}" sh -c 'exit 3'
	lacks "$err" "want of permission"
	gives 1 sbox -p container -- sh -c 'exit 1'
	lacks "$err" "want of permission"
	# no mount of a command that owns its mounts is made less strict by it
	refused sbox -p container -- mount -o remount,bind,rw /usr
	refused sbox -p container -- mount -o remount,bind,ro,nosuid,nodev /usr
}

@test "sbox works inside sbox with namespaces.nested = true and not without" {
	options=(--read="$(dirname "$(command -v sbox)")" --read="$XDG_CONFIG_HOME"
		--setenv=XDG_CONFIG_HOME="$XDG_CONFIG_HOME" --setenv=XDG_CACHE_HOME=/tmp)
	program=$(command -v sbox)
	for user in caller root; do
		works sbox "${options[@]}" --set=namespaces.nested=true --user="$user" -- \
			"$program" -q --proc=none --hostname=inner -- uname -n
		equal "$out" inner
		gives 125 sbox "${options[@]}" --user="$user" -- "$program" -q -- uname -n
		contains "$err" 'sbox: cannot read profile "default" '
		contains "$err" "to run inside a sandbox, sbox needs namespaces.nested = true"
	done
}

@test "nothing of a nested sandbox reaches outside" {
	before=$(cat /proc/self/mountinfo)
	works sbox --set=namespaces.nested=true --user=caller -- sh -c "$unshare_all"
	equal "$(cat /proc/self/mountinfo)" "$before"
	differ "$(uname -n)" nested
}

@test "a container owns its namespaces: loopback can be configured, mounts changed" {
	need ip
	works sbox -p container -- sh -c 'ip addr add 10.1.2.3/8 dev lo && ip -o -4 addr show dev lo && ip link set lo down'
	contains "$out" 10.1.2.3/8
	works sbox -p container -- sh -c 'umount /mnt && mount -t tmpfs -o size=1M none /mnt && df -k /mnt | tail -n 1'
	matches "$out" ' 1024 '
}

@test "what a container does to its mounts leaves the host's files as they are" {
	mkdir shown
	echo text >shown/file
	works sbox -p container --read="$PWD/shown" -- sh -c "mount -t tmpfs none '$PWD/shown' && echo x >'$PWD/shown/file'"
	equal "$(cat shown/file)" text
}

@test "a container cannot make a read-only mount of the host writable" {
	mkdir shown
	for action in "mount -o remount,rw,bind '$PWD/shown'" "mount -o remount,rw '$PWD/shown'" \
		"umount '$PWD/shown'" "mount --bind '$PWD/shown' /mnt"; do
		try sbox -p container --read="$PWD/shown" -- sh -c "$action; touch '$PWD/shown/new' /mnt/new"
		[ ! -e shown/new ] || fail "after: $action"
	done
}
