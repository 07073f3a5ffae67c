#!/usr/bin/env bats
# ipc-identity.bats - section D-2 of the escape suite: sockets, keys, environment, ids, traces

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# begin_listeners NAME...: sockets of the caller; who connects is written to $top/visitors
begin_listeners() {
	rm -f "$top/visitors"
	begin "$probe" listen "$top/visitors" "$@"
	port=$said
}

@test "E-66 sockets of the caller's programs are not to be found" {
	mkdir -p "$top/run/pulse" "$top/x" shown
	export XDG_RUNTIME_DIR=$top/run SSH_AUTH_SOCK=$top/x/agent
	begin_listeners "$top/run/bus" "$top/run/wayland-0" "$top/run/pipewire-0" \
		"$top/run/pulse/native" "$top/x/agent"
	all=("$top/run/bus" "$top/run/wayland-0" "$top/run/pipewire-0" "$top/run/pulse/native"
		"$top/x/agent")
	control connect "${all[@]}"
	wait_for test -s "$top/visitors"
	rm "$top/visitors"
	for mode in $modes; do
		attacked "$mode" -- "$probe" connect "${all[@]}" /run/dbus/system_bus_socket \
			/run/docker.sock /var/run/docker.sock /tmp/.X11-unix/X0 \
			/run/systemd/private /run/containerd/containerd.sock /run/user/"$me"/bus
		attacked "$mode" -p build -- "$probe" connect "${all[@]}" \
			/run/dbus/system_bus_socket /run/docker.sock /tmp/.X11-unix/X0
	done
	[ ! -e "$top/visitors" ]
}

@test "E-66 a socket in a directory that is shown read-only cannot be connected to" {
	mkdir shown
	begin_listeners "$PWD/shown/socket"
	control connect "$PWD/shown/socket"
	wait_for test -s "$top/visitors"
	rm "$top/visitors"
	try sbox -q --read="$top/bin" --read="$PWD/shown" -- "$probe" connect "$PWD/shown/socket"
	[ "$status" -ne 0 ] || skip "needs Landlock ABI 9: until then a socket in a shown directory can be connected to"
	[ ! -e "$top/visitors" ]
}

@test "E-67 an abstract socket of the caller cannot be connected to" {
	begin_listeners "@sbox-escape-$$-$BATS_TEST_NUMBER"
	control connect "@sbox-escape-$$-$BATS_TEST_NUMBER"
	wait_for test -s "$top/visitors"
	rm "$top/visitors"
	attacked "$modes nested" -- "$probe" connect "@sbox-escape-$$-$BATS_TEST_NUMBER"
	# Landlock alone: in the host's network
	need_landlock 6
	attacked "full no-seccomp" --net=host -- "$probe" connect "@sbox-escape-$$-$BATS_TEST_NUMBER"
	[ ! -e "$top/visitors" ]
}

@test "E-68 a port of the host's loopback cannot be connected to" {
	begin_listeners tcp
	control connect-tcp "$port"
	wait_for test -s "$top/visitors"
	rm "$top/visitors"
	attacked "$modes nested" -- "$probe" connect-tcp "$port"
	[ ! -e "$top/visitors" ]
}

@test "E-69 System V objects and message queues of the caller are not to be found" {
	key=$((0x5b000000 + ($$ & 0xffff) * 256 + RANDOM % 256))
	queue=/sbox-escape-$key
	gives 0 "$probe" make-ipc "$key" "$queue"
	try "$probe" find-ipc "$key" "$queue"
	outside=$status
	for mode in $modes nested; do
		layers "$mode"
		try sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" find-ipc "$key" "$queue"
		inside+=" $status"
	done
	gives 0 "$probe" remove-ipc "$key" "$queue"
	equal "$outside" 0
	equal "$inside" " 1 1 1 1 1"
}

@test "E-70 files in the host's /dev/shm are not to be found" {
	[ -w /dev/shm ] || skip "/dev/shm is not writable on this machine"
	file=/dev/shm/sbox-escape-$$-$RANDOM
	(umask 077 && echo secret >"$file")
	try "$probe" read "$file"
	outside=$status
	for mode in $modes nested; do
		layers "$mode"
		try sbox -q --read="$top/bin" "${layers[@]}" -- \
			sh -c '"$0" read "$1"; status=$?; ls -A /dev/shm; exit $status' "$probe" "$file"
		inside+=" $status$(sed 1d <<<"$out")"
	done
	# and what is made inside does not show outside
	gives 0 sbox -q -- sh -c 'echo x >"$0.inside"' "$file"
	made=$(ls "$file.inside" 2>/dev/null) || :
	rm -f "$file" "$file.inside"
	equal "$outside" 0
	equal "$inside" " 1 1 1 1 1"
	equal "$made" ""
}

@test "E-71 keys in the caller's keyrings can be neither found nor read" {
	try "$probe" with-keys escape-key "$probe" read-keys escape-key
	[ "$status" -eq 0 ] || skip "keyrings do not work on this machine: $out"
	contains "$out" "session keyring: worked, user keyring: worked"
	for mode in $modes nested; do
		layers "$mode"
		gives 1 "$probe" with-keys escape-key sbox -q --read="$top/bin" "${layers[@]}" -- \
			"$probe" read-keys escape-key || fail "mode: $mode"
	done
	contains "$out" "session keyring: ENOKEY"
}

@test "E-72 the environment does not come along" {
	export ESC_SECRET_TOKEN=secret SSH_AUTH_SOCK=/secret/agent BASH_ENV=/secret/env \
		GIT_DIR=/secret/git GIT_ASKPASS=/secret/ask NODE_OPTIONS=--secret PYTHONPATH=/secret \
		PERL5LIB=/secret LD_LIBRARY_PATH=/secret RUBYOPT=-Wsecret PROMPT_COMMAND=secret \
		ENV=/secret DBUS_SESSION_BUS_ADDRESS=unix:path=/secret AWS_SECRET_ACCESS_KEY=secret \
		http_proxy=http://secret DISPLAY=:secret XAUTHORITY=/secret LANG=C.UTF-8
	gives 0 env
	equal "$(grep -c secret <<<"$out")" 17
	for mode in $modes; do
		layers "$mode"
		for profile in default build ci; do
			gives 0 sbox -q -p "$profile" "${layers[@]}" -- env
			lacks "$out" secret
			lacks "$out" SSH_AUTH_SOCK
			contains "$out" LANG=C.UTF-8
		done
	done
}

@test "E-74 the host's names and numbers are replaced" {
	[ "$(uname -n)" != sbox ] || skip "the host's own name is sbox"
	local name numbers=()
	for name in /var/lib/dbus/machine-id /sys/class/net/*/address /etc/hostname; do
		[ ! -r "$name" ] || numbers+=("$name")
	done
	control read "${numbers[@]}" # the others are root's, or not on every machine
	for mode in $modes; do
		layers "$mode"
		gives 0 sbox -q "${layers[@]}" -- sh -c 'uname -n; cat /proc/sys/kernel/hostname'
		equal "$(echo $out)" "sbox sbox"
		# this one is there, and not the host's
		gives 0 sbox -q "${layers[@]}" -- cat /etc/machine-id
		differ "$out" "$(cat /etc/machine-id 2>/dev/null)"
		attacked "$mode" -- "$probe" read "${numbers[@]}" /sys/class/dmi/id/product_uuid
		gives 0 sbox -q "${layers[@]}" -- cat /proc/net/dev
		equal "$(awk -F: 'NR > 2 { print $1 }' <<<"$out" | tr -d ' ')" lo
	done
}

# A project with all that the build profile protects.
make_project() {
	rm -rf project
	mkdir -p project/.git/hooks project/.git/info project/.vscode project/.claude project/.idea \
		project/.hg project/src
	for file in .git/hooks/pre-commit .git/config .git/info/attributes .envrc .mcp.json \
		.vscode/tasks.json .claude/settings.json .idea/workspace.xml .hg/hgrc src/main.c; do
		echo original >"project/$file"
	done
	cd project || return
}

# build MODE COMMAND...: with the shipped profile, in a project; it may end as it likes
build() {
	layers "$1"
	shift
	try sbox -q -p build --read="$top/bin" "${layers[@]}" -- "$@"
}

protected=(.git/hooks/pre-commit .git/config .git/info/attributes .envrc .mcp.json
	.vscode/tasks.json .claude/settings.json .idea/workspace.xml .hg/hgrc)

@test "E-75 what would be run later outside cannot be written" {
	make_project
	control write "${protected[@]}"
	before=$(tree .)
	for mode in $modes; do
		build "$mode" "$probe" write "${protected[@]}"
		equal "$status" 1
		build "$mode" "$probe" create .git/hooks/post-checkout .vscode/new .claude/new .idea/new
		equal "$status" 1
		build "$mode" sh -c 'for f; do echo bad >"$f"; rm -rf "$f"; ln -sf /bad "$f"; chmod 777 "$f"; done' \
			sh "${protected[@]}"
		equal "$(tree .)" "$before"
		# but the rest of the project is the command's
		build "$mode" sh -c 'echo new >src/main.c && echo x >.git/index && rm .git/index'
		equal "$status" 0
		equal "$(cat src/main.c)" new
		echo original >src/main.c
	done
}

@test "E-75 what would be run later cannot be written by any other name of the project" {
	ln -s project link
	make_project
	before=$(tree .)
	attack='for d in /mnt /mnt/other /mnt/project "$0/project" "$0/link"; do
			echo bad >"$d/.git/hooks/pre-commit"
			mv "$d/.git" "$d/.git-old"
		done 2>/dev/null
		echo bad >/mnt/git/hooks/pre-commit; echo bad >/mnt/git/config; mv /mnt/git/hooks /mnt/git/h'
	for name in "--write=$PWD:/mnt/other" "--write=$top/here:/mnt" "--write=$top/here/link:/mnt" \
		"--write=$PWD/.git:/mnt/git" "--write=$top/here" \
		"--set=fs.mount=[{type=\"bind\",source=\"$PWD\",target=\"/mnt\",readonly=false}]"; do
		for mode in full bare; do
			layers "$mode"
			try sbox -q -p build "$name" "${layers[@]}" -- sh -c "$attack" "$top/here"
			equal "$(tree .)" "$before" || fail "mode: $mode, $name"
		done
		# the control: by this name it is written where nothing is protected
		try sbox -q --guard=off "$name" -- sh -c "$attack" "$top/here"
		differ "$(tree .)" "$before" || fail "$name"
		cd "$top/here"
		make_project
	done
}

@test "E-75 what would be run later cannot be written by an overlay that keeps its changes" {
	make_project
	before=$(tree .)
	mkdir "$top/here/upper-work" "$top/here/lower"
	overlay="{type=\"overlay\",target=\"/mnt\",lower=[\"$top/here/lower\"],upper=\"$PWD\",work=\"$top/here/upper-work\"}"
	try sbox -q --set "fs.mount=[$overlay]" -- true
	[ "$status" -eq 0 ] || skip "no overlay can be made on this machine: $err"
	attack='echo bad >/mnt/.git/hooks/pre-commit; mv /mnt/.git /mnt/old'
	try sbox -q -p build --set "fs.mount=[$overlay]" -- sh -c "$attack"
	equal "$(tree .)" "$before"
	try sbox -q --guard=off --set "fs.mount=[$overlay]" -- sh -c "$attack" # the control
	differ "$(tree .)" "$before"
}

@test "E-110 what sbox keeps in its cache cannot be changed by a command" {
	layers full
	options=(--write="$top" --set 'seccomp.deny=["getitimer"]')
	gives 0 sbox -q "${options[@]}" -- true
	before=$(tree "$XDG_CACHE_HOME")
	contains "$before" sbox
	control write "$XDG_CACHE_HOME"/sbox/*/*
	attacked "full no-landlock" "${options[@]}" -- "$probe" write "$XDG_CACHE_HOME"/sbox/*/*
	attacked "full no-landlock" "${options[@]}" -- "$probe" create "$XDG_CACHE_HOME/sbox/new" \
		"$XDG_CACHE_HOME/sbox/filters/new"
	try sbox -q "${options[@]}" -- sh -c 'rm -rf "$0/sbox"; mv "$0" "$0-old"; mv "$0/sbox" "$0/old"' \
		"$XDG_CACHE_HOME"
	equal "$(tree "$XDG_CACHE_HOME")" "$before"
	# a directory that others may write to, or a link, is not trusted
	chmod 0777 "$XDG_CACHE_HOME/sbox/filters"
	for file in "$XDG_CACHE_HOME"/sbox/filters/*; do
		chmod 0666 "$file"
		head -c 16 /dev/zero >"$file"
	done
	try sbox -q --read="$top/bin" --set 'seccomp.deny=["getitimer"]' -- "$probe" key-calls
	[ "$status" -ne 0 ] || fail "a poisoned filter was used" "$out"
}

@test "E-75 the profile that is in use and sbox's own directories cannot be changed" {
	attack='echo bad >>"$0/mine.toml"; echo bad >"$0/default.toml"; echo bad >"$0/new.toml"
		rm -rf "$0"; mv "$0" "$0.old"; mv "${0%/*}" "${0%/*}.old"; mv "${0%/*/*}" "${0%/*/*}.old"'
	begins='mkdir -p "$0/sbox/profiles" && echo bad >"$0/sbox/profiles/default.toml"'
	cp -R "$XDG_CONFIG_HOME" "$top/copy" # the controls: both work on a directory like any other
	try sbox -q --write="$top" -- sh -c "$attack" "$top/copy/sbox/profiles"
	[ ! -e "$top/copy/sbox/profiles/default.toml" ]
	gives 0 sbox -q --write="$top" -- sh -c "$begins" "$top/copy2"
	[ -e "$top/copy2/sbox/profiles/default.toml" ]
	cp "$config/build.toml" "$config/mine.toml"
	rm -rf "$top/config2"
	for mode in $modes; do
		layers "$mode"
		before=$(tree "$XDG_CONFIG_HOME")
		try sbox -q -p mine --write="$top" "${layers[@]}" -- sh -c "$attack" "$config"
		equal "$(tree "$XDG_CONFIG_HOME")" "$before"
		# where there is none yet, the command cannot make one
		export XDG_CONFIG_HOME=$top/config2
		try sbox -q -p "$top/config/sbox/profiles/default.toml" --write="$top" "${layers[@]}" -- \
			sh -c "$begins" "$top/config2"
		[ ! -e "$top/config2/sbox/profiles/default.toml" ]
		rm -rf "$top/config2"
		export XDG_CONFIG_HOME=$top/config
	done
}

@test "E-76 what would be run later outside cannot be renamed away" {
	make_project
	control rename .git "$PWD/.git-old"
	cd "$top/here"
	make_project
	before=$(tree .)
	for mode in $modes; do
		build "$mode" "$probe" rename .git/hooks .git/hooks-old
		equal "$status" 1
		build "$mode" "$probe" rename .git .git-old
		equal "$status" 1
		contains "$out" "rename: EBUSY"
		for path in .vscode .claude .idea .git/config .envrc .git/info .hg; do
			build "$mode" "$probe" rename "$path" "$path-old"
			equal "$status" 1
		done
		build "$mode" sh -c '
			mv .git .git-old; mkdir -p .git/hooks; echo bad >.git/hooks/pre-commit
			rm -rf .git; rmdir .git/hooks; mv ../project ../project-old; mv "$PWD" "$PWD-old"
			rm -rf .vscode; mkdir .vscode; echo bad >.vscode/tasks.json'
		equal "$(tree .)" "$before"
	done
}

@test "E-78 protected paths that do not exist are not made by a run" {
	mkdir project
	echo text >project/file
	cd project
	before=$(tree .)
	for mode in $modes; do
		build "$mode" true
		equal "$status" 0
		equal "$(tree .)" "$before"
	done
	# nor when the run fails, or is told to protect something else
	layers full
	try sbox -q -p build --protect="?$PWD/none/such" -- false
	equal "$(tree .)" "$before"
	try sbox -q -p build --tmpfs="$PWD/not-there" -- true
	equal "$(tree .)" "$before"
	try sbox -q -p build --read="/etc/passwd:$PWD/not-there" -- true
	equal "$(tree .)" "$before"
	# but a command that makes one is told of
	gives 123 sbox -p build -- sh -c 'mkdir -p .git/hooks && echo bad >.git/hooks/pre-commit'
	contains "$err" .git/hooks
}

@test "E-79 the program that runs the sandbox cannot be overwritten" {
	mkdir own
	cp "$(command -v sbox)" own/sbox # of the caller, so that only the sandbox stands before it
	before=$(cksum <own/sbox)
	cp "$(command -v sleep)" own/sleep
	begin sh -c 'echo ready; exec "$0" 100' "$PWD/own/sleep"
	try "$probe" write-exe "$job"
	contains "$out" "exe: worked"
	control write "$PWD/own/sbox"
	PATH=$PWD/own:$PATH
	for mode in $modes nested; do
		attacked "$mode" -- "$probe" write-exe 1
		attacked "$mode" --write="$PWD" -- "$probe" write-exe 1
	done
	# a descriptor that outlives the run is one that it never had
	attacked full -- "$probe" read /proc/1/exe
	equal "$(cksum <own/sbox)" "$before"
}

@test "E-80 a file that the caller may not read because of a group stays so" {
	need_subids
	mkdir acl
	echo secret >acl/file
	chmod 755 . acl
	"$probe" give-away "$subuid" "$subgid" "$PWD/acl/file" "$subuid" "$subgid" 0604
	gives 0 "$probe" read acl/file # as one who is not in the group
	gives 1 "$probe" in-group "$subuid" "$subgid" "$probe" read acl/file
	contains "$out" "EACCES"
	for mode in $modes nested; do
		layers "$mode"
		gives 1 "$probe" in-group "$subuid" "$subgid" sbox -q --read="$top/bin" \
			--read="$PWD/acl" "${layers[@]}" -- "$probe" read "$PWD/acl/file"
		contains "$out" "EACCES"
		gives 1 "$probe" in-group "$subuid" "$subgid" sbox -q --read="$top/bin" --user=caller \
			--write="$PWD/acl" "${layers[@]}" -- \
			sh -c '"$0" drop-groups >&2; exec "$0" read "$1"' "$probe" "$PWD/acl/file"
	done
	rm -f acl/file
}

@test "E-81 groups cannot be dropped or taken" {
	need_subids
	control drop-groups-mapped "$subuid" "$subgid"
	for mode in $modes nested; do
		for user in root caller; do
			for map in single subids; do
				layers "$mode"
				if [ "$user $map" = "root single" ] && sbox -q --read="$top/bin" --user=root \
					--map=single "${layers[@]}" -- "$probe" drop-groups >"$top/done"; then
					# root in name is told that it was done, which changes nothing
					gives 0 sbox -q --user=root --map=single "${layers[@]}" -- python3 -c '
import os
groups = lambda: [line for line in open("/proc/self/status") if line.startswith("Groups")]
before = groups()
os.setgroups([])
os.setgroups([1, 2])
print(before == groups())'
					equal "$out" True
					equal "$(grep -o "set[a-z]*: worked" "$top/done")" "setgroups: worked"
				else
					attacked "$mode" --user=$user --map=$map -- "$probe" drop-groups
				fi
				attacked "$mode" --user=$user --map=$map -- "$probe" drop-groups-nested
				gives 0 sbox -q --user=$user --map=$map "${layers[@]}" -- cat /proc/self/setgroups
				equal "$out" deny
			done
		done
	done
}

@test "E-82 ids, capabilities and filters are exactly what they should be" {
	gives 0 "$probe" show-ids
	lacks "$out" "$(printf 'CapBnd:\t0000000000000000')"
	contains "$out" "$(printf 'NoNewPrivs:\t0')"
	for mode in $modes nested; do
		case $mode in
		full | no-landlock) filter=2 ;;
		*) filter=0 ;;
		esac
		layers "$mode"
		for user in root caller; do
			case $user in
			root) uid=0 gid=0 ;;
			caller) uid=$me gid=$(id -g) ;;
			esac
			caps=0000000000000000
			# CAP_SETFCAP over its own namespace, to be root in one inside that
			[ "$mode $user" != "nested root" ] || caps=0000000080000000
			gives 0 sbox -q --read="$top/bin" --user=$user --map=single "${layers[@]}" -- \
				"$probe" show-ids
			equal "$(tr -s ' \t' ' ' <<<"$out" | grep -v Seccomp_filters)" "Uid: $uid $uid $uid $uid
Gid: $gid $gid $gid $gid
CapInh: $caps
CapPrm: $caps
CapEff: $caps
CapBnd: $caps
CapAmb: $caps
NoNewPrivs: 1
Seccomp: $filter
uid_map: $uid 0 1
gid_map: $gid 0 1
setgroups:deny
securebits:$(sed -n 's/^securebits://p' <<<"$out")"
		done
	done
	gives 0 sbox -q --read="$top/bin" -- "$probe" show-ids
	contains "$out" "$(printf 'Seccomp_filters:\t2')"
}

@test "E-77 a worktree's own file is protected, and other repositories are as well if they are named" {
	make_project
	rm -rf .git
	mkdir "$top/here/real"
	echo "gitdir: $top/here/real" >.git
	before=$(cat .git)
	attack='echo "gitdir: /tmp/evil" >.git; mv .git x; rm -f .git; mkdir -p sub/.git/hooks'
	sh -c "$attack" # the control
	[ ! -e .git ]
	rm x
	echo "$before" >.git
	for mode in $modes; do
		build "$mode" sh -c "$attack"
		# the command can make this file another one only if it is told of
		if [ "$(cat .git 2>/dev/null)" != "$before" ]; then
			fail "mode $mode: .git of a worktree was replaced" "$err"
		fi
	done
	# a repository inside the project is protected when it is named
	mkdir -p sub/.git/hooks
	attack='echo bad >sub/.git/hooks/x; mv sub sub-old; mv sub/.git sub/old'
	try sbox -q -p build --protect="$PWD/sub/.git/hooks" -- sh -c "$attack"
	[ -d sub/.git/hooks ]
	[ ! -e sub/.git/hooks/x ]
	try sbox -q -p build --guard=off -- sh -c "$attack" # the control
	[ -e sub-old/.git/hooks/x ]
}

@test "E-118 nothing of sbox's own is to be found inside" {
	# below /usr are the host's files, too many to look at, and none to be written
	look='name=s name=${name}box # this text is to be found as well
		find "$0" "(" -name proc -o -path /usr ")" -prune -o -writable -iname "*$name*" -print 2>/dev/null
		ls /proc/1/fd; grep -l "$name" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null'
	begin_listeners "$PWD/sbox.sock" # the controls: there is something to find outside
	gives 0 find "$PWD" -xdev -type s
	equal "$out" "$PWD/sbox.sock"
	try sh -c "$look" "$PWD"
	matches "$out" "/sbox.sock$"
	matches "$out" "^/proc/$job/cmdline$"
	for mode in $modes; do
		layers "$mode"
		gives 0 sbox -q "${layers[@]}" -- find / -xdev -type s
		equal "$out" ""
		try sbox -q "${layers[@]}" -- sh -c "$look" /
		equal "$out" "/proc/1/cmdline"
	done
}

# of_init FIELD: what /proc/PID/status says of process 1 of the sandbox of $job
of_init() {
	local init
	init=$(cat "/proc/$job/task/$job/children")
	sed -n "s/^$1:\t//p" "/proc/${init% }/status"
}

@test "E-218 process 1 has no right but, among several users, that to signal them" {
	need_subids
	begin sbox -q -- sh -c 'echo ready; exec sleep 1000'
	for field in CapInh CapPrm CapEff CapAmb; do
		equal "$field $(of_init $field)" "$field 0000000000000000"
	done
	end_job "$job"
	begin sbox -q -p container --chdir=/ -- sh -c 'echo ready; exec sleep 1000'
	for field in CapPrm CapEff; do
		equal "$field $(of_init $field)" "$field 0000000000000020" # CAP_KILL
	done
	for field in CapInh CapAmb; do
		equal "$field $(of_init $field)" "$field 0000000000000000"
	done
	equal "$(of_init NoNewPrivs)" 1
	end_job "$job"
	# the right to signal is its own: another user inside does not reach it
	gives 0 sbox -q --map=subids --set='caps.keep = ["CAP_SETUID", "CAP_SETGID"]' -- \
		setpriv --reuid 1000 --regid 1000 --keep-groups sh -c 'kill -0 1 2>/dev/null || echo refused'
	equal "$out" refused
}
