#!/usr/bin/env bats
# denials.bats - denials of real programs: each is told with what decides, and what is
# offered against it, pasted as it is, lets the program work

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	own_registry
	mkdir project "$top/beside"
	cd project || exit
	box=(-p build)
	entry=
}

# denied WHY COMMAND...: fails inside, and WHY is said; what is offered is $entry then
denied() {
	local why=$1
	shift
	refused sbox "${box[@]}" --observe -- "$@"
	contains "$err" "$why"
	offered "$err"
}

# offered TEXT: the last entry that it has, as --set takes it
offered() {
	entry=$(grep -oE '[a-z]+\.[a-z]+ = (\[[^]]*\]|true)' <<<"$1" | tail -n 1 | sed 's/ = /=/')
}

# asked WHY QUESTION...: what "explain last" says of the run before, which failed; what
# it offers is $entry
asked() {
	local why=$1
	shift
	gives 1 sboxctl explain last "$@"
	contains "$out" "$why"
	offered "$out"
}

# mended TEXT COMMAND...: with $entry it works, and prints TEXT
mended() {
	local text=$1
	shift
	[ -n "$entry" ] || fail "nothing was offered" "$out" "$err"
	works sbox "${box[@]}" --set="$entry" -- "$@"
	contains "$out" "$text"
}

# nothing_offered REASON
nothing_offered() {
	contains "$err" "no line is offered: $1"
	equal "$entry" ""
}

@test "1. git misses its settings" {
	need git
	printf '[user]\n\tname = Observed\n' >"$HOME/.gitconfig"
	denied "/home/build/.gitconfig: read" git config user.name
	mended Observed git config user.name
}

@test "2. git misses the patterns that it ignores everywhere" {
	need git
	mkdir -p "$HOME/.config/git"
	echo ignored >"$HOME/.config/git/ignore"
	git init -q .
	touch ignored
	denied "/home/build/.config/git/ignore: read" git check-ignore ignored
	mended ignored git check-ignore ignored
}

@test "3. npm misses its registry: the file has passwords" {
	need npm
	echo "registry=https://npm.example/" >"$HOME/.npmrc"
	denied "/home/build/.npmrc: read" sh -c 'npm config get registry | grep npm.example'
	nothing_offered "$config/home.toml"
}

@test "4. pip misses its index: the file has passwords" {
	/usr/bin/python3 -m pip --version >/dev/null 2>&1 || skip "pip is not installed"
	mkdir -p "$HOME/.config/pip"
	printf '[global]\nindex-url = https://pip.example/simple\n' >"$HOME/.config/pip/pip.conf"
	denied "/home/build/.config/pip/pip.conf: read" /usr/bin/python3 -m pip config get global.index-url
	contains "$err" "no line is offered: $config/home.toml"
}

@test "5. cargo misses an alias" {
	[ -x /usr/bin/cargo ] || skip "cargo is not installed"
	mkdir "$HOME/.cargo"
	printf '[alias]\nmine = "version"\n' >"$HOME/.cargo/config.toml"
	denied "/home/build/.cargo/config.toml: read" /usr/bin/cargo mine
	mended cargo /usr/bin/cargo mine
}

@test "6. ssh misses the hosts that it knows: they are with its keys" {
	need ssh-keygen
	mkdir -m 700 "$HOME/.ssh"
	echo "h.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIYgKvwTYkHlNRbvUrHDDXVwvUeXdXQz9mV8h7j2rJDa" >"$HOME/.ssh/known_hosts"
	denied "/home/build/.ssh/known_hosts: read" ssh-keygen -F h.example
	nothing_offered "$config/home.toml"
}

@test "7. a compiler misses a header of the project beside" {
	need gcc
	echo '#define STATUS 0' >"$top/beside/status.h"
	printf '#include "%s"\nint main(void) { return STATUS; }\n' "$top/beside/status.h" >a.c
	denied "$top/beside/status.h: read" gcc -o a a.c
	mended "" gcc -o a a.c
	works ./a
}

@test "8. make misses rules in the home directory" {
	need make
	printf 'all:\n\t@echo made\n' >"$HOME/rules.mk"
	echo "include $HOME/rules.mk" >Makefile
	denied "$HOME/rules.mk: read" make
	entry=$(grep -oE 'fs.read = \["[^]]*rules.mk"\]' <<<"$err" | sed 's/ = /=/')
	mended made make
}

@test "9. Python misses a module" {
	need python3
	echo "print('imported')" >"$top/beside/mine.py"
	denied "$top/beside" python3 -c "import sys; sys.path.insert(0, '$top/beside'); import mine"
	mended imported python3 -c "import sys; sys.path.insert(0, '$top/beside'); import mine"
}

@test "10. a write outside of the project" {
	denied "$top/beside/out: write" touch "$top/beside/out"
	equal "$entry" "fs.write=[\"$top/beside\"]"
	mended "" touch "$top/beside/out"
	[ -f "$top/beside/out" ]
}

@test "11. a write to what is shown read-only" {
	echo old >"$top/beside/file"
	box+=(--read="$top/beside")
	denied "$top/beside/file: write" sh -c "echo new >$top/beside/file"
	mended "" sh -c "echo new >$top/beside/file"
	equal "$(cat "$top/beside/file")" new
}

@test "12. a hook of git" {
	need git
	git init -q .
	denied "$PWD/.git/hooks/pre-commit: write" sh -c 'echo true >.git/hooks/pre-commit'
	contains "$err" "it is named after"
	nothing_offered "other programs take what is there as instructions"
}

@test "13. a file that is hidden" {
	echo SECRET=1 >.env
	profile box <<-'END'
		version = 1
		extends = ["build"]
		[fs]
		deny = ["${CWD}/.env"]
	END
	box=(-p box)
	denied "$config/box.toml:4: denied" cat .env
	nothing_offered ""
}

@test "14. a socket of the host" {
	need python3
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])' "$top/beside/socket"
	denied "$top/beside/socket" python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$top/beside/socket"
	nothing_offered "it is a socket"
}

@test "15. a program that is not shown" {
	printf '#!/bin/sh\necho ran\n' >"$top/beside/tool"
	chmod +x "$top/beside/tool"
	PATH=$PATH:$top/beside
	gives 127 sbox "${box[@]}" -- tool
	contains "$err" "the profile does not show it: "
	options=$(grep -o -- '--read=.* --path=[^ ]*' <<<"$err")
	# shellcheck disable=SC2086 # two options
	works sbox "${box[@]}" $options -- tool
	equal "$out" ran
}

@test "16. a program by a link that is not shown" {
	printf '#!/bin/sh\necho ran\n' >"$top/beside/tool-1.2"
	chmod +x "$top/beside/tool-1.2"
	mkdir "$top/bin"
	ln -s ../beside/tool-1.2 "$top/bin/tool"
	PATH=$PATH:$top/bin
	gives 127 sbox "${box[@]}" -- tool
	options=$(grep -o -- '--read=.* --path=[^ ]*' <<<"$err")
	# shellcheck disable=SC2086 # two options
	works sbox "${box[@]}" $options -- tool
	equal "$out" ran
}

@test "17. an interpreter that is not shown" {
	cp "$(command -v sh)" "$top/beside/shell"
	printf '#!%s\necho interpreted\n' "$top/beside/shell" >script
	chmod +x script
	denied "$top/beside/shell" ./script
	mended interpreted ./script
}

@test "18. a system call that makes namespaces" {
	need unshare
	refused sbox "${box[@]}" -- unshare --user echo unshared
	asked "fails with EPERM" syscall 'unshare(CLONE_NEWUSER)'
	mended unshared unshare --user echo unshared
}

@test "19. a system call of keys" {
	need python3
	call=(python3 -c "import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
sys.exit(libc.syscall($(number keyctl), 0, -3, 0) < 0 and os.strerror(ctypes.get_errno()))")
	refused sbox "${box[@]}" -- "${call[@]}"
	asked "fails with EPERM" syscall keyctl
	mended "" "${call[@]}"
}

@test "20. a system call that the profile denies" {
	need python3
	profile box <<-'END'
		version = 1
		extends = ["build"]
		[seccomp]
		deny = [
			"getpgid:KILL",
		]
	END
	refused sbox -q -p box -- python3 -c 'import os; os.getpgid(0)'
	contains "$err" "the command was killed by the seccomp filter (SIGSYS)"
	contains "$err" "\"getpgid:KILL\" of seccomp.deny ($config/box.toml:5)"
	asked "the process is killed" syscall getpgid
	contains "$out" "$config/box.toml:5"
	equal "$entry" ""
	# a shell tells it by its exit status only
	gives 159 sbox -p box -- sh -c 'python3 -c "import os; os.getpgid(0)"; exit $?'
	contains "$err" "seems to have been killed by the seccomp filter (SIGSYS)"
}

@test "21. a host that is not in the list" {
	[ -x "$builddir/sbox-egress" ] || skip "there is no sbox-egress"
	box+=(--net=filtered --net-allow=crates.io)
	denied "refused: static.crates.io" getent hosts static.crates.io
	entry=$(grep -oE 'net.allow = \["[^]]*"\]' <<<"$err" | sed 's/ = /=/')
	mended static.crates.io getent hosts static.crates.io
}

@test "22. a name where there is no network" {
	refused sbox "${box[@]}" -- getent hosts crates.io
	contains "$err" "the sandbox has no network (net.mode = \"none\""
	asked "no network" net crates.io:443
}

@test "23. a variable that is not passed" {
	export MINE=passed
	refused sbox "${box[@]}" -- sh -c 'echo ${MINE:?}'
	asked "the caller has it, and the command does not get it" env MINE
	mended passed sh -c 'echo ${MINE:?}'
}

# too_little NAME=VALUE MORE WHY COMMAND...: fails with this limit, and it is said; works
# with MORE
too_little() {
	local limit=$1 more=$2 why=$3
	shift 3
	refused sbox "${box[@]}" --observe --limit="$limit" -- "$@"
	contains "$err" "limits.${limit/=/ = } $why"
	works sbox "${box[@]}" --limit="${limit%%=*}=$more" -- "$@"
	lacks "$err" limits.
}

@test "24. too many processes" {
	too_little pids=5 100 "was reached" sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait'
}

@test "25. a directory in memory is full" {
	too_little tmpfs=1M 4M "was reached" sh -c 'head -c 2M /dev/zero >/tmp/f'
}

@test "26. a file is too long, by itself and behind a shell" {
	too_little fsize=1M 4M "was reached" dd if=/dev/zero of=f bs=2M count=1 status=none
	too_little fsize=1M 4M "seems to have been reached" sh -c 'head -c 2M /dev/zero >f'
}

@test "27. too many files are open" {
	need python3
	too_little nofile=16 64 "was reached" python3 -c 'f = [open("/dev/null") for i in range(20)]'
}

@test "28. too much of the CPU" {
	too_little cpu_time=1s 1h "was reached" python3 -c 'import time
while time.process_time() < 1.5:
	pass'
}

@test "29. java misses its security settings, which a link in /usr leads to" {
	need keytool
	box=(--write=.)
	denied "java.security: read" keytool -help
	contains "$err" "no line of a profile shows it"
	matches "$entry" '^fs.read=\["/etc/java-[^"]*/security/java.security"\]$'
	mended keystore sh -c 'keytool -help 2>&1'
}
