#!/usr/bin/env bats
# exec.bats - when the command cannot be run, the message says why

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	mkdir bin
	bin=$PWD/bin
	box=(--read="$bin" --setenv="PATH=$bin:/usr/bin:/bin")
}

# script NAME FIRST-LINE
script() {
	printf '%s\necho runs\n' "$2" >"bin/$1"
	chmod +x "bin/$1"
}

@test "a script and a program run, by name and by path" {
	script works '#!/bin/sh'
	works sbox "${box[@]}" -- works
	equal "$out" runs
	works sbox "${box[@]}" -- "$bin/works"
	equal "$out" runs
	works sbox "${box[@]}" --chdir="$bin" -- ./works
	equal "$out" runs
}

@test "a missing interpreter of a script is named" {
	script lost '#!/opt/none/interpreter -x'
	for name in lost "$bin/lost"; do
		gives 126 sbox "${box[@]}" -- "$name"
		contains "$err" "$bin/lost: its interpreter /opt/none/interpreter is not in the sandbox"
	done
	script spaced '#!   /opt/none/spaced'
	gives 126 sbox "${box[@]}" -- spaced
	contains "$err" "its interpreter /opt/none/spaced is not"
}

@test "a carriage return behind the interpreter is told" {
	printf '#!/bin/sh\r\necho runs\r\n' >bin/dos
	chmod +x bin/dos
	gives 126 sbox "${box[@]}" -- dos
	contains "$err" "its interpreter /bin/sh"
	lacks "$err" $'\r'
}

@test "a missing loader of a program is named" {
	need "${CC:-cc}"
	echo 'int main(void) { return 0; }' >lost.c
	"${CC:-cc}" -o bin/lost lost.c -Wl,--dynamic-linker=/opt/none/ld.so || skip "no program can be built with another loader"
	for name in lost "$bin/lost"; do
		gives 126 sbox "${box[@]}" -- "$name"
		contains "$err" "$bin/lost: its dynamic loader /opt/none/ld.so is not in the sandbox"
	done
}

@test "without the C library's loader in the root its name is told" {
	need busybox
	mkdir -p root/bin
	cp "$(command -v ls)" root/bin/ls
	gives 126 sbox --root="$PWD/root" -- ls
	matches "$err" 'its dynamic loader /lib.*/ld.*\.so.* is not in the sandbox'
}

@test "a command that is nowhere is not found, and PATH is told" {
	gives 127 sbox "${box[@]}" -- no-such-command
	contains "$err" "no-such-command: command not found in the sandbox (PATH=$bin:/usr/bin:/bin)"
	gives 127 sbox "${box[@]}" -- "$bin/no-such-command"
	contains "$err" "$bin/no-such-command: no such file in the sandbox"
	gives 127 sbox "${box[@]}" -- "$bin/no/such/command"
}

@test "a command that only the host has is told with the key that would show it" {
	script only-here '#!/bin/sh'
	real=$(realpath bin/only-here)
	gives 127 sbox -- "$bin/only-here"
	contains "$err" "the host has it"
	contains "$err" "--read=$real"
	PATH=$bin:$PATH
	gives 127 sbox -- only-here
	contains "$err" "the host has it"
	contains "$err" "fs.read"
	works sbox --read="$real" -- "$bin/only-here"
	equal "$out" runs
}

@test "a link on the host to a hidden program is told with where it leads" {
	mkdir hidden
	script real '#!/bin/sh'
	mv bin/real hidden
	ln -s ../hidden/real bin/linked-tool
	try sbox "${box[@]}" -- linked-tool
	case $status in 126 | 127) ;; *) fail "status $status" ;; esac
	contains "$err" "hidden/real, which is not in the sandbox"
}

@test "a command that is denied is told with the place of the denial" {
	script denied '#!/bin/sh'
	try sbox "${box[@]}" --deny="$bin/denied" -- denied
	case $status in 126 | 127) ;; *) fail "status $status" ;; esac
	contains "$err" "fs.deny"
	contains "$err" "command line:3"
}

@test "a file that is not executable is told" {
	echo text >bin/plain
	for name in plain "$bin/plain"; do
		gives 126 sbox "${box[@]}" -- "$name"
		contains "$err" "$bin/plain is not executable (chmod +x)"
	done
}

@test "a later directory of PATH is tried when the first has something that cannot be run" {
	echo text >bin/ls
	works sbox "${box[@]}" -- ls -d /
	equal "$out" /
	mkdir bin/cat
	works sbox "${box[@]}" -- cat /proc/self/comm
	equal "$out" cat
}

@test "a directory is told" {
	gives 126 sbox "${box[@]}" -- "$bin"
	contains "$err" "$bin is a directory"
	mkdir bin/dir
	gives 126 sbox "${box[@]}" --chdir="$bin" -- ./dir
	contains "$err" "dir is a directory"
}

@test "a file on a mount without exec is told" {
	script works '#!/bin/sh'
	profile noexec <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "bind"
		source = "$bin"
		target = "/noexec"
		noexec = true
	END
	gives 126 sbox -p noexec -- /noexec/works
	contains "$err" "/noexec/works is on a mount without exec"
}

@test "a file that is no program is told" {
	head -c 1000 /dev/zero >bin/zeros
	echo 'echo no first line' >bin/plain-script
	printf '\177ELF\2\1\1\0' >bin/half-elf
	chmod +x bin/*
	for name in zeros plain-script half-elf; do
		gives 126 sbox "${box[@]}" -- "$name"
		contains "$err" "$bin/$name is no program"
	done
	: >bin/empty
	chmod +x bin/empty
	gives 126 sbox "${box[@]}" -- empty
}

@test "a file without permission for the caller is told" {
	script closed '#!/bin/sh'
	chmod 0 bin/closed
	gives 126 sbox "${box[@]}" -- closed
	chmod 755 bin/closed
	contains "$err" "$bin/closed"
}


@test "nothing is said twice, and a failed start leaves nothing" {
	nothing_left sbox -- no-such-command
	equal "$status" 127
	equal "$(wc -l <<<"$err")" 1
	script lost '#!/opt/none'
	nothing_left sbox "${box[@]}" -- lost
	equal "$(wc -l <<<"$err")" 1
}

@test "failed starts are told every time" {
	for n in $(seq 300); do
		gives 127 sbox -- no-such-command
		contains "$err" "command not found"
	done
}
