#!/usr/bin/env bats
# faults.bats - each system call of a start is made to fail once, see fault.c
#
# Then sbox has to end with 125 and a message, nothing may have been run, and nothing may
# be left. What goes on all the same stands with its reason in faults-explained, and the
# command has to be in the very sandbox that it is in without a fault. By default the
# first and the last of the calls of each kind fail; SBOX_TEST_FAULTS=all (make faults)
# takes all of them, with three errors.

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

fault=$builddir/tests/escape/fault
wrap=(timeout -k 5 20) patience=() # a fault that makes it hang is found often enough

# What the command does: it writes down the sandbox that it is in, line by line, and what
# comes of the attempts to do what it must not. Not what differs from run to run: numbers
# of mounts and descriptors. Standard input may be a file, which must stay as it is.
# shellcheck disable=SC2016 # for the inner shell
look='
	cd "$0"
	exec >ran 2>&1
	cut -d" " -f4- /proc/self/mountinfo | sed "s,/fd/[0-9]*,/fd/N,g"
	grep -E "^(Uid|Gid|Groups|Sig[BIC]|Cap|NoNewPrivs|Seccomp)" /proc/self/status
	cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
	ulimit -a
	ulimit -H -a
	cat /proc/sys/kernel/hostname
	env | sort
	umask
	pwd
	ls /proc/self/fd /dev /mnt
	ls -n /proc/self/fd | grep -o "[012] -> /.*"
	cut -d" " -f5-8 "/proc/$$/stat"
	cut -d: -f1 /proc/net/dev
	cut -f1-8 /proc/net/route
	cat /proc/sys/net/ipv4/ip_unprivileged_port_start
	for file in /proc/kcore /proc/keys /proc/kallsyms; do
		head -c 1 "$file" | wc -c
	done
	stty -a </dev/tty
	echo bad >/proc/self/fd/0
	chmod 666 /proc/self/fd/0
	echo bad >project/.git/config
	mv project/.git project/other
	mv project other
	cat denied project/.git/config
	echo bad >/usr/bad
	mount -t tmpfs none /tmp
	unshare -U true
	echo question >/dev/udp/169.254.169.254/53
	echo end
'

# points LOG: those to try, of the list that "fault list" has written
points() {
	# up to where the command is executed: from there on it is a run, not a start
	awk -F: '$1 == "0.1.1" && $2 == "executed" { exit } $2 != "executed"' "$1" |
		sort -t: -k1,1 -k2,2 -k3,3n |
		if [ "${SBOX_TEST_FAULTS-}" = all ]; then
			cat
		else
			awk -F: '$3 == 1 { if (last != "") print last; print; last = ""; next }
				{ last = $0 }
				END { if (last != "") print last }'
		fi
}

# explained ROW: the reason, if there is one
explained() {
	awk -F'\t' -v row="$1" -v kind="$kind" '
		!/^#/ && NF == 2 && (row ~ "^(" $1 ")$" || kind " " row ~ "^(" $1 ")$") {
			print $2; found = 1; exit
		}
		END { exit !found }' "$BATS_TEST_DIRNAME/faults-explained"
}

# same_sandbox: the command has seen and done what it does without a fault; one that was
# killed has not come to the end of it
same_sandbox() {
	local wanted seen
	wanted=$(<"$top/wanted") seen=$(cat shown/ran 2>&1) || return
	case $status in
	0) [ "$seen" = "$wanted" ] ;;
	*) [[ $wanted == "$seen"* ]] ;;
	esac
}

# one_fault POINT ERROR: a row of the table, see faults-explained, and a reason
one_fault() {
	local ran=nothing reason="" row
	rm -f shown/ran report
	try "${wrap[@]}" "$fault" fail "$1" "$2" log "${start[@]}"
	err=$out$err
	[ ! -e shown/ran ] || ran=ran
	row="$1 $2 $status $ran"
	grep -qx injected log || row+=" not-reached"
	row+=$(sed -n 's/^about/ about/p' log)
	row=${row//$top/TOP}
	[ $ran = nothing ] || same_sandbox || row+=" changed"
	if [ "$status $ran" = "125 nothing" ] && [ -n "$err" ]; then
		reason="stopped: $(tail -n 1 <<<"$err")"
	elif ! reason=$(explained "$row"); then
		reason="UNEXPLAINED: ${err//$'\n'/ }"
		[ $ran = nothing ] || diff "$top/wanted" shown/ran >&2 || :
	fi
	if grep -q left log; then
		reason="UNEXPLAINED: processes are left"
	fi
	rm -f shown/ran report
	if [ "$(tree shown)" != "$files" ]; then
		reason="UNEXPLAINED: files are left or changed"
	fi
	printf '%s\t%s\n' "$row" "$reason" >>table
}

# on_terminal COMMAND...: on one of its own, which also gets what it says
on_terminal() {
	SHELL=$BASH timeout -k 5 20 script -qec "$(printf '%q ' "$@")" /dev/null </dev/null
}

# faults KIND COMMAND...: of sbox, whose command is to write shown/ran
faults() {
	local point error
	kind=$1
	shift
	start=("$@" -- bash -c "$look" "$PWD/shown")
	[ "$(uname -m)" = x86_64 ] || skip "system calls are made to fail on x86_64 only"
	files=$(tree shown) mounts=$(cat /proc/self/mountinfo)
	gives 0 "${wrap[@]}" "$fault" list list "${start[@]}"
	equal "$(tail -n 1 shown/ran)" end
	mv shown/ran "$top/wanted"
	rm -f table
	for error in EIO ${SBOX_TEST_FAULTS:+ENOMEM EPERM}; do
		for point in $(points list); do
			one_fault "$point" "$error"
		done
	done
	equal "$(cat /proc/self/mountinfo)" "$mounts"
	show_table
}

# Of each call how many failed, how many of these stopped the start, and why the rest went
# on; what has no reason is told last, and fails.
show_table() {
	awk -F'\t' '{
			split($1, word, " "); split(word[1], part, ":")
			kind = part[1] ":" part[2]; tried[kind]++
			if ($2 ~ /^stopped/) stopped[kind]++
			else if (!index(why[kind], $2)) why[kind] = why[kind] "; " $2
		} END {
			for (kind in tried)
				printf "# %-26s %4d tried %4d stopped  %s\n", kind, tried[kind],
					stopped[kind], substr(why[kind], 3)
		}' table | sort >summary
	printf '# %d system calls made to fail, %d stopped the start, %d are explained\n' \
		"$(wc -l <table)" "$(grep -c '	stopped' table)" \
		"$(grep -vc '	stopped\|UNEXPLAINED' table)" >>summary
	if [ "${SBOX_TEST_FAULTS-}" = all ]; then
		cat summary >&3
	else
		tail -n 1 summary >&3
	fi
	! grep UNEXPLAINED table
}

@test "a system call that fails while files and limits are set up stops the start" {
	# a repository, which the guard looks at
	mkdir -p shown/project/.git/{hooks,objects,refs} lower
	echo "ref: refs/heads/main" >shown/project/.git/HEAD
	ln -s ../../tool shown/project/.git/hooks/pre-commit
	echo text | tee shown/project/.git/config shown/denied >/dev/null
	faults files sbox -q --write="$PWD/shown" --protect="$PWD/shown/project/.git" \
		--deny="$PWD/shown/denied" --tmpfs=/mnt/tmpfs \
		--set "fs.mount=[{type=\"overlay\",target=\"/mnt/over\",lower=[\"$PWD/lower\"],readonly=true},
			{type=\"file\",target=\"/mnt/file\",content=\"x\"}]" \
		--limit=pids=20 --limit=nofile=256 --report="$PWD/report" <"$top/secret/file"
}

@test "a system call that fails while a terminal is set up stops the start" {
	need script
	mkdir shown
	wrap=(on_terminal)
	# without a filter, which would hide what the limits on namespaces do
	faults terminal sbox -q --set 'seccomp.base="none"' --write="$PWD/shown"
}

@test "a system call that fails while a network is set up stops the start" {
	need slirp4netns
	[ -w /dev/net/tun ] || skip "no /dev/net/tun"
	mkdir shown
	faults network sbox -q --net=slirp4netns --write="$PWD/shown" </dev/null
}

# The job is what enters a user namespace and is a child of sbox.
job_points() {
	local job
	job=$(awk -F: '$2 == "setns" { print $1; exit }' "$1")
	[ -n "$job" ] || fail "no job"
	awk -F: -v job="$job" '$1 == job' "$1" | sort -t: -k2,2 -k3,3n
}

# replaced_under FAULT-ARGUMENT...: while the command waits, what is protected is replaced;
# then the command tries to write there
replaced_under() {
	rm -rf shown
	mkdir shown
	mkfifo shown/go
	echo good | tee shown/kept >new
	timeout -k 5 30 "$fault" "$@" sbox --write="$PWD/shown" --protect="$PWD/shown/kept" -- sh -c '
		cd "$0"; echo ready >ready; read -r x <go; echo bad 2>/dev/null >kept; :' "$PWD/shown" \
		>"$top/job.out" 2>"$top/job.err" &
	wait_for [ -e shown/ready ]
	pause 0.2 # until it is watched for
	mv new shown/kept
	pause 0.3
	echo go >shown/go
	status=0
	wait "$!" || status=$?
	err=$(<"$top/job.err")
}

@test "a system call that fails in a job that covers a path again leaves nothing unsaid" {
	local error point row tried=0 said=0
	[ "$(uname -m)" = x86_64 ] || skip "system calls are made to fail on x86_64 only"
	replaced_under list list
	contains "$err" "it is protected again"
	equal "$status $(cat shown/kept)" "0 good"
	for error in EIO ${SBOX_TEST_FAULTS:+ENOMEM EPERM}; do
		for point in $(job_points list); do
			row="$point $error"
			replaced_under fail "$point" "$error" log
			tried=$((tried + 1))
			! grep -q left log || fail "$row: processes are left"
			equal "$status" 0
			contains "$err" "was replaced by another program"
			case $err in
			*"could change what is there now"*) said=$((said + 1)) ;;
			*) [ "$(cat shown/kept)" = good ] || fail "$row: it was written to: $err" ;;
			esac
		done
	done
	echo "# $tried system calls of the job made to fail, $said of them said as why it was not covered" >&3
}
