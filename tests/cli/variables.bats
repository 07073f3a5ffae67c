#!/usr/bin/env bats
# variables.bats - what a variable of a profile brings in is data, whatever it is called

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# Each would mean something if the profile itself said it.
odd_names=('x:/data' 'x:' ':' '?x' '?' 'a\b' 'a\:b' 'b\' '*' '[a]' '$HOME' '~' '-v' 'a b' $'a\nb'
	'a:b:c' '"' "'" '#' '${CWD}')

@test "the current directory is a path as it is, whatever it is called" {
	for name in "${odd_names[@]}"; do
		mkdir -p -- "$top/sub/$name"
		cd "$top/sub/$name"
		echo here >mark
		works sbox -q -p build -- sh -c 'cat mark && echo new >made && pwd'
		equal "$out" "here
$PWD"
		equal "$(cat made)" new
		works sbox -q -p offline-shell -- cat "$PWD/mark"
		equal "$out" here
		rm -r -- "$top/sub"
	done
}

@test "a colon in its name shows no other directory" {
	mkdir -p x/ x:/data
	echo secret >x/s
	cd x:/data
	refused sbox -q -p offline-shell -- cat /data/s
	equal "$out" ""
	profile alone <<-'END'
		version = 1
		extends = ["base"]
		[fs]
		write = ["${CWD}"]
	END
	refused sbox -q -p alone -- sh -c 'echo changed >/data/s'
	equal "$(cat ../../x/s)" secret
	# that of a directory with secrets, as an unpacked archive could bring it
	mkdir -p "$HOME/.ssh" "$HOME/.ssh:/k"
	echo key >"$HOME/.ssh/id"
	cd "$HOME/.ssh:/k"
	for shipped in build ci offline-shell; do
		works sbox -q -p $shipped -- sh -c 'ls -A /k 2>/dev/null; true'
		equal "$out" ""
	done
}

# In each key that takes a path.
@test "a path of a variable is one in every key" {
	for name in 'x:/data' '?x' 'a\:b' '*' $'a b\nc'; do
		export HOME="$top/homes/$name"
		mkdir -p "$HOME/read" "$HOME/write/.keep" "$HOME/deny" "$HOME/low" "$HOME/root"
		for dir in read write deny low; do
			echo $dir >"$HOME/$dir/f"
		done
		profile odd <<-'END'
			version = 1
			extends = ["base"]
			[vars]
			KEEP = "${HOME}/write/.keep"
			[fs]
			read = ["${HOME}/read", "${HOME}/deny", "?${HOME}/missing", "${HOME}/read/f:/named${HOME}/f"]
			write = ["${HOME}/write"]
			deny = ["${HOME}/deny/f"]
			protect = ["${KEEP}"]
			tmpfs = ["${HOME}/tmp"]
			[[fs.mount]]
			type = "bind"
			source = "${HOME}/read"
			target = "/bind${HOME}"
			[[fs.mount]]
			type = "overlay"
			lower = ["${HOME}/low"]
			target = "/over${HOME}"
			readonly = true
			[[fs.mount]]
			type = "symlink"
			source = "${HOME}/read"
			target = "/to${HOME}"
			[env]
			set = { H = "${HOME}", D = "${NONE:-/a:/b}" }
			[process]
			cwd = "${HOME}/write"
		END
		works sbox -q -p odd -- sh -c '
			cat "$H/read/f" f "/bind$H/f" "/over$H/f" "/to$H/f" "/named$H/f"
			cat "$H/deny/f" 2>/dev/null && echo SEEN
			echo x >.keep/x 2>/dev/null && echo WRITTEN
			echo x >"$H/tmp/x" && echo "$D" && pwd'
		equal "$out" "read
write
read
low
read
read
/a:/b
$HOME/write"
		[ ! -e "$HOME/tmp" ]
		[ ! -e "$HOME/write/.keep/x" ]
		rm -r "$top/homes"
	done
	export HOME="$top/root:/r"
	mkdir -p "$HOME"
	profile root <<-'END'
		version = 1
		[fs]
		root = "${HOME}"
		proc = "none"
		dev = "none"
	END
	gives 127 sbox --dry-run=json -p root -- true
	contains "$out" "$HOME"
}

@test "a star that a variable brings in is a star" {
	profile stars <<-'END'
		version = 1
		extends = ["base"]
		[vars]
		ANY = "*"
		PRE = "MY"
		[env]
		pass = ["A${ANY}", "${PRE}_*", "LIT\\*"]
	END
	works env AX=no 'A*=yes' MY_X=yes MYX=no LITX=no 'LIT*=yes' sbox -q -p stars -- env
	contains "$out" 'A*=yes'
	contains "$out" MY_X=yes
	contains "$out" 'LIT*=yes'
	lacks "$out" =no
	lacks "$out" HOME=
	works sboxctl profile show --effective stars
	printf '%s\n' "$out" >"$config/again.toml"
	works env AX=no 'A*=yes' MY_X=yes MYX=no sbox -q -p again -- env
	contains "$out" 'A*=yes'
	lacks "$out" =no
}

# mistake KEY VALUE: with VALUE in ${X}; the variable's part is named
mistake() {
	printf 'version = 1\nextends = ["base"]\n[vars]\nX = "%s"\n[%s]\n%s\n' \
		"$2" "${1%%.*}" "${1#*.}" >"$config/bad.toml"
	gives 125 sbox -p bad -- true
	contains "$err" "a variable brings in"
}

@test "where no escape is known, structure of a variable is a mistake" {
	while read -r key value; do
		mistake "$key" "$value"
	done <<-'END'
		net.allow=["${X}"] 10.0.0.1:80
		net.allow=["${X}"] 10.0.0.0/8
		net.deny=["[${X}]:1"] ::1]:2
		net.publish=["${X}"] 127.0.0.1:1:2
		net.mode="${X}" join:web
		seccomp.allow=["${X}"] @debug
		seccomp.deny=["${X}"] mbind:ENOSYS
		identity.user="${X}" 0:0
	END
	# the same where the profile says it, and values that have none
	profile good <<-'END'
		version = 1
		extends = ["base"]
		[vars]
		ADDR = "10.0.0.1"
		SIX = "fd00::1"
		PORT = "80"
		CALL = "mbind"
		WORD = "none"
		SIZE = "8M"
		[net]
		mode = "${WORD}"
		[seccomp]
		deny = ["${CALL}:ENOSYS"]
		[identity]
		user = "${UID}:${GID}"
		[limits]
		tmpfs = "${SIZE}"
	END
	works sbox -q -p good -- true
}

@test "what is said on the command line is taken as it is, and never for another path" {
	mkdir -p x x:/data
	echo secret >x/s
	echo own >x:/data/s
	cd x:/data
	# as a script would say it: the shell has put the colon in
	for option in --read="$PWD" --write="$PWD" --read="?$PWD" --set=fs.read="[\"$PWD\"]"; do
		gives 125 sbox "$option" -- cat /data/s
		contains "$err" 'SRC:DST'
		contains "$err" '\:'
	done
	works sbox -q --read=. -- sh -c 'cat "$1"/s' - "$PWD"
	equal "$out" own
	works sbox -q --read="${PWD//:/\\:}" -- cat "$PWD/s"
	equal "$out" own
	cd ../..
	gives 125 sbox --deny=x:/data -- true
	contains "$err" '\:'
	cd x:/data
	gives 125 sbox --read="$PWD:/dst" -- cat /data:/dst/s
	contains "$err" 'SRC:DST'
	works sbox -q --read=../../x:/other -- cat /other/s
	equal "$out" secret
	gives 125 sbox '--read=${CWD}' -- true
	contains "$err" "the shell did not expand this"
	gives 125 sbox '--set=fs.read=["${CWD}"]' -- true
}

@test "an odd name comes back out of the effective profile" {
	mkdir -p 'x:/da?t\a*'
	cd 'x:/da?t\a*'
	echo own >s
	sboxctl profile show --effective build >"$config/again.toml"
	for name in build again; do
		works sbox -q -p $name -- cat "$PWD/s"
		equal "$out" own
		works sbox --dry-run=json -p $name -- true
		printf '%s\n' "$out" | python3 -c '
import json, sys
for step in json.load(sys.stdin)["mounts"]:
    if (step.get("source") or "").startswith(sys.argv[1]):
        print(step["source"], step["target"])' "$PWD" >"$top/$name"
	done
	[ -s "$top/build" ]
	cmp "$top/build" "$top/again"
}

@test "what advises to show a program with a colon in its path can be followed" {
	mkdir -p "$top/tools:/bin"
	printf '#!/bin/sh\necho ran\n' >"$top/tools:/bin/tool"
	chmod 755 "$top/tools:/bin/tool"
	gives 127 sbox -- "$top/tools:/bin/tool"
	contains "$err" "--read=${top//:/\\:}/tools\\:/bin/tool "
	works sbox -q --read="${top//:/\\:}/tools\\:/bin/tool" -- "$top/tools:/bin/tool"
	equal "$out" ran
}
