#!/usr/bin/env bats
# limits.bats - what is limited holds, what cannot be is said, and all ends in time
#
# E-NN are the cases of the list of escapes, which "make escape" runs too. Each has a
# control that shows the same deed at work where nothing limits it, but E-36, which no
# ordinary user can do anywhere; and what ends at a limit is not tried without one where
# the machine would suffer from it.

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

@test "E-30 with pids = 20 a script that starts 100 processes has 20" {
	works sbox -- python3 -c "$hundred"
	equal "$out" 101
	works sbox --limit=pids=20 -- python3 -c "$hundred"
	equal "$out" 20
	contains "$(sbox --limit=pids=20 --dry-run=full true)" "pids     20 by "
}

@test "E-30 threads count, and the limit cannot be raised from inside" {
	cat >threads <<-'END'
		import resource, threading, time
		for limit in (1000, resource.RLIM_INFINITY):
		    try:
		        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
		    except (ValueError, PermissionError):
		        pass
		n = 1
		for i in range(100):
		    thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)
		    try:
		        thread.start()
		        n += 1
		    except RuntimeError:
		        pass
		print(n)
	END
	works sbox --read=. -- python3 threads
	equal "$out" 101
	works sbox --read=. --limit=pids=20 -- python3 threads
	equal "$out" 20
}

# sentinel WHAT: how long a program outside takes while $! runs; told, and no more than
# 10 s, which leaves room for an emulated machine. 20 programs, a tenth of a second apart.
sentinel() {
	local worst=0 begun taken
	for n in $(seq 20); do
		begun=$(date +%s%N)
		/bin/true
		taken=$((($(date +%s%N) - begun) / 1000000))
		[ "$taken" -le "$worst" ] || worst=$taken
		sleep 0.1
	done
	echo "# $1: the slowest of 20 programs outside took $worst ms" >&3
	[ "$worst" -lt 10000 ]
}

@test "E-30 a fork bomb stops at its limit, and the host can still fork" {
	# none of them ends before the first does, so each fork is one process more
	cat >bomb <<-'END'
		import os, time
		flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
		made, refused = os.open("/tmp/made", flags), os.open("/tmp/refused", flags)
		first, deadline = os.getpid(), time.monotonic() + 3
		while time.monotonic() < deadline or os.fstat(refused).st_size == 0:
		    try:
		        if os.fork() != 0:
		            os.write(made, b".")
		    except BlockingIOError:
		        os.write(refused, b".")
		        time.sleep(0.01)
		while os.getpid() != first:
		    time.sleep(60)
		print(1 + os.fstat(made).st_size, os.fstat(refused).st_size)
	END
	sbox --read=. --limit=pids=200 --limit=wall=$((60 * slow))s -- python3 bomb >"$top/bombed" 3>&- &
	sentinel "fork bomb"
	wait "$!"
	read -r processes refusals <"$top/bombed"
	echo "# fork bomb: $processes processes, $refusals forks refused" >&3
	[ "$processes" -gt 1 ]
	[ "$processes" -le 200 ]
	[ "$refusals" -gt 0 ]
}

@test "E-32 a disk bomb ends at the limit of its file systems" {
	cat >bomb <<-'END'
		import errno, time
		deadline = time.monotonic() + 3
		chunk, full = bytes(1 << 20), 0
		while full <= 4 or time.monotonic() < deadline:
		    for dir in ("/tmp", "/dev/shm", "/var/tmp", "/run"):
		        try:
		            with open(dir + "/fill", "ab", buffering=0) as f:
		                f.write(chunk)
		        except OSError as e:
		            assert e.errno == errno.ENOSPC, e
		            full += 1
		            time.sleep(0.01)
	END
	sbox --read=. --limit=tmpfs=32M --limit=wall=60s -- python3 bomb &
	sentinel "disk bomb"
	wait "$!"
}

@test "E-31 a memory bomb ends at its limit, and the host has its memory" {
	limited=$(sbox --limit=memory=256M --dry-run=full true | grep '^  memory ')
	case $limited in
	*"NOT ENFORCED"*) skip "no cgroup v2 can be used here: ${limited#*NOT ENFORCED: }" ;;
	esac
	sbox --limit=memory=256M --limit=swap=0 --limit=wall=120s -- python3 -c '
import os
os.fork(), os.fork()
data = []
while True: data.append(bytearray(b"x" * (1 << 20)))' &
	sentinel "memory bomb"
	status=0
	wait "$!" || status=$?
	equal "$status" 137
}

@test "E-30 the bound is the sandbox's own: a neighbour is not counted" {
	begin sbox --limit=pids=30 -- python3 -c "${hundred/'print(n)'/'print(n); print("ready", flush=True); input()'}"
	equal "$(head -n 1 "$top/held")" 30
	works sbox --limit=pids=30 -- python3 -c "$hundred"
	equal "$out" 30
	exec {held}>&-
	wait "$job" || :
}

@test "E-30 with several users in one namespace the process numbers are the limit" {
	need_subids
	several=(sbox -p container --map=subids --set=namespaces.inner=false)
	"${several[@]}" --limit=pids=20 --dry-run=full true >../plan
	grep -q 'pids     20 by kernel.pid_max' ../plan || skip "kernel.pid_max is the host's alone here"
	works "${several[@]}" -- python3 -c "$hundred"
	equal "$out" 101
	works "${several[@]}" --limit=pids=20 -- python3 -c "$hundred"
	equal "$out" 20
	works "${several[@]}" --limit=pids=20 -- setpriv --reuid=77 --regid=77 --keep-groups python3 -c "$hundred"
	equal "$out" 20
}

full='
import errno, os, sys
path, chunk, total = sys.argv[1] + "/fill", bytes(1 << 20), 0
try:
    with open(path, "wb", buffering=0) as f:
        while total < 64 << 20:
            total += f.write(chunk)
except OSError as e:
    total = errno.errorcode[e.errno]
os.unlink(path)
print(total)'

@test "E-32 every writable file system in memory has an end" {
	for dir in /tmp /dev/shm /var/tmp /run; do
		works sbox -- python3 -c "$full" "$dir"
		equal "$out" $((64 << 20))
		works sbox --limit=tmpfs=8M -- python3 -c "$full" "$dir"
		equal "$out" ENOSPC
	done
	refused sbox -- sh -c ': >/file'
	refused sbox -- sh -c ': >/dev/file'
}

@test "E-32 so have the files in it" {
	many='import sys
for n in range(2000):
    open(sys.argv[1] + "/f%d" % n, "w").close()'
	for dir in /tmp /dev/shm; do
		works sbox -- python3 -c "$many" "$dir"
		refused sbox --limit=inodes=1000 -- python3 -c "$many" "$dir"
		contains "$err" "No space left on device"
	done
}

@test "E-34 files that are open end at nofile, hard and soft" {
	opened='
import os, resource
try:
    # 4096 are what the kernel gives at least, less what a sandbox leaves to others
    resource.setrlimit(resource.RLIMIT_NOFILE, (3000, 3000))
except (ValueError, PermissionError):
    pass
fds = []
try:
    while len(fds) < 2900:
        fds.append(os.open("/dev/null", os.O_RDONLY))
except OSError as e:
    print(e.errno)
print(len(fds) < 64)'
	works sbox -- python3 -c "$opened"
	equal "$out" False
	works sbox --limit=nofile=64 -- python3 -c "$opened"
	equal "$out" "$(printf '24\nTrue')"
}

crash='
import os, resource
try:
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
    print("raised", flush=True)
except (ValueError, PermissionError):
    print("refused", flush=True)
os.abort()'

@test "E-35 no core is dumped, and the limit cannot be raised" {
	[ "$(ulimit -H -c)" = unlimited ] || skip "the hard core limit outside is not unlimited"
	gives 134 sbox --write=. -- python3 -c "$crash"
	equal "$out" refused
	equal "$(ls)" ""
	gives 134 sbox --write=. --limit=core=1G -- python3 -c "$crash"
	equal "$out" raised
	case $(cat /proc/sys/kernel/core_pattern) in
	*[/\|%]*) ;;
	*) contains "$(ls)" core ;;
	esac
}

@test "E-36 neither priority nor the OOM score can be raised" {
	for deed in 'os.nice(-5)' 'os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))' \
		'os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"-500")'; do
		refused sbox -- python3 -c "import os; $deed"
		matches "$err" 'Permission|not permitted'
	done
	works sbox -- python3 -c 'import os; os.nice(5)
os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"500")'
}

@test "file size, stack and locked memory are limited" {
	works sbox -- sh -c 'head -c 2000000 /dev/zero >/tmp/file'
	refused sbox --limit=fsize=1M -- sh -c 'head -c 2000000 /dev/zero >/tmp/file'
	works sbox --limit=stack=1M --limit=memlock=64K -- sh -c 'ulimit -s; ulimit -l'
	equal "$out" "$(printf '1024\n64')"
}

@test "CPU time ends a process that spins" {
	gives 152 sbox --limit=cpu_time=1s -- sh -c 'while :; do :; done'
	works sbox --limit=cpu_time=1s -- sleep 2
}

@test "cpus gives the command fewer to start on" {
	[ "$(nproc)" -gt 1 ] || skip "there is one CPU only"
	works sbox --limit=cpus=1 nproc
	equal "$out" 1
	works sbox --limit=cpus=100000 nproc
	equal "$out" "$(nproc)"
}

# which CPUs a process may use
mine='import os; print(*sorted(os.sched_getaffinity(0)))'

@test "cpus does not put all sandboxes on the same CPU" {
	[ "$(nproc)" -gt 1 ] || skip "there is one CPU only"
	# with two of them, all 30 draw the same once in 2^29 times
	for n in $(seq 30); do
		works sbox --limit=cpus=1 -- python3 -c "$mine"
		echo "$out"
	done | sort -u >../drawn
	[ "$(wc -l <../drawn)" -gt 1 ] || fail "all 30 got CPU $(cat ../drawn)"
	works comm -23 ../drawn <(python3 -c "$mine" | tr ' ' '\n' | sort)
	equal "$out" ""
	works sbox --limit=cpus=2 -- python3 -c "$mine"
	equal "$(wc -w <<<"$out")" 2
}

@test "a command that comes later has the CPUs of the first" {
	[ "$(nproc)" -gt 1 ] || skip "there is one CPU only"
	export XDG_RUNTIME_DIR=$top/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	for n in $(seq 5); do
		begin sbox -q --name=drawn --limit=cpus=1 -- sh -c 'python3 -c "$1"; echo ready; cat' sh "$mine"
		for _ in 1 2 3; do
			works sboxctl exec drawn -- python3 -c "$mine"
			equal "$out" "$(head -n 1 "$top/held")"
		done
		finish
	done
}

@test "a limit that cannot be enforced is one warning, and 125 if it is required" {
	contains "$(sbox --limit=memory=1G --dry-run=full true)" "NOT ENFORCED" ||
		skip "memory can be limited here"
	works sbox --limit=memory=1G true
	matches "$err" '^sbox: warning: limits.memory is not enforced: .+'
	equal "$(wc -l <"$top/err")" 1
	works sbox -q --limit=memory=1G true
	equal "$err" ""
	gives 125 sbox --limit=memory=1G --set='limits.require=["memory"]' --write=. touch ran
	contains "$err" '"limits.memory" is required and cannot be enforced: '
	[ ! -e ran ]
	gives 125 sbox --set='limits.require=["pids"]' true
	contains "$err" '"limits.pids" is not set'
}

@test "a time limit that is over before the command begins is a time limit" {
	# what the command's process says when it finds init killed is no cause
	for moment in 1 1 1 1 2 2 2 2 3 3 4 5; do
		for _ in 1 2 3 4 5; do
			gives 124 sbox --limit=wall=${moment}ms --limit=grace=0s -- sleep 60
			equal "$err" "sbox: warning: the command was ended after limits.wall = ${moment}ms"
		done
	done
}

@test "mistakes in limits have their place" {
	gives 125 sbox --limit=wall=30 true
	contains "$err" 'command line:1: "30" is no time'
	gives 125 sbox --limit=cpu=2 true
	contains "$err" '"2" is no percentage'
	gives 125 sbox --limit=pids=0 true
	contains "$err" '"limits.pids" must be at least 1'
	profile limited <<-'END'
		version = 1
		extends = ["default"]
		[limits]
		wall = 30
	END
	gives 125 sbox -p limited true
	contains "$err" 'limited.toml:4:8: "limits.wall" takes a time'
}

# What limits could leave on the host; the processes are the reaper's business.
limit_traces() {
	find /sys/fs/cgroup -name 'sbox-????????????????*' 2>/dev/null
	systemctl --user --no-legend --plain list-units 'sbox-*' 2>/dev/null
	cat /proc/self/mountinfo
	find "$top/here" "$HOME" | sort
}

left_as_before() {
	[ "$(limit_traces)" = "$before" ]
}

@test "100 jobs with limits, killed at random, leave nothing" {
	cat >many <<-'END'
		import random, signal, subprocess, sys, time
		seed = int(time.time())
		random.seed(seed)
		jobs = []
		for n in range(int(sys.argv[1])):
		    jobs.append(subprocess.Popen(
		        ["sbox", "-q", "--write=.", "--limit=pids=50", "--limit=memory=256M",
		         "--limit=cpu=100%", "--limit=wall=120s", "--report=../report-%d" % n, "--",
		         "sh", "-c", "sleep 1000 & setsid sleep 1000 & trap '' TERM; sleep 1001; :"]))
		    time.sleep(random.random() * 0.05)
		time.sleep(random.random() * 3)
		random.shuffle(jobs)
		for job in jobs:
		    job.send_signal(random.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM)))
		    time.sleep(random.random() * 0.02)
		time.sleep(1)
		for job in jobs:
		    job.kill()
		    job.wait()
		print(seed)
	END
	before=$(limit_traces)
	# on a slow machine it is that share in percent
	try "$helpers/reaper" 60 python3 many $(((100 * ${SBOX_TEST_SCALE:-100} + 99) / 100))
	[ "$status" -eq 0 ] || fail "$status" "$out" "$err"
	wait_for left_as_before || fail "$(diff <(echo "$before") <(limit_traces))" "seed: $out"
}

# within MS COMMAND...: like try, and it takes no longer than that (longer if $slow)
within() {
	local begun
	begun=$(date +%s%N)
	try "${@:2}"
	taken=$((($(date +%s%N) - begun) / 1000000))
	[ "$taken" -le $(($1 * slow)) ] || fail "took $taken ms, not $1: ${*:2}"
}

@test "wall ends all that runs, in time and with 124" {
	for command in 'sleep 60' 'kill -STOP $$' 'setsid sleep 60; sleep 60' \
		'trap "" TERM INT HUP; sleep 60 & while :; do sleep 60; done'; do
		within 2500 "$helpers/reaper" "$slow" sbox --limit=wall=500ms --limit=grace=500ms -- sh -c "$command"
		equal "$status" 124
		contains "$err" "limits.wall = 500ms"
		[ "$taken" -ge 500 ]
	done
	within 1000 sbox --limit=wall=60s true
	equal "$status$err" 0
}

@test "wall holds also when the supervisor is stopped" {
	begin sbox --limit=wall=$((500 * slow))ms --limit=grace=100ms -- sh -c 'echo ready; sleep 60; :'
	init=$(cat "/proc/$job/task/$job/children")
	kill -STOP "$job"
	sleep $((3 * slow))
	# gone but for its entry, which its parent cannot reap
	matches "$(cat "/proc/${init% }/stat")" '\) Z '
	kill -CONT "$job"
	finish
	equal "$status" 124
}

@test "E-22 a daemon ends with the command, within a second" {
	try "$helpers/reaper" 1 sh -c 'setsid sleep 60 & exit 0'
	equal "$status" 99
	works "$helpers/reaper" "$slow" sbox -- sh -c '(setsid sleep 60 &) ; (setsid sleep 60 &) ; sleep 0.2'
}

@test "E-23, E-25 SIGKILL of the supervisor ends all within a second" {
	try "$helpers/reaper" -k 200000 1 sh -c 'sleep 60; :'
	equal "$status" 99
	for moment in 500 1000 2000 3000 4000 5000 300000; do
		try "$helpers/reaper" -k $moment "$slow" sbox --limit=pids=50 --limit=wall=60s -- \
			sh -c 'trap "" TERM; setsid sleep 60 & kill -STOP $$'
		equal "$status" 137
	done
}

@test "E-24 the end of the supervisor's parent ends all" {
	try "$helpers/reaper" $((2 * slow)) sh -c 'sbox --write=. -- sh -c "touch started; setsid sleep 60; sleep 60" &
		until [ -e started ]; do sleep 0.1; done; kill -KILL $$'
	equal "$status" 137
}

@test "E-26 2,000 orphans leave no zombie" {
	cat >storm <<-'END'
		import os, time
		for i in range(2000):
		    pid = os.fork()
		    if pid == 0:
		        if os.fork() == 0:
		            os._exit(0)
		        os._exit(0)
		    os.waitpid(pid, 0)
		end = time.monotonic() + 5
		left = True
		while left and time.monotonic() < end:
		    left = [p for p in os.listdir("/proc") if p.isdigit() and p not in ("1", str(os.getpid()))]
		print(len(left))
	END
	works sbox --read=. --limit=pids=100 -- python3 storm
	equal "$out" 0
}

@test "E-27 SIGTERM ends a sandbox that has stopped itself" {
	begin sbox -- sh -c 'echo ready; kill -STOP $$'
	sleep 0.2
	kill -TERM "$job"
	finish
	equal "$status" 143
}

@test "E-28 an odd start does not matter" {
	cat >odd <<-'END'
		import os, signal, sys
		signal.signal(signal.SIGCHLD, signal.SIG_IGN)
		signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
		os.closerange(0, 3)
		os.execvp(sys.argv[1], sys.argv[1:])
	END
	gives 7 python3 odd sbox --limit=wall=60s --report=../report.json -- sh -c 'exit 7'
	contains "$(cat ../report.json)" '"exit":7'
	gives 124 python3 odd sbox --limit=wall=300ms -- sleep 60
}

@test "too little stack for sbox itself is said by its limit" {
	# the environment lies on the stack as well: with a large one the program cannot be loaded
	small=(env -i HOME="$HOME" PATH="$PATH" XDG_CONFIG_HOME="$XDG_CONFIG_HOME")
	for size in 16 32 48; do
		gives 125 "${small[@]}" bash -c "ulimit -s $size; exec sbox -- true"
		contains "$err" "sbox: the limit on the stack is ${size}K, and sbox needs 64K: raise it (ulimit -s)"
		gives 125 "${small[@]}" bash -c "ulimit -s $size; exec sboxctl ps"
		contains "$err" "the limit on the stack is ${size}K"
	done
	# the control, and the largest start that fits is the whole of one
	works bash -c 'ulimit -s 64; exec sbox -p build --report=../report.json -- true'
	works sbox --limit=stack=64K -- true
}
