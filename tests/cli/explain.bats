#!/usr/bin/env bats
# explain.bats - sboxctl explain says what the sandbox then does, and which line decides
#
# The first tests ask both: what is explained for a path, a call or a variable must be what
# a command inside then meets.

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	mkdir -p .git/hooks sub/deep secrets tools ../other/inner
	touch a .env sub/b sub/deep/c .git/hooks/h .git/config secrets/key tools/run \
		../other/f ../other/inner/g
	chmod -R u+rwx . ../other
	ln -s sub/b link
	ln -s "$top/other/f" to-other
	ln -s nowhere dangling
	ln -s round round
	ln -s ../here/sub/../a winding
	layers=""
	takes_marks || layers="readonly = true"
	cat >all.toml <<-END
		extends = ["base"]
		identity.user = "caller"
		[fs]
		read = ["$top/other:/other", "?/not/there"]
		write = ["\${CWD}", "\${CWD}/sub:/part"]
		tmpfs = ["/scratch", "\${CWD}/secrets"]
		deny = ["\${CWD}/.env", "\${CWD}/sub/deep", "$top/other/inner"]
		protect = ["\${CWD}/.git/hooks", "?\${CWD}/made-later"]
		[[fs.mount]]
		type = "file"
		target = "/scratch/made"
		content = "x"
		mode = "0644"
		[[fs.mount]]
		type = "file"
		target = "/scratch/tool"
		content = "x"
		mode = "0555"
		[[fs.mount]]
		type = "tmpfs"
		target = "/plain"
		noexec = true
		[[fs.mount]]
		type = "file"
		target = "/plain/tool"
		content = "x"
		mode = "0755"
		[[fs.mount]]
		type = "bind"
		source = "\${CWD}/tools"
		target = "/tools"
		readonly = false
		noexec = true
		[[fs.mount]]
		type = "overlay"
		target = "/layers"
		lower = ["\${CWD}/sub", "$top/other"]
		$layers
		[[fs.mount]]
		type = "symlink"
		target = "/short"
		source = "part"
		[[fs.mount]]
		type = "dir"
		target = "/empty"
	END
	chmod 755 all.toml # the owner's rights are not what is asked for
}

# For each path on standard input the line "PATH read write exec", each yes or no; exec of
# files only. To be run inside. Writing is tried: some shells tell it by the mode alone.
cat_probe() {
	cat <<-'END'
		writes() { (: >>"$1") 2>&-; }
		creates() {
			local file=$1 parent
			! writes "$file" || { rm -f "$file"; return 0; }
			file=$(readlink -m "$file" 2>&-) && parent=${file%/*} && [ -n "$parent" ] && [ ! -e "$parent" ] &&
				mkdir -p "$parent" 2>&- && writes "$file" && rm "$file" || return
			rmdir -p "$parent" 2>&- || : # up to what was there
		}
		while read -r path; do
			read=no write=no exec=-
			[ ! -r "$path" ] || read=yes
			if [ -d "$path" ]; then
				! creates "$path/made-by-the-probe" || write=yes
			elif [ -e "$path" ]; then
				! writes "$path" || write=yes
			else
				! creates "$path" || write=yes
			fi
			if [ -f "$path" ] && [ -r "$path" ]; then
				exec=no
				[ ! -x "$path" ] || exec=yes
			fi
			echo "$path $read $write $exec"
		done
	END
}

# The same from explain. Where the probe has looked at no file, "-" stands for exec.
explained() {
	local path json
	while read -r path _ _ exec; do
		json=$(sboxctl explain "$@" path "$path" --json || :)
		sed -E "s|.*\"read\":\"([a-z]+)\",\"write\":\"([a-z]+)\",\"exec\":\"([a-z]+)\".*|$path \1 \2 \3|" \
			<<<"$json" | { [ "$exec" != - ] && cat || sed 's/ [a-z]*$/ -/'; }
	done
}

# as_explained OPTION... -- PATH...
as_explained() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	cat_probe >"$top/probe"
	printf '%s\n' "$@" >"$top/paths"
	sbox -q "${options[@]}" -- sh -c "$(cat "$top/probe")" <"$top/paths" >"$top/met"
	[ -s "$top/met" ] && [ "$(wc -l <"$top/met")" -eq $# ] || fail "the probe has not run"
	explained "${options[@]}" <"$top/met" >"$top/told"
	diff "$top/met" "$top/told" >"$top/diff" || fail "< met inside, > told by explain" "$(cat "$top/diff")"
}

@test "what is said of a path is what a command meets there" {
	as_explained -p ./all.toml -- \
		/ /usr /bin/sh /bin /lib /etc /etc/passwd /etc/shadow /nowhere /home /root \
		"$PWD" "$PWD/a" "$PWD/new" "$PWD/.env" "$PWD/sub" "$PWD/sub/b" "$PWD/sub/deep" \
		"$PWD/sub/deep/c" "$PWD/.git" "$PWD/.git/hooks" "$PWD/.git/hooks/h" "$PWD/.git/hooks/new" \
		"$PWD/.git/config" "$PWD/link" "$PWD/to-other" "$PWD/dangling" "$PWD/round" "$PWD/winding" \
		"$PWD/secrets" "$PWD/secrets/key" "$PWD/secrets/new" "$PWD/a/below" "$PWD/all.toml" \
		/other /other/f /other/inner /other/inner/g /other/new "$top" "$top/other" "$top/other/f" \
		/part /part/b /part/deep /part/new /scratch /scratch/made /scratch/new /scratch/tool /plain/tool /tools/run \
		/layers/b /layers/f /layers/new /layers/deep /layers/inner /short/b /short/new /empty /empty/new \
		/tmp/x /run/x /var/tmp/x /dev /dev/null /dev/new /dev/shm/x /dev/sda /dev/pts \
		/proc /proc/sys /proc/kcore /proc/1/environ /proc/1/mem /not/there /not
}

@test "what comes and goes while the command runs is not told beforehand" {
	for path in /proc/meminfo /proc/nothing /proc/99999/status /proc/self/exe /proc/1/status /dev/pts/77 \
		/proc/sys/kernel/ostype /dev/stdin; do
		for access in read write exec; do
			try sboxctl explain path "$path" "$access"
			[ "$status" -ne 0 ] || fail "$out"
		done
		gives 125 sboxctl explain path "$path"
		contains "$out" "known only while the command runs"
	done
	gives 1 sboxctl explain path /proc/sys/kernel/ostype write
}

@test "what is said of a FIFO is what a command meets, under Landlock and without" {
	need python3
	mkfifo fifo
	cat >open.py <<-'END'
		import os, sys
		try:
		    os.write(os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK), b"x")
		except PermissionError:
		    sys.exit(1)
	END
	for options in "--read=$PWD" "--read=$PWD:/data" "--read=$PWD:/data --set=landlock.mode=off" \
		"--read=$PWD:/over/data --tmpfs=/over" "--write=$PWD:/data"; do
		place=/data
		case $options in
		*:/over*) place=/over/data ;;
		*"=$PWD") place=$PWD ;;
		esac
		# shellcheck disable=SC2086 # several options
		try sbox $options -- python3 "$place/open.py" "$place/fifo"
		met=$status
		# shellcheck disable=SC2086
		try sboxctl explain $options path "$place/fifo" write
		equal "$options: $status" "$options: $met"
		contains "$out" "it is a FIFO"
	done
}

@test "what is said of a path holds in an overlay whose changes were kept" {
	need_marks .
	mkdir -p low/gone/deep low/again/deep low/both/deep upper work
	touch low/gone/deep/x low/{again,both}{,/deep}/old low/{again,both}/unasked low/file
	chmod 755 low/*/old low/*/deep/old
	cat >kept.toml <<-END
		extends = ["base"]
		identity.user = "caller"
		[[fs.mount]]
		type = "overlay"
		target = "/ov"
		lower = ["$PWD/low"]
		upper = "$PWD/upper"
		work = "$PWD/work"
	END
	works sbox -p ./kept.toml -- sh -c 'cd /ov && rm -r gone file again && mkdir -p again/deep && touch again/new both/new && chmod 755 */new'
	as_explained -p ./kept.toml -- /ov /ov/gone /ov/gone/deep /ov/gone/deep/x /ov/file /ov/again /ov/again/new \
		/ov/both /ov/both/new /ov/both/none
	# the one is opaque now, the other is not
	works sbox -p ./kept.toml -- sh -c 'test ! -e /ov/again/old && test -e /ov/both/old'
	as_explained -p ./kept.toml -- /ov/again/old /ov/both/old /ov/both/deep /ov/both/deep/old /ov/again/deep/old
	gives 1 sboxctl explain -p ./kept.toml path /ov/again/old
	works sboxctl explain -p ./kept.toml path /ov/both/old
	# the mark of a directory that may be searched and not read is anybody's guess
	chmod 300 upper/both upper/again
	for path in /ov/again/unasked /ov/both/unasked; do # as_explained has copied the others
		gives 125 sboxctl explain -p ./kept.toml path "$path"
		contains "$out" "user.overlay.opaque"
		works sboxctl explain -p ./kept.toml path "$path" write
	done
	chmod 755 upper/both upper/again
	rm -rf work
}

@test "what is said of a path holds under a directory as the root" {
	mkdir -p rootfs/bin rootfs/etc rootfs/data
	cp "$(command -v busybox)" rootfs/bin/sh || skip "busybox is not installed"
	! ldd rootfs/bin/sh >/dev/null 2>&1 || skip "busybox is not static"
	touch rootfs/etc/file rootfs/bin/tool
	chmod +x rootfs/etc/file rootfs/bin/tool
	for mode in ro overlay rw; do
		as_explained --set='reset=["fs.tmpfs", "fs.read"]' --root="$PWD/rootfs" --root-mode="$mode" \
			--user=caller --proc=none --dev=none --set='process.tty="never"' --read="$PWD/sub:/data" -- \
			/ /bin/tool /etc/file /etc/new /data/b /data/new /new /usr
	done
}

@test "what is said of a path holds with the shipped profiles" {
	for profile in default build ci offline-shell; do
		as_explained -p "$profile" --user=caller -- "$PWD" "$PWD/a" "$PWD/new" "$PWD/.git/hooks" "$PWD/.git/hooks/new" \
			/usr/bin/env /etc/ssl /etc/ssl/certs /etc/hostname /tmp/x "$HOME" "$HOME/.ssh" /opt
	done
}

@test "what is said of a system call is what a command gets" {
	cat >call.py <<-'END'
		import ctypes, os, sys
		libc = ctypes.CDLL(None, use_errno=True)
		ctypes.set_errno(0)
		result = libc.syscall(*[ctypes.c_long(int(a)) for a in sys.argv[1:]])
		print(os.strerror(ctypes.get_errno()) if result < 0 else "done")
	END
	says() { # says EXPLAINED NUMBERS ERROR
		try sboxctl explain --write=. --user=caller syscall "$1"
		contains "$out" "$3"
		# shellcheck disable=SC2086 # a list of numbers
		works sbox --write=. --user=caller -- python3 call.py $2
		case $3 in
		EPERM) equal "$out" "Operation not permitted" ;;
		ENOSYS) equal "$out" "Function not implemented" ;;
		EAFNOSUPPORT) equal "$out" "Address family not supported by protocol" ;;
		allowed) differ "$out" "Operation not permitted" && differ "$out" "Function not implemented" ;;
		esac
	}
	says getppid "$(number getppid)" allowed
	says 'unshare(CLONE_NEWUSER)' "$(number unshare) 268435456" EPERM
	says 'socket(AF_ALG, SOCK_SEQPACKET, 0)' "$(number socket) 38 5 0" EAFNOSUPPORT
	says 'socket(AF_UNIX, SOCK_STREAM, 0)' "$(number socket) 1 1 0" allowed
	says 'socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER)' "$(number socket) 16 3 12" EAFNOSUPPORT
	says 'personality(READ_IMPLIES_EXEC)' "$(number personality) 4194304" EPERM
	says 'personality(0xffffffff)' "$(number personality) 4294967295" allowed
	says io_uring_setup "$(number io_uring_setup) 1 0" ENOSYS
	says 'ioctl(0, TIOCSTI)' "$(number ioctl) 0 21522 0" EPERM
	says 1000 "1000" ENOSYS
	says 'personality(-1)' "$(number personality) -1" allowed
	says 'socket(-1, SOCK_STREAM)' "$(number socket) -1 1 0" EAFNOSUPPORT
	says 'ioctl(0, -1)' "$(number ioctl) 0 -1 0" allowed
}

@test "what limits namespaces beside the filter is told with the filter's answer" {
	for option in seccomp.base=none 'seccomp.allow=["@namespaces"]'; do
		refused sbox --set="$option" -- unshare --user true
		for call in 'unshare(CLONE_NEWUSER)' unshare 'clone(CLONE_NEWUSER|17)'; do
			works sboxctl explain --set="$option" syscall "$call"
			contains "$out" "no namespace without namespaces.nested = true"
		done
		works sboxctl explain --set="$option" syscall 'clone(17)'
		lacks "$out" "namespaces.nested"
	done
	works sboxctl explain --set=namespaces.nested=true syscall 'unshare(CLONE_NEWUSER)'
	lacks "$out" "no namespace without"
}

@test "the entry that is offered for a system call lets it through, and none is that does not" {
	for call in keyctl io_uring_setup 'personality(READ_IMPLIES_EXEC)' \
		'unshare(CLONE_NEWUSER)' 'clone(CLONE_NEWNET)' mount chroot userfaultfd; do
		gives 1 sboxctl explain syscall "$call"
		entry=$(sed -n 's/^\([a-z.]* = [^ ]*\) lets it through.*/\1/p' <<<"$out")
		[ -n "$entry" ] || fail "nothing is offered for $call" "$out"
		works sboxctl explain --set="${entry/ = /=}" syscall "$call"
	done
	for call in 'ioctl(0, TIOCSTI)' 'socket(AF_VSOCK)' 1000; do
		gives 1 sboxctl explain syscall "$call"
		lacks "$out" "lets it through"
	done
	for call in keyctl mount; do # a denial wins over what would be offered
		gives 1 sboxctl explain --set="seccomp.deny=[\"$call\"]" syscall "$call"
		lacks "$out" "lets it through"
	done
}

@test "what is said of a variable is what a command has" {
	export LC_TIME=C SECRET=x TERM=dumb PATH
	works sbox -p build -- env
	printf '%s\n' "$out" >"$top/inside"
	for name in LC_TIME SECRET TERM PATH HOME TMPDIR LANG NOTHING; do
		try sboxctl explain -p build env "$name"
		if grep -q "^$name=" "$top/inside"; then
			equal "$status" 0
			lacks "$out" "has it not"
		else
			[ "$status" -eq 1 ] || contains "$out" "the caller has it not"
		fi
	done
}

@test "the line that decides is shown with its place and a caret" {
	gives 1 sboxctl explain -p ./all.toml path "$PWD/.env"
	contains "$out" "$PWD/.env: hidden"
	matches "$out" "^$PWD/all.toml:7:9: denied"
	contains "$out" '    7 | deny = ["${CWD}/.env"'
	equal "$(grep -c '^      |         ^$' <<<"$out")" 1
}

@test "sbox --why asks what sboxctl explain does, with the options of a run" {
	for question in "path a" "path a write" "net localhost:80" "syscall getppid" "env HOME" "command sh"; do
		# shellcheck disable=SC2086 # two or three words
		try sboxctl explain -p build --read=. $question
		said=$out ended=$status
		# shellcheck disable=SC2086
		gives "$ended" sbox -p build --why --read=. -- $question
		equal "$out" "$said"
	done
	gives 125 sbox --why
	contains "$err" "say what is asked: path PATH"
	gives 125 sbox --why touch made
	contains "$err" "say what is asked: path PATH"
	[ ! -e made ]
	gives 125 sbox --why --hold path a
	contains "$err" "--hold"
	mkdir "$top/alone"
	cp "$builddir/sbox" "$top/alone/sbox"
	gives 125 "$top/alone/sbox" --why path a
	contains "$err" "sboxctl, which is installed beside sbox"
}

@test "an option of the command line decides as a profile does" {
	gives 1 sboxctl explain path "$PWD/a"
	works sboxctl explain --read=. path a
	matches "$out" '^command line:1: shows '
	gives 1 sboxctl explain --read=. path a write
	works sboxctl explain path a write --write=.
	gives 1 sboxctl explain --set='seccomp.deny=["getppid:EIO"]' syscall getppid
	contains "$out" "fails with EIO"
	contains "$out" '"getppid:EIO" in seccomp.deny'
	works sboxctl explain -p container syscall mount
	contains "$out" "$config/container.toml"
}

@test "a network is asked as its rules stand, and a socket before it" {
	gives 1 sboxctl explain net 1.1.1.1:443
	contains "$out" "no network but a loopback device"
	works sboxctl explain net localhost:80
	contains "$out" "not the host"
	works sboxctl explain --net=host net example.org:443
	gives 1 sboxctl explain --net=host --set='seccomp.deny=["socket"]' net example.org:443
	contains "$out" "socket fails with EPERM"
	gives 1 sboxctl explain --net=host --set='seccomp.deny=["connect:KILL"]' net 1.1.1.1:1/udp
	contains "$out" "connect the process is killed"
}

@test "what is said of loopback is what a connection meets, however it is written" {
	need python3
	for address in 127.0.0.1 0.0.0.0 :: ::1 ::ffff:127.0.0.1 ::ffff:0.0.0.0 192.0.2.1 ::ffff:192.0.2.1; do
		works sbox -- python3 -c '
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
try:
    socket.socket(family, socket.SOCK_STREAM).connect((sys.argv[1], 9))
except ConnectionRefusedError:
    print(0)
except OSError:
    print(1)' "$address"
		met=$out
		case $address in *:*) address="[$address]" ;; esac
		try sboxctl explain net "$address:9"
		equal "$address $status" "$address $met"
	done
	# the socket is one of IPv6, which a filter may know
	gives 1 sboxctl explain --set='seccomp.deny=["socket"]' net '[::ffff:127.0.0.1]:9'
}

@test "the rules of a helper are asked in their order" {
	need slirp4netns
	[ -w /dev/net/tun ] || skip "/dev/net/tun cannot be opened"
	options=(--net=slirp4netns --net-allow=10.1.0.0/16:443 --net-deny=10.1.1.1)
	works sboxctl explain "${options[@]}" net 10.1.2.3:443
	matches "$out" '^command line:2: rule '
	gives 1 sboxctl explain "${options[@]}" net 10.1.1.1:443
	matches "$out" '^command line:3: rule '
	gives 1 sboxctl explain "${options[@]}" net 10.2.0.1:443
	works sboxctl explain "${options[@]}" net 9.9.9.9:443
	gives 125 sboxctl explain "${options[@]}" net example.org:443
	contains "$out" "getent ahosts example.org"
}

@test "a command is the file that would be executed, or there is a reason why not" {
	works sboxctl explain command sh
	contains "$out" "readable and executable"
	gives 1 sboxctl explain command nosuch-command
	contains "$out" "nosuch-command: command not found in the sandbox (PATH="
	mkdir bin
	printf '#!/bin/sh\n' >bin/tool
	chmod +x bin/tool
	PATH=$PWD/bin:$PATH gives 1 sboxctl explain command tool
	contains "$out" "the host has it, but the profile does not show it: --read=$PWD/bin/tool"
	PATH=$PWD/bin:$PATH works sboxctl explain --read="$PWD/bin" --path="$PWD/bin" command tool
	contains "$out" "$PWD/bin/tool: readable and executable"
	gives 1 sboxctl explain -p build command ./nowhere
	contains "$out" "no such file in the sandbox"
}

@test "names are asked of a filtered network, and a network without rules lets all through" {
	works sboxctl explain --net=filtered --net-allow='*.example.org' net A.B.example.org.:443
	contains "$out" "connected to, by its name"
	gives 1 sboxctl explain --net=filtered --net-allow='*.example.org' net example.org:443
	contains "$out" "net.allow has no entry for it"
	gives 1 sboxctl explain --net=filtered --net-allow='*.example.org' --net-deny=a.example.org net a.example.org:443
	contains "$out" "net.deny: a.example.org"
	gives 1 sboxctl explain --net=filtered --net-allow=0.0.0.0/0:443 --net-deny=8.8.8.8 net 8.8.8.8:443
	works sboxctl explain --net=filtered --net-allow=10.1.0.0/16:5432 net 10.1.2.3:5432
	works sboxctl explain --net=slirp4netns --set='net.scope="any"' net example.org:443
	works sboxctl explain --net=slirp4netns --set='net.scope="any"' net 192.168.1.1:443
	contains "$out" "there are no rules"
}

@test "--json gives the same for programs" {
	gives 1 sboxctl explain --json -p ./all.toml path .env
	works python3 - "$out" "$PWD" <<-'END'
		import json, sys
		answer, here = json.loads(sys.argv[1]), sys.argv[2]
		assert answer["question"] == "path" and answer["answer"] == "no", answer
		assert [answer[k] for k in ("read", "write", "exec")] == ["no"] * 3, answer
		assert answer["path"] == here + "/.env", answer
		why = answer["why"][-1]
		assert (why["file"], why["line"], why["col"]) == (here + "/all.toml", 7, 9), answer
	END
}

@test "what cannot be told is no answer, and says so" {
	gives 125 sboxctl explain syscall getpidd
	contains "$err" 'did you mean "getpid"?'
	for number in 1024 99999999999999999999; do
		gives 125 sboxctl explain syscall "$number"
		contains "$err" "0 to 1023 can be asked for"
	done
	gives 125 sboxctl explain syscall 'socket(AF_UNIXX)'
	contains "$err" 'did you mean "AF_UNIX"?'
	for call in 'socket(' 'socket(1' 'socket(,)' 'socket(-)' 'socket(--1)' 'socket(-x)' 'socket(1 x)' 'f(1,2,3,4,5,6,7)' '' '(1)'; do
		gives 125 sboxctl explain syscall "$call"
		equal "$out" ""
	done
	gives 125 sboxctl explain path ../x
	gives 125 sboxctl explain path /x look
	gives 125 sboxctl explain net 1.2.3.4
	gives 125 sboxctl explain env A=B
	gives 125 sboxctl explain something else
	gives 125 sboxctl explain path
	gives 125 sboxctl explain --effective path /
	gives 125 sboxctl explain --report=x path /
	gives 125 sboxctl explain --read=/nowhere path /
	contains "$err" '"/nowhere" does not exist'
	gives 125 sboxctl explain -p nothing path /
}

@test "nothing that is asked moves the cursor of a terminal" {
	name=$'evil\e[2J\x07'
	touch "$name"
	try sboxctl explain --read=. path "$name"
	lacks "$out" $'\e'
	contains "$out" 'evil\x1b[2J\x07'
	try sboxctl explain env $'A\e[2J'
	lacks "$out" $'\e'
}
