#!/usr/bin/env bats
# descriptors.bats - what a caller leaves on 0 to 2, or keeps by name
#
# Each kind in every sort of sandbox: by a descriptor of the host nothing of the sandbox's
# mounts is asked, and Landlock is not always there.

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

ways="$modes nested container"

# way NAME: the options for it, in $layers
way() {
	if [ "$1" = container ]; then
		layers=(-p container)
	else
		layers "$1"
	fi
}

# everywhere STATUS [OPTION...] -- COMMAND...: in each way it has to end so
everywhere() {
	local name wanted=$1
	shift
	for name in $ways; do
		way "$name"
		gives "$wanted" sbox -q --read="$top/bin" "${layers[@]}" "$@" || fail "way: $name"
		[ "$name" = container ] || row "$name" stopped
	done
}

# untouched FILE: it is as new_file made it
new_file() {
	echo original >"$1"
	chmod 640 "$1"
	touch -d @1000000000 "$1"
}

untouched() {
	equal "$(cat "$1"; stat -c '%a %Y' "$1"; getfattr "$1" 2>/dev/null)" "$(printf 'original\n640 1000000000')"
}

@test "E-165 a file that is open for reading only cannot be written to by opening it anew" {
	new_file input
	gives 0 sh -c '"$0" write /proc/self/fd/0 <input' "$probe" # the control
	row outside works
	for name in $ways; do
		way "$name"
		for shown in "" --read=. --write=.; do
			gives 1 sbox -q --read="$top/bin" "${layers[@]}" ${shown:+$shown} -- \
				"$probe" write /proc/self/fd/0 /proc/thread-self/fd/0 /dev/stdin /dev/fd/0 \
				<input || fail "$name $shown"
			matches "$out" 'EROFS|EACCES'
			gives 1 sbox -q --read="$top/bin" --keep-fd=9 "${layers[@]}" ${shown:+$shown} -- \
				"$probe" write /proc/self/fd/9 9<input || fail "$name $shown"
		done
	done
	untouched input
}

@test "E-166 a file that is open for reading only keeps its mode, times, attributes and length" {
	new_file input
	gives 0 "$probe" metadata 0 <input # the control
	contains "$out" "fchmod 04755: worked"
	contains "$out" "futimens: worked"
	row outside works
	rm input
	new_file input
	mkfifo -m 640 fifo
	for name in $ways; do
		way "$name"
		for shown in "" --write=.; do
			gives 1 sbox -q --read="$top/bin" --keep-fd=9 "${layers[@]}" ${shown:+$shown} -- \
				"$probe" metadata 0 9 <input 9<input || fail "$name $shown: $out"
			[ "$name" = container ] || row "$name" stopped
		done
		# a FIFO has a name, too; its owner is nobody to the command
		gives 1 sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" metadata 0 0<>fifo ||
			fail "$name: $out"
	done
	untouched input
	equal "$(stat -c %a fifo)" 640
}

@test "E-167 a protected file on standard input stays protected" {
	mkdir project
	new_file project/kept
	gives 0 sh -c '"$0" write /proc/self/fd/0 <project/kept' "$probe" # the control
	row outside works
	for name in $modes nested; do
		layers "$name"
		gives 1 sbox -q --read="$top/bin" --write=project --protect=project/kept "${layers[@]}" -- \
			"$probe" write /proc/self/fd/0 <project/kept
		gives 1 sbox -q --read="$top/bin" --write=project --protect=project/kept "${layers[@]}" -- \
			"$probe" metadata 0 <project/kept
		row "$name" stopped
	done
	untouched project/kept
}

@test "E-168 no directory and no mere place is given" {
	gives 0 "$probe" read /proc/self/fd/0/file /proc/self/fd/0/../secret/file <"$top/secret" # the control
	gives 0 "$probe" give "$top/secret/file" 0 "$probe" write /proc/self/fd/0
	row outside works
	everywhere 125 -- true <"$top/secret"
	contains "$err" "descriptor 0 is a directory"
	contains "$err" fs.read
	everywhere 125 --keep-fd=9 -- true 9<"$top/secret"
	mkfifo fifo
	for place in "$top/secret/file" "$top/secret" fifo /dev/null; do
		for fd in 0 9; do
			for name in $ways; do
				way "$name"
				gives 125 "$probe" give "$place" "$fd" sbox -q --keep-fd="$fd" "${layers[@]}" -- true
				contains "$err" O_PATH
			done
		done
	done
}

@test "E-169 a Unix socket that can be connected elsewhere is not given" {
	need python3
	name=sbox-e169-$$
	begin python3 -c '
import socket, sys, time
for kind in socket.SOCK_DGRAM, socket.SOCK_STREAM:
    s = socket.socket(socket.AF_UNIX, kind)
    s.bind("\0" + sys.argv[1] + str(int(kind)))
    if kind == socket.SOCK_STREAM: s.listen(20)
    globals()[kind.name] = s
print("ready", flush=True)
time.sleep(1000)' "$name"
	gives 0 "$probe" give unix-dgram 0 "$probe" reach 0 "${name}2" # the control
	gives 0 "$probe" give unix-dgram-pair 0 "$probe" reach 0 "${name}2"
	gives 0 "$probe" give unix-stream 0 "$probe" reach 0 "${name}1"
	row outside works
	for kind in unix-dgram unix-dgram-pair unix-stream unix-seqpacket; do
		for fd in 0 9; do
			for way in $ways; do
				way "$way"
				gives 125 "$probe" give "$kind" "$fd" sbox -q --keep-fd="$fd" "${layers[@]}" -- true
				contains "$err" "descriptor $fd is a Unix socket"
			done
		done
	done
	# connected or listening ones are given, and lead nowhere else
	for kind in unix-stream-pair unix-seqpacket-pair unix-listening; do
		for way in $ways; do
			way "$way"
			gives 1 "$probe" give "$kind" 9 sbox -q --keep-fd=9 --read="$top/bin" "${layers[@]}" -- \
				"$probe" reach 9 "${name}1" || fail "$kind $way"
			[ "$way" = container ] || row "$way" stopped
		done
	done
	# where the network is the host's, they are nothing that the command could not make
	gives 0 "$probe" give unix-dgram 0 sbox -q --net=host -- true
}

@test "E-170 a file that cannot be opened anew is copied, and the original is out of reach" {
	new_file gone
	exec 7<>gone 9<gone
	rm gone
	gives 0 sh -c 'echo changed >/proc/self/fd/9 && chmod 666 /proc/self/fd/9' # the control
	equal "$(cat <&7)" changed
	row outside works
	new_file gone
	exec 7<>gone 9<gone
	rm gone
	for way in $ways; do
		way "$way"
		gives 0 sbox -q --keep-fd=9 "${layers[@]}" -- sh -c 'cat
			for fd in 0 9; do
				echo changed >/proc/self/fd/$fd && exit 9
				chmod 666 /proc/self/fd/$fd
				true >/proc/self/fd/$fd
			done 2>/dev/null; :' <&9 || fail "$way"
		equal "$out" original
		exec 8</proc/self/fd/7
		equal "$(cat <&8; stat -Lc %a /proc/self/fd/8)" "$(printf 'original\n640')"
		exec 8<&-
		exec 9</proc/self/fd/7 # from its beginning
		[ "$way" = container ] || row "$way" stopped
	done
	exec 7<&- 9<&-
	gives 0 "$probe" give unlinked 0 sbox -q -- cat
	equal "$out" uuuuuuuu
	gives 0 "$probe" give memfd 0 sbox -q -- cat
	equal "$out" memory
	gives 125 "$probe" give unlinked-large 0 sbox -q -- cat
	contains "$err" "put a pipe in front"
	gives 125 "$probe" give unlinked-large 9 sbox -q --keep-fd=9 -- true
	contains "$err" "in bash 9< <(cat <&9)"
	if [ "${SBOX_ESCAPE_VIA-}" != exec ]; then # which hands on no others than 0 to 2
		gives 0 "$probe" give unlinked-large 9 \
			bash -c 'sbox -q --keep-fd=9 -- sh -c "head -c 4 <&9" 9< <(cat <&9)'
		equal "$out" "$("$probe" give unlinked-large 9 sh -c 'head -c 4 <&9')"
	fi
	# what is open for both is no more if it is opened anew
	gives 0 "$probe" give unlinked-writable 0 sbox -q -- cat
	equal "$out" uuuuuuuu
}

@test "E-171 objects of the kernel, devices and files that act outside are not given" {
	for kind in epoll inotify pidfd netlink; do
		for fd in 0 9; do
			for way in $ways; do
				way "$way"
				gives 125 "$probe" give "$kind" "$fd" sbox -q --keep-fd="$fd" "${layers[@]}" -- true
				contains "$err" "descriptor $fd"
			done
		done
	done
	gives 0 "$probe" give eventfd 9 sbox -q --keep-fd=9 -- true
	everywhere 125 -- true </proc/self/ns/net
	contains "$err" nsfs
	everywhere 125 --keep-fd=9 -- true 9>/proc/self/oom_score_adj
	contains "$err" "open for writing"
	everywhere 125 -- true 0<>/proc/self/mem
	# what is only text can be read, and the process of the caller that it is of not changed
	everywhere 0 -- sh -c 'read -r line' </proc/self/status
	[ -r /dev/net/tun ] || skip "no device is there for everyone"
	everywhere 125 -- true 0<>/dev/net/tun
	contains "$err" 'type "device"'
}

@test "E-172 the other end of a socket is no way to its process, nor a signal for input" {
	need python3
	begin sh -c 'trap "" USR1; echo "$$"; exec sleep 1000'
	victim=$said
	gives 0 "$probe" give unix-stream-pair 9 "$probe" own 9 "$victim" # the control
	row outside works
	for way in $ways; do
		way "$way"
		for kind in unix-stream-pair unix-seqpacket-pair; do
			gives 1 "$probe" give "$kind" 9 sbox -q --keep-fd=9 --read="$top/bin" "${layers[@]}" -- \
				"$probe" own 9 "$victim" || fail "$way: $out"
			gives 1 "$probe" give "$kind" 9 sbox -q --keep-fd=9 --read="$top/bin" "${layers[@]}" -- \
				"$probe" peer 9 || fail "$way: $out"
		done
		gives 1 sh -c ': | "$@"' sh sbox -q --read="$top/bin" "${layers[@]}" -- \
			"$probe" own 0 "$victim" || fail "$way: $out"
		[ "$way" = container ] || row "$way" stopped
	done
}

@test "E-173 what a command sets on an open file is not left to the caller" {
	new_file shared
	# the control: a pipe, and a file that is open for writing
	gives 0 sh -c ': | { "$0" set-flags 0 0x800; "$0" get-flags 0; }' "$probe"
	contains "$out" 0x800
	row outside works
	for way in $ways; do
		way "$way"
		set -- sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" set-flags 0 0xc00
		gives 0 sh -c 'sleep 1 | { "$@" && "$0" get-flags 0; }' "$probe" "$@"
		equal "$(tail -n 1 <<<"$out")" 0
		gives 0 sh -c '{ "$@" && "$0" get-flags 0; } <shared' "$probe" "$@"
		equal "$(($(tail -n 1 <<<"$out") & 0xc00))" 0
		gives 0 sh -c '{ "$@" && "$0" get-flags 0; } <>shared' "$probe" "$@"
		equal "$(($(tail -n 1 <<<"$out") & 0xc00))" 0
		[ "$way" = container ] || row "$way" stopped
	done
	untouched shared
}

@test "E-174 the read-only mount of a file on standard input cannot be had or made writable" {
	new_file input
	control unlock-own "$PWD/input"
	contains "$out" "mount_setattr: worked"
	contains "$out" "write: worked"
	for way in $ways; do
		way "$way"
		gives 1 sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" unlock 0 <input || fail "$way: $out"
		[ "$way" = container ] || row "$way" stopped
	done
	# with all rights that there are: nothing but the kernel's own rules is in the way
	gives 1 sbox -q --read="$top/bin" -p container --set 'seccomp.base="none"' \
		--set namespaces.nested=true -- "$probe" unlock 0 <input
	contains "$out" "mount_setattr: EINVAL, remount: EINVAL, open_tree: EINVAL"
	untouched input
}
