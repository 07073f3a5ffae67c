#!/usr/bin/env bats
# seccomp.bats - the system-call policy as a profile sets it, and its cache

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	need python3
}

# call NUMBER [ARGUMENT...]: the errno of a system call made inside, or "done"; $box holds
# sbox's options. ptrace(PTRACE_TRACEME) and keyctl are calls that some policies refuse.
call() {
	sbox "${box[@]}" -- python3 -c '
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
ret = libc.syscall(*(ctypes.c_long(int(n)) for n in sys.argv[1:]))
print("done" if ret >= 0 else errno.errorcode[ctypes.get_errno()])' "$@"
}

@test "the default policy refuses what no program needs and lets ordinary calls pass" {
	box=()
	equal "$(call "$(number getpid)")" "done"
	equal "$(call "$(number ptrace)" 0 0 0 0)" "done"
	for name in keyctl add_key bpf mount unshare swapoff reboot init_module open_by_handle_at \
		userfaultfd perf_event_open; do
		result=$(call "$(number $name)" 0 0 0 0 0)
		case $result in
		EPERM | ENOSYS) ;;
		*) fail "$name: $result" ;;
		esac
	done
	works sbox -- grep Seccomp: /proc/self/status
	matches "$out" '2$'
}

@test "calls that the policy does not know do not exist" {
	box=()
	equal "$(call 600)" ENOSYS
	equal "$(call 999)" ENOSYS
}

@test "the strict policy kills for what the default one refuses" {
	box=(--set='seccomp.base="strict"')
	equal "$(call "$(number getpid)")" "done"
	gives 159 call "$(number mount)" 0 0 0 0 0
	equal "$(call "$(number ptrace)" 0 0 0 0)" EPERM
}

@test "without a policy nothing is filtered" {
	box=(--set='seccomp.base="none"')
	works sbox "${box[@]}" -- grep Seccomp: /proc/self/status
	matches "$out" '0$'
	result=$(call "$(number keyctl)" 0 0 0 0 0)
	case $result in done | EACCES | ENOKEY | EINVAL | EDQUOT) ;; *) fail "keyctl: $result" ;; esac
}

@test "seccomp.allow adds calls by name, number and group" {
	keyctl=$(number keyctl)
	box=(--set='seccomp.allow=["keyctl"]')
	differ "$(call "$keyctl" 0 0 0 0 0)" EPERM
	box=(--set="seccomp.allow=[\"$keyctl\"]")
	differ "$(call "$keyctl" 0 0 0 0 0)" EPERM
	box=(--set='seccomp.allow=["@keyring"]')
	differ "$(call "$keyctl" 0 0 0 0 0)" EPERM
	box=()
	equal "$(call "$keyctl" 0 0 0 0 0)" EPERM
}

@test "seccomp.deny takes calls away by name, number, group and with an answer" {
	getppid=$(number getppid)
	box=()
	equal "$(call "$getppid")" "done"
	box=(--set='seccomp.deny=["getppid"]')
	equal "$(call "$getppid")" EPERM
	box=(--set="seccomp.deny=[\"$getppid\"]")
	equal "$(call "$getppid")" EPERM
	box=(--set='seccomp.deny=["getppid:ENOSYS"]')
	equal "$(call "$getppid")" ENOSYS
	box=(--set='seccomp.deny=["getppid:13"]')
	equal "$(call "$getppid")" EACCES
	box=(--set='seccomp.deny=["@sync:EIO"]')
	equal "$(call "$(number sync)")" EIO
	box=(--set='seccomp.deny=["getppid:KILL"]')
	gives 159 call "$getppid"
}

@test "a denial wins over an allowance, whatever the order and the layer" {
	profile parent <<<'extends = ["default"]
seccomp.deny = ["getppid:EXDEV"]'
	box=(-p parent --set='seccomp.allow=["getppid", "@process", "@default"]')
	equal "$(call "$(number getppid)")" EXDEV
}

@test "a denial works without a base policy too" {
	box=(--set='seccomp.base="none"' --set='seccomp.deny=["getppid:EXDEV"]')
	equal "$(call "$(number getppid)")" EXDEV
	equal "$(call "$(number getpid)")" "done"
}

@test "mistakes in a policy are told with the nearest name" {
	gives 125 sbox --set='seccomp.allow=["opne"]' -- true
	contains "$err" 'unknown system call "opne": did you mean "open"?'
	gives 125 sbox --set='seccomp.deny=["@debgu"]' -- true
	contains "$err" 'did you mean "@debug"?'
	gives 125 sbox --set='seccomp.deny=["open:ENOSYSS"]' -- true
	contains "$err" 'did you mean "ENOSYS"?'
	gives 125 sbox --set='seccomp.allow=["open:ENOSYS"]' -- true
	contains "$err" "only a denial has an answer"
	gives 125 sbox --set='seccomp.deny=["execve"]' -- true
	contains "$err" "denies execve"
	gives 125 sbox --set='seccomp.deny=["99999"]' -- true
}

@test "keys cannot be seen or used from inside" {
	works sbox -- sh -c 'cat /proc/keys /proc/key-users 2>/dev/null; :'
	equal "$out" ""
}

@test "typing into the terminal with TIOCSTI is refused" {
	works sbox -- python3 -c '
import fcntl, os, termios
master, slave = os.openpty()
try:
    fcntl.ioctl(slave, termios.TIOCSTI, b"x")
    print("typed")
except OSError as error:
    print(error.errno)'
	equal "$out" 1
	works sbox -- python3 -c '
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
master, slave = os.openpty()
libc.syscall(ctypes.c_long('"$(number ioctl)"'), ctypes.c_long(slave), ctypes.c_long(0x5412 | 1 << 40), b"x")
print(ctypes.get_errno())'
	equal "$out" 1
}

cache=sbox/filters

@test "a stock policy needs no cache" {
	works sbox -- true
	works sbox --set='seccomp.base="strict"' -- true
	works sbox --set='seccomp.allow=["read"]' -- true
	[ ! -e "$XDG_CACHE_HOME/$cache" ]
}

@test "a changed policy is compiled once, kept for its owner alone, and used again" {
	umask 0
	works sbox --set='seccomp.deny=["getppid"]' -- true
	equal "$(stat -c %a "$XDG_CACHE_HOME/sbox" "$XDG_CACHE_HOME/$cache")" "$(printf '700\n700')"
	equal "$(ls "$XDG_CACHE_HOME/$cache" | wc -l)" 1
	file=$(echo "$XDG_CACHE_HOME/$cache"/*)
	equal "$(stat -c %a "$file")" 600
	before=$(stat -c '%i %Y %Z' "$file")
	works sbox --set='seccomp.deny=["getppid"]' -- true
	equal "$(stat -c '%i %Y %Z' "$file")" "$before"
	works sbox --set='seccomp.deny=["getppid:EIO"]' -- true
	equal "$(ls "$XDG_CACHE_HOME/$cache" | wc -l)" 2
}

@test "a kept policy is really what is used: it works with the compiler out of reach" {
	need strace
	works sbox --set='seccomp.deny=["getppid:EXDEV"]' -- true
	try strace -qq -e trace=openat -o trace sbox --set='seccomp.deny=["getppid:EXDEV"]' -- true
	grep -q '\.bpf' trace || skip "strace cannot be used here"
	! grep -q O_TMPFILE trace || fail "it was written again"
	box=(--set='seccomp.deny=["getppid:EXDEV"]')
	equal "$(call "$(number getppid)")" EXDEV
}

# The cache holds the policy without getppid; spoil changes its file or directory so that
# it must not be believed.
spoiled() {
	box=(--set='seccomp.deny=["getppid:EXDEV"]')
	rm -rf "$XDG_CACHE_HOME/sbox"
	works sbox "${box[@]}" -- true
	file=$(echo "$XDG_CACHE_HOME/$cache"/*)
	"$@"
	equal "$(call "$(number getppid)")" EXDEV
}

garbage() {
	head -c 3000 /dev/urandom >"$file"
}

cut_short() {
	truncate -s -8 "$file"
}

empty() {
	: >"$file"
}

another() {
	works sbox --set='seccomp.deny=["getpid:EXDEV"]' -- true
	local other
	other=$(find "$XDG_CACHE_HOME/$cache" -type f ! -path "$file")
	cat "$other" >"$file"
}

@test "a file of the cache that is damaged or of another policy is not used" {
	spoiled garbage
	spoiled cut_short
	spoiled empty
	spoiled another
}

open_to_others() {
	works sbox --set='seccomp.deny=["getpid:EXDEV"]' -- true
	chmod "$1" "$2"
}

# What the file says does not count if others could have written it: the program in it is
# made one that allows everything, with the text of the policy left as it is.
loosened() {
	python3 - "$file" "$1" "$2" <<-'END'
		import os, re, struct, sys
		path, target, mode = sys.argv[1:]
		data = bytearray(open(path, "rb").read())
		allow = struct.pack("HBBI", 6, 0, 0, 0x7fff0000)
		at = data.index(b"\0", 12)  # behind the magic
		header = struct.unpack_from("IIIII", data, 12)
		code = 12 + 20 + 8 + header[2]
		for i in range(code, len(data) - 7, 8):
		    data[i:i + 8] = allow
		def add(total, part):  # checksum() of seccomp-cache.c
		    for i in range(0, len(part), 8):
		        total ^= int.from_bytes(part[i:i + 8], "little")
		        total = ((total << 29 | total >> 35) * 0x9e3779b97f4a7c15) % 2**64
		    return total
		data[32:40] = bytes(8)
		data[32:40] = add(add(0, data[:40]), data[40:]).to_bytes(8, "little")
		open(path, "wb").write(data)
		os.chmod(path if target == "file" else os.path.dirname(path), int(mode, 8))
	END
}

@test "a file or directory of the cache that is open to others is not used" {
	spoiled loosened file 660
	spoiled loosened file 606
	spoiled loosened directory 770
	spoiled loosened directory 707
	# and what these tests do would be seen: the owner's own file is believed
	rm -rf "$XDG_CACHE_HOME/sbox"
	works sbox "${box[@]}" -- true
	file=$(echo "$XDG_CACHE_HOME/$cache"/*)
	loosened file 600
	equal "$(call "$(number getppid)")" "done"
}

to_link() {
	mv "$file" "$top/elsewhere"
	ln -s "$top/elsewhere" "$file"
}

dir_to_link() {
	loosened file 600
	mv "$XDG_CACHE_HOME/$cache" "$top/elsewhere-dir"
	ln -s "$top/elsewhere-dir" "$XDG_CACHE_HOME/$cache"
}

@test "a symbolic link in the place of the cache is not followed" {
	spoiled to_link
	rm -f "$top/elsewhere"
	spoiled dir_to_link
}

@test "without a cache directory a changed policy works all the same" {
	box=(--set='seccomp.deny=["getppid:EXDEV"]')
	chmod 500 "$XDG_CACHE_HOME"
	equal "$(call "$(number getppid)")" EXDEV
	chmod 700 "$XDG_CACHE_HOME"
	XDG_CACHE_HOME=/proc/nothing
	equal "$(call "$(number getppid)")" EXDEV
	unset XDG_CACHE_HOME HOME
	equal "$(call "$(number getppid)")" EXDEV
}
