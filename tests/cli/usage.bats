#!/usr/bin/env bats
# usage.bats - the command line: options, mistakes, exit statuses

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# mistake TEXT SBOX-ARGUMENT...: must be refused with this text, and nothing runs
mistake() {
	local text=$1
	shift
	gives 125 sbox --write="$top/here" "$@"
	contains "$err" "$text"
	equal "$out" ""
	[ ! -e "$top/here/started" ] || fail "the command was started"
}

@test "--help lists every option on standard output" {
	works sbox --help
	equal "$err" ""
	equal "$(head -n 1 <<<"$out")" "Usage: sbox [OPTION...] [--] COMMAND [ARG...]"
	for option in profile set limit dry-run quiet verbose help version read write tmpfs deny \
		protect root root-mode user map hostname pass-env setenv net chdir argv0 keep-fd; do
		matches "$out" "^  .*--$option([ =[]|\$)"
	done
	works sbox -h
	contains "$out" Usage:
}

@test "--version prints the name and the version" {
	works sbox --version
	matches "$out" '^sbox [0-9]+\.[0-9]+'
	equal "$(wc -l <<<"$out")" 1
	works sbox -V
	matches "$out" '^sbox [0-9]'
}

@test "--help and --version run nothing" {
	works sbox --write="$PWD" --help -- touch "$PWD/started"
	works sbox --write="$PWD" --version touch "$PWD/started"
	[ ! -e started ]
}

@test "output that cannot be written is an error" {
	[ -w /dev/full ] || skip "no /dev/full here"
	for option in --help --version --dry-run; do
		status=0
		sbox "$option" -- true >/dev/full || status=$?
		equal "$option $status" "$option 125"
	done
}

@test "without a command there is an error that says how to call it" {
	gives 125 sbox
	contains "$err" "no command is given: sbox [OPTION...] [--] COMMAND [ARG...]"
	gives 125 sbox --
	contains "$err" "no command is given"
	gives 125 sbox -p build
	contains "$err" 'no command is given: "build" is the value of -p'
	gives 125 sbox --net true
	equal "$err" 'sbox: no command is given: "true" is the value of --net'
	gives 125 sbox --net=none --read true
	contains "$err" '"true" is the value of --read'
	gives 125 sbox --net none --quiet
	contains "$err" "no command is given: sbox [OPTION...]"
}

@test "an unknown option is told with its place and the nearest name" {
	mistake 'command line:2: unknown option "--hostnam": did you mean "--hostname"?' --hostnam=x -- touch "$top/here/started"
	mistake 'unknown option "--wrtie": did you mean "--write"?' --wrtie /x -- touch "$top/here/started"
	mistake 'unknown option "--xyzzy" (--help lists them' --xyzzy touch "$top/here/started"
	mistake 'unknown option "-z"' -z touch "$top/here/started"
	mistake 'unknown option "-x"' -qx touch "$top/here/started"
	mistake 'unknown option "-profile=build": did you mean "--profile=build"?' -profile=build touch "$top/here/started"
	mistake 'unknown option "-net": did you mean "--net"?' -net none touch "$top/here/started"
}

@test "all mistakes of the command line are told in one go, each with its argument" {
	gives 125 sbox --one -q --two=x --hostname='a b' --limit=tmpfs=x -- true
	matches "$err" '^command line:1: unknown option "--one"'
	matches "$err" '^ +1 \| --one$'
	matches "$err" '^command line:3: unknown option "--two"'
	matches "$err" '^ +3 \| --two=x$'
	lacks "$err" "command line:2"
	gives 125 sbox -q --hostname='a b' --limit=tmpfs=x -- true
	matches "$err" '^command line:2: "a b" is no host name'
	matches "$err" '^command line:3: "x" is no size'
}

@test "an option that needs a value and has none is an error" {
	for option in --hostname --profile -p --read --set --limit --setenv; do
		gives 125 sbox $option
		contains "$err" "needs a value"
	done
	mistake 'option "--quiet" takes no value' --quiet=1 touch "$top/here/started"
}

@test "an option in the place of another one's value is a mistake, of each option" {
	gives 125 sbox --report -p build -- touch made
	contains "$err" 'option "--report" needs a value, FILE, in front of "-p"'
	contains "$err" "is written --report=-p)"
	contains "$err" $'command line:2: ' # where it is to be put
	for option in $(sbox --help | sed -n 's/^  \(-[a-z],\|   \) \(--[a-z-]*\)=.*/\2/p') -p -qp; do
		for next in --verbose --read=/usr -v -x --; do
			gives 125 sbox "$option" "$next" -- touch made
			contains "$err" "option \"$option\" needs a value"
			equal "$(grep -c '^command line:' <<<"$err")" 1
		done
	done
	[ -z "$(ls)" ] || fail "$(ls)"
	# all mistakes in one go
	gives 125 sbox --report -p --name -v -- true
	equal "$(grep -c 'needs a value' <<<"$err")" 3
	gives 125 sboxctl explain --read --write=. path /
	contains "$err" 'option "--read" needs a value'
	# and the ways to mean it
	works sbox --report=-r -- true
	[ -s ./-r ]
	works sbox --setenv=-A=b --argv0=-sh -- env
	contains "$out" "-A=b"
}

@test "a value stands behind the equals sign or in the next argument" {
	works sbox --hostname=one -- uname -n
	equal "$out" one
	works sbox --hostname two -- uname -n
	equal "$out" two
	works sbox --hostname two uname -n
	equal "$out" two
	works sbox -p ci -- sh -c 'echo $CI'
	equal "$out" true
	works sbox -pci -- sh -c 'echo $CI'
	equal "$out" true
	works sbox -p=ci -- sh -c 'echo $CI'
	equal "$out" true
	works sbox -qpci -- sh -c 'echo $CI'
	equal "$out" true
	works sbox --profile ci --setenv A==b=c -- sh -c 'echo $CI$A'
	equal "$out" "true=b=c"
}

@test "options end at the command, which keeps its own" {
	works sbox echo -n --help -p x
	equal "$out" "--help -p x"
	works sbox -- echo -- --version
	equal "$out" "-- --version"
	works sbox sh -c 'echo "$#" "$@"' sh '' ' a b ' '*'
	equal "$out" "3   a b  *"
}

@test "a command that begins with a dash is run behind --" {
	mkdir bin
	printf '#!/bin/sh\necho dashing\n' >bin/-dash
	chmod +x bin/-dash
	works sbox --read="$PWD/bin" --setenv="PATH=$PWD/bin:/usr/bin:/bin" -- -dash
	equal "$out" dashing
	mistake 'unknown option "-d"' -dash
	gives 127 sbox -
	contains "$err" '-: command not found'
}

@test "settings of wrong form are told" {
	mistake '"--set=a" is not KEY=VALUE' --set=a touch "$top/here/started"
	mistake '"--set==1" is not KEY=VALUE' --set==1 touch "$top/here/started"
	mistake 'unknown key "fs.raed": did you mean "fs.read"?' --set=fs.raed=1 touch "$top/here/started"
	mistake '"--limit=tmpfs" is not NAME=VALUE' --limit=tmpfs touch "$top/here/started"
	mistake 'there is no limit called "tmpsf": did you mean "tmpfs"?' --limit=tmpsf=1M touch "$top/here/started"
	mistake 'there is no limit called "mem", there are: tmpfs, inodes, ' --limit=mem=4G touch "$top/here/started"
	mistake '"limits.memory" must be at least 1048576 bytes' --limit=memory=4 touch "$top/here/started"
	mistake 'unknown key "memory": did you mean "limits.memory"?' --set=memory=1 touch "$top/here/started"
	mistake 'did you mean "fs.deny" or "net.deny" or "seccomp.deny"?' --set=deny=1 touch "$top/here/started"
	mistake '"localhost:8080:80": what is in front of the ports is no IP address' --net=pasta --publish=localhost:8080:80 \
		touch "$top/here/started"
	mistake '"4G" (text needs quotes)' --set=limits.pids=4G touch "$top/here/started"
	mistake '/nope inside the sandbox (there is none on the host either' --chdir=/nope touch "$top/here/started"
	mistake "/sys inside the sandbox (fs.read or fs.write would" --chdir=/sys touch "$top/here/started"
	mistake '"A" is not NAME=VALUE' --setenv=A touch "$top/here/started"
	mistake 'must be one of: [full|json]' --dry-run=xml touch "$top/here/started"
	mistake 'takes true or false' --set=process.die_with_parent=1 touch "$top/here/started"
	mistake 'command line:2: ' --set='fs.read=["/usr"' touch "$top/here/started"
	mistake 'DST is absolute' --read=/usr:rel touch "$top/here/started"
	mistake '"" is no path' --read= touch "$top/here/started"
	gives 125 sbox --read= -- true
	lacks "$err" 'HOME'
	profile relative <<<'fs.read = ["usr"]'
	mistake '${HOME}, ${CWD} and ${PROFILE_DIR} help' -p relative touch "$top/here/started"
	mistake 'must be one of: none, host' --net=bridge touch "$top/here/started"
}

@test "lists of a network are read where there is none, and where it is the host's" {
	touch=(touch "$top/here/started")
	mistake 'without a network only TCP ports of the host' --publish=192.0.2.1:8080:80 "${touch[@]}"
	mistake 'without a network only TCP ports of the host' --publish=8080:80/udp "${touch[@]}"
	mistake '"garbage": in front of the ports stands an address in numbers' --publish=garbage "${touch[@]}"
	mistake '"80:x": ' --publish=80:x "${touch[@]}"
	mistake "only TCP ports of the host's loopback are reached so" --reach=192.0.2.1:80 "${touch[@]}"
	mistake 'is published, and would lead outside again' --publish=8080:80 --reach=5432:80 "${touch[@]}"
	mistake 'this port inside leads outside twice' --reach=80 --reach=81:80 "${touch[@]}"
	mistake 'net.reach has no meaning with net.mode = "host"' --net=host --reach=80 "${touch[@]}"
	mistake '"a..b": a dot stands at its beginning or behind another one' --net-allow=a..b "${touch[@]}"
	mistake '"a..b": a dot stands at its beginning or behind another one' --net=none --net-deny=a..b "${touch[@]}"
	mistake '"crates.io" opens nothing, for there is no network' --net-allow=crates.io "${touch[@]}"
	mistake '"crates.io" is a name' --net=slirp4netns --net-allow=crates.io "${touch[@]}"
	mistake '"x" is no address of a name server' --dns=x "${touch[@]}"
	mistake '"a b" is no domain' --set='net.search=["a b"]' "${touch[@]}"
	for option in --net-allow=192.0.2.1 --dns=192.0.2.1 --set='net.search=["example.org"]' \
		--set=net.scope=public; do
		mistake 'with net.mode = "host"' --net=host "$option" "${touch[@]}"
	done
	profile online <<-END
		extends = ["default"]
		net.mode = "pasta"
		net.allow = ["10.0.0.0/8:443"]
		net.deny = ["10.0.0.1"]
		net.dns = ["192.0.2.1"]
	END
	works sbox -p online --net=none -- true
	equal "$err" ""
}

@test "--set takes every kind of TOML value" {
	works sbox --set='env.set.A="b c"' --set='env.pass=["X*"]' --set='identity.hostname="h"' \
		--set='env.set={B="1"}' --set=limits.tmpfs=1048576 -- sh -c 'echo "$A$B"; uname -n'
	equal "$out" "$(printf 'b c1\nh')"
}

@test "every exit status of the command from 0 to 255 is sbox's own" {
	for n in $(seq 0 255); do
		try sbox -- sh -c "exit $n"
		[ "$status" -eq "$n" ] || fail "exit $n gave $status"
	done
}

@test "a command that is not found gives 127, one that cannot be run 126, and sbox's own failures 125" {
	gives 127 sbox -- no-such-command
	matches "$err" '^sbox: no-such-command: command not found in the sandbox \(PATH='
	gives 127 sbox -- /no/such/file
	contains "$err" "/no/such/file: no such file in the sandbox"
	gives 127 sbox -- ''
	gives 126 sbox -- /usr
	contains "$err" "/usr is a directory"
	gives 126 sbox -- /etc/passwd
	contains "$err" "is not executable"
	gives 125 sbox --chdir=/no/such/directory -- true
	contains "$err" "cannot change to directory /no/such/directory"
}

@test "the exit status of a signal is 128 and its number" {
	gives 137 sbox -- sh -c 'kill -KILL $$'
	gives 143 sbox -- sh -c 'kill -TERM $$'
	gives 134 sbox -- sh -c 'ulimit -c 0; kill -ABRT $$'
}

@test "a command that exits with 125 to 127 by itself makes sbox say nothing" {
	for n in 124 125 126 127; do
		gives "$n" sbox -- sh -c "exit $n"
		equal "$err" ""
	done
}

@test "a message is one line that begins with sbox" {
	gives 127 sbox -- no-such-command
	equal "$(grep -vc '^sbox: ' <<<"$err")" 0
	equal "$(wc -l <<<"$err")" 1
}

@test "--quiet silences warnings but no errors" {
	works sbox --guard=warn --write="$PWD" --protect="?$PWD/made" -- touch "$PWD/made"
	contains "$err" "sbox: warning: "
	rm made
	works sbox -q --guard=warn --write="$PWD" --protect="?$PWD/made" -- touch "$PWD/made"
	equal "$err" ""
	gives 127 sbox -q -- no-such-command
	contains "$err" "command not found"
	gives 125 sbox -q -p nothing-of-this-name -- true
	contains "$err" "no profile"
}

@test "--verbose says on standard error what is enforced" {
	works sbox -v -- echo out
	equal "$out" out
	matches "$err" '^sbox: seccomp: filtered'
	matches "$err" '^sbox: landlock: '
	works sbox -v --set='seccomp.base="none"' -- true
	matches "$err" '^sbox: seccomp: no filter'
}

@test "without trouble sbox itself says nothing" {
	for profile in default build ci container offline-shell; do
		works sbox -p "$profile" -- sh -c 'echo out; echo err >&2'
		equal "$out/$err" out/err
	done
}

@test "sbox works under another name and by a path" {
	ln -s "$(command -v sbox)" other
	works ./other -- echo runs
	equal "$out" runs
	cd /
	works "$(command -v sbox)" -- echo runs
	equal "$out" runs
}

@test "an empty name of the program itself does no harm" {
	works bash -c "exec -a '' sbox -- sh -c 'cat /proc/1/comm'"
	equal "$out" sbox-init
}

@test "a thousand options and long ones are read" {
	options=()
	for n in $(seq 1000); do
		options+=("--setenv=VAR$n=$n")
	done
	works sbox "${options[@]}" -- sh -c 'echo $VAR1 $VAR1000'
	equal "$out" "1 1000"
	long=$(head -c 100000 /dev/zero | tr '\0' x)
	works sbox --setenv="LONG=$long" -- sh -c 'echo ${#LONG}'
	equal "$out" 100000
	works sbox -- sh -c 'echo ${#1}' sh "$long"
	equal "$out" 100000
	gives 125 sbox "--$long" -- true
	[ "${#err}" -lt 3000 ] || fail "the message has ${#err} characters"
}
