#!/usr/bin/env bats
# profiles.bats - where profiles come from, how they merge, and that a mistake in one is told
# with its place while nothing is started

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# mistake REGEX...: the profile called "bad" must be refused, with lines that match, and the
# command must not have run. The command would leave a file, also where the profile shows
# nothing of the host.
mistake() {
	local regex
	gives 125 sbox "${options[@]}" -p bad --write="$top/here" -- touch "$top/here/started"
	[ ! -e started ] || fail "the command was started"
	equal "$out" ""
	for regex; do
		matches "$err" "$regex"
	done
}

setup() {
	common_setup
	options=()
	bad=$config/bad.toml
	# the way that mistake looks for a start does see one
	works sbox --write="$top/here" -- touch "$top/here/started"
	rm started
}

@test "without -p the profile default is used" {
	works sbox --dry-run=full -- true
	contains "$out" "$config/default.toml"
	works sbox -- sh -c 'echo $HOME'
	equal "$out" /root
	rm "$config/default.toml"
	try sbox --dry-run=full -- true
	lacks "$out" "$config/default.toml"
}

@test "a bare name is looked up in the configuration directory, never in the working directory" {
	profile mine <<<'identity.hostname = "from-config"
extends = ["default"]'
	echo 'identity.hostname = "from-here"' >mine.toml
	works sbox -p mine -- uname -n
	equal "$out" from-config
	rm "$config/mine.toml"
	gives 125 sbox -p mine -- uname -n
	contains "$err" 'no profile "mine"'
	contains "$err" "$config"
	contains "$err" /etc/sbox/profiles
}

@test "XDG_CONFIG_HOME or, without it, ~/.config is where profiles are" {
	mkdir -p "$HOME/.config/sbox"
	cp -r "$config" "$HOME/.config/sbox/profiles"
	sed -i 's/^\[identity\]/[identity]\nhostname = "at-home"/' "$HOME/.config/sbox/profiles/default.toml"
	works env -u XDG_CONFIG_HOME sbox -- uname -n
	equal "$out" at-home
	works env XDG_CONFIG_HOME= sbox -- uname -n
	equal "$out" at-home
	works env XDG_CONFIG_HOME=relative sbox -- uname -n
	equal "$out" at-home
	works sbox -- uname -n
	equal "$out" sbox
}

@test "a name with a slash is a path, relative to the working directory" {
	mkdir sub
	echo 'extends = ["default"]
identity.hostname = "by-path"' >sub/mine.toml
	works sbox -p sub/mine.toml -- uname -n
	equal "$out" by-path
	works sbox -p "$PWD/sub/mine.toml" -- uname -n
	equal "$out" by-path
	cd sub
	works sbox -p ./mine.toml -- uname -n
	equal "$out" by-path
	gives 125 sbox -p ./missing.toml -- touch "$top/here/started"
	matches "$err" '^command line:2: cannot read profile "./missing.toml": No such file'
	[ ! -e "$top/here/started" ]
}

@test "an unknown profile is told with the nearest name" {
	gives 125 sbox -p biuld -- true
	contains "$err" 'no profile "biuld": did you mean "build"?'
	for name in '' . .. .hidden 'a b' $'a\nb'; do
		gives 125 sbox -p "$name" -- true
		contains "$err" "is no name of a profile"
	done
}

@test "-p may be given many times, and the later profile wins" {
	profile one <<<'identity.hostname = "one"'
	profile two <<<'identity.hostname = "two"'
	works sbox -p default -p one -p two -- uname -n
	equal "$out" two
	works sbox -p default -p two -p one -- uname -n
	equal "$out" one
}

@test "extends puts parents first and the child after them" {
	profile grandparent <<-'END'
		extends = ["default"]
		[identity]
		hostname = "grandparent"
		[env.set]
		A = "grandparent"
		B = "grandparent"
		C = "grandparent"
	END
	profile parent <<-'END'
		extends = ["grandparent"]
		[identity]
		hostname = "parent"
		[env.set]
		B = "parent"
		C = "parent"
	END
	profile child <<-'END'
		extends = ["parent", "grandparent"]
		[env.set]
		C = "child"
	END
	works sbox -p child -- sh -c 'uname -n; echo $A $B $C $HOME'
	equal "$out" "$(printf 'parent\ngrandparent parent child /root')"
}

@test "extends takes paths, relative to the profile that says so" {
	mkdir sub
	echo 'extends = ["./base.toml"]' >sub/mine.toml
	echo 'extends = ["default"]
identity.hostname = "beside"' >sub/base.toml
	works sbox -p sub/mine.toml -- uname -n
	equal "$out" beside
}

@test "lists grow, without doubles, and reset clears what was inherited" {
	profile parent <<-'END'
		extends = ["default"]
		[env]
		pass = ["FIRST"]
	END
	profile child <<-'END'
		extends = ["parent"]
		[env]
		pass = ["SECOND", "FIRST"]
	END
	profile cleared <<-'END'
		extends = ["child"]
		reset = ["env.pass"]
		[env]
		pass = ["THIRD"]
	END
	export FIRST=1 SECOND=2 THIRD=3
	works sbox -p child -- sh -c 'echo $FIRST$SECOND$THIRD'
	equal "$out" 12
	works sbox -p cleared -- sh -c 'echo $FIRST$SECOND$THIRD'
	equal "$out" 3
	works sbox -p child --set='reset=["env"]' --setenv=PATH=/usr/bin:/bin -- env
	equal "$(grep -v NAME= <<<"$out")" "$(printf '%s\n' PATH=/usr/bin:/bin USER=root)"
}

@test "the command line wins over every profile" {
	profile mine <<<'extends = ["default"]
identity.hostname = "profile"'
	works sbox --hostname=option -p mine -- uname -n
	equal "$out" option
	works sbox -p mine --set='identity.hostname="set"' -- uname -n
	equal "$out" set
}

@test "variables are expanded: built-in, own, nested, with defaults" {
	mkdir -p "$HOME/shown"
	echo shown >"$HOME/shown/file"
	profile vars <<-'END'
		extends = ["default"]
		[vars]
		mine = "${HOME}/shown"
		other = "${mine}/file"
		[fs]
		read = ["${other}:/file", "${NONE:-${mine}}:/dir", "${CWD}:/cwd", "${PROFILE_DIR}:/profiles"]
		[env.set]
		TEXT = "${UID}:${GID} $${HOME} ${NONE:-default} ${mine}"
	END
	touch here
	works sbox -p vars -- sh -c 'cat /file /dir/file; ls /cwd; ls /profiles/vars.toml; echo "$TEXT"'
	equal "$out" "$(printf '%s\n' shown shown here /profiles/vars.toml "$me:$my_group \${HOME} default $HOME/shown")"
}

@test "values of the command line are taken as they are" {
	works sbox --setenv='A=${HOME} $$' -- sh -c 'echo "$A"'
	equal "$out" '${HOME} $$'
}

@test "an unset or empty variable is an error with its place" {
	cat >"$bad" <<-'END'
		extends = ["default"]
		[fs]
		read = ["/usr", "${XDG_RUNTIME_DIR}/x"]
		write = ["${NOTHING}"]
	END
	mistake "^$bad:3:17: variable \"XDG_RUNTIME_DIR\" is empty or unset here" \
		'^ +3 \| read = \["/usr", "\$\{XDG_RUNTIME_DIR\}/x"\]$' '^ +\| {17}\^$' \
		"^$bad:4:10: variable \"NOTHING\" is not set: define it"
	export XDG_RUNTIME_DIR=
	mistake "variable \"XDG_RUNTIME_DIR\" is empty"
}

@test "HOME unset is an error only where it is needed" {
	cat >"$bad" <<<'extends = ["default"]
fs.read = ["?${HOME}/x"]'
	options=()
	try env -u HOME sbox -p bad --write="$top/here" -- touch "$top/here/started"
	equal "$status" 125
	contains "$err" 'variable "HOME" is empty or unset'
	gives 125 env HOME=here sbox -p bad -- true
	contains "$err" 'variable "HOME" has no value: HOME is "here", no absolute path'
	works env -u HOME sbox -- true
}

@test "an unknown key is an error with its place and the nearest name" {
	cat >"$bad" <<-'END'
		extends = ["default"]
		[fs]
		raed = ["/usr"]
	END
	mistake "^$bad:3:1: unknown key \"fs.raed\": did you mean \"fs.read\"\?" \
		'^ +3 \| raed = \["/usr"\]$' '^ +\| \^$'
	echo 'nonsense = 1' >"$bad"
	mistake "^$bad:1:1: unknown key \"nonsense\"$"
	printf '[filesystem]\nread = []\n' >"$bad"
	mistake "^$bad:[12]:[0-9]+: unknown key \"filesystem"
	printf '[[fs.mount]]\ntype = "tmpfs"\ntarget = "/x"\nsizes = 1\n' >"$bad"
	mistake "^$bad:4:1: unknown key \"sizes\" in \[\[fs.mount\]\]: did you mean \"size\"\?"
}

@test "a value of the wrong type is an error with its place" {
	while IFS='|' read -r line message; do
		printf 'extends = ["default"]\n%s\n' "$line" >"$bad"
		mistake "^$bad:2:[0-9]+: .*$message"
	done <<-'END'
		fs.read = "/usr"|takes an array of strings, not
		fs.read = ["/usr", 3]|takes strings, not
		identity.hostname = 3|takes a string, not
		identity.hostname = true|takes a string, not
		process.die_with_parent = "true"|takes true or false, not
		process.die_with_parent = 1|takes true or false, not
		limits.inodes = 1.5|takes a whole number, not
		limits.inodes = -1|cannot be negative
		limits.inodes = 2024-01-01|takes a whole number, not
		limits.tmpfs = "much"|is no size
		limits.tmpfs = [1]|takes a size such as
		env.set = ["A=1"]|takes a table of strings
		env.set.A = 1|takes a string, not
		fs = 3|is a table
		fs.mount = {}|takes an array of tables
		extends = "default"|"extends"
	END
}

@test "a value of the right type and the wrong form is an error with its place" {
	while IFS='|' read -r line message; do
		printf 'extends = ["default"]\n%s\n' "$line" >"$bad"
		mistake "^$bad:2:[0-9]+: .*$message"
	done <<-'END'
		fs.read = ["usr"]|paths are absolute
		fs.read = ["/usr/../etc"]|without "\.\."
		fs.read = [""]|is no path
		fs.read = ["/usr:relative"]|is no path
		identity.hostname = "a b"|is no host name
		identity.hostname = ""|is no host name
		identity.user = "someone"|is no user
		identity.user = "1:2:3"|is no user
		identity.user = "-1:0"|is no user
		identity.user = "4294967295:0"|is no user
		identity.map = "range"|must be one of: auto, subids, single
		net.mode = "bridge"|must be one of: none, host
		seccomp.base = "open"|must be one of: default, strict, none
		seccomp.allow = ["opne"]|unknown system call "opne": did you mean "open"
		seccomp.allow = ["@debgu"]|unknown group of system calls "@debgu": did you mean "@debug"
		seccomp.deny = ["mbind:ENOSYSS"]|did you mean "ENOSYS"
		caps.keep = ["CAP_EVERYTHING"]|is no capability
		process.umask = "888"|is no octal mode
		process.keep_fds = ["x"]|is no descriptor number
		env.pass = ["A=B"]|"A=B" is no (name|pattern)
		namespaces.share = ["net"]|is no namespace that can be shared
		fs.root_mode = "rw"|without fs.root
		version = 2|version 1
		version = "1"|version 1
		reset = ["fs.raed"]|did you mean "fs.read"
		vars.HOME = "/x"|is a variable of sbox itself
		fs.read = ["/usr/x$y"]|single "\$"
		fs.read = ["${HOME"]|without a closing
		fs.read = ["${1}"]|is no variable
	END
}

@test "a syntax mistake is an error with its place" {
	while IFS='|' read -r line column; do
		printf 'extends = ["default"]\n%b\n' "$line" >"$bad"
		mistake "^$bad:2:$column: "
	done <<-'END'
		key|[0-9]+
		= 1|1
		a = "unclosed|[0-9]+
		a = [1, 2|[0-9]+
		a = 01|[0-9]+
		[fs|[0-9]+
		extends = []|1
		a = "\\\\x"|[0-9]+
		a = 1 b = 2|[0-9]+
		a = tru|[0-9]+
	END
}

@test "all mistakes are told in one go, and of many the first twenty" {
	cat >"$bad" <<-'END'
		one = 1
		[fs]
		two = 2
		read = 3
		[identity]
		hostname = "a b"
		user = "x"
	END
	mistake "^$bad:1:1: " "^$bad:3:1: " "^$bad:4:8: " "^$bad:6:12: " "^$bad:7:8: "
	equal "$(grep -c "^$bad" <<<"$err")" 5
	for n in $(seq 50); do
		echo "wrong$n = 1"
	done >"$bad"
	mistake "^$bad:20:1: " '^\.\.\. and 30 more mistakes$'
	equal "$(grep -c "^$bad" <<<"$err")" 20
}

@test "mistakes of the command line and of a profile are told with their places" {
	echo 'one = 1' >"$bad"
	gives 125 sbox -p bad --set=fs.raed='[]' --hostname='a b' -- touch "$top/here/started"
	contains "$err" "$bad:1:1: "
	matches "$err" '^command line:3: unknown key "fs.raed"'
	matches "$err" '^command line:4: "a b" is no host name'
	[ ! -e started ]
}

@test "mistakes of a parent have the parent's place" {
	echo 'nonsense = 1' >"$config/parent.toml"
	chmod 644 "$config/parent.toml"
	echo 'extends = ["parent"]' >"$bad"
	mistake "^$config/parent.toml:1:1: unknown key"
	echo 'extends = ["missing-parent"]' >"$bad"
	mistake "^$bad:1:12: no profile \"missing-parent\""
}

@test "profiles that extend each other in a circle are an error" {
	echo 'extends = ["bad"]' >"$bad"
	mistake "^$bad:1:12: profile \"bad\" extends itself"
	echo 'extends = ["other"]' >"$bad"
	profile other <<<'extends = ["third"]'
	profile third <<<'extends = ["bad"]'
	mistake "^$config/third.toml:1:12: profile \"bad\" extends itself"
	ln -s bad.toml "$config/alias.toml"
	echo 'extends = ["alias"]' >"$bad"
	mistake "extends itself"
}

@test "profiles may extend each other ten deep and no deeper" {
	for n in 0 1 2 3 4 5 6 7 8 9; do
		profile "p$n" <<<"extends = [\"p$((n + 1))\"]"
	done
	profile p10 <<<'identity.hostname = "deep"'
	works sbox -p default -p p0 -- uname -n
	equal "$out" deep
	echo 'extends = ["p0"]' >"$bad"
	mistake "^$config/p9.toml:1:12: profiles extend each other more than 10 deep"
}

@test "a profile that is not a regular file is refused and does not hang" {
	mkfifo "$bad"
	mistake 'bad.toml" is not a regular file'
	rm "$bad"
	mkdir "$bad"
	mistake 'bad.toml" is not a regular file'
	rmdir "$bad"
	ln -s /dev/zero "$bad"
	mistake 'bad.toml" is not a regular file'
	ln -sf /dev/tty "$bad"
	mistake 'bad.toml'
	gives 125 timeout 20 sbox -p /dev/stdin -- touch started <<<'extends = ["default"]'
	gives 125 timeout 20 sbox -p /proc/self/fd/0 -- touch started <<<'extends = ["default"]'
}

@test "a profile that others could write to is refused" {
	echo 'extends = ["default"]' >"$bad"
	for mode in 664 646 622 666; do
		chmod "$mode" "$bad"
		mistake 'bad.toml" can be written by others: run chmod go-w on it'
	done
	chmod 644 "$bad"
	works sbox -p bad -- true
	chmod g+w "$config/base.toml"
	mistake 'base.toml" can be written by others'
}

@test "a profile that cannot be read is an error, not a fall to the next directory" {
	echo 'extends = ["default"]' >"$bad"
	chmod 0 "$bad"
	mistake 'cannot read profile "bad".*Permission denied'
	chmod 600 "$bad"
	works sbox -p bad -- true
}

@test "a profile with NUL bytes is refused with the place" {
	printf 'extends = ["default"]\nidentity.hostname = "a\0b"\n' >"$bad"
	mistake "^$bad:2:23: "
	printf '\0' >"$bad"
	mistake "^$bad:1:1: "
	printf 'extends = ["default"]\n# a\0b\n' >"$bad"
	mistake "^$bad:2:4: "
}

@test "a line of 1 MiB is cut in the message, and a file over 1 MiB is refused" {
	{
		printf 'description = "'
		head -c 1000000 /dev/zero | tr '\0' a
		printf '" x\n'
	} >"$bad"
	mistake "^$bad:1:10000[0-9]+: "
	[ "${#err}" -lt 2000 ] || fail "the message has ${#err} characters"
	{
		printf 'extends = ["default"]\ndescription = "'
		head -c 1000000 /dev/zero | tr '\0' a
		printf '"\n'
	} >"$bad"
	works sbox -p bad -- true
	head -c 1100000 /dev/zero | tr '\0' '\n' >"$bad"
	mistake 'bad.toml" is larger than 1 MiB'
}

# What the last run wrote to standard error has no control characters but tabs and ends of
# lines.
no_controls() {
	! LC_ALL=C grep -q $'[\001-\010\013-\037\177]' "$top/err" ||
		fail "a control character in: $(cat -v "$top/err")"
}

# nor C1 control characters, in UTF-8
no_c1() {
	! LC_ALL=C grep -q $'\302[\200-\237]' "$top/err" || fail "got: $(cat -v "$top/err")"
}

@test "control characters and invalid UTF-8 in a profile are refused and printed escaped" {
	printf 'extends = ["default"]\nidentity.hostname = "\033[31mred\007"\n' >"$bad"
	mistake "^$bad:2:22: "
	no_controls
	printf '"\\u001b]0;title\\u0007" = 1\n' >"$bad"
	mistake 'unknown key "\\x1b\]0;title\\x07"'
	no_controls
	printf 'description = "\377\376"\n' >"$bad"
	mistake "^$bad:1:16: "
	! LC_ALL=C grep -q $'[\376\377]' "$top/err" || fail "bytes that are no UTF-8"
	printf 'description = "\xe2\x80\xae"\nnonsense\xc2\x9b = 1\n' >"$bad"
	mistake "^$bad:2:"
	no_c1
	printf '"non\\u009bsense" = 1\n' >"$bad"
	mistake "^$bad:1:1: "
	no_c1
}

@test "escapes of a terminal in names and values are printed escaped" {
	printf 'identity.hostname = "\\u001b[31mred"\n' >"$bad"
	mistake 'is no host name'
	no_controls
	contains "$err" '\x1b[31mred'
	gives 125 sbox -p $'x\033[31m' -- true
	no_controls
	gives 125 sbox --set=$'\033[31m=1' -- true
	no_controls
	gives 125 sbox --$'\033[31m' -- true
	no_controls
	gives 127 sbox -- $'/none\033[31m'
	no_controls
	gives 125 sbox --read=$'/none\033[31m' -- true
	no_controls
}

@test "a file with CRLF line ends and a byte order mark is read as TOML says" {
	printf 'extends = ["default"]\r\nidentity.hostname = "crlf"\r\n' >"$bad"
	works sbox -p bad -- uname -n
	equal "$out" crlf
	printf '\357\273\277nonsense = 1\n' >"$bad"
	mistake "^$bad:1:"
}

@test "an empty profile shows nothing, not everything" {
	: >"$bad"
	gives 127 sbox -p bad -- sh
	gives 127 sbox -p bad --dry-run -- sh
	lacks "$out" "bind "
}

@test "the shipped profiles are right and run a command each" {
	for file in "$srcdir"/profiles/*.toml; do
		name=$(basename "$file" .toml)
		works sbox -p "$name" -- /bin/sh -c 'echo "$0 runs"' "$name"
		equal "$out" "$name runs"
		grep -q '^description = "' "$file"
	done
}

@test "the offline-shell profile shows the working directory read-only" {
	echo text >file
	works sbox -p offline-shell -- cat file
	equal "$out" text
	refused sbox -p offline-shell -- touch new
	contains "$err" "Read-only"
}

@test "the ci profile kills what the default one refuses" {
	works sbox -p ci -- sh -c 'echo $CI $LANG; umask'
	equal "$out" "$(printf 'true C.UTF-8\n0022')"
	gives 159 sbox -p ci -- unshare -U true
	gives 1 sbox -p build -- unshare -U true
}

@test "--dry-run shows the plan with the places, and does nothing" {
	profile mine <<-'END'
		extends = ["default"]
		[fs]
		read = ["${CWD}"]
	END
	works sbox -p mine --write="$HOME" --dry-run=full -- touch "$top/here/started" "$HOME/started"
	matches "$out" "bind +$PWD .*ro.*# $config/mine.toml:3:9"
	matches "$out" "bind +$HOME .*rw.*# command line:3"
	[ ! -e started ]
	[ ! -e "$HOME/started" ]
	[ ! -e "$XDG_CACHE_HOME/sbox" ]
}

@test "--dry-run=json is JSON with every mount" {
	need python3
	works sbox --write="$PWD" --setenv=$'ODD="\\\n' --dry-run=json -- true 'an "argument"'
	cp "$top/out" plan.json
	works python3 -c '
import json, sys
plan = json.load(open(sys.argv[2]))
mounts = [m for m in plan["mounts"] if m["target"] == sys.argv[1]]
assert len(mounts) == 1 and mounts[0]["type"] == "bind", mounts
assert "rw" in mounts[0]["flags"] and mounts[0]["from"] == "command line:1", mounts
assert plan["command"] == ["true", "an \"argument\""], plan
assert "ODD=\"\\\n" in plan["environment"], plan' "$PWD" plan.json
}
