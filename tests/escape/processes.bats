#!/usr/bin/env bats
# processes.bats - section B of the escape suite: processes, signals, lifetime, process 1

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# group_spared ATTEMPT: in one process group with a sentinel
group_spared() {
	control with-sentinel "$probe" "$1"
	for mode in $modes; do
		layers "$mode"
		gives 1 "$probe" with-sentinel sbox -q --read="$top/bin" "${layers[@]}" -- \
			"$probe" "$1" || fail "mode: $mode"
		contains "$out" ": 0, " # the attempt itself went through
	done
}

@test "E-10 a signal to the process group does not leave the sandbox" {
	group_spared kill-group
}

@test "E-11 a priority of the process group does not leave the sandbox" {
	group_spared nice-group
}

@test "E-12 processes outside have no number inside" {
	for mode in $modes nested; do
		begin sh -c 'echo ready; exec sleep 100'
		attacked "$mode" -- "$probe" kill-pid "$job"
		contains "$out" "kill: ESRCH"
		kill -0 "$job" || fail "mode $mode: it is dead"
	done
	control kill-pid "$job"
	wait_for end_of "$job"
}

end_of() {
	! kill -0 "$1" 2>/dev/null || [ "$(awk '{ print $3 }' "/proc/$1/stat")" = Z ]
}

@test "E-13 signals to process 1 change nothing" {
	begin sh -c 'echo ready; exec sleep 100'
	gives 1 "$probe" kill-hard "$job"
	wait_for end_of "$job"
	for mode in $modes; do
		layers "$mode"
		gives 7 sbox -q --read="$top/bin" "${layers[@]}" -- \
			sh -c '"$0" kill-hard 1; sleep 0.1; [ "$(cat /proc/1/comm)" = sbox-init ] && exit 7' \
			"$probe"
		equal "$out" "still here"
	done
}

# Something outside that may be attacked the same way as process 1 inside.
begin_target() {
	begin env -C / TARGET_SECRET=in-the-environment "$probe" target
	equal "$said" ready
	target=$job
}

@test "E-14 process 1 cannot be traced or read" {
	begin_target
	control trace "$target"
	refused trace 1
}

@test "E-15 the memory of process 1 cannot be opened" {
	begin_target
	control open-mem "$target"
	refused open-mem 1
}

@test "E-16 the environment of process 1 is not there to be read" {
	begin_target
	control read-secret "$target" environ in-the-environment
	export ESC_SECRET_TOKEN=in-the-environment
	refused read-secret 1 environ in-the-environment
	attacked "$modes" -- sh -c 'exec "$0" read-secret $$ environ in-the-environment' "$probe"
}

@test "E-17 descriptors of process 1 cannot be stolen to forge a status" {
	begin_target
	control steal-fds "$target"
	refused steal-fds 1
	for mode in $modes; do
		layers "$mode"
		gives 7 sbox -q --read="$top/bin" "${layers[@]}" -- \
			sh -c '"$0" steal-fds 1; exit 7' "$probe"
	done
}

@test "E-18 the root of process 1 is no way out" {
	begin_target
	gives 1 "$probe" open-root "$target"
	contains "$out" "root: no" # it can be looked at, and is the same
	refused open-root 1
}

@test "E-19 processes outside can neither be traced nor read" {
	begin_target
	control trace "$target"
	begin_target
	refused trace "$target"
	refused open-mem "$target"
	refused open-root "$target"
}

@test "E-20 the namespaces of process 1 cannot be entered" {
	begin_target
	control enter-ns "$target"
	refused enter-ns 1
}

@test "E-21 a child with my parent does not report in my place" {
	control first-child "$probe" clone-parent
	attacked "$modes nested" -- "$probe" clone-parent
}

@test "E-22 a daemon does not outlive the command" {
	control left "$probe" daemonize 20
	contains "$out" "status: 0"
	for mode in $modes; do
		layers "$mode"
		gives 1 "$probe" left sbox -q --read="$top/bin" "${layers[@]}" -- \
			"$probe" daemonize 20
		contains "$out" "status: 0"
	done
}

hold='"$0" daemonize 30; trap "" TERM HUP INT; echo ready; sleep 30; sleep 30'

@test "E-23 nothing outlives a supervisor that is killed" {
	control left-after 9 sh -c "$hold" "$probe"
	for mode in $modes; do
		layers "$mode"
		gives 1 "$probe" left-after 9 sbox -q --read="$top/bin" "${layers[@]}" -- \
			sh -c "$hold" "$probe"
		lacks "$out" "did not get ready"
	done
}

@test "E-24 nothing outlives the process that started sbox" {
	control left-after 9 sh -c 'sleep 30 & echo ready; wait'
	gives 1 "$probe" left-after 9 sh -c '"$@"; exit $?' sh \
		sbox -q --read="$top/bin" -- sh -c "$hold" "$probe"
	lacks "$out" "did not get ready"
}

@test "E-25 nothing outlives a supervisor that is killed while it starts" {
	control left-early 5 $((200 * slow)) sh -c 'sleep 30 & sleep 30'
	gives 1 "$probe" left-early "$(scaled 80)" $((30 * slow)) sbox -q --read="$top/bin" -- sh -c "$hold" "$probe"
	gives 1 "$probe" left-early "$(scaled 20)" $((30 * slow)) sbox -q --read="$top/bin" -p build -- sh -c "$hold" "$probe"
}

@test "E-26 a storm of orphans leaves no zombie and no wrong status" {
	control storm 200 reaper
	attacked "full bare" -- "$probe" storm 2000
	gives 7 sbox -q --read="$top/bin" -- sh -c '"$0" storm 1000; exit 7' "$probe"
}

@test "E-27 a command that has stopped itself can be ended" {
	control left-after 15 "$probe" stop-self
	for mode in $modes; do
		layers "$mode"
		gives 1 "$probe" left-after 15 sbox -q --read="$top/bin" "${layers[@]}" -- \
			"$probe" stop-self
		lacks "$out" "did not get ready"
	done
}

@test "E-28 ignored SIGCHLD, blocked signals and closed descriptors do not disturb a start" {
	gives 7 "$probe" odd-start "$probe" started-how "$top/how"
	# bit 16 is SIGCHLD; others may be ignored as the caller wants it
	[ $((16#$(sed -n 's/^SigIgn:\t//p' "$top/how") & 0x10000)) -ne 0 ]
	contains "$(grep SigBlk "$top/how")" ffff
	equal "$(grep -x 'fd [012]' "$top/how")" ""
	for mode in $modes; do
		layers "$mode"
		rm -f how
		gives 7 "$probe" odd-start sbox -q --read="$top/bin" --write="$top/here" \
			"${layers[@]}" -- "$probe" started-how "$top/here/how"
		[ $((16#$(sed -n 's/^SigIgn:\t//p' how) & 0x10000)) -eq 0 ]
		equal "$(grep -v SigIgn how)" "$(printf 'SigBlk:\t0000000000000000\nfd 0\nfd 1\nfd 2')"
	done
}

@test "E-73 process 1 shows neither its arguments nor any secret" {
	export ESC_SECRET_TOKEN=in-the-environment
	control read-secret $$ mountinfo / # that file can be read
	begin sh -c 'echo ready; exec sleep 100' "$top/secret"
	control read-secret "$job" cmdline 100
	for file in cmdline comm status stat mountinfo; do
		attacked "$modes" --setenv=X="$top/secret" -- "$probe" read-secret 1 "$file" "$top/secret"
	done
	attacked full -- "$probe" read-secret 1 cmdline --read
}

# A program in Python: leaves processes that stop all others, and fails.
stops_all='
import os, signal, sys, time
for i in range(3):
    if os.fork() == 0:
        while True:
            for pid in [int(p) for p in os.listdir("/proc") if p.isdigit()]:
                if pid not in (os.getpid(), 1, 2):
                    try:
                        os.kill(pid, signal.SIGSTOP)
                    except OSError:
                        pass
time.sleep(0.3)
os._exit(3)'

@test "E-210 what a failed command has left behind cannot keep the sandbox from ending" {
	need python3
	# the control: it stops processes of the same sandbox
	gives 0 sbox -q --set landlock.mode=off -- python3 -c '
import os, signal, time
if os.fork() == 0:
    time.sleep(600)
os.kill(3, signal.SIGSTOP)
time.sleep(0.2)
print(open("/proc/3/stat").read().split()[2])'
	equal "$out" T
	for mode in $modes nested; do
		layers "$mode"
		for limit in --limit=pids=50 --limit=wall=60s; do
			gives 3 timeout -k 5 $((20 * slow)) sbox -q "$limit" "${layers[@]}" \
				--set landlock.mode=off -- python3 -c "$stops_all"
		done
		row "$mode" stopped
	done
}
