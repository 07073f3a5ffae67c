#!/usr/bin/env bats
# lifetime.bats - nothing outlives a run, however it ends

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# What a run could leave on the host, apart from processes. Other programs of the same
# user make and remove files in the common directories, so only what has sbox in its
# name counts there; the directories of this test must be the same to the last file.
# What is remembered of a run that failed is in the runtime directory: tests/cli/runs.bats.
# Scratch directories of tests that run beside this one have a dot in their names
# (sbox-vm.Xa12Bc, sbox-kill.ab12cd34): a virtual machine sees this machine's /var/tmp,
# too. sbox itself gives no name with a dot.
traces() {
	cat /proc/self/mountinfo
	find "$HOME" "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME" "$top/here" -printf '%p %y %m %s %T@\n' | sort
	find /tmp /var/tmp /dev/shm /dev/mqueue "/run/user/$me" -maxdepth 1 -user "$me" \
		-name '*sbox*' ! -name 'sbox-*.*' \
		! -path "/run/user/$me/sbox" 2>/dev/null | sort
	ls -d /sys/fs/cgroup/*sbox* /sys/fs/cgroup/*/*sbox* 2>/dev/null || :
}


@test "200 runs at once end as they should and leave nothing" {
	cat >many <<-END
		rounds=$(scaled 200)
	END
	cat >>many <<-'END'
		for n in $(seq "$rounds"); do
			(
				status=0
				sbox --write="$PWD" -- sh -c "sleep 1000 & setsid sleep 1000 & exit $((n % 100))" || status=$?
				[ "$status" -eq $((n % 100)) ] || echo "run $n: $status"
			) &
		done
		wait
	END
	before=$(traces)
	nothing_left bash many
	equal "$status $out$err" "0 "
	equal "$(traces)" "$before"
}

# How many keys the user may have besides those that there are: /proc/key-users, keyrings(7).
keys_left() {
	awk -v me="$me:" '
		FILENAME ~ /maxkeys$/ { left = $1 }
		$1 == me { split($4, keys, "/"); left = keys[2] - keys[1] }
		END { print left }' /proc/sys/kernel/keys/maxkeys /proc/key-users
}

# Each has one of its user's keys, of which there may be 200 in all.
@test "200 containers that live at the same time, or one for each key, are told apart and leave nothing" {
	rounds=$(scaled 200)
	left=$(keys_left)
	[ "$rounds" -le "$left" ] || rounds=$left
	[ "$rounds" -ge "$(scaled 100)" ] || fail "too many keys are in use: $left are left"
	echo "# $rounds containers, $left keys left" >&3
	cat >many <<-END
		rounds=$rounds end=$((100 * slow))
	END
	cat >>many <<-'END'
		for n in $(seq "$rounds"); do
			(
				sbox -p container -- sh -c "hostname box$n; echo \$\$ >/mnt/pid; mount -t tmpfs none /mnt; uname -n; cat"
			) <in >"../told/$n" 3>&- &
		done
		exec 4>in
		for n in $(seq "$rounds"); do
			until [ -s "../told/$n" ] || [ $SECONDS -gt "$end" ]; do sleep 0.1; done
			[ "$(cat "../told/$n")" = "box$n" ] || echo "box$n: $(cat "../told/$n")"
		done
		exec 4>&-
		wait
	END
	mkfifo in
	mkdir ../told
	before=$(traces)
	nothing_left bash many
	equal "$status $out$err" "0 "
	equal "$(traces)" "$before"
}

@test "1,000 runs in a row leave nothing" {
	cat >many <<-END
		rounds=$(scaled 1000)
	END
	cat >>many <<-'END'
		for n in $(seq "$rounds"); do
			sbox --write="$PWD" -- sh -c 'sleep 1000 & exit 7' || [ $? -eq 7 ] || echo "run $n: $?"
		done
	END
	before=$(traces)
	nothing_left bash many
	equal "$status $out$err" "0 "
	equal "$(traces)" "$before"
}

@test "no file, socket or IPC object is left even in directories that are everyone's" {
	unshare -Ur true 2>/dev/null || skip "no user namespace can be made for the test"
	cat >quiet <<-END
		rounds=$(scaled 30)
	END
	cat >>quiet <<-'END'
		for dir in /tmp /var/tmp /dev/shm /run; do
			[ "$dir" = /tmp ] || mount -t tmpfs none "$dir"
		done
		export HOME=/run/home XDG_CACHE_HOME=/run/cache
		mkdir "$HOME" "$XDG_CACHE_HOME"
		list() {
			find /var/tmp /dev/shm /run -mindepth 1 | sort
			cat /proc/net/unix /proc/self/mountinfo
			ipcs
		}
		list >before
		for n in $(seq "$rounds"); do
			sbox -q -p container -- sh -c 'ipcmk -Q -M 4096 -S 1; sleep 1000 &' >/dev/null
			sbox -q -p build -- sh -c ': >/var/tmp/file; : >/dev/shm/file; sleep 1000 & exit 0'
			sbox -q --set='seccomp.base="none"' -- sh -c 'kill -KILL $$' || :
		done
		list >after
		diff before after
	END
	works unshare -Urmni bash quiet
}

# A minute of work for the supervisor to be killed in.
victim() {
	"$helpers/reaper" -k "$1" "$2" sbox --write="$top/here" -- sh -c \
		'setsid sleep 1000 & trap "" TERM; sleep 1001; sleep 1002'
}

@test "after SIGKILL of the supervisor in the first 15 ms nothing is alive a second later" {
	before=$(traces)
	for n in $(seq "$(scaled 300)"); do
		delay=$((n * 50 * slow * 100 / scale))
		try victim "$delay" "$slow"
		[ "$status" -eq 137 ] || fail "after $delay us: $status" "$err"
	done
	equal "$(traces)" "$before"
}

@test "after SIGKILL of the supervisor at random moments nothing is alive a second later" {
	before=$(traces)
	for n in $(seq "$(scaled 60)"); do
		delay=$((RANDOM % 40000 * slow))
		[ $((n % 10)) -ne 0 ] || delay=$((delay * 10))
		try victim "$delay" "$slow"
		[ "$status" -eq 137 ] || fail "after $delay us: $status" "$err"
	done
	equal "$(traces)" "$before"
}

@test "after SIGKILL of a container's supervisor, with subordinate ids, nothing is left" {
	before=$(traces)
	for n in $(seq "$(scaled 60)"); do
		delay=$((RANDOM % 30000 * slow))
		try "$helpers/reaper" -k "$delay" "$slow" sbox -p container -- sh -c \
			'mount -t tmpfs none /mnt; setsid sleep 1000 & sleep 1001; sleep 1002'
		[ "$status" -eq 137 ] || fail "after $delay us: $status" "$err"
	done
	equal "$(traces)" "$before"
}

@test "what a helper process would leave is seen by these tests" {
	try "$helpers/reaper" 1 sh -c 'setsid sleep 1000 & exit 0'
	equal "$status" 99
	contains "$err" "left behind: process"
	try "$helpers/reaper" -k 200000 1 sh -c 'sleep 1000; :'
	equal "$status" 99
}

# The caller of sbox is a shell that dies once the command runs.
orphan() {
	# shellcheck disable=SC2016 # for the inner shell
	"$helpers/reaper" "$1" sh -c '
		sbox --write=. "$@" -- sh -c "setsid sleep 1000 & touch started; sleep 1001; :" &
		until [ -e started ]; do sleep 0.1; done
		kill -KILL $$' sh "${@:2}"
}

@test "the sandbox ends when the process that started sbox ends" {
	try orphan 20
	[ "$status" -eq 137 ] || fail "$status" "$err"
}

@test "the command is not even started when that process ends while sbox waits for a key" {
	need strace
	# -D: sbox stays the child of the shell, which ends in the middle of the call; of a call
	# that is delayed strace writes the beginning first
	try timeout $((20 * slow)) sh -c 'strace -D -o ../trace -e trace=keyctl \
		-e inject=keyctl:delay_enter=3000000 \
		sbox --write="$PWD" -- sh -c "sleep 0.5; echo >started" &
		until grep -q keyctl ../trace; do sleep 0.05; done'
	wait_for grep -q 'exited with' ../trace
	grep -q DELAYED ../trace || skip "strace cannot be used here"
	grep -q 'exited with 125' ../trace || fail "$(cat ../trace)"
	[ ! -e started ]
}

@test "process.die_with_parent = false lets it live on" {
	try orphan 2 --set=process.die_with_parent=false
	equal "$status" 99
}

@test "a daemon dies with the command" {
	cat >daemon <<-'END'
		import os, signal, time
		if os.fork() == 0:
		    os.setsid()
		    if os.fork() == 0:
		        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
		            signal.signal(number, signal.SIG_IGN)
		        os.closerange(0, 3)
		        open("daemon-runs", "w").close()
		        time.sleep(1000)
		    os._exit(0)
		while not os.path.exists("daemon-runs"):
		    time.sleep(0.05)
	END
	nothing_left sbox --write=. -- python3 daemon
	equal "$status" 0
	[ -e daemon-runs ]
}

@test "process.linger lets a daemon of the command go on, and the status stays the command's" {
	try sbox --write=. --set=process.linger=true -- sh -c '(sleep 0.5; echo later >daemon) & exit 7'
	equal "$status" 7
	equal "$(cat daemon)" later
	# of several generations, and what ends in between is no zombie
	try sbox --write=. --set=process.linger=true -- sh -c '
		(for i in $(seq 20); do sleep 0.02 & done
		setsid sh -c "sleep 0.5; grep -l \"^State:.Z\" /proc/[0-9]*/status >zombies; echo last >daemon" & ) &
		kill -s KILL $$'
	equal "$status" 137
	equal "$(cat daemon)" last
	[ ! -s zombies ]
	# where nothing is left behind it ends at once
	works timeout 10 sbox --set=process.linger=true -- true
}

@test "a sandbox that lingers is ended by a signal, its time and its parent" {
	begin sbox --set=process.linger=true -- sh -c 'sleep 1000 & echo ready'
	sleep 0.3
	kill -0 "$job"
	kill -s TERM "$job"
	finish
	equal "$status" 0 # the command's
	begin sbox --set=process.linger=true --limit=grace=100ms -- \
		sh -c '(trap "" TERM; while :; do sleep 1; done) & echo ready; exit 3'
	sleep 0.3
	kill -s TERM "$job"
	finish
	equal "$status" 3
	try sbox --set=process.linger=true --limit=wall=300ms -- sh -c 'sleep 1000 & :'
	equal "$status" 124
	begin sh -c 'sbox --set=process.linger=true -- sh -c "sleep 1013 & echo ready" & wait'
	kill -s KILL "$job"
	wait_for nobody_sleeps 1013
}

@test "a sandbox that lingers passes on what its command was asked, and keys on a terminal" {
	# the signal came while the command was there
	begin sbox --write=. --set=process.linger=true -- sh -c 'setsid bash -c "
		trap \"touch asked; exit\" TERM; touch waits; while :; do sleep 0.05; done" &
		until [ -e waits ]; do sleep 0.05; done; echo ready; exec sleep 1000'
	kill -s TERM "$job"
	finish
	equal "$status" 143
	[ -e asked ]
	need python3
	on_tty sbox --limit=grace=10s --set=process.linger=true -- sh -c 'setsid sleep 1000 & sleep 0.2; echo go"ne"' <<-'END'
		expect gone
		send \x03
		status 0
		modes
	END
	try sbox --set=process.linger=true --set=process.kill_after_grace=true -- true
	equal "$status" 125
	contains "$err" "process.kill_after_grace has no place with process.linger"
}

@test "a sandbox that is held does not end for process.linger" {
	sbox --hold --name=held --set=process.linger=true 3>&- &
	job=$!
	wait_for sboxctl exec held -- true
	sleep 0.3
	sboxctl exec held -- true
	kill -s TERM "$job"
	gives 0 wait "$job"
}

# Whether no process of this user sleeps for so many seconds.
nobody_sleeps() {
	! pgrep -u "$(id -u)" -f "^sleep $1\$" >/dev/null
}

@test "a daemon that holds the output open does not hold sbox up" {
	nothing_left sbox -- sh -c 'echo said; sleep 1000 & exit 4'
	equal "$status $out" "4 said"
}

@test "SIGKILL of process 1 from outside ends everything and is told" {
	begin "$helpers/reaper" 20 sbox -- sh -c 'setsid sleep 1000 & echo ready; cat; :'
	supervisor=$(cat "/proc/$job/task/$job/children")
	init=$(cat "/proc/${supervisor% }/task/${supervisor% }/children")
	kill -KILL "${init% }"
	finish
	equal "$status" 137
	contains "$(cat "$top/held-err")" "the sandbox was killed from outside"
}

@test "no process inside can signal process 1 to its end" {
	works sbox -- sh -c 'for s in KILL TERM INT HUP SEGV STOP ABRT; do kill -$s 1 2>/dev/null; done; ps -o args= -p 1'
	equal "$out" sbox-init
	works sbox -p container -- sh -c 'for s in KILL TERM INT HUP SEGV STOP ABRT; do kill -$s 1; done; ps -o args= -p 1'
	equal "$out" sbox-init
}

@test "SIGTERM in the first 10 ms is not lost and ends sbox without remains" {
	before=$(traces)
	for n in $(seq "$(scaled 100)"); do
		delay=$(printf %06d $((n * 100 * slow * 100 / scale)))
		nothing_left timeout -k 20 "0.$delay" sbox -- sleep 1000
		equal "$status" 124
	done
	equal "$(traces)" "$before"
}

# hanging SCRIPT: it runs sbox where newuidmap and newgidmap never end
hanging() {
	need_subids
	unshare -Urm true 2>/dev/null || skip "no user namespace can be made for the test"
	mkdir -p bin
	printf '#!/bin/sh\nexec sleep 987654\n' >bin/hang
	chmod 755 bin/hang
	cat >outer <<-END
		mount --bind "$PWD/bin/hang" "$(command -v newuidmap)" &&
			mount --bind "$PWD/bin/hang" "$(command -v newgidmap)" || exit 99
		cd "$PWD"
		$1
	END
	try unshare -Urm --kill-child=KILL unshare --user --map-user="$me" --map-group="$(id -g)" true
	[ "$status" -eq 0 ] || skip "no user namespace in a user namespace"
	try unshare -Urm bash outer
}

as_me="unshare --user --map-user=$me --map-group=$(id -g)"

@test "a newuidmap that hangs has a deadline, and nothing of it is left" {
	hanging "exec $as_me timeout 60 sbox -q --map=subids --write=$PWD -- touch $PWD/started"
	equal "$status" 125
	contains "$err" "newuidmap and newgidmap were not done in 10 s"
	contains "$err" 'identity.map = "single"'
	[ ! -e started ]
	wait_for sh -c '! pgrep -f "sleep 98765[4]" >/dev/null'
}

@test "limits.wall counts while newuidmap hangs" {
	hanging "exec $as_me timeout 60 sbox -q --map=subids --limit=wall=1s -- true"
	equal "$status" 125
	contains "$err" "limits.wall"
	wait_for sh -c '! pgrep -f "sleep 98765[4]" >/dev/null'
}

@test "a signal ends sbox while newuidmap hangs" {
	for signal in TERM:143 INT:130 HUP:129; do
		hanging "$as_me sbox -q --map=subids -- true & pid=\$!
			for i in \$(seq 200); do pgrep -f 'sleep 98765[4]' >/dev/null && break; sleep 0.05; done
			kill -${signal%:*} \$pid; wait \$pid"
		equal "$status" "${signal#*:}"
		contains "$err" "ended by ${signal%:*} while newuidmap"
		wait_for sh -c '! pgrep -f "sleep 98765[4]" >/dev/null'
	done
}

@test "a newuidmap that hangs ends with sbox when that is killed" {
	hanging "$as_me sbox -q --map=subids -- true & pid=\$!
		for i in \$(seq 200); do pgrep -f 'sleep 98765[4]' >/dev/null && break; sleep 0.05; done
		pgrep -f 'sleep 98765[4]' >/dev/null || exit 98
		sleep 0.3
		kill -KILL \$pid; wait \$pid"
	equal "$status" 137
	wait_for sh -c '! pgrep -f "sleep 98765[4]" >/dev/null'
}

@test "with few descriptors sbox runs, or says that they are too few, and never hangs" {
	ran=0
	for n in $(seq 3 64); do
		try sh -c 'ulimit -n "$0" && exec timeout 60 sbox -q --limit=wall=30s -- sh -c "exit 7"' "$n"
		case $status in
		7) ran=$((ran + 1)) ;;
		127) [ "$n" -lt 5 ] ;; # no program with a library can be started
		125) matches "$err" "Too many open files|descriptors|limits.nofile" ;;
		*) fail "with $n descriptors: status $status" "$err" ;;
		esac
	done
	[ "$ran" -gt 30 ] || fail "only $ran of 62 ran"
	try sh -c 'ulimit -n 64 && exec timeout 60 sbox -q --net=slirp4netns -- true'
	[ "$status" -ne 124 ]
}

# asked COMMAND...: sends SIGTERM to it when it has printed "ready"; its messages are in $err
asked() {
	begin "$@"
	kill "$job"
	wait "$job" || status=$?
	exec {held}>&-
	err=$(<"$top/held-err")
}

@test "an end that takes long says what it waits for, and a quick one nothing" {
	slow_end='trap "sleep 2; exit 3" TERM; echo ready; sleep 20 & wait'
	asked sbox -v -- sh -c "$slow_end"
	equal "$status" 3
	equal "$(grep -c 'SIGTERM was passed on, and the command has not ended yet' <<<"$err")" 1
	# whom nobody reads is told nothing, and what ends at once does not say it either
	asked sbox -- sh -c "$slow_end"
	lacks "$err" "passed on"
	asked sbox -v -q -- sh -c 'trap "exit 3" TERM; echo ready; sleep 20 & wait'
	lacks "$err" "passed on"
	gives 124 sbox -v --limit=wall=1s --limit=grace=2500ms -- sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	contains "$err" "limits.wall has run out: the command was asked to end (SIGTERM), and has 2.5 s"
	gives 124 sbox -v --limit=wall=1s --limit=grace=300ms -- sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	lacks "$err" "asked to end"
	on_tty sbox --limit=wall=1s --limit=grace=2s -- sh -c 'trap "" TERM; while :; do sleep 0.1; done' <<-'END'
		expect ^\rsbox: limits.wall has run out: [^\n]*\r+\n
		expect ended after limits.wall
		status 124
	END
	on_tty sbox -- sh -c 'sleep 1.5' <<-'END' # a command that takes long is no end
		never waiting|sbox:
		status 0
	END
}

@test "a guard that has much to look at says so" {
	need strace
	mkdir -p project/{a,b,c,d,e,f}/{1,2}
	cd project
	slowly=(strace -o ../trace -e trace=getdents64 -e inject=getdents64:delay_exit=150000)
	try "${slowly[@]}" sbox -v -p build --project=. -- touch made
	grep -q DELAYED ../trace || skip "strace cannot be used here"
	equal "$status" 0
	contains "$err" "sbox: guard: looking for what other programs would run"
	works "${slowly[@]}" sbox -p build --project=. -- touch made
	lacks "$err" "guard: looking"
	works sbox -v -p build --project=. -- touch made
	lacks "$err" "guard: looking"
}
