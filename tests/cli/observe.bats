#!/usr/bin/env bats
# observe.bats - sbox --observe: what the command asked for in vain, and what would let it
# through

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# observed EXPRESSION: of the member "observed" of report, which is o
observed() {
	python3 -c 'import json, sys
o = json.load(open("report"))["observed"]
d = {x["path"]: x for x in o["denied"]}
print(eval(sys.argv[1]))' "$1"
}

# pasted: the line that was offered last, as --set takes it
pasted() {
	sed -n 's/.*; \(fs\.[a-z]*\) = \(\[[^]]*\]\) lets it through$/\1=\2/p' <<<"$err" | tail -n 1
}

@test "settings of git that are not shown are named, and the line that is offered shows them" {
	need git
	printf '[user]\n\tname = Observed\n' >"$HOME/.gitconfig"
	gives 1 sbox -p build --observe -- git config user.name
	contains "$err" "asked for in vain: /home/build/.gitconfig: read"
	contains "$err" "(git)"
	matches "$err" "build.toml:[0-9]+: "
	equal "$(pasted)" "fs.read=[\"$HOME/.gitconfig:/home/build/.gitconfig\"]"
	line=$(pasted)
	works sbox -p build --set "$line" -- git config user.name
	equal "$out" Observed
	works sbox -p build --observe --set "$line" -- git config user.name
	lacks "$err" .gitconfig
}

@test "what fs.deny hides is named with its line, and nothing is offered" {
	echo secret >hidden
	profile box <<-'END'
		version = 1
		extends = ["build"]
		[fs]
		deny = [
			"${CWD}/hidden",
		]
	END
	gives 1 sbox -p box --observe -- cat hidden
	contains "$err" "asked for in vain: $PWD/hidden: read, once (cat)"
	contains "$err" "box.toml:5: denied"
	lacks "$err" "lets it through"
	contains "$err" "no line is offered: "
}

@test "a directory that is only readable, and one that is not shown, are offered for writing" {
	mkdir "$top/shown" "$top/hidden"
	gives 1 sbox -p build --observe --read="$top/shown" -- touch "$top/shown/new"
	contains "$err" "asked for in vain: $top/shown/new: write"
	equal "$(pasted)" "fs.write=[\"$top/shown\"]"
	works sbox -p build --set "$(pasted)" -- touch "$top/shown/new"
	gives 1 sbox -p build --observe -- touch "$top/hidden/new"
	equal "$(pasted)" "fs.write=[\"$top/hidden\"]"
	works sbox -p build --set "$(pasted)" -- touch "$top/hidden/new"
}

@test "a hook of git is never offered, and named with what guards it" {
	need git
	git init -q .
	try sbox -p build --observe -- sh -c 'echo exit >.git/hooks/pre-commit'
	contains "$err" "$PWD/.git/hooks/pre-commit: write"
	contains "$err" "guarded: "
	contains "$err" "no line is offered: other programs take what is there as instructions"
	lacks "$err" "lets it through"
}

@test "the interpreter of a script is found, where the kernel says that the script is missing" {
	mkdir "$top/tools"
	cp "$(command -v busybox || command -v dash)" "$top/tools/sh"
	printf '#!%s -x\n' "$top/tools/sh" >script
	chmod +x script
	try sbox -p build --observe -- sh -c ./script
	contains "$err" "asked for in vain: $top/tools/sh: read"
	equal "$(pasted)" "fs.read=[\"$top/tools/sh\"]"
}

@test "what the host does not have either, or refuses too, is not told" {
	works sbox -p build --observe -- sh -c 'cat /nowhere ~/.nothing /etc/shadow; touch /usr/new; :'
	lacks "$err" "in vain"
	contains "$err" "cat: /nowhere"
}

@test "paths of one directory are told in one line, and lines are 20 at the most" {
	mkdir "$top/many" "$top/dirs"
	touch "$top"/many/{1..30}
	mkdir "$top"/dirs/{1..30}
	touch "$top"/dirs/{1..30}/file
	try sbox -p build --observe -- cat "$top"/many/{1..30}
	equal "$(grep -c 'in vain' <<<"$err")" 1
	contains "$err" "and 29 more beside it"
	try sbox -p build --observe -- cat "$top"/dirs/{1..30}/file
	equal "$(grep -c 'in vain: /' <<<"$err")" 20
	contains "$err" "10 paths more"
}

@test "the exit status and signals are the command's" {
	gives 7 sbox --observe -- sh -c 'exit 7'
	gives 143 sbox --observe -- sh -c 'kill -TERM $$'
	gives 137 sbox --observe -- sh -c 'kill -KILL $$'
	gives 127 sbox --observe -- not-there
	gives 0 sbox --observe -- bash -c 'trap "exit 0" USR1; kill -USR1 $$; exit 1'
	works sbox --observe -- bash -c 'sleep 60 & kill -STOP $!; kill -CONT $!; kill $!; wait $!; [ $? = 143 ]'
}

@test "signals that sbox gets reach the command, and a limit of time ends it" {
	begin sbox --observe -- bash -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done'
	kill -TERM "$job"
	finish
	equal "$status" 9
	gives 124 sbox --observe --limit=wall=1s --limit=grace=1s -- sleep 60
}

@test "no call ends with EINTR that would not without, and a trap for SIGCHLD works" {
	works sbox --observe -- python3 -c '
import os, signal
signal.signal(signal.SIGALRM, lambda *a: None)
signal.siginterrupt(signal.SIGALRM, True)
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
bad = 0
for i in range(5000):
    if libc.open(b"/nowhere/at/all", 0) < 0 and ctypes.get_errno() == 4:
        bad += 1
    if libc.access(b"/nowhere", 0) < 0 and ctypes.get_errno() == 4:
        bad += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(bad)'
	equal "$out" 0
	works sbox --observe -- dash -c '
trap : CHLD
i=0
while [ $i -lt 300 ]; do
	: >/dev/null &
	: </dev/null
	i=$((i + 1))
done
wait
echo done'
	equal "$out" "done"
}

@test "threads, vfork and 10,000 forks are seen through" {
	works sbox --observe -- python3 -c '
import os, subprocess, threading
def work(n):
    for i in range(200):
        try:
            open("/nowhere/%d" % n)
        except FileNotFoundError:
            pass
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
for i in range(20):
    subprocess.run(["/bin/true"], close_fds=False, check=True)
for i in range('"$(scaled 10000)"'):
    pid = os.fork()
    if pid == 0:
        os._exit(i % 256)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == i % 256
print("all")'
	equal "$out" all
}

@test "a program without a dynamic loader, and one that may not be read, are run" {
	need gcc
	printf '#include <fcntl.h>\nint main(void) { return open("%s/hidden", 0) < 0 ? 3 : 0; }\n' "$top" >a.c
	echo text >"$top/hidden"
	gcc -static -o a a.c
	gives 3 sbox -p build --observe -- ./a
	contains "$err" "in vain: $top/hidden: read, once (a)"
	chmod 0111 a
	gives 3 sbox -p build --observe -- ./a
}

@test "job control works on a terminal: Ctrl-Z stops the command, and fg lets it go on" {
	export PS1='shell> '
	on_tty bash --norc --noprofile --noediting -i <<-'END'
		expect shell> $
		send sbox --observe -- sh -c 'echo begun; read line; echo "got $line"; exit 3'\r
		expect begun\r\n
		send \x1a
		expect Stopped.*exit 3'\r\nshell> $
		send fg\r
		expect sbox
		send text\r
		expect got text
		expect shell> $
		send exit $?\r
		status 3
	END
}

@test "job control works inside as well" {
	on_tty sbox --observe -- env PS1='inside> ' bash --norc --noprofile --noediting -i <<-'END'
		expect inside> $
		send sleep 60\r
		sleep 0.5
		send \x1a
		expect Stopped
		expect inside> $
		send fg\r
		expect sleep 60\r\n
		sleep 0.5
		send \x03
		expect inside> $
		send exit 4\r
		status 4
	END
}

@test "the report and the last line of --status-fd have it, by the schema" {
	echo text >"$top/hidden"
	gives 1 sbox -q -p build --observe --report=report --status-fd=5 -- cat "$top/hidden" 5>"$top/told"
	lacks "$err" "in vain"
	for file in report "$top/told"; do
		works python3 "$srcdir/tests/cli/validate.py" "$srcdir/docs/report.schema.json" "$file"
	done
	equal "$(observed 'o["mode"], o["complete"], o["left_out"], o["unreadable"]')" \
		"('failed', True, 0, 0)"
	equal "$(observed "d['$top/hidden']['fix']")" "{'key': 'fs.read', 'entry': '$top/hidden'}"
	equal "$(observed "[d['$top/hidden'][x] for x in ('host', 'access', 'errno', 'times', 'programs')]")" \
		"['$top/hidden', 'read', 'ENOENT', 1, ['cat']]"
	works python3 - "$top/told" <<-'END'
		import json, sys
		last = [json.loads(line) for line in open(sys.argv[1])][-1]
		assert last["event"] == "ended" and last["report"]["observed"]["denied"]
	END
	works sbox -q -p build --report=report -- true
	works python3 -c 'import json; assert json.load(open("report"))["observed"] is None'
}

@test "--observe=all has what succeeded, too" {
	works sbox -q -p build --observe=all --report=report -- cat /etc/passwd
	equal "$(observed 'o["mode"]')" all
	equal "$(observed '[c["errno"] for c in o["calls"] if c["path"] == "/etc/passwd"]')" "[None]"
	works sbox -q -p build --observe --report=report -- cat /etc/passwd
	equal "$(observed '[c for c in o["calls"] if c["errno"] is None]')" "[]"
}

@test "--observe=all tells which system calls the filter refused, with arguments and the line" {
	gives 1 sbox -p build --observe=all --report=report -- sh -c 'unshare -U true; exec python3 -c "
import socket, sys
try:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
except OSError as e:
    sys.exit(1)"'
	matches "$err" '^sbox: warning: refused: unshare\(0x10000000\): fails with EPERM, 1 time \(unshare\); seccomp.base = "default"'
	matches "$err" 'refused: socket\(AF_PACKET, 0x80003\): fails with EAFNOSUPPORT, 1 time \(python'
	works python3 "$srcdir/tests/cli/validate.py" "$srcdir/docs/report.schema.json" report
	# what it is called is a question that is answered alike
	for call in 'unshare(0x10000000)' 'socket(AF_PACKET, 0x80003)'; do
		gives 1 sboxctl explain -p build syscall "$call"
	done
	# an entry of the profile is named with its line
	printf 'version = 1\nextends = ["build"]\n\n[seccomp]\ndeny = ["getpriority:EPERM"]\n' >box.toml
	gives 0 sbox -p ./box.toml --observe=all -- python3 -c '
import os
for i in range(3):
    try:
        os.getpriority(os.PRIO_PROCESS, 7)
    except PermissionError:
        pass'
	matches "$err" 'refused: getpriority\(0, 7.*\): fails with EPERM, 3 times .*box.toml:5: "getpriority:EPERM" in seccomp.deny'
	# what fails by itself is not told, and nothing of it without "all"
	works sbox -p build --observe=all -- python3 -c '
import os
try:
    os.setpriority(os.PRIO_PROCESS, 0, -5)
except PermissionError:
    pass'
	lacks "$err" "refused"
	refused sbox -p build --observe -- unshare -U true
	lacks "$err" "refused:"
}

@test "relative paths are told as absolute ones, by whatever directory" {
	mkdir -p "$top/hidden" sub
	touch "$top/hidden/file"
	works sbox -q -p build --observe --report=report -- python3 -c '
import os
os.chdir("sub")
for name in ("../../hidden/file", "../x/../../hidden/file"):
    try:
        os.stat(name)
    except OSError:
        pass
try:
    os.stat("hidden/file", dir_fd=os.open("../..", os.O_RDONLY))
except OSError:
    pass'
	equal "$(observed "d['$top/hidden/file']['times']")" 3
}

@test "a debugger inside is refused, and it is said why" {
	need strace
	try sbox --observe -- strace -o /dev/null true
	[ "$status" -ne 0 ] || fail "it worked"
	contains "$err" "a debugger or tracer does not work in a sandbox that is observed"
}

@test "--observe of what cannot be observed is refused" {
	own_registry
	gives 125 sbox --observe --hold --name=x
	contains "$err" "--observe: a sandbox that is held"
	gives 125 sbox --observe --set namespaces.nested=true -- true
	contains "$err" "--observe=failed"
	works sbox --observe=failed --set namespaces.nested=true -- true
	gives 125 sbox --observe=most -- true
	contains "$err" "must be one of: [failed|all]"
}

@test "where nothing may be traced, the command is not run, and without --observe it is" {
	gives 125 "$helpers/refuse" "$(number ptrace):1" -- \
		sbox --observe --write="$PWD" -- touch "$PWD/started"
	contains "$err" "--observe: the command cannot be traced: Operation not permitted"
	[ ! -e started ]
	works "$helpers/refuse" "$(number ptrace):1" -- sbox --write="$PWD" -- touch "$PWD/started"
}

@test "what is written to a change set is seen as what is written to the host" {
	own_registry
	export XDG_STATE_HOME=$top/state
	echo text >"$top/hidden"
	gives 1 sbox -p build --changes=set --observe -- sh -c 'echo x >new && cat "$1"' sh "$top/hidden"
	contains "$err" "asked for in vain: $top/hidden: read"
	[ ! -e new ]
}

@test "what a process of another sandbox inside asks for is told as well" {
	echo text >"$top/hidden"
	try sbox --observe=failed --set namespaces.nested=true -- unshare -Urm cat "$top/hidden"
	contains "$err" "asked for in vain: $top/hidden: read, once (cat)"
}

@test "later commands of the sandbox are not observed, and work" {
	own_registry
	begin sbox --observe --name=box -- sh -c 'echo ready; read x; exit 0'
	wait_for test -e "$registry/box.toml"
	works sboxctl exec box -- sh -c 'cat /etc/passwd; cat /nowhere || exit 0'
	contains "$err" "No such file"
	finish
	equal "$status" 0
}

@test "it goes with --block-fd, with other ids and without an inner user namespace" {
	mkfifo "$top/gate"
	sbox --observe --block-fd=5 -- true 5<"$top/gate" &
	job=$!
	printf x >"$top/gate"
	wait "$job"
	works sbox --observe --user=root -- true
	works sbox --observe --user=1234:1234 -- true
	works sbox --observe --set namespaces.inner=false -- true
	works sbox --observe --set 'seccomp.base="none"' -- true
	works sbox --observe --set 'seccomp.base="strict"' -- true
}
