#!/usr/bin/env bats
# signals.bats - signals to sbox reach the command, and the status says how it ended

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# A command that says which signals it gets. It ends with 40.
catcher='for s in TERM INT HUP QUIT USR1 USR2; do trap "echo got $s" $s; done
	trap "echo got CONT" CONT
	echo ready; until [ -e end ]; do sleep 0.05; done; exit 40'

# Ends the catcher that begin has started.
finish_catcher() {
	: >end
	finish
	equal "$status" 40
}

@test "TERM INT HUP QUIT USR1 and USR2 reach the command, which may go on" {
	begin sbox --write=. -- bash -c "$catcher"
	for signal in TERM INT HUP QUIT USR1 USR2; do
		kill -s "$signal" "$job"
		wait_for has_line "$top/held" "got $signal"
	done
	finish_catcher
	equal "$(grep -c '^got' "$top/held")" 6
}

@test "a container's command gets its signals too" {
	begin sbox -p container --write=. --chdir=. -- bash -c "$catcher"
	for signal in TERM USR1; do
		kill -s "$signal" "$job"
		wait_for has_line "$top/held" "got $signal"
	done
	finish_catcher
}

@test "a signal that the command does not handle ends it, and sbox with 128 and its number" {
	for signal in TERM INT HUP QUIT USR1 USR2; do
		begin "$helpers/reaper" 20 sbox -- sh -c 'ulimit -c 0; sleep 1000 & echo ready; exec sleep 1001'
		kill -s "$signal" "$(cat "/proc/$job/task/$job/children")"
		finish
		equal "$signal $status" "$signal $((128 + $(kill -l "$signal")))"
	done
}

@test "every signal that ends the command gives 128 and its number" {
	# not QUIT, which bash ignores
	for signal in HUP INT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM \
		STKFLT XCPU XFSZ VTALRM PROF IO PWR SYS; do
		try env --default-signal sbox -- bash -c "ulimit -c 0; kill -s $signal \$\$; exit 9"
		equal "$signal $status" "$signal $((128 + $(kill -l "$signal")))"
	done
}

@test "a process's signal to sbox is for the command alone, not for its children" {
	begin sbox --write=. -- bash -c '
		bash -c "trap \"touch child-got-it\" USR1; touch child-ready; until [ -e end ]; do sleep 0.05; done" &
		trap "echo parent got it" USR1
		until [ -e child-ready ]; do sleep 0.05; done
		echo ready; until [ -e end ]; do sleep 0.05; done'
	kill -s USR1 "$job"
	wait_for has_line "$top/held" "parent got it"
	sleep 0.5
	: >end
	finish
	equal "$status" 0
	[ ! -e child-got-it ]
}

# As scripts of CI jobs are: the shell waits for what it has started, and only then for
# its trap.
cancelled='trap "exit 7" TERM; echo ready; (eval "sleep 600; :"); exit 8'

@test "without a terminal a signal to end reaches the whole process group" {
	for signal in TERM INT HUP QUIT; do
		begin sbox -- bash -c "${cancelled/TERM/$signal}"
		kill -s "$signal" "$job"
		finish
		equal "$signal $status" "$signal 7"
	done
}

@test "process.forward says whom a signal is for" {
	# the command's process: its child lives, and it waits for that
	begin sbox --write=. --set='process.forward = "process"' -- bash -c "
		${cancelled/sleep 600/until [ -e end ]; do sleep 0.05; done; touch child}"
	kill -s TERM "$job"
	sleep 0.5
	: >end
	finish
	equal "$status" 7
	[ -e child ]

	# all of its group, any signal
	rm end child
	begin sbox --write=. --set='process.forward = "group"' -- bash -c '
		(trap "touch child-got-it" USR1; touch child; until [ -e end ]; do sleep 0.05; done) &
		trap "touch got-it" USR1
		until [ -e child ]; do sleep 0.05; done
		echo ready
		until [ -e end ]; do sleep 0.05; done
		exit 5'
	kill -s USR1 "$job"
	wait_for test -e got-it
	wait_for test -e child-got-it
	: >end
	finish
	equal "$status" 5
}

@test "process.forward = never leaves a signal to those who send it to the command as well" {
	begin sbox --name=nobodys --write=. --set='process.forward = "never"' -- bash -c "$catcher"
	wait_for sboxctl exec nobodys -- true
	for signal in TERM INT HUP QUIT USR1 USR2; do
		kill -s "$signal" "$job"
	done
	kill -s USR2 "$(command_of "$job")"
	wait_for has_line "$top/held" "got USR2"
	equal "$(grep -c '^got' "$top/held")" 1
	# who asks sbox itself means the command
	sboxctl kill --signal=USR1 nobodys
	wait_for has_line "$top/held" "got USR1"
	finish_catcher
}

@test "process.kill_after_grace kills what has not ended limits.grace after a signal" {
	begin sbox --report="$top/report" --limit=grace=200ms --set=process.kill_after_grace=true -- \
		bash -c 'trap "echo asked" TERM; echo ready; while :; do sleep 0.05; done'
	kill -s TERM "$job"
	finish
	equal "$status" 137
	has_line "$top/held" asked
	matches "$(cat "$top/held-err")" "asked to end, and killed limits.grace = 200ms later .process.kill_after_grace"
	contains "$(cat "$top/report")" '"why":"killed-by-caller"'
	# not if it ends in time, nor without the key
	begin sbox --limit=grace=20s --set=process.kill_after_grace=true -- \
		bash -c 'trap "exit 6" TERM; echo ready; while :; do sleep 0.05; done'
	kill -s TERM "$job"
	finish
	equal "$status" 6
	begin sbox --write=. --limit=grace=50ms -- bash -c "$catcher"
	kill -s TERM "$job"
	sleep 0.5
	finish_catcher
}

@test "a signal that is ignored from the start, as under nohup, begins no grace" {
	begin nohup sbox --limit=grace=100ms --set=process.kill_after_grace=true -- \
		sh -c 'echo ready; sleep 1; exit 4'
	kill -s HUP "$job"
	finish
	equal "$status" 4
}

@test "a sandbox that is held ends with 0, also after its grace" {
	sbox --hold --name=held --limit=grace=200ms --set=process.kill_after_grace=true 3>&- &
	job=$!
	wait_for sboxctl exec held -- true
	sboxctl exec held -- sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done' >exec-out 3>&- &
	wait_for has_line exec-out ready
	kill -s TERM "$job"
	gives 0 wait "$job"
}

@test "a command that has left its process group gets the signals for it, and so does the new group" {
	need python3
	cat >moved.py <<-'END'
		import os, signal, sys, time
		if os.fork() == 0:  # stays where it was
		    signal.signal(signal.SIGTERM, lambda *_: open("old", "w"))
		    while not os.path.exists("end"):
		        time.sleep(0.05)
		    os._exit(0)
		other = os.fork()
		if other == 0:
		    os.setpgid(0, 0)
		    signal.signal(signal.SIGTERM, lambda *_: open("new", "w"))
		    while not os.path.exists("end"):
		        time.sleep(0.05)
		    os._exit(0)
		while os.getpgid(other) != other:
		    time.sleep(0.01)
		os.setpgid(0, other)
		signal.signal(signal.SIGTERM, lambda *_: open("command", "w"))
		print("ready", flush=True)
		while not os.path.exists("end"):
		    time.sleep(0.05)
		sys.exit(6)
	END
	begin sbox --write=. -- python3 moved.py
	kill -s TERM "$job"
	for got in old new command; do wait_for test -e "$got"; done
	: >end
	finish
	equal "$status" 6
}

@test "processes of other users inside get them as well" {
	need_subids
	local other="setpriv --reuid 1000 --regid 1000 --keep-groups"
	# a child of the command, and the command itself, also a later one
	begin sbox -p container --chdir=/ -- bash -c "${cancelled/sleep 600/$other sleep 600}"
	kill -s TERM "$job"
	finish
	equal "$status" 7
	# shellcheck disable=SC2086 # words
	begin sbox -p container --chdir=/ -- $other bash -c "$cancelled"
	kill -s TERM "$job"
	finish
	equal "$status" 7
	sbox --map=subids --set='caps.keep = ["CAP_SETUID", "CAP_SETGID"]' --hold --name=others 3>&- &
	holder=$!
	wait_for sboxctl exec others -- true
	# shellcheck disable=SC2086
	begin sboxctl exec others -- $other bash -c "$cancelled"
	kill -s TERM "$job"
	finish
	equal "$status" 7
	sboxctl kill others
	wait "$holder"
	# and limits.wall's
	# shellcheck disable=SC2086
	try sbox -p container --chdir=/ --limit=wall=1s --limit=grace=10s -- \
		$other bash -c 'trap "echo asked; exit" TERM; while :; do sleep 0.1; done'
	equal "$status $out" "124 asked"
}

@test "on a terminal a process's signal is for the command alone" {
	need python3
	cat >job <<-'END'
		trap 'exit 9' TERM
		bash -c 'trap "touch child-got-it" TERM; touch runs; until [ -e end ]; do sleep 0.05; done'
	END
	on_tty bash -c '(until [ -e runs ]; do sleep 0.05; done; kill -s TERM $$; sleep 0.5; : >end) &
		exec sbox --write=. -- bash job' <<-'END'
		status 9
		modes
	END
	[ -e runs ]
	[ ! -e child-got-it ]
}

@test "Ctrl-C at a run without a terminal of its own reaches the whole process group" {
	need python3
	on_tty sbox --set='process.tty="never"' -- bash -c '
		trap "echo parent; exit 9" INT
		bash -c "trap \"echo child; exit 1\" INT; echo running; while :; do sleep 0.1; done"' <<-'END'
		expect running
		send \x03
		expect child\r\nparent
		status 9
		modes
	END
}

@test "Ctrl-C at a run whose descriptors are pipes and files ends it" {
	need python3
	cat >job <<-'END'
		trap 'echo the shell goes on' INT
		(until [ -e runs ]; do sleep 0.1; done; echo running) &
		sbox --write=. -- sh -c 'touch runs; exec sleep 1000' </dev/null >out 2>err
		echo "status $?"
	END
	on_tty bash job <<-'END'
		expect running
		send \x03
		expect status 130
		status 0
		modes
	END
}

@test "Ctrl-Z at a run without a terminal of its own stops sbox and fg continues it" {
	need python3
	PS1='shell> ' on_tty bash --norc --noprofile --noediting -i <<-'END'
		expect shell>
		send sbox --set='process.tty="never"' -- bash -c 'echo run"ning"; read line; echo "got $line"; exit 6'\r
		expect running
		send \x1a
		expect Stopped
		send fg\r
		expect sbox
		send typed\r
		expect got typed
		send echo "status" $?\r
		expect status 6
		send exit\r
		status 0
	END
}

stopped() {
	grep -q '^State:.*stopped' "/proc/$1/status"
}

# The command's process, as seen from outside: the only child of init.
command_of() {
	local init
	init=$(cat "/proc/$1/task/$1/children")
	tr -d ' ' <"/proc/${init% }/task/${init% }/children"
}

@test "SIGTSTP stops sbox with its command, and SIGCONT continues both" {
	begin sbox --write=. -- bash -c "$catcher"
	command=$(command_of "$job")
	kill -s TSTP "$job"
	wait_for stopped "$job"
	wait_for stopped "$command"
	kill -s CONT "$job"
	wait_for has_line "$top/held" "got CONT"
	refused stopped "$job"
	finish_catcher
}

@test "SIGTERM ends a command that is stopped" {
	for signal in TERM HUP INT; do
		begin sbox -- bash -c 'echo ready; kill -STOP $$; read -r line; exit 3'
		command=$(command_of "$job")
		wait_for stopped "$command"
		kill -s "$signal" "$job"
		finish
		equal "$signal $status" "$signal $((128 + $(kill -l "$signal")))"
	done
}

@test "SIGTERM to a stopped command that handles it is handled" {
	begin sbox -- bash -c 'trap "echo handled; exit 5" TERM; echo ready; kill -STOP $$; while :; do sleep 0.05; done'
	wait_for stopped "$(command_of "$job")"
	kill -s TERM "$job"
	finish
	equal "$status" 5
	has_line "$top/held" handled
}

@test "SIGTERM does not wake a process that the command itself has stopped" {
	begin sbox --write=. -- bash -c '
		trap "echo got TERM" TERM
		sleep 1000 & kill -STOP $!
		echo ready; until [ -e end ]; do sleep 0.05; done
		sed -n "s/^State:.*(\(.*\))/\1/p" /proc/$!/status'
	kill -s TERM "$job"
	wait_for has_line "$top/held" "got TERM"
	: >end
	finish
	has_line "$top/held" stopped
}

@test "a command that stops itself does not stop sbox when no one has asked for it" {
	begin sbox -- bash -c 'echo ready; kill -STOP $$; read -r line; echo went on; exit 3'
	wait_for stopped "$(command_of "$job")"
	sleep 0.3
	refused stopped "$job"
	kill -s CONT "$(command_of "$job")"
	finish
	equal "$status" 3
}

@test "SIGKILL of the command ends the run with 137" {
	begin sbox -- sh -c 'sleep 1000 & echo ready; cat; :'
	kill -s KILL "$(command_of "$job")"
	finish
	equal "$status" 137
	equal "$(cat "$top/held-err")" ""
}

@test "signals to a process group end it as they would end any job" {
	setsid sh -c 'sbox -- sh -c "echo ready; exec sleep 1000"; echo $? >told' >"$top/held" 3>&- &
	job=$!
	wait_for has_line "$top/held" ready
	kill -s TERM -- "-$job"
	wait "$job" || :
	# the shell is gone, and with it, as its parent, sbox
	[ ! -e told ]
}
