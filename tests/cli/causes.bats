#!/usr/bin/env bats
# causes.bats - a machine that does not let sbox work is told as the cause, not as an errno
#
# The causes are made in a user namespace of the test's own, where an ordinary user may
# switch things off, or by a filter of system calls.

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	unshare -Ur true 2>/dev/null || skip "no user namespace can be made for the test"
}

# cause TEXT SCRIPT: sbox, run by the script as "run", must fail with this text and start
# nothing. The script is root of a user and mount namespace.
cause() {
	cat >outer <<-END
		run() {
			sbox -q --write="$PWD" "\$@" -- touch "$PWD/started"
		}
		$2
	END
	gives 125 unshare -Urm bash outer
	contains "$err" "$1"
	matches "$err" '^(sbox: |command line:)'
	[ ! -e started ] || fail "the command was started"
}

# As an ordinary user again, in a user namespace inside that of the script.
as_me="unshare --user --map-user=$me --map-group=$my_group"

@test "the way that these tests look for a start does see one" {
	cat >outer <<-END
		sbox -q --write="$PWD" -- touch "$PWD/started"
	END
	works unshare -Urm bash outer
	[ -e started ]
}

@test "user.max_user_namespaces = 0 is told, with what mends it" {
	cause "user namespaces are limited to none (user.max_user_namespaces=0): as root run sysctl -w" \
		'echo 0 >/proc/sys/user/max_user_namespaces; run'
}

@test "a limit of zero for each other kind of namespace is told" {
	for kind in mnt pid net ipc uts cgroup time; do
		[ -e "/proc/sys/user/max_${kind}_namespaces" ] || continue
		cause "(user.max_${kind}_namespaces=0)" "echo 0 >/proc/sys/user/max_${kind}_namespaces; run"
	done
}

@test "a namespace that the profile shares with the host may be limited" {
	cat >outer <<-'END'
		echo 0 >/proc/sys/user/max_ipc_namespaces
		sbox -q --set='namespaces.share=["ipc"]' -- true
	END
	works unshare -Ur bash outer
}

@test "AppArmor's restriction and Debian's switch are told" {
	# files of the same names, as the kernel here may have neither
	[ -d /proc/sys/kernel ] || skip "no /proc/sys"
	cause "AppArmor restricts user namespaces (kernel.apparmor_restrict_unprivileged_userns=1)" '
		mount -t tmpfs none /proc/sys/kernel
		echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns
		echo 0 >/proc/sys/user/max_user_namespaces
		run'
	cause "user namespaces are switched off (kernel.unprivileged_userns_clone=0): as root run sysctl -w" '
		mount -t tmpfs none /proc/sys/kernel
		echo 0 >/proc/sys/kernel/unprivileged_userns_clone
		echo 0 >/proc/sys/user/max_user_namespaces
		run'
}

@test "a /proc that is partly covered is told, with what does without a new one" {
	cover='mount --bind /dev/null /proc/version;'
	cause 'the /proc outside is partly covered, as in a container' "$cover run"
	contains "$err" 'fs.proc = "bind"'
	cat >outer <<-END
		$cover
		sbox -q --proc=none -- /bin/sh -c 'echo none'
		sbox -q --proc=bind -- /bin/sh -c 'test -r /proc/self/status && echo bind'
	END
	works unshare -Urm bash outer
	equal "$out" "$(printf 'none\nbind')"
}

@test "a filter of an outer container that forbids namespaces is told" {
	for answer in 1 38; do
		gives 125 "$helpers/refuse" "$(number clone3):$answer" "$(number unshare):1" -- \
			sbox --write="$PWD" -- touch "$PWD/started"
		contains "$err" "an outer sandbox or container filters system calls (seccomp)"
		[ ! -e started ]
	done
}

@test "a filter of an outer container that forbids to mount is told" {
	for name in open_tree fsopen move_mount mount_setattr pivot_root; do
		try "$helpers/refuse" "$(number $name):1" -- sbox --write="$PWD" -- touch "$PWD/started"
		equal "$name $status" "$name 125"
		contains "$name: $err" "an outer sandbox or container filters system calls (seccomp)"
		[ ! -e started ]
	done
}

@test "a kernel that is too old is told" {
	need setarch
	gives 125 setarch --uname-2.6 sbox --write="$PWD" -- touch "$PWD/started"
	matches "$err" 'this kernel is 2\.6\.[0-9]+.*, sbox needs 5.14 or newer'
	[ ! -e started ]
}

@test "a caller without subordinate ids is told where they are asked for" {
	for file in subuid subgid; do
		cause "the caller has no line in /etc/$file: usermod --add-${file}s" "
			printf '%s:100000:65536\\n' $(id -un) >ids
			: >none
			mount --bind ids /etc/subuid
			mount --bind ids /etc/subgid
			mount --bind none /etc/$file
			$as_me bash -c '$(printf 'sbox -q --map=subids --write="%s" -- touch "%s/started"' "$PWD" "$PWD")'"
	done
}

@test "a map that is left to sbox goes without subordinate ids and says so" {
	cat >outer <<-END
		: >none
		mount --bind none /etc/subuid
		$as_me sbox -p container -v -- cat /proc/self/uid_map
	END
	works unshare -Urm bash outer
	equal "$(wc -l <<<"$out")" 1
	contains "$err" "the caller has no line in /etc/subuid"
}

@test "a missing newuidmap is told with the package that has it" {
	need_subids
	for name in newuidmap newgidmap; do
		cause "newuidmap or newgidmap is not installed: package uidmap" "
			mount --bind /dev/null $(command -v "$name")
			$as_me sbox -q --map=subids --write=$PWD -- touch $PWD/started"
	done
}

@test "a newuidmap without privilege is told" {
	need_subids
	# in this namespace root's files belong to nobody, and setuid bits are nothing
	cause "is it setuid root" "$as_me sbox -q --map=subids --write=$PWD -- touch $PWD/started"
	contains "$err" newuidmap
}

@test "a setuid or setgid copy of sbox refuses to run" {
	need_subids
	mkdir copies
	cp "$(command -v sbox)" copies/user
	cp copies/user copies/group
	works sbox -p container --set='seccomp.allow=["@set-id-files"]' \
		--write="$PWD/copies" --chdir="$PWD/copies" -- sh -c \
		'chown 5 user && chmod 4755 user && chgrp 5 group && chmod 2755 group'
	[ -u copies/user ]
	[ -g copies/group ]
	differ "$(stat -c %u copies/user)" "$me"
	for name in user group; do
		try "copies/$name" --write="$PWD" -- touch "$PWD/started"
		[ "$status" -ne 0 ] || ! findmnt -no OPTIONS -T copies | grep -q nosuid || skip "$PWD is on a mount without setuid"
		equal "$name $status" "$name 125"
		contains "$err" "sbox must not be setuid, setgid or have file capabilities"
		[ ! -e started ]
	done
}

@test "root is told what being root weakens, once and not with -q" {
	gives 0 unshare -Ur sbox -- true
	equal "$(grep -c '^sbox: warning: started by root' <<<"$err")" 1
	equal "$(wc -l <<<"$err")" 1
	works unshare -Ur sbox -q -- true
	equal "$err" ""
	works unshare -Ur sbox -q -- sh -c 'id -u; grep CapEff /proc/self/status'
	equal "$(head -n 1 <<<"$out")" 0
	matches "$out" '0000000000000000$'
}

@test "Landlock that is asked for and not there is an error" {
	abi=99
	gives 125 sbox --set=landlock.min_abi=$abi --write="$PWD" -- touch "$PWD/started"
	contains "$err" "landlock.min_abi is 99, but this kernel offers"
	gives 125 sbox --set=landlock.min_abi=1 --set='landlock.mode="off"' -- true
	contains "$err" "landlock.min_abi cannot hold"
	gives 125 "$helpers/refuse" "$(number landlock_create_ruleset):38" -- \
		sbox --set=landlock.min_abi=1 --write="$PWD" -- touch "$PWD/started"
	contains "$err" "landlock.min_abi is 1, but this kernel offers 0"
	[ ! -e started ]
	works "$helpers/refuse" "$(number landlock_create_ruleset):38" -- sbox -- true
}

@test "where keyrings are refused to everyone sbox works without one of its own" {
	for answer in 38 1; do # ENOSYS; EPERM, from a container's filter, which the command has too
		works "$helpers/refuse" "$(number keyctl):$answer" -- sbox -- true
	done
}

@test "a user who has no key left is told what takes them and where the bound is" {
	gives 125 "$helpers/refuse" "$(number keyctl):122" -- sbox -- touch "$PWD/started" # EDQUOT
	contains "$err" "you have no key left, and each running sandbox takes one (kernel.keys.maxkeys"
	[ ! -e started ]
}
