#!/usr/bin/env bash
# compare.sh [LAUNCHER...] - the same attempts in sandboxes of sbox and of others
#
# Launchers: sbox, bwrap (the line that its own examples have), bwrap-hard (with what its
# manual adds), bwrap-srt (as sandbox-runtime calls it), the same three by sbox-bwrap with "sbox-" in
# front, and sbox-bwrap-strict, firejail (its default profile). Prints a Markdown table: "stopped", "WORKS",
# or "?" where the attempt could not be made. Attempts that do not work outside are left
# out. Needs the build directory in PATH, and an ordinary user.
# shellcheck disable=SC2016,SC2034  # what is in quotes is expanded case by case
set -u
builddir=${builddir:-$(dirname "$(command -v sbox)")}
[ "$(id -u)" -ne 0 ] || { echo "compare.sh: run it as an ordinary user" >&2; exit 2; }
top=$(mktemp -d "$HOME/compare.XXXXXX") # others hide or empty /tmp and /var/tmp
jobs_started=()
trap 'rm -rf "$top"' EXIT
end_jobs() {
	local pid
	for pid in "${jobs_started[@]}"; do
		kill -KILL "$pid" 2>/dev/null
		wait "$pid"
	done 2>/dev/null
	jobs_started=()
}
mkdir -p "$top/bin" "$top/secret" "$top/run" "$top/outside"
probe=$top/bin/probe
install -m 755 "$builddir/tests/escape/probe" "$probe"
echo "the secret" >"$top/secret/file"
export ESC_SECRET_TOKEN=in-the-environment

# begin COMMAND...: until it has written a line, which is in $said; its number is in $job
begin() {
	rm -f "$top/said"
	"$@" >"$top/said" 2>/dev/null </dev/null &
	job=$!
	jobs_started+=("$job")
	for ((n = 0; n < 100; n++)); do
		[ ! -s "$top/said" ] || break
		sleep 0.05
	done
	said=$(head -n 1 "$top/said")
}

# into LAUNCHER: what begins a command line, in $launch
into() {
	case $1 in
	outside) launch=() ;;
	sbox) launch=(sbox -q --read="$top/bin" --) ;;
	bwrap) launch=(bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp) ;;
	bwrap-hard) launch=(bwrap --unshare-all --die-with-parent --new-session --clearenv
		--setenv PATH /usr/bin:/bin --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib
		--symlink usr/lib64 /lib64 --ro-bind "$top/bin" "$top/bin" --dev /dev --proc /proc --tmpfs /tmp) ;;
	bwrap-srt) launch=(bwrap --new-session --die-with-parent --unshare-net --ro-bind / / --bind "$top/outside" "$top/outside"
		--tmpfs "$top/secret" --dev /dev --unshare-pid --unshare-user --cap-drop ALL --proc /proc --) ;;
	sbox-bwrap-strict)
		into bwrap-hard
		launch=(env SBOX_BWRAP=strict sbox-bwrap "${launch[@]:1}")
		;;
	sbox-bwrap*)
		into "${1#sbox-}"
		launch[0]=sbox-bwrap
		;;
	firejail) launch=(firejail --quiet) ;;
	*) echo "compare.sh: unknown launcher: $1" >&2; exit 2 ;;
	esac
}

# Each case: number, what is attempted, and how; the command stands for itself in $launch.
hold='"$0" daemonize 30; trap "" TERM HUP INT; echo ready; sleep 30; sleep 30'
cases=(
	"E-01|type on the caller's terminal|\$probe on-tty \$launch \$probe tiocsti"
	"E-10|signal the caller's process group|\$probe with-sentinel \$launch \$probe kill-group"
	"E-11|slow the caller's process group down|\$probe with-sentinel \$launch \$probe nice-group"
	"E-12|signal a process outside|\$launch \$probe kill-pid \$victim"
	"E-14|trace process 1 (outside: any other)|\$launch \$probe trace \$init"
	"E-16|read a secret in process 1's environment|\$launch \$probe read-secret \$init environ in-the-environment"
	"E-17|steal a descriptor of process 1|\$launch \$probe steal-fds \$init"
	"E-22|leave a daemon behind|\$probe left \$launch \$probe daemonize 20"
	"E-23|outlive a launcher that is killed|\$probe left-after 9 \$launch sh -c \$hold \$probe"
	"E-40|use a descriptor that the caller had open|\$probe with-fds \$top/secret \$launch \$probe list-fds"
	"E-44|mount a fresh /proc|\$launch \$probe fresh-proc \$mnt"
	"E-45|mount a fresh /sys|\$launch \$probe fresh-sysfs \$mnt"
	"E-46|mount a control group file system|\$launch \$probe fresh-cgroup \$mnt"
	"E-48|mount an overlay|\$launch \$probe fresh-overlay \$mnt"
	"E-54|read what /proc says of the host|\$launch \$probe proc-secrets"
	"E-56|read /sys/kernel|\$launch \$probe read /sys/kernel/notes"
	"E-66|connect to a socket in the caller's directory|\$launch \$probe connect \$top/run/socket"
	"E-67|connect to an abstract socket|\$launch \$probe connect @compare-\$\$"
	"E-68|connect to a port of the host's loopback|\$launch \$probe connect-tcp \$port"
	"E-71|read the caller's keys|\$probe with-keys compare-key \$launch \$probe read-keys compare-key"
	"E-90|make a user namespace|\$launch \$probe make-userns"
	"E-91|reach nf_tables and raw packets|\$launch \$probe nft-reach"
	"E-92|use the mount calls|\$launch \$probe mount-api"
	"E-93|set up io_uring|\$launch \$probe uring"
	"E-95|have bpf, perf events, userfaultfd|\$launch \$probe tracers"
	"E-96|use the calls about keys|\$launch \$probe key-calls"
	"E-97|make 32-bit system calls|\$launch \$probe i386"
	"E-98|make any socket by 32-bit socketcall|\$launch \$probe socketcall"
	"E-102|make sockets of rare families|\$launch \$probe families"
	"E-103|use every netlink protocol|\$launch \$probe netlinks"
	"E-105|reach old and rare calls|\$launch \$probe legacy"
)

# attempt LAUNCHER COMMAND: its verdict
attempt() {
	local init=1 mnt=/tmp status=0 said job victim port
	into "$1"
	if [ "$1" = outside ]; then
		begin env -C / TARGET_SECRET=in-the-environment "$probe" target
		init=$job mnt=$top/outside
	fi
	begin sh -c 'echo ready; exec sleep 60'
	victim=$job
	rm -f "$top/run/socket"
	begin "$probe" listen "$top/visitors" "$top/run/socket" "@compare-$$" tcp
	port=$said
	# the words of a case are its own variables; one with blanks stays one
	local words=() word
	for word in $2; do
		case $word in
		'$launch') words+=("${launch[@]}") ;;
		'$hold') words+=("$hold") ;;
		*) words+=("$(eval "printf %s \"$word\"")") ;;
		esac
	done
	timeout -k 5 60 "${words[@]}" >"$top/out" 2>"$top/err" </dev/null || status=$?
	end_jobs
	# without a word of the probe it was not the sandbox that stopped it
	case $status in
	0) echo WORKS ;;
	1 | 159) grep -q ': ' "$top/out" && echo stopped || echo "?" ;;
	*) echo "?" ;;
	esac
}

launchers=("$@")
if [ $# -eq 0 ]; then
	launchers=(sbox)
	! command -v bwrap >/dev/null || launchers+=(bwrap bwrap-hard)
	! command -v firejail >/dev/null || launchers+=(firejail)
fi
printf '| | attempt |'; printf ' %s |' "${launchers[@]}"; echo
printf '|---|---|'; printf '%s' "${launchers[@]/*/---|}"; echo
declare -A stopped
tried=0
for case in "${cases[@]}"; do
	IFS='|' read -r number what how <<<"$case"
	[ "$(attempt outside "$how")" = WORKS ] || { echo "left out, does not work outside: $number" >&2; continue; }
	tried=$((tried + 1))
	printf '| %s | %s |' "$number" "$what"
	for launcher in "${launchers[@]}"; do
		verdict=$(attempt "$launcher" "$how")
		[ "$verdict" != stopped ] || stopped[$launcher]=$((${stopped[$launcher]-0} + 1))
		printf ' %s |' "$verdict"
	done
	echo
done
printf '| | stopped, of %d |' "$tried"
for launcher in "${launchers[@]}"; do printf ' %d |' "${stopped[$launcher]-0}"; done
echo
printf '\nLinux %s' "$(uname -r)"
for program in bwrap firejail; do
	! command -v $program >/dev/null || printf ', %s' "$($program --version 2>/dev/null | head -n 1)"
done
echo
