#!/usr/bin/env bats
# terminal.bats - on a terminal, a sandboxed command behaves as it would outside

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	need python3
}

# Commands that are stopped with Ctrl-Z here are not waiting for a vfork(2): some shells
# start programs by it, and one that waits for its child's exec cannot be stopped, in a
# sandbox or not.

# in_shell: like on_tty, with an interactive shell
in_shell() {
	local PS1='shell> '
	export PS1
	on_tty bash --norc --noprofile --noediting -i
}

@test "the command gets a terminal of its own, which is the first of the sandbox" {
	on_tty sbox -- sh -c 'tty; tty <&1; tty <&2; stat -c %t:%T /dev/tty; ls /dev/pts' <<-'END'
		expect ^/dev/pts/0\r\n/dev/pts/0\r\n/dev/pts/0\r\n5:0\r\n0  *ptmx\r\n$
		status 0
		modes
	END
}

@test "/dev/tty is the command's own terminal" {
	on_tty sbox -- sh -c 'echo to-the-terminal >/dev/tty; read line </dev/tty; echo "got $line"' <<-'END'
		expect to-the-terminal
		send typed\r
		expect got typed
		status 0
	END
}

@test "the command's session has its own process group in the foreground" {
	on_tty sbox -- sh -c 'ps -o stat= -p $$; ps -o pgid=,tpgid= -p $$' <<-'END'
		expect S[^ ]*\+\r\n
		expect \b2 +2\r\n
		status 0
	END
}

@test "the window has the caller's size, and a change arrives with SIGWINCH" {
	on_tty sbox -- bash -c '
		trap "stty size; exit 5" WINCH
		stty size; echo waiting
		while :; do sleep 0.1; done' <<-'END'
		expect 24 80\r\nwaiting
		size 50 132
		expect 50 132
		status 5
	END
}

@test "a change of the window while the sandbox is made is not lost" {
	local net=()
	# whose start takes longer
	! command -v slirp4netns >/dev/null || [ ! -w /dev/net/tun ] || net=(--net=slirp4netns --dns=none)
	for ms in 000 001 002 003 004 005 006 008 010 015; do
		on_tty sbox "${net[@]}" -- sh -c 'sleep 0.5; stty size' <<-END
			sleep 0.$ms
			size 50 132
			expect 50 132
			status 0
		END
	done
}

@test "a terminal that belongs to somebody else is not given to the command either" {
	need python3
	# as below "su USER -c": neither the controlling terminal nor open to this user
	cat >others.py <<-'END'
		import os, sys
		master, slave = os.openpty()
		os.chmod(os.ttyname(slave), 0)
		if os.fork() == 0:
		    os.setsid()
		    for fd in range(3):
		        os.dup2(slave, fd)
		    os.closerange(3, 100)
		    os.execvp(sys.argv[1], sys.argv[1:])
		os.close(slave)
		seen, typed = b"", False
		try:
		    while True:
		        seen += os.read(master, 4096)
		        if b"ready" in seen and not typed:
		            os.write(master, b"hello\r")
		            typed = True
		except OSError:
		    pass
		status = os.waitstatus_to_exitcode(os.wait()[1])
		print(seen.decode().replace("\r", ""))
		sys.exit(status)
	END
	gives 7 timeout $((60 * slow)) python3 others.py sbox -- \
		sh -c 'tty; echo ready; read -r line; echo "got $line"; head -c 20000 /dev/zero | tr "\0" x | wc -c; exit 7'
	equal "$(head -n 1 <<<"$out")" /dev/pts/0
	contains "$out" "got hello"
	contains "$out" 20000
	# the control: with this key it has that terminal itself
	try timeout $((60 * slow)) python3 others.py sbox --set process.tty=never -- sh -c 'tty; stty size'
	contains "$out" "not a tty"
	contains "$out" "0 0"
}

@test "Ctrl-C interrupts the command, with the exit status of that" {
	on_tty sbox -- sh -c 'sleep 1000 & sleep 1; echo running; wait; echo not reached' <<-'END'
		expect running
		raw
		send \x03
		status 130
		never not reached
		modes
	END
}

@test "Ctrl-C reaches the whole foreground process group" {
	on_tty sbox -- bash -c 'trap "echo parent; exit 9" INT
		bash -c "trap \"echo child; exit 1\" INT; echo running; while :; do sleep 0.1; done"' <<-'END'
		expect running
		raw
		send \x03
		expect child\r\nparent
		status 9
	END
}

@test "a command that handles Ctrl-C goes on and its exit status counts" {
	on_tty sbox -- bash -c 'trap "echo caught; exit 7" INT; echo running; while :; do sleep 0.1; done' <<-'END'
		expect running
		raw
		send \x03
		expect caught
		status 7
		modes
	END
}

@test "Ctrl-backslash quits the command" {
	on_tty sbox -- sh -c 'ulimit -c 0; echo running; exec sleep 1000' <<-'END'
		expect running
		raw
		send \x1c
		status 131
		modes
	END
}

@test "Ctrl-D is the end of the command's input" {
	on_tty sbox -- sh -c 'echo running; cat; echo "end of input"' <<-'END'
		expect running
		raw
		send line\r
		expect line\r\nline
		send \x04
		expect end of input
		status 0
	END
}

@test "what was typed before sbox began arrives as it was meant, an early Ctrl-D too" {
	on_tty sbox -- sh -c 'cat; echo "end of input"' <<-'END'
		early \x04
		expect end of input
		status 0
	END
	on_tty sbox -- sh -c 'cat -A; echo "end of input"; read -r line; echo "then $line"' <<-'END'
		early one\ntwo\n\x04th\x04
		expect one\$\r\ntwo\$\r\nend of input
		send ree\r
		expect then three
		status 0
	END
}

@test "Ctrl-Z stops sbox as the shell's job, and fg continues the command" {
	in_shell <<-'END'
		expect shell>
		send sbox -- bash -c 'echo run"ning"; while read line; do echo "got $line"; done; exit 6'\r
		expect running
		raw
		send one\r
		expect got one
		send \x1a
		expect Stopped
		cooked
		send echo the-shell-"answers"\r
		expect the-shell-answers
		send jobs\r
		expect Stopped +sbox
		send fg\r
		expect sbox
		raw
		send two\r
		expect got two
		send \x04
		expect shell>
		send echo "status" $?\r
		expect status 6
		send exit\r
		status 0
	END
}

@test "a stopped sandbox goes on in the background with bg" {
	in_shell <<-'END'
		expect shell>
		send sbox -- bash -c 'echo run"ning"; until [ -e /proc/self/fd ] && ((n++ > 30)); do sleep 0.1; done; echo fin"ished"'\r
		expect running
		send \x1a
		expect Stopped
		send bg\r
		expect finished
		send sleep 1\r
		expect Done
		cooked
		send exit\r
		status 0
	END
}

@test "a stopped sandbox can be stopped and continued many times" {
	{
		echo 'expect shell>'
		# shellcheck disable=SC2028 # typist.py reads the escapes
		echo 'send sbox -- bash -c '\''echo run"ning"; while read line; do echo "got $line"; done'\''\r'
		echo 'expect running'
		for n in 1 2 3 4 5; do
			printf '%s\n' raw 'send \x1a' 'expect Stopped' 'expect shell>' cooked \
				'send fg\r' 'expect sbox' raw "send line$n\\r" "expect got line$n"
		done
		printf '%s\n' 'send \x04' 'expect shell>' 'send exit\r' 'status 0'
	} >script
	in_shell <script
}

@test "after a SIGSTOP to sbox itself, fg brings the terminal's raw mode back" {
	in_shell <<-'END'
		expect shell>
		send (until [ -e stop ]; do sleep 0.1; done; kill -STOP $(cat pid)) &\r
		expect shell>
		send sh -c 'echo $$ >pid; exec sbox --write=. -- bash -c "echo run\"\"ning; read line; touch stop; read line; echo got \\$line"'\r
		expect running
		raw
		send first\r
		expect Stopped
		cooked
		send fg\r
		expect sbox
		raw
		send second\r
		expect got second
		expect shell>
		send exit\r
		status 0
	END
}

@test "SIGTERM to a stopped sandbox ends it" {
	in_shell <<-'END'
		expect shell>
		send sbox -- sh -c 'echo run"ning"; exec sleep 1000'\r
		expect running
		send \x1a
		expect Stopped
		send kill %1; sleep 1\r
		expect Exit 143
		send jobs; echo no "jobs"\r
		expect no jobs
		send exit\r
		status 0
	END
}

@test "the terminal's modes come back after the command has changed its own" {
	on_tty sbox -- sh -c 'stty raw -echo; stty -a | grep -o -- "-icanon"; echo changed' <<-'END'
		expect -icanon
		expect changed
		status 0
		modes
	END
}

@test "the terminal's modes come back after SIGKILL of the command" {
	on_tty sbox -- sh -c 'stty raw -echo; echo running; kill -KILL $$' <<-'END'
		expect running
		status 137
		modes
	END
}

@test "the terminal's modes come back after SIGTERM to sbox" {
	on_tty sbox -- sh -c 'stty raw -echo; echo running; exec sleep 1000' <<-'END'
		expect running
		raw
		signal TERM
		status 143
		modes
	END
}

@test "unusual modes of the terminal are the command's too, and come back" {
	on_tty sbox -- sh -c 'read go; stty -a | grep -o -- "-echo "; stty sane' <<-'END'
		mode -echo
		raw
		send \r
		expect -echo 
		status 0
		modes
	END
}

@test "when the set-up fails the terminal's modes are untouched" {
	on_tty sbox -- /nonexistent <<-'END'
		expect no such file
		status 127
		modes
	END
}

@test "a hang-up of the terminal ends the command" {
	on_tty sbox -- sh -c 'echo running; exec sleep 1000' <<-'END'
		expect running
		raw
		hangup
		status 129
	END
}

@test "a command that outlives a hang-up does not keep sbox busy" {
	on_tty sbox -- sh -c 'trap "" HUP; echo running; sleep 1000; :' <<-'END'
		expect running
		raw
		hangup
		idle 2
		signal TERM
		status 143
	END
}

@test "under nohup a hang-up neither ends the command nor keeps sbox busy" {
	on_tty sh -c 'trap "" HUP; exec sbox -- sh -c "echo running; sleep 1000; :"' <<-'END'
		expect running
		raw
		hangup
		idle 2
		signal TERM
		status 143
	END
}

@test "the command's process group is in the foreground of its terminal, so a shell has job control" {
	on_tty sbox -- bash --norc --noprofile -i <<-'END'
		expect \$|#
		send sleep 1000\r
		sleep 0.5
		send \x1a
		expect Stopped
		send jobs; fg\r
		expect Stopped +sleep 1000
		expect sleep 1000
		sleep 0.5
		send \x03
		send echo "status" $?\r
		expect status 130
		send exit 3\r
		status 3
		modes
	END
}

@test "only standard input is a terminal: typed lines arrive, the output is plain" {
	on_tty sh -c 'sbox -- sh -c "
		[ -t 0 ] || echo the input is no terminal
		[ ! -t 1 ] || echo the output is a terminal
		echo running >&2; read line; echo got \$line; cat; echo end" | tee copy; echo out=$?' <<-'END'
		expect running
		cooked
		send typed\r
		expect typed\r\ngot typed
		send second\r
		expect second
		send \x04
		expect end\r\nout=0
		status 0
		modes
	END
	equal "$(cat copy)" "$(printf 'got typed\nsecond\nend')"
}

@test "only standard output is a terminal: the input is plain" {
	on_tty sh -c 'printf "a\0b\n" | sbox -- sh -c "
		[ ! -t 0 ] || echo the input is a terminal
		[ -t 1 ] && tty <&1; od -An -c"' <<-'END'
		expect /dev/pts/0
		expect a +\\0 +b +\\n
		status 0
		modes
	END
}

@test "only standard error is a terminal: it is the sandbox's own" {
	on_tty sh -c 'sbox -- sh -c "[ -t 2 ] && tty <&2; [ ! -t 1 ]; echo said >&2" </dev/null >piped; echo "out=$?"' <<-'END'
		expect said\s+out=0
		status 0
		modes
	END
	equal "$(cat piped)" /dev/pts/0
}

@test "while a program of the same pipeline reads single keys, they are its own" {
	cat >pager <<-'END'
		modes=$(stty -g </dev/tty)
		read -r line
		stty raw -echo </dev/tty
		echo "pager has $line"
		key=$(head -c 1 </dev/tty)
		stty "$modes" </dev/tty
		echo "pager got $key"
		cat
	END
	on_tty sh -c 'sbox -- sh -c "echo first; read line; echo \"sandbox got \$line\"" | sh pager' <<-'END'
		expect pager has first
		send x
		expect pager got x
		cooked
		send typed\r
		expect sandbox got typed
		status 0
		modes
	END
}

@test "each pairing of terminal, pipe, file and nothing on 0 to 2 is as outside" {
	works python3 "$srcdir/tests/cli/pairings.py" sbox -q --
	equal "$out" "64 pairings"
}

@test "so it is for a command that comes later" {
	own_registry
	begin sbox -q --name=box -- sh -c 'echo ready; exec cat'
	wait_for test -e "$registry/box.toml"
	works python3 "$srcdir/tests/cli/pairings.py" sboxctl exec box --
	equal "$out" "64 pairings"
	finish
}

@test "a password is not shown, whichever descriptors are the terminal" {
	cat >ask <<-'END'
		export PS1=''
		"$@" python3 -c "import getpass; print(getpass.getpass('one: '))" | { x=$(cat); sleep 0.5; echo "$x"; }
		echo unread | "$@" python3 -c "import getpass; print(getpass.getpass('two: '))" >piped; cat piped
		echo unread | "$@" bash -c 'read -rsp "three: " x </dev/tty; echo; echo "$x"; cat'
	END
	for prefix in env "sbox -q --"; do
		# shellcheck disable=SC2086 # words
		on_tty bash ask $prefix <<-'END'
			expect ^one: $
			send first\r
			expect ^\r\nfirst\r\ntwo: $
			send second\r
			expect ^\r\nsecond\r\nthree: $
			send third\r
			expect ^\r\nthird\r\nunread\r\n$
			status 0
			modes
		END
	done
}

@test "a quoted Ctrl-D is a byte, where the terminal is on one side too, and a bare one the end" {
	need od
	for reader in cat 'dd bs=1 2>/dev/null' 'dd bs=1000 2>/dev/null'; do
		for typed in '\x16\x04' 'ab\x16\x04' 'a\x16\x04b' '\x16\x04\x16\x04'; do
			for where in "sh -c" "sbox -q -- sh -c"; do
				# the first Ctrl-D ends no line, the last one all
				on_tty sh -c "$where 'echo ready >&2; $reader' | od -An -c >$top/read" <<-END
					expect ready\r\n
					send $typed\x04
					sleep 0.3
					send next\r
					sleep 0.2
					send \x04
					status 0
					modes
				END
				tr -s ' \n' ' ' <"$top/read" >"$top/${where%% *}"
			done
			contains "$(cat "$top/sbox")" 004
			cmp "$top/sh" "$top/sbox" || fail "$reader, $typed" "$(cat "$top/sh" "$top/sbox")"
		done
	done
	# the modes that the command sees have an end again
	on_tty sh -c 'sbox -q -- sh -c "echo ready >&2; head -c 1; sleep 0.3; stty -a" | cat' <<-'END'
		expect ready\r\n
		send \x16\x04\x04
		expect eof = \^D
		status 0
	END
	# and where standard input is no terminal
	on_tty sh -c "true | sbox -q -- sh -c 'echo ready; head -c 2 /dev/tty | od -An -c; cat /dev/tty; echo ended'" <<-'END'
		expect ready\r\n
		send \x16\x04\x04
		sleep 0.3
		send \x16\x04\x04
		expect 004 004
		send \x04
		expect ended
		status 0
	END
}

@test "a script that comes through a pipe asks on the terminal" {
	printf 'printf "name? "; read -r a </dev/tty; echo "hello $a"; read -r b </dev/tty || echo no more\n' >install.sh
	for prefix in "" "sbox -q --"; do
		on_tty sh -c "cat install.sh | $prefix sh" <<-'END'
			expect ^name\? $
			send you\r
			expect ^you\r\nhello you\r\n$
			send \x04
			expect ^no more\r\n$
			status 0
			modes
		END
	done
}

@test "a program that waits for the terminal by poll or select is answered, too" {
	cat >selects <<-'END'
		import os, select
		tty = os.open("/dev/tty", os.O_RDWR)
		os.write(tty, b"select? ")
		select.select([tty], [], [], 20)
		print("got", os.read(tty, 100))
	END
	for prefix in env "sbox -q --read=$PWD"; do
		[ "$prefix" = env ] || prefix+=" --"
		# shellcheck disable=SC2086 # words
		on_tty sh -c '"$@" bash -c "read -t 20 -p \"timed? \" x </dev/tty; echo got \$x" </dev/null
			"$@" python3 "$PWD/selects" </dev/null' sh $prefix <<-'END'
			expect ^timed\? $
			send one\r
			expect ^one\r\ngot one\r\nselect\? $
			send two\r
			expect ^two\r\ngot b'two.n'\r\n$
			status 0
			modes
		END
	done
}

@test "a program that draws on the terminal while its input is a pipe gets keys and raw output" {
	cat >draw <<-'END'
		modes=$(stty -g </dev/tty)
		stty raw -echo </dev/tty
		printf 'draws\nkey? ' >/dev/tty
		key=$(head -c 1 </dev/tty | od -An -tx1)
		stty "$modes" </dev/tty
		echo "got$key" >/dev/tty
	END
	on_tty sh -c 'echo unread | sbox -q --read="$PWD" -- sh "$PWD/draw" | cat' <<-'END'
		raw
		expect ^draws\nkey\? $
		send \x03
		expect ^got 03\r\n$
		cooked
		status 0
		modes
	END
}

@test "what is typed for the next command stays there while nothing inside reads it" {
	on_tty sh -c 'sbox -- sh -c "echo ready; sleep 1" </dev/null; read -r x; echo "got:$x"' <<-'END'
		expect ready
		send hello\r
		expect got:hello
		status 0
		modes
	END
}

@test "lines end on the terminal as they do outside, whichever descriptors are the terminal" {
	cat >lines <<-'END'
		"$@" sh -c 'echo both'
		: | "$@" sh -c 'echo output'
		: | "$@" sh -c 'echo errors >&2' | cat
		"$@" sh -c 'echo input' | cat
	END
	on_tty sh lines env <<-'END'
		expect ^both\r\noutput\r\nerrors\r\ninput\r\n$
		status 0
	END
	on_tty sh lines sbox -- <<-'END'
		expect ^both\r\noutput\r\nerrors\r\ninput\r\n$
		status 0
	END
}

@test "process.tty = never: no terminal, whatever sbox has" {
	on_tty sbox --set='process.tty="never"' -- sh -c '
		ls /dev/pts; echo x 2>/dev/null >/dev/tty || echo "no terminal of its own"
		ps -o tty= -p $$' <<-'END'
		expect ptmx
		expect no terminal of its own
		expect \?
		status 0
		modes
	END
	on_tty sbox -p ci -- sh -c 'echo x 2>/dev/null >/dev/tty || echo "no terminal of its own"' <<-'END'
		expect no terminal of its own
		status 0
	END
}

@test "without a terminal the command has none either" {
	works sbox -- sh -c 'ls /dev/pts; tty; ps -o tty= -p $$; ! sh -c ": >/dev/tty"'
	equal "$(head -n 1 <<<"$out")" ptmx
	contains "$out" "not a tty"
	matches "$out" '^\?$'
}

@test "10 MiB of output to a terminal arrive whole" {
	base64 /dev/urandom | head -c 10M >text
	on_tty sbox --read="$PWD/text" -- cat "$PWD/text" <<-END
		save $top/received
		status 0
		modes
	END
	tr -d '\r' <"$top/received" | cmp - text
}

@test "all output arrives although the command ends at once" {
	seq 20000 >text
	for n in 1 2 3 4 5; do
		on_tty sbox --read="$PWD/text" -- cat "$PWD/text" <<-END
			save $top/received
			status 0
		END
		tr -d '\r' <"$top/received" | cmp - text
	done
}

@test "300 KiB that are typed in one go arrive whole" {
	base64 -w 99 /dev/urandom | head -c 300K >text
	echo >>text
	{
		printf '%s\n' 'expect running' raw
		while read -r line; do
			printf 'send %s\\r\n' "$line"
		done <text
		printf '%s\n' 'send \x04' "save $top/received" 'status 0'
	} >script
	on_tty sbox --write="$PWD" -- sh -c "stty -echo; echo running; cat >'$PWD/arrived'" <script
	cmp arrived text
}

@test "64 MiB of binary data pass through pipes unchanged" {
	head -c 64M /dev/urandom >data
	sum=$(sha256sum <data)
	equal "$(cat data | sbox -- cat | sha256sum)" "$sum"
	equal "$(sbox -- sha256sum <data)" "$sum"
	equal "$(sbox --read="$PWD/data" -- cat "$PWD/data" | sha256sum)" "$sum"
	sbox -- cat <data >copy
	cmp data copy
}

@test "64 MiB of binary data pass through pipes unchanged while standard error is a terminal" {
	head -c 64M /dev/urandom >data
	on_tty sh -c 'cat data | sbox -- sh -c "cat; tty <&2 >&2" | cat >copy; echo ended' <<-'END'
		expect /dev/pts/0
		expect ended
		status 0
		modes
	END
	cmp data copy
}

@test "an output pipe that is closed ends the command as it would outside" {
	need yes
	sbox -- yes 2>yes-err | head -n 1 >/dev/null
	statuses=("${PIPESTATUS[@]}")
	equal "${statuses[0]}" 141
}

@test "a pipe that the command closes is at its end, though sbox goes on" {
	begin sbox -- sh -c 'echo ready; exec >&-; cat; :'
	# the reader of a pipe from sbox must see its end before sbox ends
	mkfifo pipe
	sbox -- sh -c 'exec >&-; sleep 1000' >pipe 3>&- &
	works timeout 20 cat pipe
	finish
}

@test "mistakes, errors and warnings have colours on a terminal that can, and only there" {
	need python3
	color=(env -u NO_COLOR TERM=vt100)
	printf 'fs.raed = 1\n' >bad.toml
	chmod 644 bad.toml
	on_tty "${color[@]}" sbox -p ./bad.toml -- true <<-'END'
		expect \x1b\[1m[^\x1b]*bad\.toml:1:4:\x1b\[0m unknown key
		expect \n    1 \| fs\.raed = 1\r\n      \|    \x1b\[1;31m\^\x1b\[0m\r\n
		status 125
	END
	on_tty "${color[@]}" sbox -- /none <<-'END'
		expect ^\x1b\[1;31msbox:\x1b\[0m [^\x1b]*/none
		status 127
	END
	on_tty "${color[@]}" sbox -- sh -c 'kill -SEGV $$' <<-'END'
		expect ^\x1b\[1msbox:\x1b\[0m warning: the command was killed
		status 139
	END
	on_tty "${color[@]}" sboxctl kill -- -none <<-'END'
		expect ^\x1b\[1;31msboxctl:\x1b\[0m
		status 125
	END
	for plain in 'NO_COLOR=1 TERM=vt100' 'TERM=dumb' '-u TERM'; do
		# shellcheck disable=SC2086
		on_tty env -u NO_COLOR $plain sh -c 'sbox -p ./bad.toml -- true; sbox -- /none' <<-'END'
			save text
			status 127
		END
		contains "$(cat text)" "unknown key"
		contains "$(cat text)" "/none"
		lacks "$(cat text)" $'\e'
	done
	# each stream by itself: what goes to a file has none
	on_tty "${color[@]}" sh -c 'sbox -p ./bad.toml -- true 2>err; sbox --report=r -p ./bad.toml -- true >out' <<-'END'
		expect \x1b\[1;31m\^
		status 125
	END
	contains "$(cat err)" "unknown key"
	lacks "$(cat err r)" $'\e'
}
