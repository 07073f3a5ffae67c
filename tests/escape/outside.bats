#!/usr/bin/env bats
# outside.bats - what a command could leave behind for others to run, or take from them:
# set-id files, leases, snapshots, what the kernel counts for each user

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

filtered="full no-landlock"

# as_another FILE [ARGUMENT...]: runs a program as a user that is not the caller: the first
# of the subordinate ids, in a user namespace where the caller is 0. FILE is opened before.
as_another() {
	python3 - "$me" "$subuid" "$(id -g)" "$subgid" "$@" <<'PY'
import ctypes, os, subprocess, sys
uid, subuid, gid, subgid = sys.argv[1:5]
args = sys.argv[5:]
ready, go = os.pipe(), os.pipe()
pid = os.fork()
if pid == 0:
    fd = os.open(args[0], os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        os._exit(90)
    os.write(ready[1], b"x")
    os.read(go[0], 1)
    os.setresgid(1, 1, 1)
    os.setresuid(1, 1, 1)
    os.set_inheritable(fd, True)
    os.execve(fd, args, {})
os.read(ready[0], 1)
for tool, own, sub in ("newuidmap", uid, subuid), ("newgidmap", gid, subgid):
    subprocess.run([tool, str(pid), "0", own, "1", "1", sub, "1"], check=True)
os.write(go[1], b"x")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
}

# none_set DIR: there is no set-id file in it
none_set() {
	equal "$(find "$1" ! -type d -perm /6000)" ""
}

@test "E-180 no call makes a file that others run as the caller" {
	local how mode
	mkdir out in
	for how in '' high sgid; do
		control set-id "$top/here/out" $how
		lacks "${out/fchmodat2: ENOSYS/}" ": E" # Linux 6.6
		rm -f out/*
		for mode in $filtered; do
			attacked "$mode" --write="$top/here" -- "$probe" set-id "$top/here/in" $how
			none_set in
			rm -f in/*
		done
		attacked full --set 'seccomp.base="strict"' --write="$top/here" -- \
			"$probe" set-id "$top/here/in" $how
		none_set in
		rm -f in/*
	done
	# the filter it is, and the profile can say otherwise
	for how in 'seccomp.base="none"' 'seccomp.allow=["@set-id-files"]'; do
		gives 0 sbox -q --read="$top/bin" --write="$top/here" --set "$how" -- \
			"$probe" set-id "$top/here/in"
		lacks "${out/fchmodat2: ENOSYS/}" ": E"
		rm -f in/*
	done
}

@test "E-181 another user who runs what the command left is not the caller" {
	need python3
	need_subids
	install -m 755 "$(command -v id)" id
	chmod 4755 id
	equal "$(as_another id -u)" 0 # the control: this one is the caller
	gives 1 sbox -q --write="$top/here" --read="$top/bin" -- \
		sh -c 'cp id i && chmod 4755 i && ./i -u'
	contains "$err" "not permitted"
	none_set <(:)
	equal "$(as_another i -u)" 1
	gives 0 sbox -q --write="$top/here" --set 'seccomp.allow=["@set-id-files"]' -- chmod 4755 i
	equal "$(as_another i -u)" 0
}

@test "E-182 openat2, which a command that makes sandboxes has, makes empty set-id files only" {
	mkdir in
	gives 1 sbox -q --read="$top/bin" --write="$top/here" --set namespaces.nested=true -- \
		"$probe" set-id-fill "$top/here/in"
	gives 0 sbox -q --read="$top/bin" --write="$top/here" --set namespaces.nested=true -- \
		"$probe" set-id "$top/here/in"
	equal "$(tr ',' '\n' <<<"$out" | sed 's/^ //' | grep -v ': EPERM$')" "openat2: worked"
}

@test "E-183 no lease on a file makes others wait" {
	local mode
	echo text >shown
	control lease "$top/here/shown"
	for mode in $filtered; do
		attacked "$mode" --read="$top/here" -- "$probe" lease "$top/here/shown"
		contains "$out" "F_SETLEASE: EPERM"
	done
	attacked full --set 'seccomp.base="strict"' --read="$top/here" -- \
		"$probe" lease "$top/here/shown"
	# without the filter it is what it is feared for: whoever opens the file waits
	begin sbox -q --read="$top/bin" --read="$top/here" --set 'seccomp.base="none"' -- \
		"$probe" lease "$top/here/shown" hold
	gives 124 timeout 1 sh -c 'echo more >>shown'
}

@test "E-184 no protocol but TCP, UDP and ICMP reaches the kernel" {
	local mode
	gives 0 sbox -q --read="$top/bin" --set 'seccomp.base="none"' -- "$probe" protocols
	contains "$out" "MPTCP: worked"
	for mode in $filtered; do
		attacked "$mode" -- "$probe" protocols
		equal "$(tr ',' '\n' <<<"$out" | grep -v EPROTONOSUPPORT)" ""
	done
	for base in default strict; do
		gives 0 sbox -q --set "seccomp.base=\"$base\"" -- python3 -c '
import socket as s
for f in s.AF_INET, s.AF_INET6:
    for t, p in (s.SOCK_STREAM, 0), (s.SOCK_STREAM, 6), (s.SOCK_DGRAM, 0), (s.SOCK_DGRAM, 17):
        s.socket(f, t, p).close()
for t in s.SOCK_STREAM, s.SOCK_DGRAM, s.SOCK_SEQPACKET: s.socketpair(s.AF_UNIX, t)
'
	done
}

@test "E-185 no request to a file leads past the mounts" {
	local mode
	echo text >shown
	control requests "$top/here/shown"
	lacks "$out" ": no"
	for mode in $filtered; do
		attacked "$mode" --write="$top/here" -- "$probe" requests "$top/here/shown"
		attacked "$mode" --write="$top/here" -- "$probe" requests "$top/here"
		lacks "$out" ": yes"
	done
	gives 1 sbox -q --read="$top/bin" --write="$top/here" --set namespaces.nested=true -- \
		"$probe" requests "$top/here"
	control namespaces-above
	attacked "$filtered" -- "$probe" namespaces-above
}

@test "E-186 a snapshot of a subvolume does not show what is denied" {
	local place
	need btrfs
	place=$(find_btrfs) || skip "no directory of this user is on btrfs"
	mkdir "$place/a" "$place/a/denied"
	echo "the secret" >"$place/a/denied/file"
	# the control: outside an ordinary user makes one, in which nothing is covered
	gives 0 btrfs subvolume snapshot "$place" "$place/a/outside"
	gives 0 cat "$place/a/outside/a/denied/file"
	gives 1 sbox -q --write="$place" --deny="$place/a/denied" -- \
		btrfs subvolume snapshot "$place" "$place/a/inside"
	[ ! -e "$place/a/inside" ]
}

@test "E-187 in namespaces of its own no mount call leaves covers behind" {
	gives 0 sbox -q --read="$top/bin" --set namespaces.nested=true --set 'seccomp.base="none"' \
		-- "$probe" uncovering
	lacks "$out" ": no"
	gives 1 sbox -q --read="$top/bin" --set namespaces.nested=true -- "$probe" uncovering
	lacks "$out" ": yes"
}

# leaves_some KIND [OPTION...]: when a sandbox has taken all it can of what the kernel counts for each
# user, programs outside and other sandboxes still get some; outside it takes all
leaves_some() {
	local kind=$1
	shift
	begin "$probe" exhaust "$kind"
	gives 0 "$probe" none-left "$kind"
	end_all
	row outside works
	begin sbox -q --read="$top/bin" "$@" -- "$probe" exhaust "$kind"
	[ "${said%%,*}" -gt 0 ] || fail "$said"
	row full stopped
	gives 1 "$probe" none-left "$kind"
	gives 1 sbox -q --read="$top/bin" "$@" -- "$probe" none-left "$kind"
	end_all
}

@test "E-188 a sandbox does not use up the inotify instances of its user" {
	leaves_some inotify
	begin sbox -q --read="$top/bin" --set namespaces.nested=true -- "$probe" exhaust inotify
	gives 1 "$probe" none-left inotify
}

@test "E-189 nor the pending signals and timers, nor the message queues" {
	leaves_some timers
	leaves_some queues --set 'landlock.mode="off"' # under Landlock there are none
}

@test "E-178 nor the memory that is locked, unless the profile says how much" {
	[ "$(ulimit -l)" != unlimited ] || ulimit -l 8192
	leaves_some locked
	begin sbox -q --read="$top/bin" --limit=memlock=1G -- "$probe" exhaust locked
	gives 0 "$probe" none-left locked
}

@test "E-190 nor the terminals of all sandboxes" {
	begin sbox -q --read="$top/bin" -- "$probe" exhaust ptys
	[ "${said%%,*}" -le 256 ] || fail "$said"
	gives 1 sbox -q --read="$top/bin" -- "$probe" none-left ptys
}

@test "E-191 nor the descriptors in flight, without which no terminal gets to a sandbox" {
	need script
	[ "$(ulimit -Hn)" -ge 4096 ] || skip "$(ulimit -Hn) descriptors are too few to keep some"
	begin "$probe" exhaust in-flight
	contains "$said" ETOOMANYREFS
	gives 0 "$probe" none-left in-flight
	end_all
	begin sbox -q --read="$top/bin" -- "$probe" exhaust in-flight
	contains "$said" ETOOMANYREFS
	gives 0 script -qec "sbox -q -- sh -c 'test -t 0 && echo has one'" /dev/null
	contains "$out" "has one"
}

# find_btrfs: a subvolume of the caller's, named by SBOX_TEST_BTRFS or made where tests are
find_btrfs() {
	local dir
	for dir in "${SBOX_TEST_BTRFS-}" "$top"; do
		if [ -d "$dir" ] && btrfs subvolume create "$dir/sbox-test-$$" >&2; then
			printf '%s\n' "$dir/sbox-test-$$"
			return
		fi
	done
	return 1
}
