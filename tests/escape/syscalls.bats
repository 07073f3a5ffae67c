#!/usr/bin/env bats
# syscalls.bats - section D-3 of the escape suite: what a system call can still reach

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# Refused by the filter alone, with Landlock or without; without the filter it reaches the
# kernel, which is a second control.
filtered="full no-landlock"

# reaches PROBE-ARGUMENT...: without a filter the same attempt succeeds inside
reaches() {
	layers bare
	gives 0 sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" "$@" ||
		fail "without a filter it should have reached the kernel"
}

# by_filter ERRNO PROBE-ARGUMENT...: every single one of the attempts gets this answer, or
# under the strict policy SIGSYS
by_filter() {
	local wanted=$1 mode
	shift
	try sbox -q --read="$top/bin" --set 'seccomp.base="strict"' -- "$probe" "$@"
	[ "$status" -eq 159 ] || [ "$status" -eq 1 ] || fail "strict: $status" "$out" "$err"
	for mode in $filtered; do
		attacked "$mode" -- "$probe" "$@"
		equal "$(tr ',' '\n' <<<"$out" | sed 's/^ //' | grep -Ev ": ($wanted)\$")" ""
	done
}

need_x86() {
	[ "$(uname -m)" = x86_64 ] || skip "$(uname -m) has no second system call table"
}

@test "E-90 no user namespace can be made" {
	control make-userns
	by_filter "EPERM|ENOSYS" make-userns
	contains "$out" "clone3: ENOSYS"
	# the limit of the kernel holds alone
	for mode in no-seccomp bare; do
		attacked "$mode" -- "$probe" make-userns
		contains "$out" "unshare: ENOSPC"
		contains "$out" "clone3: ENOSPC"
	done
	if [ "$(uname -m)" = x86_64 ] && "$probe" i386-userns; then
		refused i386-userns
	fi
	# and is what it says: with it lifted the same attempts succeed
	layers nested
	gives 0 sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" make-userns
}

@test "E-92 the mount calls do not reach the kernel" {
	control mount-api own
	by_filter "EPERM|ENOSYS" mount-api
	reaches mount-api # open_tree without a copy needs no right at all
	attacked full -- "$probe" mount-api
	contains "$out" "open_tree: EPERM"
	contains "$out" "fsconfig: EPERM"
	contains "$out" "mount_setattr: EPERM"
	contains "$out" "open_tree_attr: ENOSYS"
}

@test "E-93 E-94 io_uring, which no filter sees into, cannot be set up" {
	try "$probe" uring
	[ "$status" -eq 0 ] || skip "io_uring does not work on this machine: $out"
	contains "$out" "opening a file through it: worked"
	by_filter ENOSYS uring
	reaches uring
	# also where a profile denies what it would go around
	attacked full --set 'seccomp.deny=["socket","connect"]' -- "$probe" uring
}

@test "E-95 bpf, perf events and userfaultfd cannot be had" {
	try "$probe" tracers
	[ "$status" -eq 0 ] || skip "none of them can be had on this machine: $out"
	by_filter EPERM tracers
}

@test "E-96 no call about keys reaches the kernel" {
	try "$probe" key-calls
	[ "$status" -eq 0 ] || skip "there are no keys on this machine: $out"
	by_filter EPERM key-calls
	reaches key-calls
}

@test "E-97 32-bit system calls and programs end the process" {
	need_x86
	try "$probe" i386
	[ "$status" -eq 0 ] || skip "int \$0x80 is not there on this machine: $out"
	attacked "$filtered" -- "$probe" i386
	attacked full --set 'seccomp.base="strict"' -- "$probe" i386
	reaches i386
	try "$probe" elf32
	[ "$status" -ne 0 ] || attacked "$filtered" -- "$probe" elf32
}

@test "E-98 socketcall is no way around the socket families" {
	need_x86
	try "$probe" socketcall
	[ "$status" -eq 0 ] || skip "int \$0x80 is not there on this machine: $out"
	attacked "$filtered" -- "$probe" socketcall
	reaches socketcall
}

@test "E-99 x32 system calls end the process" {
	need_x86
	control x32 # the kernel answers, if only that it does not have them
	attacked "$filtered" -- "$probe" x32
	reaches x32
}

@test "E-100 high bits in arguments change no answer" {
	control high-bits
	for mode in $filtered; do
		attacked "$mode" -- "$probe" high-bits
	done
	reaches high-bits
}

@test "E-101 E-102 no socket of a rare family can be made" {
	control families
	attacked "$filtered" -- "$probe" families
	equal "$out" "other families: no"
	reaches families
}

@test "E-103 no netlink protocol but routing can be had" {
	control netlinks
	attacked "$filtered" -- "$probe" netlinks
	reaches netlinks
	gives 0 sbox -q --read="$top/bin" -- cat /proc/net/netlink
}

@test "E-104 personalities that weaken a program cannot be had" {
	control personalities
	attacked "$filtered" -- "$probe" personalities
	reaches personalities
}

@test "E-115 calls that are newer than the policy are absent" {
	try "$probe" new-calls
	[ "$status" -eq 0 ] || skip "the kernel has none of them"
	attacked "$filtered" -- "$probe" new-calls
	reaches new-calls
}

@test "E-91 the rules of a network and raw packets are out of reach" {
	control nft-reach
	refused nft-reach
}

@test "E-105 old and rare calls do not reach the kernel" {
	control legacy
	by_filter "EPERM|ENOSYS" legacy
	reaches legacy
	# what needs a capability is refused without a filter too
	contains "$out" "reboot: EPERM"
	contains "$out" "swapon: EPERM"
}

@test "E-117 threads and processes start under the filter, by whatever call" {
	need python3
	script='import threading, subprocess, os
t = threading.Thread(target=lambda: print("thread")); t.start(); t.join()
subprocess.run(["/bin/echo", "spawned"], close_fds=False, check=True)
os.system("echo shell")
if os.fork() == 0: os._exit(0)
os.wait()'
	for base in default strict; do
		gives 0 sbox -q --set "seccomp.base=\"$base\"" -- python3 -u -c "$script"
		equal "$(echo $out)" "thread spawned shell"
	done
}

@test "E-119 a debugger works on its own, and not under the strict policy" {
	control trace-child
	gives 0 sbox -q --read="$top/bin" -- "$probe" trace-child
	gives 1 sbox -q --read="$top/bin" --set 'seccomp.base="strict"' -- "$probe" trace-child
	contains "$out" "PTRACE_SEIZE: EPERM"
	# nor on what runs in another sandbox
	begin sbox -q -- sh -c 'echo ready; exec sleep 100'
	for pid in "$job" $(pgrep -P "$job"); do
		attacked "$modes" -- "$probe" trace "$pid"
	done
}

# refusing FILE ANSWER: a compiled filter that gives mkdir the ANSWER
refusing() {
	need python3
	python3 "$srcdir/tests/cli/compile-filter.py" refuse "$2" mkdir mkdirat >"$1"
}

@test "E-522 a filter of seccomp.programs cannot be changed for the next run" {
	refusing "$PWD/filter" EXDEV
	cp filter before
	mkdir shown
	mv filter shown/filter
	# control: another file there can
	cp before shown/other
	try sbox --write="$PWD/shown" --seccomp-program="$PWD/shown/filter" -- sh -c "cd $PWD/shown
		echo >filter; rm -f filter; mv filter moved; ln -f other filter; : >other"
	[ ! -s shown/other ]
	cmp before shown/filter
	# nor by the directory's name, nor by a link on the way to it
	ln -s shown way
	try sbox --write="$PWD" --seccomp-program="$PWD/way/filter" -- sh -c "cd $PWD
		mv shown elsewhere; rm -f way; mv way other; mkdir shown way"
	cmp before way/filter
	# nor when a descriptor named it
	mkdir by
	cp before by/filter
	try sbox --write="$PWD/by" --seccomp-program=/dev/fd/3 -- sh -c "cd $PWD/by
		echo >filter; rm -f filter; mv filter moved" 3<by/filter
	cmp before by/filter
	# nor where nobody looks for files
	shm=$(mktemp /dev/shm/filter.XXXXXX)
	cp before "$shm"
	try sbox --write=/dev/shm:/mnt/shm --seccomp-program="$shm" -- sh -c "echo >/mnt/${shm#/dev/}"
	cmp before "$shm" || different=yes
	rm "$shm"
	[ -z "${different-}" ]
}

@test "E-523 the observer lets no call pass that a filter of seccomp.programs stops for a tracer" {
	refusing "$PWD/filter" trace
	try sbox --seccomp-program="$PWD/filter" -- mkdir /tmp/x
	differ "$status" 0
	for observe in --observe --observe=failed --observe=all; do
		try sbox "$observe" --seccomp-program="$PWD/filter" -- sh -c 'mkdir /tmp/x && echo made'
		equal "$status" 125
		lacks "$out" made
	done
	# control: one that asks nobody is no hindrance
	refusing "$PWD/filter" EXDEV
	try sbox --observe --seccomp-program="$PWD/filter" -- sh -c 'mkdir /tmp/x; echo went on'
	equal "$out" "went on"
}
