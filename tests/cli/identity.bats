#!/usr/bin/env bats
# identity.bats - who the command is, inside and for the host

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

whois='echo "$(id -u):$(id -g) $(id -un):$(id -gn)"; whoami'

@test "under the default profile the command is root by name" {
	works sbox -- sh -c "$whois; grep -c . /etc/passwd; echo ~"
	equal "$out" "$(printf '0:0 root:root\nroot\n2\n/root')"
}

@test "with user = caller the command has the caller's numbers and name" {
	works sbox --user=caller -- sh -c "$whois"
	equal "$out" "$(printf '%s\n' "$me:$my_group $(id -un):$(id -gn)" "$(id -un)")"
	works sbox -p build -- sh -c "$whois; echo \$HOME; getent passwd $me"
	contains "$out" "$me:$my_group $(id -un):$(id -gn)"
	matches "$out" "^$(id -un):x:$me:$my_group:.*:/home/build:/bin/sh$"
}

@test "with numbers the command has these, and a name for them" {
	for user in 1234:5678 1:1 65534:65534 4294967294:4294967294; do
		works sbox --user="$user" -- sh -c 'echo "$(id -u):$(id -g)"; id -un >/dev/null && id -gn >/dev/null'
		equal "$out" "$user"
	done
	refused sbox --user=1234 -- true
	refused sbox --user=nobody -- true
}

@test "whoever the command is inside, its files are the caller's outside" {
	for user in root caller 1234:5678; do
		works sbox --write="$PWD" --user="$user" --chdir="$PWD" -- sh -c 'touch made && stat -c %u:%g made && id -u && id -g'
		equal "$(sed -n 1p <<<"$out")" "$(sed -n 2,3p <<<"$out" | paste -sd:)"
		equal "$(stat -c %u:%g made)" "$me:$my_group"
		rm made
	done
}

@test "files of root and of others appear as nobody's" {
	works sbox -- stat -c %U:%G /usr
	equal "$out" nobody:nogroup
	works sbox --user=caller -- stat -c %u /usr
	equal "$out" 65534
}

@test "map = single maps the one id, map = subids the range, and auto only what can be used" {
	works sbox --map=single -- sh -c 'wc -l </proc/self/uid_map'
	equal "$out" 1
	works sbox -- sh -c 'wc -l </proc/self/uid_map'
	equal "$out" 1
	need_subids
	works sbox --map=subids -- sh -c 'awk "{ n += \$3 } END { print n }" /proc/self/uid_map /proc/self/gid_map'
	[ "$out" -gt 1000 ] || fail "$out ids"
	works sbox -p container -- cat /proc/self/uid_map
	matches "$out" "^ *0 +$me +1$"
	matches "$out" "^ *1 +[0-9]+ +[0-9]+$"
	works sbox -p container --map=single -- sh -c 'wc -l </proc/self/uid_map'
	equal "$out" 1
}

@test "with subordinate ids every user keeps a number of its own" {
	need_subids
	for user in root caller 1234:5678; do
		works sbox --map=subids --user="$user" --set='caps.keep=["chown"]' --write="$PWD" --chdir="$PWD" -- \
			sh -c 'touch made other && chown 7:8 other && stat -c %u:%g made other; rm -f made other; id -u'
		id=$(tail -n 1 <<<"$out")
		equal "$(sed -n 's/:.*//; 1p' <<<"$out")" "$id"
		equal "$(sed -n 2p <<<"$out")" 7:8
	done
}

@test "in a container with subordinate ids chown gives files away and takes them back" {
	need_subids
	works sbox -p container --write="$PWD" --chdir="$PWD" -- sh -c '
		touch made && chown 33:44 made && stat -c %u:%g made && mkdir dir && chown -R 5 dir'
	equal "$out" 33:44
	first=$(awk -F: -v name="$(id -un)" -v id="$me" '$1 == name || $1 == id { print $2; exit }' /etc/subuid)
	equal "$(stat -c %u made)" $((first + 32))
	# only a container can remove what is not the caller's any more
	works sbox -p container --write="$PWD" --chdir="$PWD" -- sh -c 'chown 0:0 made dir && stat -c %u made'
	equal "$(stat -c %u:%g made)" "$me:$my_group"
}

@test "in a container with a single id chown to others fails" {
	refused sbox -p container --map=single --write="$PWD" --chdir="$PWD" -- sh -c 'touch made && chown 33 made'
	equal "$(stat -c %u:%g made)" "$me:$my_group"
}

@test "a container's command becomes another user with setpriv" {
	need_subids
	need setpriv
	works sbox -p container -- setpriv --reuid=33 --regid=33 --keep-groups id -u
	equal "$out" 33
}

@test "the command cannot become another user without subordinate ids" {
	need python3
	refused sbox -- python3 -c 'import os; os.setuid(5)'
	refused sbox --user=caller -- python3 -c 'import os; os.setuid(0)'
}

@test "the command has no supplementary groups that it could use, and cannot set any" {
	need python3
	refused sbox -p container -- python3 -c 'import os; os.setgroups([5])'
	works sbox -- cat /proc/self/setgroups
	equal "$out" deny
}

@test "a container's user can only be root" {
	for user in caller 1000:1000; do
		gives 125 sbox -p container --user="$user" -- true
		contains "$err" "identity.user cannot be"
	done
}

@test "the files about users belong to the sandbox, and the host's are not shown" {
	works sbox -- cat /etc/passwd /etc/group /etc/hosts /etc/nsswitch.conf
	lacks "$out" "$(id -un):"
	works sbox --hostname=abc -- cat /etc/hosts
	contains "$out" "127.0.1.1 abc"
	works sbox --user=caller -- sh -c 'wc -l </etc/passwd'
	equal "$out" 3
}

@test "a profile can bring its own passwd file" {
	echo 'own:x:0:0::/:/bin/sh' >passwd
	works sbox --read="$PWD/passwd:/etc/passwd" -- id -un
	equal "$out" own
}

@test "the host name is sbox unless something else is said" {
	works sbox -- uname -n
	equal "$out" sbox
	works sbox --hostname=a-b.example -- cat /proc/sys/kernel/hostname
	equal "$out" a-b.example
	gives 125 sbox --hostname=-x -- true
	gives 125 sbox --hostname="$(head -c 65 /dev/zero | tr '\0' a)" -- true
	works sbox --hostname="$(head -c 64 /dev/zero | tr '\0' a)" -- uname -n
	equal "${#out}" 64
}
