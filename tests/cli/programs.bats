#!/usr/bin/env bats
# programs.bats - seccomp.programs: filters that somebody else has compiled, on top of ours

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# filter FILE refuse|pass ANSWER CALL...
filter() {
	local file=$1
	shift
	need python3
	python3 "$BATS_TEST_DIRNAME/compile-filter.py" "$@" >"$file"
}

@test "a compiled filter refuses on top of sbox's" {
	filter mkdir.bpf refuse EXDEV mkdir mkdirat
	try sbox --seccomp-program=mkdir.bpf -- mkdir /tmp/x
	equal "$status" 1
	contains "$err" "Invalid cross-device link"
	# and what sbox refuses it does not let through
	filter none.bpf refuse EXDEV
	try sbox --seccomp-program=none.bpf -- unshare -U true
	differ "$status" 0
}

@test "of several the last one's errno counts, and a stricter answer more" {
	filter a.bpf refuse EXDEV mkdir mkdirat
	filter b.bpf refuse EDOM mkdir mkdirat
	filter c.bpf refuse trap mkdir mkdirat
	try sbox --seccomp-program=a.bpf --seccomp-program=b.bpf -- mkdir /tmp/x
	contains "$err" "Numerical argument out of domain"
	try sbox --seccomp-program=c.bpf --seccomp-program=b.bpf -- sh -c 'mkdir /tmp/x'
	equal "$status" 159
}

@test "one that lets nothing pass but what a program needs is loaded last of all" {
	# of the kind that thumbnailers have: neither seccomp(2) nor write(2)
	filter only.bpf pass trap access arch_prctl brk close execve exit_group faccessat fstat \
		getrandom mmap mprotect munmap newfstatat openat pread64 prlimit64 read rseq \
		set_robust_list set_tid_address
	sbox --seccomp-program=only.bpf -- true
	sbox -p ci --seccomp-program=only.bpf -- true
	try sbox --seccomp-program=only.bpf -- echo
	equal "$status" 159
	contains "$err" "only.bpf\" of seccomp.programs"
}

@test "later commands and a held sandbox have it as well" {
	filter mkdir.bpf refuse EXDEV mkdir mkdirat
	sbox --name=filtered --hold --seccomp-program=mkdir.bpf 3>&- &
	holder=$!
	wait_for sboxctl exec filtered -- true
	refused sboxctl exec filtered -- mkdir /tmp/x
	sboxctl exec filtered -- touch /tmp/x
	sboxctl kill filtered
	wait "$holder" || :
}

@test "what is no compiled filter is a mistake with its place, and nothing is run" {
	filter exec.bpf refuse EPERM execve
	filter good.bpf refuse EXDEV mkdir
	filter trace.bpf refuse trace execve
	printf '\x60\0\0\0\x03\0\0\0\x06\0\0\0\0\0\xff\x7f' >memory.bpf
	: >empty.bpf
	head -c 12 good.bpf >half.bpf
	head -c 8 good.bpf >open.bpf
	printf '#!/bin/sh\n# no filter at all\n\n\n\n' >text.bpf
	head -c 40000 /dev/zero >large.bpf
	mkfifo pipe.bpf
	while IFS='|' read -r file what; do
		try sbox --seccomp-program="$file" -- sh -c 'echo ran'
		equal "$file $status $out" "$file 125 "
		contains "$err" "command line:1: seccomp.programs: "
		contains "$err" "$what"
	done <<-'END'
		exec.bpf|refuses execve(2), by which the command is started
		empty.bpf|is no compiled filter: it is empty
		half.bpf|is no compiled filter: its 12 bytes are not whole instructions of 8
		open.bpf|is no compiled filter: its last instruction is no answer (BPF_RET)
		text.bpf|is no compiled filter: its instruction 1 is none that seccomp takes
		large.bpf|is no compiled filter: it is longer than the 4096 instructions that the kernel takes
		missing.bpf|/missing.bpf" cannot be read: No such file or directory
		pipe.bpf|/pipe.bpf" cannot be read: it is no regular file
		trace.bpf|refuses execve(2), by which the command is started
		memory.bpf|is no compiled filter: its instruction 1 loads memory that was not stored to before
	END
	# one mistake, not one more about what cannot be protected
	try sbox --write=. --seccomp-program=missing.bpf -- true
	equal "$(grep -c '^command line' <<<"$err")" 1
	# of several, only the last may refuse what loads them; and they have to fit
	filter last.bpf refuse EPERM seccomp prctl
	sbox --seccomp-program=good.bpf --seccomp-program=last.bpf -- true
	# where one of the two calls is left, that is taken
	filter one.bpf refuse EPERM seccomp
	sbox --seccomp-program=one.bpf --seccomp-program=good.bpf -- true
	filter other.bpf refuse EPERM prctl
	sbox --seccomp-program=other.bpf --seccomp-program=good.bpf -- true
	try sbox --seccomp-program=one.bpf --seccomp-program=other.bpf --seccomp-program=good.bpf -- true
	equal "$status" 125
	try sbox --seccomp-program=last.bpf --seccomp-program=good.bpf -- true
	equal "$status" 125
	contains "$err" "refuses seccomp(2) and prctl(2), by which those behind it are loaded: put it last"
	many=()
	for i in 1 2 3 4 5 6 7; do
		python3 -c "import struct, sys; sys.stdout.buffer.write(struct.pack('=HBBI', 0, 0, 0, $i) * 4095 +
			struct.pack('=HBBI', 6, 0, 0, 0x7fff0000))" >"many$i"
		many+=(--seccomp-program="many$i")
	done
	sbox "${many[@]:0:5}" -- true
	try sbox "${many[@]}" -- true
	equal "$status" 125
	contains "$err" "more than a task can have"
	try sbox --set='seccomp.deny = ["seccomp"]' --seccomp-program=good.bpf -- true
	equal "$status" 125
	contains "$err" "cannot be loaded where seccomp.deny has seccomp(2)"
}

@test "a profile names it, and the dry run, the report and explain tell of it" {
	filter "$PWD/mkdir.bpf" refuse EXDEV mkdir mkdirat
	profile named <<-END
		version = 1
		extends = ["default"]
		[seccomp]
		programs = ["$PWD/mkdir.bpf"]
	END
	sbox -p named --dry-run=full -- true >dry
	matches "$(cat dry)" "seccomp: behind that, $PWD/mkdir.bpf, [0-9]+ instructions  # .*named.toml:4"
	sbox -p named --dry-run -- true >dry
	contains "$(cat dry)" "seccomp default and seccomp.programs"
	sbox -p named --report=report.json -- true
	contains "$(cat report.json)" "\"programs\":[\"$PWD/mkdir.bpf\"]"
	try sboxctl explain -p named syscall mkdirat
	equal "$status" 1
	contains "$out" "mkdirat: fails with EXDEV"
	contains "$out" "mkdir.bpf\" of seccomp.programs"
	try sboxctl explain -p named syscall uname
	equal "$status" 0
}

@test "--observe=all tells what a compiled filter refused" {
	filter mkdir.bpf refuse EXDEV mkdir mkdirat
	try sbox --observe=all --seccomp-program=mkdir.bpf -- sh -c 'mkdir /tmp/x'
	matches "$err" 'refused: mkdir(at)?\(.*fails with EXDEV, 1 time \(mkdir\).*mkdir.bpf" of seccomp.programs'
}

@test "the command is found before they are loaded, whatever they refuse" {
	filter look.bpf refuse trap stat lstat newfstatat
	mkdir bin
	cp "$helpers/../bench/command" bin/static
	sbox --read=. --path=/usr/local/bin --path="$PWD/bin" --seccomp-program=look.bpf -- static
	filter mute.bpf refuse EPERM write
	try sbox --report=../report.json --seccomp-program=mute.bpf -- nosuch
	equal "$status" 127
	contains "$err" "nosuch: command not found in the sandbox"
	contains "$(cat ../report.json)" '"why":"exec"'
	try sbox --seccomp-program=mute.bpf -- /etc
	equal "$status" 126
	contains "$err" "/etc is a directory"
}

@test "explain says what the kernel makes of odd answers" {
	while read -r answer what; do
		filter odd.bpf refuse "$answer" mkdir mkdirat
		try sboxctl explain --seccomp-program=odd.bpf syscall mkdirat
		equal "$answer $status" "$answer 1"
		contains "$out" "$what"
	done <<-'END'
		notify fails with ENOSYS
		trace fails with ENOSYS
		0x7ffd0000 the process is killed
		0x5ffff fails with errno 4095
	END
	filter odd.bpf refuse notify mkdir mkdirat
	# programs ask for what a kernel may not have, so that is in the report alone
	try sbox --observe=all --report=../report.json --seccomp-program=odd.bpf -- sh -c 'mkdir /tmp/x'
	matches "$(cat ../report.json)" '"refused":\[\{"call":"mkdir(at)?\('
	# and a signal is blamed on none that sends no signal
	try sbox --seccomp-program=odd.bpf -- sh -c 'kill -s SYS $$'
	lacks "$err" odd.bpf
}
