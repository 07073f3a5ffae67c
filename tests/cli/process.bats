#!/usr/bin/env bats
# process.bats - what the command starts with: directory, name, mask, descriptors, signals

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

@test "the command starts in the caller's directory if that is visible, else in the root" {
	works sbox -- pwd
	equal "$out" /
	works sbox --read="$PWD" -- pwd
	equal "$out" "$PWD"
	mkdir -p deeper/still
	cd deeper/still
	works sbox --read="$top/here" -- pwd
	equal "$out" "$PWD"
	works sbox --read="$top/here" --deny="$top/here/deeper" -- pwd
	equal "$out" /
	works sbox --read="$top/here:/elsewhere" -- pwd
	equal "$out" /
}

@test "--chdir says where the command starts" {
	works sbox --chdir=/usr/bin -- pwd
	equal "$out" /usr/bin
	works sbox --tmpfs=/made --chdir=/made -- sh -c 'pwd; touch file; ls'
	equal "$out" "$(printf '/made\nfile')"
	gives 125 sbox --chdir=/no/such/directory -- true
	contains "$err" "cannot change to directory /no/such/directory inside the sandbox"
	gives 125 sbox --chdir=/etc/passwd -- true
	contains "$err" "Not a directory"
}

@test "a caller whose directory is gone or out of reach starts in the root" {
	mkdir gone
	cd gone
	rmdir ../gone
	works sbox -- pwd
	equal "$out" /
	gives 125 sbox --write=. -- true
	works sbox -p default -- true
	gives 125 sbox -p build -- true
	contains "$err" 'variable "PROJECT" has no value: the current directory has no name: it was removed'
	equal "$(grep -c 'mistake\|: variable' <<<"$err")" 1
	for name in ci offline-shell; do
		gives 125 sbox -p $name -- true
		equal "$(grep -c 'mistake\|: ' <<<"$err")" 1
	done
}

@test "--argv0 is the name that the command sees, and not what is run" {
	works sbox --argv0=other -- sh -c 'echo $0; tr "\0" " " </proc/$$/cmdline'
	contains "$out" "other -c"
	works sbox --argv0='' -- cat /proc/self/comm
	equal "$out" cat
}

@test "the umask is the caller's unless the profile says otherwise" {
	umask 027
	works sbox -- sh -c 'umask; touch /tmp/file; stat -c %a /tmp/file'
	equal "$out" "$(printf '0027\n640')"
	works sbox --set='process.umask="077"' -- sh -c umask
	equal "$out" 0077
	umask 0
	works sbox -- sh -c umask
	equal "$out" 0000
}

@test "what sbox makes for itself can be read by it again, whatever the caller's umask" {
	unset XDG_CACHE_HOME
	cd "$HOME"
	for mask in 777 277 022; do
		rm -rf .config .cache
		works sh -c 'umask "$0" && exec "$@"' "$mask" sbox --report="$top/report.$mask" --write=. \
			--set='seccomp.deny=["mbind"]' -- sh -c umask
		equal "$out" "0$mask"
		works sbox --write=. --set='seccomp.deny=["mbind"]' -- true
		equal "$err" ""
		equal "$(find .config .cache -type d -printf '%m\n' | sort -u)" 700
		# the report is the caller's alone, as far as the caller wants that
		equal "$(stat -c %a "$top/report.$mask")" "$(printf %o $((0600 & ~0$mask)))"
		find .cache -type f | while read -r file; do [ -r "$file" ]; done
	done
}

@test "the sandbox is the same whatever the caller's umask" {
	for mask in 0 022 077 777; do
		umask "$mask"
		works sbox --read="$top/here:/deep/down" --user=1234:1234 -- sh -c '
			ls / /deep /dev /etc /proc/self >/dev/null && cat /etc/passwd >/dev/null &&
			stat -c "%a %n" / /deep /deep/down /etc /etc/passwd /dev /proc /tmp /usr'
		if [ "$mask" = 0 ]; then
			first=$(grep -v /deep/down <<<"$out")
		fi
		equal "$mask: $(grep -v /deep/down <<<"$out")" "$mask: $first"
	done
}

# Lists the descriptors of the process itself, without the one that lists them.
list_fds='import os
for fd in range(1024):
    try:
        os.fstat(fd)
        print(fd, end=" ")
    except OSError:
        pass'

@test "no descriptor of the caller but 0 to 2 gets in" {
	need python3
	exec 7<"$top/config" 8>other 9</dev/null 10<&0
	works sbox -- python3 -c "$list_fds"
	equal "$out" "0 1 2 "
	works sbox -p container -- python3 -c "$list_fds"
	equal "$out" "0 1 2 "
	exec 7<&- 8>&- 9<&- 10<&-
}

@test "--keep-fd hands a descriptor over" {
	need python3
	echo through-a-descriptor >file
	exec 7<file 8<file 200<file
	works sbox --keep-fd=7 --keep-fd=200 -- sh -c 'cat <&7'
	equal "$out" through-a-descriptor
	works sbox --keep-fd=200 --keep-fd=7 -- python3 -c "$list_fds"
	equal "$out" "0 1 2 7 200 "
	exec 7<&- 8<&- 200<&-
	gives 125 sbox --keep-fd=7 -- true
	contains "$err" "descriptor 7"
	gives 125 sbox --keep-fd=1000000 -- true
	gives 125 sbox --keep-fd=-1 -- true
}

@test "descriptors of sbox itself cannot be asked for" {
	need python3
	works python3 -c '
import subprocess
for fd in range(3, 60):
    status = subprocess.call(["sbox", "--keep-fd=%d" % fd, "--", "true"], stderr=subprocess.DEVNULL)
    if status != 125:
        print(fd, status)'
	equal "$out" ""
}

@test "nor those that sbox has open for its report" {
	need python3
	works python3 -c '
import subprocess
for fd in range(3, 60):
    status = subprocess.call(["sbox", "--report=report", "--status-fd=1", "--keep-fd=%d" % fd,
                              "--", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if status != 125:
        print(fd, status)'
	equal "$out" ""
}

@test "descriptors can be closed when sbox starts" {
	status=0
	sbox -- sh -c 'cat; ls -l /proc/self/fd/0; exit 5' <&- >out 2>err || status=$?
	equal "$status" 5
	contains "$(cat out)" /dev/null
	sbox -- sh -c 'exit 6' >&- 2>err || status=$?
	equal "$status" 6
	sbox -- sh -c 'exit 7' 2>&- || status=$?
	equal "$status" 7
	sbox -- sh -c 'exit 8' <&- >&- 2>&- || status=$?
	equal "$status" 8
	sbox -- sh -c 'echo into-nothing; exit 9' <&- >&- 2>&- || status=$?
	equal "$status" 9
	sbox -- /nonexistent <&- >&- 2>&- || status=$?
	equal "$status" 127
}

@test "an ignored SIGCHLD does not confuse sbox" {
	# bash passes it on: bit 16 of what the next program ignores
	ignored=$(trap '' CHLD && exec awk '/^SigIgn/ { print $2 }' /proc/self/status)
	[ $((16#$ignored >> 16 & 1)) -eq 1 ] || fail "SIGCHLD is not ignored: $ignored"
	for profile in default container; do
		status=0
		(
			trap '' CHLD
			exec sbox -p "$profile" -- sh -c 'true; exit 5'
		) || status=$?
		equal "$status" 5
	done
}

@test "the command starts with no blocked and no caught signal" {
	works sbox -- grep -E '^(SigBlk|SigIgn|SigCgt)' /proc/self/status
	equal "$(tr -s '\t ' ' ' <<<"$out")" "$(env --default-signal grep -E '^(SigBlk|SigIgn|SigCgt)' /proc/self/status | tr -s '\t ' ' ')"
	need python3
	works python3 -c '
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
os.execvp("sbox", ["sbox", "--", "grep", "SigBlk", "/proc/self/status"])'
	equal "$(awk '{ print $2 }' <<<"$out")" 0000000000000000
}

@test "signals can be blocked by the caller and sbox still works" {
	need python3
	works timeout 60 python3 -c '
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
os.execvp("sbox", ["sbox", "--", "sh", "-c", "true & wait; exit 0"])'
	try timeout 60 python3 -c '
import os, signal, subprocess, time
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
sbox = subprocess.Popen(["sbox", "--", "sh", "-c", "echo ready; exec sleep 1000"], stdout=subprocess.PIPE)
sbox.stdout.readline()
sbox.terminate()
print(sbox.wait())'
	equal "$out" 143
}

@test "a signal that the caller ignores, as under nohup, stays ignored" {
	works nohup sbox -- sh -c 'kill -HUP $$; echo lives'
	equal "$out" lives
	works nohup sbox -- grep SigIgn /proc/self/status
	ignored=$((16#$(awk '{ print $2 }' <<<"$out")))
	[ $((ignored & 1)) -eq 1 ] || fail "SIGHUP is not ignored: $out"
	gives 129 env --default-signal sbox -- sh -c 'kill -HUP $$; echo lives'
}

# code_is_gone PROCESS: less than half of sbox's code is mapped there
code_is_gone() {
	awk '/^[0-9a-f]+-/ { code = $2 ~ /x/ && $6 ~ /\/sbox$/ }
		code && $1 == "Size:" { all += $2 }
		code && $1 == "Rss:" { there += $2 }
		END { exit !(all > 0 && there < all / 2) }' "/proc/$1/smaps"
}

@test "no_new_privs is set and a setuid program gives nothing" {
	works sbox -- grep NoNewPrivs /proc/self/status
	matches "$out" '[[:space:]]1$'
	[ -u /usr/bin/passwd ] || [ -u /usr/bin/su ] || skip "no setuid program here"
	works sbox --user=caller -- sh -c 'id -u'
	equal "$out" "$me"
}

@test "the command is alone in a session whose leader is process 1" {
	works sbox -- sh -c 'ps -o pid=,pgid=,sid= -p $$'
	equal "$(xargs <<<"$out")" "2 2 1"
	works sh -c 'sbox -- sh -c "kill -TERM 0"; echo the caller lives'
	contains "$out" "the caller lives"
}

@test "resource limits of the caller are the command's" {
	works sh -c 'ulimit -n 100; ulimit -c 0; sbox -- sh -c "ulimit -n; ulimit -c"'
	equal "$out" "$(printf '100\n0')"
}

@test "the nice value and the processors of the caller are the command's" {
	works nice -n 5 sbox -- nice
	equal "$out" "$(nice -n 5 nice)"
	works sbox -- nproc
	equal "$out" "$(nproc)"
}

@test "who only waits gives the memory of the program's code back" {
	begin sbox -q -- sh -c 'echo ready; read -r line; echo "$line"; exit 7'
	wait_for code_is_gone "$job"
	echo typed >&"$held"
	finish
	equal "$status" 7
	contains "$(cat "$top/held")" typed
}
