#!/usr/bin/env bats
# fidelity.bats - what works outside works inside, kind by kind

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"
# shellcheck disable=SC2016 # for the inner shells

@test "standard streams can be opened by their names, whatever they are" {
	for profile in default build ci; do
		gives 0 bash -c 'sbox -q -p "$0" -- sh -c "echo hi >/dev/stderr" 2>/dev/null' "$profile"
		gives 0 bash -c 'sbox -q -p "$0" -- sh -c "echo hi >/dev/stdout" >/dev/null' "$profile"
		gives 0 bash -c 'sbox -q -p "$0" -- sh -c "echo hi >>/dev/fd/2; echo hi >/proc/self/fd/1" >/dev/null 2>&1' "$profile"
		gives 0 bash -c 'sbox -q -p "$0" -- cat /dev/stdin </dev/null' "$profile"
		equal "$out" ""
		gives 0 bash -c 'sbox -q -p "$0" -- head -c 3 /dev/stdin </dev/zero | wc -c' "$profile"
		equal "$out" 3
		gives 0 bash -c 'echo pipe | sbox -q -p "$0" -- cat /dev/stdin | cat' "$profile"
		equal "$out" pipe
		echo text >file
		gives 0 bash -c 'sbox -q -p "$0" -- sh -c "cat /dev/stdin >/dev/stdout" <file >copy' "$profile"
		equal "$(cat copy)" text
	done
	# and for no more than they were opened for
	gives 2 bash -c 'sbox -q -- sh -c "echo hi >/dev/stdin" </dev/zero'
	contains "$err" "Permission denied"
}

@test "a report to \"-\" is a mistake that names the way to standard output" {
	gives 125 sbox --report=- -- touch ran
	contains "$err" "--status-fd=1"
	[ ! -e ran ]
	[ ! -e - ]
	works sbox --status-fd=1 -- true
	contains "$(tail -n 1 <<<"$out")" '"event":"ended"'
	works sbox --report=./- -- true
	works python3 "$srcdir/tests/cli/validate.py" "$srcdir/docs/report.schema.json" ./-
}

@test "the cure for a missing directory fits what it was to be" {
	gives 125 sbox --write="$PWD/missing" -- true
	contains "$err" "must be made first, by mkdir -p"
	gives 125 sbox --read="$PWD/missing" -- true
	contains "$err" "would skip it)"
	lacks "$err" mkdir
	mkdir -p "$PWD/missing"
	gives 0 sbox --write="$PWD/missing" -- touch "$PWD/missing/file"
	[ -e missing/file ]
}

@test "giving a file to others is refused as outside, and done nothing for by root in name only" {
	for profile in build ci; do
		works sbox -p "$profile" -- fakeroot sh -c 'touch f && chown root:root f && stat -c %U f'
		equal "$out" root
		works sbox -p "$profile" -- sh -c 'touch g && chown "$(id -u):$(id -g)" g && chgrp -h "$(id -g)" g'
		gives 1 sbox -p "$profile" -- chown root g
		contains "$err" "Operation not permitted"
		gives 1 sbox -p "$profile" -- chgrp 5 g
		contains "$err" "Operation not permitted"
		works sbox -p "$profile" -- sh -c 'install -m 644 g h && cp -a g i && tar cf g.tar g && tar xf g.tar'
	done
	works sbox -- sh -c 'cd /tmp; touch f; tar --owner=5 --group=5 -cf f.tar f; tar xf f.tar'
	works sbox -- sh -c 'cd /tmp; touch f; chown 5:5 f; chown -h 5 f; stat -c %u:%g f'
	equal "$out" 0:0
	works sbox -- python3 -c 'import os; os.setgroups([7]); os.initgroups("root", 0); print(os.getgroups())'
	lacks "$out" 7
	# where the command has more numbers than one, the kernel answers
	works sbox -p container -- sh -c 'cd /tmp; touch f; chown 5:5 f; stat -c %u:%g f'
	equal "$out" 5:5
}

# What mq_overview(7) describes: made, opened anew, sent, received, removed.
queues='
import ctypes, os
c = ctypes.CDLL("librt.so.1", use_errno=True)
def must(got):
    if got < 0:
        raise SystemExit(os.strerror(ctypes.get_errno()))
    return got
q = must(c.mq_open(b"/q1", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600, None))
other = must(c.mq_open(b"/q1", os.O_RDONLY))
must(c.mq_send(q, b"text", 4, 1))
buffer = ctypes.create_string_buffer(8192)
n = must(c.mq_receive(other, buffer, 8192, None))
print(buffer.raw[:n].decode())
must(c.mq_unlink(b"/q1"))
'

@test "POSIX message queues work, in a namespace of their own" {
	for profile in default build ci container; do
		works sbox -p "$profile" -- python3 -c "$queues"
		equal "$out" text
	done
	own_registry
	begin sbox -q --name=queues -p build -- sh -c 'echo ready; exec cat'
	works sboxctl exec queues -- python3 -c "$queues"
	equal "$out" text
	finish
	equal "$status" 0
}

@test "behind a link that leads out of sight, the cure names where it leads" {
	mkdir shown
	ln -s /etc shown/dir
	ln -s /etc/shells shown/link
	for name in dir/shells link; do
		gives 1 sboxctl explain --read="$PWD/shown" path "$PWD/shown/$name"
		contains "$out" 'fs.read = ["/etc/shells"] would'
		works sbox --read="$PWD/shown" --read=/etc/shells -- cat "$PWD/shown/$name"
		equal "$out" "$(cat /etc/shells)"
	done
	gives 125 sbox --read="$PWD/shown" --read="$PWD/shown/link" -- true
	contains "$err" 'is a symbolic link, which leads to "/etc/shells" inside'
	# a link to a directory that can be made is followed; the same by what it shows
	works sbox --read="$PWD/shown" --read="$PWD/shown/dir/shells" -- cat /etc/shells
	# where there is none on the way, nothing is said of one
	gives 125 sbox --read="$PWD/shown" --read="/etc/shells:$PWD/shown/other" -- true
	contains "$err" "create it there"
}

@test "a program that is shown but not in PATH is told of with the cure, and that works" {
	mkdir -p bin more
	printf '#!/bin/sh\necho ran\n' >bin/mine
	chmod +x bin/mine
	PATH=$PWD/bin:$PATH gives 127 sbox -p build -- mine
	contains "$err" "$PWD/bin/mine is shown, but"
	contains "$err" "--path=$PWD/bin"
	works sbox -p build --path="$PWD/bin" -- mine
	equal "$out" ran
	works sbox -p build --path=bin --path="$PWD/more" -- sh -c 'echo "$PATH"'
	matches "$out" "^$PWD/bin:$PWD/more:/usr/local/sbin:"
	profile paths <<-'END'
		version = 1
		extends = ["build"]
		[env]
		path = ["/first", "${CWD}/bin"]
	END
	works sbox -p paths --path=/mine -- sh -c 'echo "$PATH"'
	matches "$out" "^/mine:/first:$PWD/bin:/usr/local/sbin:"
	works sbox --set 'env.path=["/a"]' --setenv=PATH=/usr/bin -- sh -c 'echo "$PATH"'
	equal "$out" /a:/usr/bin
	gives 125 sbox --path=/a:b -- true
	contains "$err" colon
	# a name that would have no effect is a mistake, not a silence
	gives 125 sbox --pass-env=PATH -- touch ran
	contains "$err" "env.set wins"
	contains "$err" "--path=DIR"
	gives 125 sbox -p ci --pass-env=LANG -- true
	contains "$err" "--setenv=LANG=VALUE"
	works sbox -p build --pass-env=LANG -- true
}

@test "--dry-run says in a few lines what matters, and no value of a variable" {
	mkdir proj other
	cd proj
	touch Makefile .env
	works sbox -p build --project=. --read="$top/here/other" --write="$top/here/other:/out" --deny=.env \
		--publish=8080-8081 --reach=5432 --setenv=TOKEN=s3cret --limit=pids=20 --dry-run -- make -j3
	[ "$(wc -l <<<"$out")" -le 20 ] || fail "$out"
	for line in "command     make -j3" "can change  /out, $PWD" "hidden      $PWD/.env" \
		"network     none, but its own loopback" "published   127.0.0.1:8080 -> 8080/tcp" \
		"            127.0.0.1:8081 -> 8081/tcp" "reached     5432/tcp -> 127.0.0.1:5432 of the host"; do
		grep -qxF -- "$line" <<<"$out" || fail "not there: $line" "$out"
	done
	matches "$out" "^profile     build, "
	matches "$out" "^can read    /usr, .*[0-9]+ below /etc"
	matches "$out" "^limits      .*pids 20"
	contains "$out" TOKEN
	lacks "$out" s3cret
	works sbox --dry-run -- true
	[ "$(wc -l <<<"$out")" -le 15 ] || fail "$out"
	contains "$out" "can change  nothing of the host"
	# on a terminal, and then only
	need python3
	on_tty env -u NO_COLOR TERM=vt100 sbox --dry-run -- true <<-'END'
		expect \x1b\[1mcommand\x1b\[0m     true
		status 0
	END
	on_tty env TERM=vt100 NO_COLOR=1 sbox --dry-run=full -- true <<-'END'
		save plain
		status 0
	END
	contains "$(cat plain)" "# sbox"
	lacks "$(cat plain)" $'\e'
	on_tty env -u NO_COLOR TERM=vt100 sbox --dry-run=full -- true <<-'END'
		expect \x1b\[2m  # sbox\x1b\[0m
		status 0
	END
}

@test "the profile net gives another one a network, and leaves its user and what it can change" {
	need slirp4netns python3
	mkdir proj
	cd proj
	works sbox -p build -p net --project=. --dry-run=json -- true
	python3 -c 'import json, sys; p = json.load(sys.stdin); print(p["network"], p["user"]["uid"])' \
		<<<"$out" >../both || fail "$out"
	matches "$(cat ../both)" "^(slirp4netns|pasta) $(id -u)"
	works sbox -p build -p net --project=. --dry-run -- true
	matches "$out" "^can change .*$PWD"
	matches "$out" "^network     by "
}

@test "a command that fails because it stands elsewhere is told so, on a terminal" {
	need python3
	printf '#!/bin/sh\necho ran\n' >hello
	chmod +x hello
	gives 127 sbox --read="$PWD/hello" -- ./hello
	contains "$err" "starts in / there, and the current directory is not shown: say $PWD/hello"
	works sbox --read="$PWD/hello" -- "$PWD/hello"
	on_tty sbox -- cat hello <<-'END'
		expect ran in /, for the current directory is not shown to it: --profile=build
		status 1
	END
	for quiet in "sbox --read=. -- cat nosuch" "sbox -q -- cat hello" "sbox --chdir=/usr -- cat hello" \
		"sbox -- true"; do
		# shellcheck disable=SC2086 # words
		on_tty sh -c "$quiet; echo end" <<-'END'
			save said
			status 0
		END
		contains "$(cat said)" end
		lacks "$(cat said)" "ran in /"
	done
	try sbox -- cat hello
	lacks "$err" "ran in /"
	gives 127 sbox doctor
	contains "$err" "sboxctl --help"
}

@test "each subcommand of sboxctl has help of its own" {
	for name in doctor exec explain kill profile ps; do
		works sboxctl $name --help
		matches "$out" "^Usage: sboxctl $name "
		contains "$out" "See sboxctl(1)."
		works sboxctl help $name
		matches "$out" "^Usage: sboxctl $name "
	done
	works sboxctl help
	contains "$out" "Manage and explain"
	gives 125 sboxctl help exce
	contains "$err" 'did you mean "exec"?'
	gives 125 sboxctl exec nosuch -- sh --help
	contains "$err" nosuch
}

@test "--dry-run ends as the run would where there is no such command" {
	printf '#!/bin/sh\n' >script
	chmod +x script
	for option in --dry-run --dry-run=json; do
		for command in nosuch ./nosuch /nosuch/cat; do
			gives 127 sbox -p build "$option" -- "$command"
			contains "$err" "sbox: $command: "
			differ "$out" ""
			gives 127 sbox -p build -- "$command"
		done
		gives 127 sbox "$option" -- "$PWD/script"
		for command in ./script "$PWD/script" cat /bin/cat; do
			works sbox -p build "$option" -- "$command"
			equal "$err" ""
		done
	done
	own_registry
	works sbox --hold --name=held --dry-run=full
}

@test "the host name is the sandbox's own, with its domain" {
	for profile in default build ci offline-shell; do
		works sbox -p "$profile" -- hostname -f
		equal "$out" "$(sbox -p "$profile" -- hostname)"
		works sbox -p "$profile" --hostname=ci.example.org -- sh -c 'hostname -f; hostname -s; getent hosts ci'
		equal "$(xargs <<<"$out")" "ci.example.org ci 127.0.1.1 ci.example.org ci"
		works sbox -p "$profile" -- sh -c 'getent hosts localhost; getent ahostsv4 localhost | head -n 1'
		lacks "$out" 127.0.1.1
	done
	works sbox --hostname=localhost -- hostname -f
	equal "$out" localhost
}

@test "a machine id that is not the host's, the processors, and the name of the user" {
	works sbox -p build -- cat /etc/machine-id
	matches "$out" '^[0-9a-f]{32}$'
	differ "$out" "$(cat /etc/machine-id 2>/dev/null)"
	differ "$out" "$(printf '%032d' 0)"
	works sbox -p build -- lscpu
	contains "$out" "Architecture:"
	equal "$(sbox -p build -- nproc)" "$(nproc)"
	works sbox -p build -- sh -c 'cd /sys && find . -maxdepth 3 | sort | xargs'
	equal "$out" ". ./devices ./devices/system ./devices/system/cpu"
	works sbox -p build -- sh -uc 'echo "$USER $LOGNAME"'
	equal "$out" "$(sbox -p build -- id -un) $(sbox -p build -- id -un)"
	USER='' works sbox -p ci -- sh -uc 'echo "$USER $LOGNAME"'
	equal "$out" "$(id -un) $(id -un)"
	works sbox -- sh -uc 'echo "$USER $LOGNAME"'
	equal "$out" "root root"
	works sbox --setenv=USER=me -- sh -uc 'echo "$USER $LOGNAME"'
	equal "$out" "me root"
}

@test "echo requests can be sent in a network of one's own" {
	for profile in default build ci; do
		works sbox -p "$profile" -- python3 -c '
import socket
for family, protocol, kind, host in ((socket.AF_INET, 1, 8, "127.0.0.1"), (socket.AF_INET6, 58, 128, "::1")):
    s = socket.socket(family, socket.SOCK_DGRAM, protocol)
    s.settimeout(10)
    s.sendto(bytes([kind, 0, 0, 0, 0, 1, 0, 1]) + b"text", (host, 0))
    print(s.recv(100)[8:].decode())'
		equal "$(xargs <<<"$out")" "text text"
	done
}

@test "a shell says that one is inside" {
	for profile in default build offline-shell; do
		on_tty sbox -q -p "$profile" -- bash -i <<-'END'
			expect sandbox:
			send echo $((6 * 7))\r
			expect 42
			expect sandbox:
			send exit\r
			status 0
		END
	done
}

@test "a program may look at itself under the strict policy" {
	need gcc
	printf '%s\n' '#include <stdlib.h>' 'int main(int argc, char **argv) {' \
		'if (argc > 1) { volatile char *p = malloc(7); p = 0; (void)p; } return 0; }' >a.c
	gcc -fsanitize=address a.c -o a 2>/dev/null || skip "this gcc has no address sanitizer"
	works sbox -p ci -- ./a
	equal "$err" ""
	refused sbox -p ci -- ./a leak
	contains "$err" "detected memory leaks"
	refused sbox -p ci -- python3 -c '
import ctypes
if ctypes.CDLL(None).ptrace(0, 0, 0, 0) < 0: raise SystemExit(1)'
}

@test "a container makes namespaces of its own, and chooses its groups by a key" {
	works sbox -p container -- unshare -Ur id -u
	equal "$out" 0
	works sbox -p container -- unshare -Urmpf --mount-proc=/proc true ||
		works sbox -p container -- unshare -Urmpf true
	need_subids
	refused sbox -p container -- python3 -c 'import os; os.setgroups([5])'
	works sbox -p container --set identity.setgroups=true -- python3 -c '
import os
os.setgroups([5, 7])
print(*sorted(os.getgroups()))'
	equal "$out" "5 7"
	gives 125 sbox --set identity.setgroups=true -- true
	contains "$err" "identity.map"
}

@test "a signal that ends the command is told, and one of the filter always" {
	gives 139 sbox -- sh -c 'kill -SEGV $$'
	equal "$err" ""
	gives 139 sbox -v -- sh -c 'kill -SEGV $$'
	contains "$err" "killed by SIGSEGV (signal 11)"
	for sig in SEGV ABRT TERM KILL; do
		on_tty sbox -- sh -c "kill -$sig \$\$" <<-END
			expect killed by SIG$sig
			status $((128 + $(kill -l $sig)))
		END
	done
	on_tty sbox -- sh -c 'kill -INT $$' <<-'END'
		never killed by
		status 130
	END
	for quiet in -q -v; do
		gives 159 sbox $quiet -p ci --report=r.json -- python3 -c \
			"import ctypes; ctypes.CDLL(None).syscall($(number mount), 0, 0, 0, 0, 0)"
		contains "$err" seccomp
		contains "$err" ci.toml:
		contains "$err" "sboxctl explain last syscall NUMBER"
		works python3 -c 'import json; print(json.load(open("r.json"))["error"])'
		contains "$out" seccomp
	done
	gives 159 sbox --set 'seccomp.deny=["getppid:KILL"]' -- python3 -c 'import os; os.getppid()'
	contains "$err" "seccomp.deny"
	gives 159 sbox -- sh -c 'kill -SYS $$' # not of the filter, but nobody can tell
	contains "$err" "another architecture"
}

reached() {
	python3 "$srcdir/tests/cli/validate.py" "$srcdir/docs/report.schema.json" r.json || return
	python3 -c 'import json; print(*json.load(open("r.json"))["limits_reached"])'
}

@test "a program that the project brings is found, and how it would be in PATH" {
	mkdir -p p/.git p/node_modules/.bin p/.venv/bin
	cd p
	printf '#!/bin/sh\necho moo\n' >node_modules/.bin/moo
	chmod +x node_modules/.bin/moo
	cp node_modules/.bin/moo .venv/bin/venvmoo
	for where in node_modules/.bin/moo .venv/bin/venvmoo; do
		gives 127 sbox -q -p build -- "${where##*/}"
		contains "$err" "--path=$PWD/${where%/*} (env.path)"
		works sbox -q -p build --path="$PWD/${where%/*}" -- "${where##*/}"
		equal "$out" moo
	done
}

@test "--dry-run ends as the run would, as far as can be seen" {
	mkdir -p p/.git p/dir p/sub
	cd p
	touch file
	printf '#!/no/interpreter\n' >script
	chmod +x script
	cp /bin/true program
	for command in ./file ./dir ./script ./program ./none none true; do
		try sbox -q -p build -- $command
		was=$status said=$err
		gives "$was" sbox -q -p build --dry-run -- $command
		[ "$was" -eq 0 ] || equal "$err" "$said"
	done
	gives 125 sbox -q --chdir=/nowhere --dry-run -- true
	works sbox -q --tmpfs=/here --chdir=/here --dry-run -- true
	# where it cannot be seen it is not said
	cd sub
	works sbox -q -p build --dry-run -- ../program
	works sbox -q -p build -- ../program
	works sbox -q -p build --dry-run -- ../none
}

@test "the limits that a failed command ran into are told and reported" {
	refused sbox --limit=pids=5 --report=r.json -- sh -c \
		'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done'
	contains "$err" "limits.pids = 5 was reached"
	equal "$(reached)" pids
	for dir in /tmp /dev/shm; do
		refused sbox --limit=tmpfs=10M --report=r.json -- dd if=/dev/zero of=$dir/file bs=1M count=20
		contains "$err" "limits.tmpfs = 10M was reached"
		equal "$(reached)" tmpfs
	done
	refused sbox --limit=inodes=100 --report=r.json -- sh -c 'cd /tmp; for i in $(seq 200); do : >$i; done'
	contains "$err" "limits.inodes = 100 was reached"
	equal "$(reached)" inodes
	# neither of a command that succeeds, nor of one that fails for another reason
	works sbox --limit=tmpfs=10M --report=r.json -- sh -c 'dd if=/dev/zero of=/tmp/x bs=1M count=20 2>&1; true'
	equal "$err" ""
	gives 3 sbox --limit=pids=50 --limit=tmpfs=10M --report=r.json -- sh -c 'exit 3'
	equal "$err" ""
	equal "$(reached)" ""
}

# Threads are gone with their process: what they have reached is free again.
threads='
import threading, time
for i in range(int(__import__("sys").argv[1])):
    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()'

@test "the limit that threads of a failed command ran into is told" {
	need python3
	# 20: the limit is that of the user namespace; a cgroup counts, and is sure
	for command in 'python3 -c "$0" 30' 'python3 -c "$0" 30; exit 3'; do
		refused sbox -p build --project=. --limit=pids=20 --report=r.json -- sh -c "$command" "$threads"
		contains "$err" "can't start new thread"
		matches "$err" 'limits\.pids = 20 (may have been|was) reached'
	done
	# and not of one that had room, whether it failed or not
	gives 3 sbox -p build --project=. --limit=pids=40 --report=r.json -- sh -c 'python3 -c "$0" 30; exit 3' "$threads"
	lacks "$err" "limits.pids"
	equal "$(reached)" ""
	works sbox -p build --project=. --limit=pids=20 -- sh -c 'python3 -c "$0" 30 2>/dev/null; true' "$threads"
	lacks "$err" "limits.pids"
	gives 3 sbox -p build --project=. --limit=pids=20 -- sh -c 'for i in $(seq 30); do ls >/dev/null; done; exit 3'
	lacks "$err" "limits.pids"
}

@test "a name that is looked up without a network is told of, with the cure" {
	refused sbox -p build -- python3 -c 'import socket; socket.getaddrinfo("example.org", 443)'
	contains "$err" "--net=auto"
	contains "$err" "the default"
	refused sbox -p build --net=none -- getent hosts example.org
	contains "$err" "command line:"
	gives 2 sbox -p build -- sh -c 'getent hosts localhost && exit 2'
	equal "$err" ""
	works sbox -p build -- sh -c 'getent hosts example.org || true'
	equal "$err" ""
}

@test "who starts sbox and ends is told of" {
	bash -c 'nohup sbox -p build -- sh -c "touch runs; exec sleep 600" >/dev/null 2>err </dev/null &
		until [ -e runs ]; do sleep 0.1; done'
	wait_for grep -qs "process.die_with_parent = false keeps it" err
	contains "$(cat err)" "the process that started sbox ended"
}

# slots: three targets that wait for each other, which only a make with three slots ends
slots='sub: a b c
a b c:
	@touch $@.here; n=0; until [ -e a.here ] && [ -e b.here ] && [ -e c.here ]; do \
		sleep 0.1; n=$$((n + 1)); [ $$n -lt 100 ] || exit 1; done'

@test "a make inside shares the job slots of the one that started sbox" {
	need make
	printf 'all:\n\t+@sbox -p build -- $(MAKE) sub\n%s\n' "$slots" >Makefile
	works make -j3
	lacks "$err" jobserver
	rm -- *.here
	# the same by a FIFO, as newer ones have it
	mkfifo slots
	exec {fd}<>slots
	printf '++' >&"$fd"
	MAKEFLAGS=" -j3 --jobserver-auth=fifo:$PWD/slots" works sbox -p build -- make sub
	lacks "$err" jobserver
	equal "$(timeout 5 head -c 2 <&"$fd")" ++ # which are all given back
	exec {fd}<&-
	# nothing is said, and nothing handed over, where there are none
	for flags in "-j3 --jobserver-auth=fifo:$PWD/Makefile" "-j3 --jobserver-auth=77,78" "-j2" \
		"--jobserver-auth=0,1" "--jobserver-auth=x"; do
		MAKEFLAGS=$flags works sbox -p build -- sh -c 'ls /proc/self/fd'
		equal "$(xargs <<<"$out")" "0 1 2 3"
	done
}

@test "an argument that names a descriptor which stays outside is told of" {
	gives 125 bash -c 'sbox -- cat <(echo hi)'
	contains "$err" "argument 1 of the command names descriptor 63"
	works bash -c 'sbox --keep-fd=63 -- cat <(echo hi)'
	equal "$out" hi
	gives 125 bash -c 'sbox -- diff <(echo a) /proc/self/fd/9 9</dev/null'
	contains "$err" "argument 1 of"
	gives 125 bash -c 'sbox -- cat /proc/self/fd/9 9</dev/null'
	contains "$err" "--keep-fd=9"
	gives 1 sbox -- cat /dev/fd/77
	contains "$err" "No such file"
	works sbox -- sh -c 'cat /dev/fd/3 3</dev/null'
	works sbox -- echo /dev/fd/x /dev/fd/ /proc/self/fd/0
}

@test "net.mode = \"auto\" takes the helper that is installed" {
	need slirp4netns
	works sbox --net=auto --dry-run=json -- true
	contains "$out" '"network":"slirp4netns"'
	works sbox --net=auto -- true
}

git() {
	command git -c user.name=a -c user.email=a@b.example -c protocol.file.allow=always "$@"
}

@test "a build sees the project from wherever one stands in it, and nothing above" {
	need git
	git init -q main
	mkdir -p main/sub/deep outside
	touch main/secret outside/secret
	cd main/sub/deep
	works sbox -p build -- sh -c 'pwd; git status --short; touch ../../made; ls ../../../outside 2>&1; true'
	contains "$out" "$PWD"
	contains "$out" "?? ../../secret"
	contains "$out" "cannot access '../../../outside'"
	[ -e ../../made ]
	# the nearest one counts
	git init -q .
	refused sbox -p build -- cat ../../secret
	rm -rf .git && mkdir .hg
	refused sbox -p build -- cat ../../secret
	rmdir .hg
	works sbox -p build --project=../../../outside -- sh -c 'cat "$0"' "$(realpath ../../../outside)/secret"
	refused sbox -p build --project=. -- cat ../../secret
	gives 125 sbox -p build --project=nosuch -- true
	contains "$err" "--project=nosuch"
	gives 125 sbox -p build --project=../../secret -- true
	contains "$err" "is no directory"
	gives 125 sbox --project=. -- true
	contains "$err" "has no effect"
	profile mine <<-'END'
		extends = ["build"]
		[vars]
		PROJECT = "${CWD}"
	END
	refused sbox -p mine -- cat ../../secret
}

@test "worktrees and submodules of git work, and hooks stay as they are" {
	need git
	git init -q main
	git -C main commit -q --allow-empty -m first
	git -C main worktree add -q ../tree
	cd tree
	works sbox -p build -- git status --short
	equal "$out$err" ""
	works sbox -p build -- git -c user.name=a -c user.email=a@b.example commit -q --allow-empty -m inside
	equal "$(command git log --format=%s -n 1)" inside
	refused sbox -p build -- sh -c 'echo x >"$0/hooks/pre-commit"' "$(realpath ../main/.git)"
	refused sbox -p build -- sh -c 'echo x >>"$0/config"' "$(realpath ../main/.git)"
	refused sbox -p build -- ls ../main/.git/../first
	cd ..
	git init -q lib
	git -C lib commit -q --allow-empty -m of-lib
	git init -q super
	git -C super submodule --quiet add ../lib libs/lib
	cd super/libs/lib
	works sbox -p build -- git log --format=%s
	equal "$out" of-lib
	refused sbox -p build -- sh -c 'echo x >"$0/hooks/pre-commit"' "$(realpath ../../.git/modules/libs/lib)"
}

# below_root SCRIPT: as the caller, in a user namespace whose root is another of the caller's ids,
# after bash has run the standard input as that root
below_root() {
	local uids gids
	uids=$(awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subuid)
	gids=$(awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subgid)
	[ -n "$uids" ] && [ -n "$gids" ] || skip "no subordinate ids for a root of the test's own"
	{
		cat
		echo "exec setpriv --reuid=$me --regid=$my_group --clear-groups bash -c '$1'"
	} >as-root
	works unshare --user --mount --map-user="$me" --map-group="$my_group" --map-users="$uids,0,1" \
		--map-groups="$gids,0,1" --setuid 0 --setgid 0 bash as-root
}

@test "ssh takes the settings of root that are shown, and nothing else changes" {
	command -v ssh >/dev/null || skip "ssh is not installed"
	[ -d /etc/ssh/ssh_config.d ] || skip "ssh has no directory for settings here"
	cat >settings <<-'END'
		set -e
		mount -t tmpfs none /etc/ssh/ssh_config.d
		mount -t tmpfs none /usr/share/doc
		conf=/etc/ssh/ssh_config.d
		printf 'Host one\nUser from-one\n' >$conf/1.conf
		printf 'Host two\nUser from-two\n' >/usr/share/doc/two
		ln -s /usr/share/doc/two $conf/2.conf
		ln -s /nowhere $conf/3.conf
		printf 'Host none\nUser secret\n' >$conf/locked
		chmod 600 $conf/locked
	END
	for profile in default build ci; do
		below_root "
			for host in one two; do
				sbox -q -p $profile --read=/etc/ssh -- ssh -G \$host </dev/null | grep ^user\ ||
					exit 1
			done
			sbox -q -p $profile --read=/etc/ssh/ssh_config --read=/etc/ssh/ssh_config.d/1.conf -- \
				ssh -G one </dev/null | grep ^user\ " <settings
		equal "$out" $'user from-one\nuser from-two\nuser from-one'
	done
	below_root '
		sbox -p build --read=/etc/ssh -- sh -c "cd /etc/ssh/ssh_config.d
			stat -c %u,%a 1.conf; cat locked; echo x >>1.conf; rm 1.conf"
		sbox -p build --read=/etc/ssh --deny=/etc/ssh/ssh_config.d/1.conf -- cat /etc/ssh/ssh_config.d/1.conf
		sbox -p build --read=/etc/ssh --dry-run=full -- true | grep copied
		cat /etc/ssh/ssh_config.d/1.conf' <settings
	equal "$(head -n 1 <<<"$out")" "$me,644"
	contains "$out" "file     /etc/ssh/ssh_config.d/1.conf copied from"
	lacks "$out" "locked"
	equal "$(tail -n 2 <<<"$out")" $'Host one\nUser from-one'
	lacks "$out" secret
	equal "$(grep -c 'denied\|Read-only' <<<"$err")" 4
	# what ssh refuses outside it refuses inside
	below_root 'ssh -G one </dev/null; sbox -p build --read=/etc/ssh -- ssh -G one </dev/null; true' <<-END
		$(cat settings)
		chmod 666 \$conf/1.conf
	END
	equal "$(grep -c 'Bad owner or permissions' <<<"$err")" 2
}

@test "a home directory and what is above one are no project, which is one mistake" {
	for dir in "$HOME" / "${HOME%/*}"; do
		for profile in build ci; do
			cd "$dir"
			gives 125 sbox -p "$profile" -- touch made
			equal "$(grep -c 'build.toml:' <<<"$err")" 1
			contains "$err" "--project=DIR"
			[ ! -e made ]
		done
	done
	mkdir -m 1777 "$top/here/everyones" # as /tmp is
	cd "$top/here/everyones"
	gives 125 sbox -p build -- touch made
	contains "$err" "where all kinds of files lie"
	contains "$err" "--project=DIR"
	[ ! -e made ]
	works sbox -q -p build --project=. -- touch made
	[ -e made ]
	mkdir "$HOME/mine"
	works sbox -p build --project="$HOME/mine" -- touch "$HOME/mine/made"
	works sbox -p build --project="$HOME" -- touch "$HOME/made"
	mkdir "$HOME/.git" # of what is kept there of the home directory itself
	cd "$HOME/mine"
	works sbox -p build -- touch "$HOME/made-too" # in memory, as all of /tmp
	[ ! -e "$HOME/made-too" ]
	works sbox -p build -- touch again
}

@test "the options of other programs are answered with ours" {
	while IFS='|' read -r theirs ours; do
		gives 125 sbox "$theirs" -- touch made
		contains "$err" "$ours"
	done <<-'END'
		--timeout=5|--limit=wall=5s
		--memory=1G|--limit=memory=1G
		--cpus=2|--limit=cpu=200%
		-e|--setenv=NAME=VALUE
		-w|--chdir=DIR
		--rm|nothing is left
		--unshare-net|the network is off
		--private|no home directory
		--ro-bind|--read=DIR
		-k|--limit=grace=TIME
		--env-file=x|/--setenv=/p' x |
		--rlimit-fsize=1|--limit=fsize=1
	END
	gives 127 sbox -v /usr:/mnt true
	contains "$err" "--read=/usr:/mnt"
	gives 125 sbox -p 18080:80 -- touch made
	contains "$err" "--publish"
	gives 125 sbox -p build.toml -- true
	contains "$err" "./build.toml"
	[ ! -e made ]
	gives 125 sbox
	contains "$err" "no command is given"
	equal "$(grep -c '^  sbox' <<<"$err")" 5
	# what sboxctl does not take is none of its own either
	gives 125 sboxctl ps --timeout=5
	lacks "$err" "limit=wall"
}

@test "what an option of another program is here can be pasted" {
	mkdir dir "with space"
	printf '# of docker\nONE=1 and more\n\nTWO=2\n' >vars
	while IFS='|' read -r theirs ours; do
		[ -n "$theirs" ] || continue
		try sh -c "sbox $theirs -- touch made"
		equal "$status" 125
		contains "$err" "$ours"
		case $ours in
		*NAME* | *TIME* | *DIR* | *UID* | *SIZE* | *=N) ;; # for the user to fill in
		-*) works bash -c "sbox -q $ours -- true" ;;
		esac
	done <<-END
		-e A=b|--setenv=A=b
		-e A|--setenv=NAME=VALUE, or --pass-env=NAME
		-k 5|--limit=grace=5s
		--kill-after=1m|--limit=grace=1m
		--timeout=1d|--limit=wall=24h
		--timeout=00:10:00|--limit=wall=TIME
		--pids-limit 50|--limit=pids=50
		--pids-limit -1|--limit=pids=N
		--rlimit-fsize=5kb|--limit=fsize=5K
		--shm-size=64m|--limit=tmpfs=64M
		-u 5|--user=5:5
		-u 5:6|--user=5:6
		-u name|--user=UID:GID
		--read-only|not needed
		--cap-drop ALL|not needed
		--security-opt no-new-privileges|not needed
		--security-opt seccomp=unconfined|--set='seccomp.base="none"'
		--network=host|--net=host
		--network none|not needed
		--init|not needed
		--ro-bind dir $PWD/dir|--read=dir:$PWD/dir
		--ro-bind $PWD/dir $PWD/dir|--read=$PWD/dir
		--bind dir /mnt|--write=dir:/mnt
		--bind-try none /mnt|--write=?none:/mnt
		--bind "with space" /mnt|--write=DIR[:INSIDE]
		--bind '\$(touch made)' /mnt|--write=DIR[:INSIDE]
		--dev-bind /dev /dev|not needed
		--dev-bind /dev/full /dev/full|--set='fs.mount=[{type="device",source="/dev/full",target="/dev/full"}]'
		--device /dev/full:/dev/x|a [[fs.mount]]
		--symlink usr/bin /b|--set='fs.mount=[{type="symlink",source="usr/bin",target="/b"}]'
		--setenv A b|--setenv=A=b
		--tmpfs=/x:size=64m|write --tmpfs=/x --limit=tmpfs=SIZE
		--whitelist=$PWD/dir|--write=$PWD/dir
		--blacklist=$PWD/dir|--deny=$PWD/dir
		--noprofile|--profile=base
		--noroot|--user=caller
		--chroot /|--root=/
		-Mo|not needed
		-R $PWD/dir|--read=$PWD/dir
		-B$PWD/dir:/mnt|--write=$PWD/dir:/mnt
		-T /x|--tmpfs=/x
		-p 18080:80|--publish=18080:80
		-p 8080|--publish=8080
		-p 127.0.0.1:18080:80/tcp|--publish=127.0.0.1:18080:80/tcp
	END
	[ ! -e made ]
	# the values are passed over, so that all is told in one go
	gives 125 sbox --ro-bind / / --bind . . --unshare-all -k 5 -- true
	equal "$(grep -c 'in sbox it is' <<<"$err")" 4
	# a file of docker's with its comments, as it is said above
	try sbox --env-file vars -- true
	line=$(sed -n 's/.*in sbox it is //p' <<<"$err")
	works bash -c "sbox $line -- sh -c 'echo \$ONE,\$TWO'"
	equal "$out" "1 and more,2"
}

@test "--help names the limits with their units" {
	works sbox --help
	for limit in memory=SIZE cpu=PERCENT% wall=TIME pids=N cpu_time=TIME nofile=N tmpfs=SIZE; do
		matches "$out" "^      $limit +[a-zA-Z]"
	done
	matches "$out" "--limit=NAME=VALUE +memory, cpu, pids, wall"
	for name in $(sboxctl profile schema | python3 -c '
import json, sys
print(*json.load(sys.stdin)["properties"]["limits"]["properties"])'); do
		[ "$name" = require ] || matches "$(sed -n '/^Limits/,$p' <<<"$out")" "^      $name=[A-Z%]+ "
	done
}

# fenced FS COMMAND...: below a Landlock domain, of files (1) or of scopes alone (0)
fenced() {
	python3 -c '
import ctypes, os, struct, sys
c = ctypes.CDLL(None, use_errno=True)
files = sys.argv[1] == "1"
fd = c.syscall(444, struct.pack("QQQ", 0x1fff if files else 0, 0, 0 if files else 3), 24, 0)
if fd < 0:
    sys.exit(77)
if files:
    c.syscall(445, fd, 1, struct.pack("=Qi", 0x1fff, os.open("/", os.O_PATH)), 0)
c.prctl(38, 1, 0, 0, 0)
if c.syscall(446, fd, 0) < 0:
    sys.exit(77)
os.execvp(sys.argv[2], sys.argv[2:])' "$@"
}

@test "below an outer Landlock domain that forbids mounts, sbox and doctor say so" {
	try fenced 0 true
	[ "$status" -ne 77 ] || skip "this kernel has no Landlock of ABI 6"
	gives 125 fenced 1 sbox -- true
	contains "$err" "Landlock"
	contains "$err" "outside of it"
	gives 1 fenced 1 sboxctl doctor
	contains "$out" "outer Landlock sandbox"
	lacks "$out" "--proc=none"
	works fenced 0 sbox -- true # which does no harm
}
