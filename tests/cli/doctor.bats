#!/usr/bin/env bats
# doctor.bats - every finding of sboxctl doctor is provoked, leads to the advice that
# mends it, and is what sbox itself says
#
# The causes are made in user and mount namespaces of the test's own, or by a filter of
# system calls, as in causes.bats.

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	unshare -Urm true 2>/dev/null || skip "no user namespace can be made for the test"
	printf 'ID=debian\n' >debian
	outer=(unshare -Urm bash)
	verdict="" found="" lost="" command="" advice="" # of the last finding
}

schema=$srcdir/docs/doctor.schema.json
as_me="unshare --user --map-user=$me --map-group=$my_group"

# diagnose STATUS SCRIPT [SBOX-OPTION...]: the script, which is root of namespaces of its
# own, prepares the machine and says "ask" ("ask WRAPPER..." to ask from within it): what
# the doctor answers is left in the file answer, what sbox says with the options in $said.
diagnose() {
	local wanted=$1 script=$2
	shift 2
	cat >outer <<-END
		ask() {
			status=0
			"\$@" sboxctl doctor --json >answer || status=\$?
			"\$@" sbox -q $(printf '%q ' "$@" --) true 2>said </dev/null
			exit \$status
		}
		mount --bind debian /etc/os-release
		$script
	END
	gives "$wanted" "${outer[@]}" outer
	said=$(head -n 1 said)
	works python3 "$srcdir/tests/cli/validate.py" "$schema" answer \
		"runs=$([ "$wanted" -eq 0 ] && echo true || echo false)"
}

# finding NAME: leaves $verdict, $found, $lost, $command and $advice of it
finding() {
	local fields=(verdict found lost command advice) values i
	mapfile -t values < <(python3 -c '
import json, sys
f, = [f for f in json.load(open("answer"))["findings"] if f["name"] == sys.argv[1]]
print(*[f[k] or "" for k in sys.argv[2:]], sep="\n")' "$1" "${fields[@]}")
	for i in "${!fields[@]}"; do
		printf -v "${fields[i]}" %s "${values[i]-}"
	done
}

# ill NAME VERDICT FOUND MEND: these are parts of what was found, and of the command or
# advice. Something that is lost is always said.
ill() {
	finding "$1"
	equal "$1: $verdict" "$1: $2"
	contains "$1: $found" "$3"
	contains "$1: $command$advice" "$4"
	[ -n "$lost" ] || fail "$1: nothing is said to be lost"
}

# sbox_agrees: what sbox said on one line has what the doctor has found
sbox_agrees() {
	contains "$said" "$found"
}

healthy() {
	for name; do
		finding "$name"
		equal "$name: $verdict" "$name: works"
	done
}

@test "on this machine sbox runs, and the answer fits its schema" {
	need slirp4netns pasta
	need_subids
	gives 0 sboxctl doctor --json
	printf '%s\n' "$out" >answer
	works python3 "$srcdir/tests/cli/validate.py" "$schema" answer runs=true
	healthy kernel user-namespaces namespaces system-calls proc overlay seccomp \
		nf-tables tun profile subordinate-ids slirp4netns pasta start
	equal "$(python3 -c 'import json; print(*[f["name"] for f in json.load(open("answer"))["findings"]])')" \
		"$(python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["properties"]["findings"]["items"]["properties"]["name"]["enum"])' "$schema")"
}

@test "for people: a line for each finding, what is lost and the command, and a last line" {
	works sboxctl doctor
	equal "$err" ""
	equal "$(grep -cE '^(works|limited|missing) +' <<<"$out")" 17
	matches "$(tail -n 1 <<<"$out")" '^sbox runs on this machine: [0-9]+ works, [0-9]+ limited, [0-9]+ missing$'
	gives 1 unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; sboxctl doctor'
	contains "$out" "missing  user namespaces   user namespaces are limited to none (user.max_user_namespaces=0)
         lost: everything: sbox does not run
         as root run: sysctl -w user.max_user_namespaces=15000
"
	matches "$(tail -n 1 <<<"$out")" '^sbox does not run on this machine: '
}

@test "the doctor leaves nothing behind" {
	find "$top" | sort >../before
	nothing_left sboxctl doctor
	equal "$status" 0
	find "$top" ! -name out ! -name err ! -name before ! -name after | sort >../after
	equal "$(comm -13 ../before ../after)" ""
}

@test "a limit of zero for user namespaces is found" {
	diagnose 1 'echo 0 >/proc/sys/user/max_user_namespaces; ask'
	ill user-namespaces missing "limited to none (user.max_user_namespaces=0)" "sysctl -w user.max_user_namespaces=15000"
	sbox_agrees
	contains "$said" "$command"
	finding overlay
	contains "$found" "not tried"
}

@test "the command that is given for it mends it" {
	diagnose 1 'echo 0 >/proc/sys/user/max_user_namespaces; ask'
	finding user-namespaces
	need sysctl
	diagnose 0 "echo 0 >/proc/sys/user/max_user_namespaces; ($command) >&2; ask"
	healthy user-namespaces start
}

@test "a limit of zero for each other kind of namespace is found" {
	for kind in mnt pid net ipc uts cgroup time; do
		[ -e "/proc/sys/user/max_${kind}_namespaces" ] || continue
		diagnose 1 "echo 0 >/proc/sys/user/max_${kind}_namespaces; ask"
		healthy user-namespaces
		ill namespaces missing "(user.max_${kind}_namespaces=0)" "sysctl -w user.max_${kind}_namespaces=15000"
		sbox_agrees
		contains "$said" "$command"
	done
}

@test "AppArmor's restriction is found, and which step to sbox's profile is missing" {
	# a file of the same name, as the kernel here may have none; what it would forbid,
	# the limit does
	[ -d /etc/apparmor.d ] || skip "no /etc/apparmor.d"
	restrict='mount -t tmpfs none /proc/sys/kernel
		mount -t tmpfs none /etc/apparmor.d
		echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns
		echo 0 >/proc/sys/user/max_user_namespaces;'
	diagnose 1 "$restrict ask"
	ill security-modules limited "(kernel.apparmor_restrict_unprivileged_userns=1)" apparmor_parser
	ill user-namespaces missing "AppArmor restricts user namespaces" /share/sbox/apparmor/sbox
	equal "${command#*/share/}" "sbox/apparmor/sbox /etc/apparmor.d/sbox && apparmor_parser -r /etc/apparmor.d/sbox"
	sbox_agrees
	contains "$said" "$command"
	diagnose 1 "$restrict : >/etc/apparmor.d/sbox; ask"
	ill user-namespaces missing "/etc/apparmor.d/sbox is not loaded" ""
	equal "$command" "apparmor_parser -r /etc/apparmor.d/sbox"
	sbox_agrees
}

@test "AppArmor whose switch is off is no cause" {
	# the cover makes a new /proc impossible, which is another finding
	diagnose 1 'mount -t tmpfs none /proc/sys/kernel
		echo 0 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns; ask'
	healthy user-namespaces
	finding security-modules
	contains "$verdict: $found" "works: AppArmor does not restrict user namespaces"
}

@test "Debian's switch is found" {
	diagnose 1 'mount -t tmpfs none /proc/sys/kernel
		echo 0 >/proc/sys/kernel/unprivileged_userns_clone
		echo 0 >/proc/sys/user/max_user_namespaces; ask'
	ill user-namespaces missing "(kernel.unprivileged_userns_clone=0)" "sysctl -w kernel.unprivileged_userns_clone=1"
	sbox_agrees
	contains "$said" "$command"
}

@test "SELinux that refuses namespaces is found" {
	diagnose 1 "mount -t tmpfs none /sys/fs
		mkdir /sys/fs/selinux
		echo 1 >/sys/fs/selinux/enforce
		ask $helpers/refuse $(number clone3):13 --"
	finding security-modules
	contains "$found" "SELinux enforces its policy"
	ill user-namespaces missing "SELinux, which is enforcing, refuses it" "ausearch -m avc -ts recent"
	sbox_agrees
}

@test "a filter of an outer container that forbids namespaces is found" {
	for answer in 1 38; do
		diagnose 1 "ask $helpers/refuse $(number clone3):$answer $(number unshare):1 --"
		ill user-namespaces missing "an outer sandbox or container filters system calls (seccomp)" --security-opt
		sbox_agrees
	done
}

@test "a filter that forbids a call of the set-up is found, with the call's name" {
	for name in open_tree fsopen move_mount mount_setattr pivot_root; do
		diagnose 1 "ask $helpers/refuse $(number "$name"):1 --"
		ill system-calls missing "refused: $name:" "has to let them in"
		contains "$found" "an outer sandbox or container filters system calls (seccomp)"
		contains "$said" "an outer sandbox or container filters system calls (seccomp)"
	done
}

@test "an overlay that cannot be made is found" {
	diagnose 1 "ask $helpers/refuse $(number mkdirat):1 --"
	ill overlay missing "an outer sandbox or container filters system calls (seccomp)" ""
}

@test "a tmpfs that cannot hold what is written over an overlay is found" {
	overlay='fs.mount=[{type="overlay",target="/over",lower=["/var"]}]'
	diagnose 0 "ask $helpers/refuse $(number uname):1 $(number fsetxattr):95 --" --set="$overlay"
	ill overlay limited "a tmpfs of this kernel takes no user.* attributes" "Linux 6.6"
	contains "$said" "a tmpfs of this kernel takes no user.* attributes"
}

@test "a seccomp filter that cannot be loaded is found" {
	diagnose 1 "ask $helpers/refuse $(number seccomp):1 --"
	ill seccomp missing "an outer sandbox or container filters system calls (seccomp)" seccomp
	sbox_agrees
}

@test "a /proc that is partly covered is found, with what does without a new one" {
	diagnose 1 'mount --bind /dev/null /proc/version; ask'
	ill proc missing "the /proc outside is partly covered, as in a container" --proc=none
	sbox_agrees
	healthy nf-tables tun
	diagnose 1 'mount --bind /dev/null /proc/version; ask' --proc=none
	equal "$said" ""
}

@test "Landlock that is not there or not enabled is found" {
	diagnose 0 "ask $helpers/refuse $(number landlock_create_ruleset):38 --" --set=landlock.min_abi=1
	ill landlock missing "this kernel has it not" CONFIG_SECURITY_LANDLOCK
	contains "$said" "this kernel offers 0"
	lsm='mount -t tmpfs none /sys/kernel/security
		printf lockdown,yama >/sys/kernel/security/lsm
		mount -t tmpfs none /etc/default;'
	refuse="ask $helpers/refuse $(number landlock_create_ruleset):95 --"
	diagnose 0 "$lsm : >/etc/default/grub; $refuse"
	ill landlock missing "it is not enabled" ""
	equal "$command" "echo 'GRUB_CMDLINE_LINUX=\"\$GRUB_CMDLINE_LINUX lsm=landlock,lockdown,yama\"' >/etc/default/grub.d/sbox.cfg && update-grub && reboot"
	diagnose 0 "$lsm $refuse"
	ill landlock missing "it is not enabled" "boot with lsm=landlock,lockdown,yama"
	printf 'NAME=x\nID="rocky"\nID_LIKE="rhel centos fedora"\n' >debian
	diagnose 0 "$lsm mount -t tmpfs none /usr/sbin
		ln -s /bin/true /usr/sbin/grubby; $refuse"
	finding landlock
	equal "$command" "grubby --update-kernel=ALL --args=lsm=landlock,lockdown,yama && reboot"
}

@test "a caller without subordinate ids is given ids that are free" {
	need newuidmap newgidmap
	name=$(id -un)
	for file in subuid subgid; do
		diagnose 0 "
			printf '$name:100000:65536\\nother:200000:70000\\n' >ids
			: >none
			mount --bind ids /etc/subuid
			mount --bind ids /etc/subgid
			mount --bind none /etc/$file
			ask $as_me" --map=subids
		ill subordinate-ids missing "the caller has no line in /etc/$file" ""
		equal "$command" "usermod --add-subuids 270000-335535 --add-subgids 270000-335535 $name"
		sbox_agrees
	done
}

@test "helpers that are missing are found, with the command of each distribution" {
	need slirp4netns pasta
	need_subids
	hide='for p in newuidmap slirp4netns pasta; do
			mount --bind /dev/null $(command -v $p)
		done'
	check() { # ID UIDMAP SLIRP4NETNS PASTA
		printf 'ID=%s\nID_LIKE=\n' "$1" >debian
		diagnose 0 "$hide; ask $as_me" --map=subids
		ill subordinate-ids missing "newuidmap or newgidmap is not installed" "$2"
		sbox_agrees
		ill slirp4netns missing "slirp4netns is not installed" "$3"
		ill pasta missing "pasta is not installed" "$4"
	}
	check debian "apt-get install uidmap" "apt-get install slirp4netns" "apt-get install passt"
	check ubuntu "apt-get install uidmap" "apt-get install slirp4netns" "apt-get install passt"
	check fedora "dnf install shadow-utils" "dnf install slirp4netns" "dnf install passt"
	check arch "pacman -S shadow" "pacman -S slirp4netns" "pacman -S passt"
	check odd "install the package that has newuidmap" "package that has slirp4netns" "package that has pasta"
	equal "$command" ""
}

@test "the packages are those that scripts/lib.sh installs" {
	for row in newuidmap:uidmap:shadow-utils:shadow slirp4netns:slirp4netns:slirp4netns:slirp4netns \
		pasta:passt:passt:passt; do
		IFS=: read -r program debian fedora arch <<<"$row"
		matches "$(tr -d ' ?' <"$srcdir/scripts/lib.sh")" \
			"^build\|.*cmd:$program.*\|$debian\|$fedora\|$arch\$"
	done
}

@test "a newuidmap without privilege is found" {
	need_subids
	# in this namespace root's files belong to nobody, and setuid bits are nothing
	diagnose 0 "ask $as_me" --map=subids
	ill subordinate-ids missing "is it setuid root" "apt-get install --reinstall uidmap"
	sbox_agrees
}

@test "helpers are found whatever PATH says" {
	need slirp4netns pasta
	need_subids
	ctl=$(command -v sboxctl)
	works env PATH=/nonexistent "$ctl" doctor --json
	printf '%s\n' "$out" >answer
	healthy subordinate-ids slirp4netns pasta start
}

@test "a missing or closed /dev/net/tun is found" {
	need slirp4netns
	[ -c /dev/net/tun ] || skip "no /dev/net/tun"
	diagnose 0 'mount -t tmpfs none /dev/net; ask' --net=slirp4netns --dns=none
	ill tun missing "/dev/net/tun cannot be opened: No such file" "modprobe tun"
	contains "$said" "/dev/net/tun cannot be opened (No such file or directory)"
	finding slirp4netns
	sbox_agrees
	[ ! -r /etc/shadow ] || fail "there is no file that is closed to $me"
	diagnose 0 "mount --bind /etc/shadow /dev/net/tun; ask $as_me" --net=slirp4netns --dns=none
	ill tun missing "/dev/net/tun cannot be opened: Permission denied" "chmod 0666 /dev/net/tun"
	contains "$said" "/dev/net/tun cannot be opened (Permission denied)"
}

@test "rules of the network that cannot be loaded are found" {
	need slirp4netns
	diagnose 0 "ask $helpers/refuse $(number sendto):1 --" --net=slirp4netns --dns=none
	ill nf-tables missing "the rules of the network cannot be loaded" "modprobe -a nf_tables"
	sbox_agrees
}

@test "a host without cgroup v2, or with one that is not delegated, is found" {
	limit=(--limit=memory=1G '--set=limits.require=["memory"]')
	diagnose 0 'mount -t tmpfs none /sys/fs/cgroup; mount -t tmpfs none /etc/default
		ask' "${limit[@]}"
	ill cgroup missing "a cgroup v1 host" "boot with systemd.unified_cgroup_hierarchy=1"
	sbox_agrees
	outer=(unshare -UrmC bash)
	diagnose 0 "mount -t cgroup2 none /sys/fs/cgroup; ask $as_me" "${limit[@]}"
	ill cgroup missing "" "systemd-run --user --scope -p Delegate=yes"
	sbox_agrees
}

@test "a kernel that is too old is found, and nothing that needs another is tried" {
	need setarch
	diagnose 1 'ask setarch --uname-2.6'
	ill kernel missing "sbox needs 5.14 or newer" "newer"
	sbox_agrees
	finding cgroup
	contains "$found" "not tried"
}

@test "a default profile with a mistake is found, and nothing that needs it is tried" {
	printf 'version = 1\nextend = ["base"]\n' | profile default
	diagnose 1 ask
	ill profile missing 'unknown key "extend"' "sboxctl profile check default"
	sbox_agrees
	healthy proc tun
	finding pasta
	contains "$found" "not tried"
}

@test "an sboxctl without its sbox says so" {
	mkdir alone
	cp "$(command -v sboxctl)" alone
	gives 1 alone/sboxctl doctor
	contains "$out" "missing  sbox              there is no sbox beside this sboxctl"
}

@test "what programs say is shown without control characters" {
	need slirp4netns
	printf '#!/bin/sh\nprintf "\\033[31mred\\n" | tee /dev/stderr; exit 1\n' >helper
	chmod 755 helper
	cat >outer <<-'END'
		mount --bind helper "$(command -v slirp4netns)"
		sboxctl doctor
		sboxctl doctor --json
	END
	works unshare -Urm bash outer
	contains "$out" 'slirp4netns'
	lacks "$out$err" $'\033'
}

@test "what is no option of it is a mistake, and a full output an error" {
	gives 125 sboxctl doctor --jason
	contains "$err" "sboxctl: doctor: it takes --json and nothing else"
	gives 125 sboxctl doctor --json more
	gives 125 sh -c 'sboxctl doctor >/dev/full'
	contains "$err" "cannot write to standard output"
}
