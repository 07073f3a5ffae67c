#!/usr/bin/env bats
# running-exec.bats - sboxctl exec: one more command in a sandbox, and no way around it

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	own_registry
}

# named NAME [OPTION...]: a sandbox whose command does what its input says
named() {
	local name=$1
	shift
	begin sbox -q --name="$name" "$@" -- sh -c 'echo ready; exec sh'
	wait_for test -e "$registry/$name.toml"
}

# first COMMAND: what the sandbox's own command says, in $out
first() {
	echo "{ $1; } 2>&1; echo answered" >&"$held"
	wait_for has_line "$top/held" answered
	out=$(sed '/^ready$/d; /^answered$/d' "$top/held")
}

@test "a command runs beside the first one, in the same sandbox" {
	named box --tmpfs=/scratch
	first 'echo from-the-first >/scratch/file; mkdir /tmp/here'
	works sboxctl exec box -- cat /scratch/file
	equal "$out" from-the-first
	works sboxctl exec box ls /tmp
	equal "$out" here
	finish
}

@test "words, standard streams and status are those of the command" {
	named box
	works sboxctl exec box -- printf '<%s>' "" "two words" $'line\nbreak' ""
	equal "$out" $'<><two words><line\nbreak><>'
	works sh -c 'echo typed | sboxctl exec box -- cat'
	equal "$out" typed
	gives 7 sboxctl exec box -- sh -c 'echo said >&2; exit 7'
	equal "$err" said
	gives 125 sboxctl exec box -- cat <(echo text)
	contains "$err" "argument 1 of the command names descriptor"
	gives 143 sboxctl exec box -- sh -c 'kill -TERM $$'
	gives 127 sboxctl exec box -- no-such-command
	contains "$err" "command not found in the sandbox"
	gives 126 sboxctl exec box -- /etc/passwd
	gives 125 sboxctl exec nobody -- true
	contains "$err" 'no sandbox called "nobody" runs'
	gives 125 sboxctl exec box
	gives 125 sboxctl exec
	finish
}

@test "more than a message holds goes through, as words and as output" {
	named box
	long=$(head -c 120000 /dev/zero | tr '\0' x)
	works sboxctl exec box -- sh -c 'printf "%s%s%s" "$1" "$2" "$3" | wc -c' sh "$long" "$long" "$long"
	equal "$out" 360000
	works sh -c 'head -c 3000000 /dev/zero | sboxctl exec box -- cat | wc -c'
	equal "$out" 3000000
	finish
}

# What of a process says which rights it has, without what is its own alone.
rights='grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Speculation|Cpus_allowed_list|Umask)" /proc/self/status
cat /proc/self/limits /proc/self/uid_map /proc/self/gid_map /proc/self/mountinfo /proc/self/cgroup
for ns in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$ns; done
env | grep -v "^_=" | sort; pwd; umask; ls /proc/self/fd'

@test "it has the rights of the first command, no more and no less" {
	for options in "" "-p build" "-p strict-one"; do
		profile strict-one <<-'END'
			version = 1
			extends = ["base"]
			[identity]
			user = "caller"
			[seccomp]
			base = "strict"
			[caps]
			keep = ["net_bind_service"]
			[env]
			set = { ONE = "1" }
			[process]
			umask = "027"
			cwd = "/tmp"
			[limits]
			nofile = 99
			pids = 30
			cpus = 1
			fsize = "1M"
		END
		# shellcheck disable=SC2086 # words
		named box $options
		first "$rights"
		theirs=$(sed 's/^Cpus_allowed_list:.*,.*/several/' <<<"$out")
		SECRET=caller works sboxctl exec box -- sh -c "{ $rights; } 2>&1"
		equal "$(grep -v Cpus_allowed <<<"$out")" "$(grep -v Cpus_allowed <<<"$theirs")"
		contains "$out" "NoNewPrivs:	1"
		contains "$out" "Seccomp:	2"
		equal "$(grep -c Cpus_allowed <<<"$out")" 1
		finish
	done
	equal "$(grep Cpus_allowed <<<"$out" | grep -c '[,-]')" 0
}

@test "it gets no descriptor of init, of the supervisor or of sboxctl" {
	named box
	exec 7</etc/passwd
	works sboxctl exec box -- sh -c 'ls -l /proc/self/fd'
	exec 7<&-
	equal "$(grep -c -- '->' <<<"$out")" 4 # 0 to 2, and the directory itself
	finish
}

@test "a directory that it is given leads nowhere" {
	named box
	mkdir "$top/given"
	echo secret >"$top/given/file"
	gives 125 sboxctl exec box -- sh -c 'cat /proc/self/fd/0/file' <"$top/given"
	lacks "$out" secret
	contains "$err" "descriptor 0 is a directory"
	finish
}

@test "a socket of the host's network is refused" {
	named box
	exec 7<>/dev/udp/127.0.0.1/9
	gives 125 sboxctl exec box -- true <&7
	contains "$err" "network socket of the host"
	exec 7<&-
	works sboxctl exec box -- true
	finish
}

@test "it counts against the sandbox's limit of processes" {
	named box --limit pids=12
	refused sboxctl exec box -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 20 & done; exit 0'
	contains "$err" "fork"
	finish
}

@test "it ends with the sandbox" {
	named box
	sboxctl exec box -- sh -c 'echo ready; sleep 100' >inside 2>inside-err 3>&- {held}>&- &
	exec=$!
	wait_for has_line inside ready
	finish
	status=0
	wait "$exec" || status=$?
	equal "$status" 137
	contains "$(cat inside-err)" 'the sandbox "box" has ended'
}

@test "it ends with sboxctl, whose end it cannot survive" {
	named box
	sboxctl exec box -- sh -c 'echo ready; sleep 100; :' >inside 3>&- &
	exec=$!
	wait_for has_line inside ready
	kill -KILL "$exec"
	wait "$exec" || :
	wait_for only_the_first
	finish
}

only_the_first() {
	[ "$(sboxctl exec box -- ps -eo args | grep -c '[s]leep 100')" -eq 0 ]
}

@test "signals are handed on to it, not to the first command" {
	named box
	sboxctl exec box -- sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done' >inside 3>&- &
	exec=$!
	wait_for has_line inside ready
	kill -TERM "$exec"
	status=0
	wait "$exec" || status=$?
	equal "$status" 9
	works sboxctl exec box -- true
	finish
	equal "$status" 0
}

@test "many at once" {
	named box
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
		sboxctl exec box -- sh -c "sleep 0.5; exit $n" 3>&- &
		execs+=("$!")
	done
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
		status=0
		wait "${execs[n - 1]}" || status=$?
		equal "$status" "$n"
	done
	finish
}

@test "a shell has a terminal of the sandbox, with job control and the window's size" {
	named box
	on_tty sboxctl exec box -- sh -c 'tty; stty size; PS1="inside> " exec sh -i' <<-'END'
		expect /dev/pts/\d+\r\n24 80
		expect inside>
		send cat\r
		sleep 0.5
		send \x03
		expect inside>
		send sleep 100\r
		sleep 0.5
		send \x1a
		expect Stopped
		size 50 132
		send stty size\r
		expect 50 132
		expect inside>
		send exit 5\r
		expect stopped jobs
		send exit 5\r
		status 5
		modes
	END
	finish
}

@test "Ctrl-Z stops sboxctl as the shell's job, and fg continues" {
	named box
	PS1='shell> ' on_tty bash --norc --noprofile --noediting -i <<-'END'
		expect shell>
		send sboxctl exec box -- sh -c 'echo run"ning"; while read line; do echo "got $line"; done; exit 6'\r
		expect running
		raw
		send \x1a
		expect Stopped
		cooked
		send fg\r
		expect sboxctl
		raw
		send one\r
		expect got one
		send \x04
		expect shell>
		send echo "status" $?\r
		expect status 6
		send exit\r
		status 0
	END
	finish
}

@test "the caller's terminal itself is never handed in" {
	named box
	on_tty sboxctl exec box -- sh -c 'for fd in 0 1 2; do readlink /proc/self/fd/$fd; done; echo typed >/dev/tty; exit 0' <<-'END'
		expect ^/dev/pts/\d+\r\n/dev/pts/\d+\r\n/dev/pts/\d+\r\ntyped
		status 0
	END
	finish
}

@test "a sandbox whose command owns the namespaces cannot be entered, and that is said" {
	named box --set namespaces.inner=false
	gives 125 sboxctl exec box -- true
	contains "$err" "namespaces.inner = false"
	finish
	equal "$status" 0
}

@test "nobody in another user namespace is heard" {
	unshare -Ur true || skip "no user namespaces for unshare"
	named box
	works sboxctl exec box -- true
	gives 125 unshare -Ur sboxctl exec box -- true
	contains "$err" "user namespace"
	# nor does a request reach anything, or make the supervisor wait for who has sent it
	ask=$(awk '/^\tMSG_/ { n++ } /^\tMSG_EXEC,/ { print n - 1 }' "$srcdir/src/base/msg.h")
	cat >stranger.py <<-'END'
		import array, os, socket, struct, sys, time
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.connect(os.path.relpath(sys.argv[1]))
		ctl = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		errors = os.pipe()
		os.set_blocking(errors[1], False)
		try:
		    while sys.argv[3] == "full":
		        os.write(errors[1], b"x" * 65536)
		except BlockingIOError:
		    os.set_blocking(errors[1], True)
		argv = os.memfd_create("argv")
		os.write(argv, bytes(int(sys.argv[4])) + b"touch\0/tmp/made\0")
		null = os.open("/dev/null", os.O_RDWR)
		fds = [os.pidfd_open(os.getpid()), ctl[1].fileno(), errors[1], argv, null, null, null]
		s.sendmsg([struct.pack("ii", int(sys.argv[2]), 0)],
		          [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
		print("sent", flush=True)
		time.sleep(100 if sys.argv[3] == "full" else 0.5)
	END
	cat >size.c <<-'END'
		#include <stdio.h>
		#include <sys/ioctl.h>
		#include <termios.h>
		int main(void) { return printf("%zu", sizeof(struct { struct termios t; struct winsize w; })) < 0; }
	END
	${CC:-cc} size.c -o size
	# the control: from here the same request runs its command
	works python3 stranger.py "$registry/box.sock" "$ask" empty "$(./size)"
	works sboxctl exec box -- rm /tmp/made
	works unshare -Ur python3 stranger.py "$registry/box.sock" "$ask" empty "$(./size)"
	gives 1 sboxctl exec box -- test -e /tmp/made
	unshare -Ur python3 stranger.py "$registry/box.sock" "$ask" full "$(./size)" >sent 3>&- &
	stranger=$!
	wait_for test -s sent
	works timeout 20 sboxctl exec box -- true
	kill -KILL "$stranger"
	finish
	equal "$status" 0
}

@test "what the command left behind does not hold a terminal that is slow" {
	need python3
	named box
	works timeout $((60 * slow)) python3 - sboxctl exec box -- \
		sh -c 'trap "" HUP; yes & sleep 0.3; exit 3' <<-'END'
		import fcntl, os, sys, termios, time
		master, slave = os.openpty()
		pid = os.fork()
		if pid == 0:
		    os.setsid()
		    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
		    for fd in range(3):
		        os.dup2(slave, fd)
		    os.closerange(3, 100)
		    os.execvp(sys.argv[1], sys.argv[1:])
		while True:
		    os.read(master, 4000)
		    time.sleep(0.01)
		    ended, status = os.waitpid(pid, os.WNOHANG)
		    if ended:
		        sys.exit(os.waitstatus_to_exitcode(status) != 3)
	END
	works sboxctl kill --signal=KILL box
	finish
}

@test "what is no request is ignored" {
	need python3
	named box
	ask=$(awk '/^\tMSG_/ { n++ } /^\tMSG_EXEC,/ { print n - 1 }' "$srcdir/src/base/msg.h")
	python3 - "$registry/box.sock" "$ask" <<-'END'
		import array, os, socket, struct, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.connect(os.path.relpath(sys.argv[1]))
		number = lambda type, value: struct.pack("ii", type, value)
		ask = int(sys.argv[2])
		def send(data, count):
		    fds = [os.open("/dev/null", os.O_RDONLY) if n else os.pidfd_open(os.getpid()) for n in range(count)]
		    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
		    s.sendmsg([data], control if fds else [])
		    for fd in fds:
		        os.close(fd)
		for data, count in (b"", 0), (b"x", 0), (b"x" * 8, 3), (b"x" * 4096, 0):
		    send(data, count)
		for count in 0, 1, 2, 3, 6, 7, 8, 40:
		    send(number(ask, 7), count)
		for type in range(-1, ask + 4):
		    if type != ask:
		        send(number(type, 9), 7)
	END
	works sboxctl exec box -- echo "still there"
	equal "$out" "still there"
	finish
	equal "$status" 0
}

@test "a supervisor that is stopped can be waited for, and the wait be ended" {
	named box
	kill -STOP "$job"
	sboxctl exec box -- touch /tmp/made 3>&- &
	exec=$!
	sleep 0.5
	kill -TERM "$exec"
	status=0
	wait "$exec" || status=$?
	equal "$status" 143
	kill -CONT "$job"
	works sboxctl exec box -- true
	finish
}
