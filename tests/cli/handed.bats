#!/usr/bin/env bats
# handed.bats - profiles and arguments from descriptors, for programs that start sbox

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

@test "a profile from a descriptor is one like others, in its place among them" {
	printf '[env]\nset = { A = "one", B = "one" }\n' >one.toml
	works sbox -p default -p ./one.toml --profile-fd=5 -- sh -c 'echo $A $B' \
		5< <(printf '[env]\nset = { B = "two" }\n')
	equal "$out" "one two"
	works sbox -p default --profile-fd 5 -p ./one.toml -- sh -c 'echo $A $B' \
		5< <(printf '[env]\nset = { B = "two" }\n')
	equal "$out" "one one"
	# it brings its parents along, and variables
	works sbox --profile-fd=5 --profile-fd=6 -- sh -c 'echo $A $B $C' \
		5< <(printf 'extends = ["default", "./one.toml"]\n[vars]\nX = "x"\n') \
		6< <(printf '[env]\nset = { C = "${X} ${PROFILE_DIR}" }\n')
	equal "$out" "one one x $PWD"
	# from where it stands
	{ printf '# a line\n' && cat one.toml; } >two.toml
	exec 5<two.toml
	read -r _ <&5
	works sbox -p default --profile-fd=5 -- sh -c 'echo $A'
	equal "$out" one
	exec 5<&-
}

@test "without another profile it is the only one" {
	gives 127 sbox --profile-fd=5 -- true 5</dev/null
	contains "$err" "the profile does not show it"
	works sbox --dry-run=full --profile-fd=5 -- true \
		5< <(printf 'extends = ["default"]\n[fs]\ntmpfs = ["/here"]\n')
	matches "$out" 'tmpfs +/here .*# descriptor 5:3:10'
}

@test "whoever hands a profile over answers for it: nobody looks whose it is" {
	printf 'extends = ["default"]\n[env]\nset = { A = "one" }\n' >loose.toml
	chmod 666 loose.toml
	gives 125 sbox -p ./loose.toml -- true
	contains "$err" "can be written by others"
	works sbox --profile-fd=5 -- sh -c 'echo $A' 5<loose.toml
	equal "$out" one
	# what it extends is looked at as ever
	gives 125 sbox --profile-fd=5 -- true 5< <(printf 'extends = ["./loose.toml"]\n')
	contains "$err" "can be written by others"
}

@test "its mistakes have their place" {
	gives 125 sbox --profile-fd=5 -- true 5< <(printf '[fs]\nraed = ["/usr"]\n')
	contains "$err" 'descriptor 5:2:1: '
	contains "$err" 'raed = ["/usr"]'
	gives 125 sbox --profile-fd=5 -- true 5<&-
	contains "$err" 'cannot read a profile from descriptor 5: it is not open'
	for fd in x -1 5x '' 99999999999; do
		gives 125 sbox --profile-fd="$fd" -- true
		contains "$err" "\"--profile-fd=$fd\" is no descriptor"
	done
	gives 125 sbox --profile-fd=5 -- true 5</
	contains "$err" "Is a directory"
	gives 125 sbox --profile-fd=5 -- true 5< <(head -c 2000000 /dev/zero)
	gives 125 sbox --profile-fd=5 --profile-fd=5 -- true 5< <(printf 'extends = ["default"]\n')
	contains "$err" "is read already"
}

@test "a profile that has a name is protected like one that was called by it" {
	printf 'extends = ["default"]\n[fs]\nwrite = ["${CWD}"]\n' >p.toml
	gives 2 sbox --profile-fd=5 -- sh -c 'echo "# more" >>p.toml' 5<p.toml
	contains "$err" "cannot create p.toml"
	gives 1 sbox --profile-fd=5 -- sh -c 'mv p.toml q.toml' 5<p.toml
	[ "$(wc -l <p.toml)" -eq 3 ]
	# the same from a pipe has no name that could be
	works sbox --profile-fd=5 -- sh -c 'echo "# more" >>p.toml' 5< <(cat p.toml)
}

@test "the report and sboxctl ps name it" {
	works sbox --report=r.json --name=handed --profile-fd=5 -- true 5< <(printf 'extends = ["default"]\n')
	contains "$(cat r.json)" '"descriptor 5"'
}

@test "sboxctl explains a profile from a descriptor" {
	works sboxctl explain --profile-fd=5 path /etc/passwd 5< <(printf 'extends = ["default"]\n')
	works sboxctl profile show --effective --profile-fd=5 5< <(printf 'extends = ["default"]\n[env]\nset = { A = "one" }\n')
	contains "$out" one
}

@test "arguments from a descriptor stand where it is named" {
	works sbox --args-fd=5 -- sh -c 'echo $A $B' 5< <(printf '%s\0' --setenv=A=one --setenv=B=one)
	equal "$out" "one one"
	works sbox --setenv=A=zero --args-fd=5 --setenv=B=two -- sh -c 'echo $A $B' \
		5< <(printf '%s\0' --setenv=A=one --setenv=B=one)
	equal "$out" "one two"
	# a value may stand apart, and the command may be among them
	works sbox --args-fd 5 b c 5< <(printf '%s\0' --setenv 'A=one
two' -- sh -c 'echo "$A" "$@"' sh a)
	equal "$out" "$(printf 'one\ntwo a b c')"
	# several, also one in another, and none at all
	works sbox --args-fd=5 --args-fd=6 -- sh -c 'echo $A $B $C' \
		5< <(printf '%s\0' --setenv=A=one --args-fd=7) 6< <(printf '%s\0' --setenv=C=three) \
		7< <(printf '%s\0' --setenv=B=two)
	equal "$out" "one two three"
	works sbox --args-fd=5 -- echo none 5</dev/null
	equal "$out" none
	# an empty argument is one
	works sbox --args-fd=5 5< <(printf '%s\0' -- printf '<%s>' '' a '')
	equal "$out" "<><a><>"
}

@test "mistakes in arguments from a descriptor show the argument" {
	gives 125 sbox -q --args-fd=5 -- true 5< <(printf '%s\0' --setenv=A=one --raed=/usr)
	contains "$err" 'unknown option "--raed": did you mean "--read"?'
	contains "$err" '| --raed=/usr'
	gives 125 sbox --args-fd=5 -- true 5< <(printf '%s\0%s' --setenv=A=one --read=/us)
	contains "$err" "the arguments of descriptor 5 are cut off"
	gives 125 sbox --args-fd=5 -- true 5<&-
	contains "$err" "cannot read arguments from descriptor 5: it is not open"
	gives 125 sbox --args-fd=x -- true
	contains "$err" '"--args-fd=x" is no descriptor'
	gives 125 sbox --args-fd=5 5< <(printf '%s\0' --report)
	contains "$err" "needs a value"
	gives 125 sbox --args-fd=5 -- true 5< <(head -c 3000000 /dev/zero)
	contains "$err" "more than 2 MiB"
}

@test "as many arguments as no command line takes" {
	python3 -c 'for n in range(9000): print("--setenv=A%d=%0200d" % (n, n), end="\0")' >many
	[ "$(wc -c <many)" -gt 1900000 ]
	works sbox --args-fd=5 --dry-run=full -- true 5<many
	contains "$out" A8999
	cat many many >twice
	gives 125 sbox --args-fd=5 -- true 5<twice
	contains "$err" "more than 2 MiB"
}

@test "what was read is not the command's" {
	works sbox --profile-fd=5 --args-fd=6 -- sh -c 'ls /proc/self/fd' \
		5< <(printf 'extends = ["default"]\n') 6< <(printf '%s\0' --setenv=A=one)
	equal "$(tr '\n' ' ' <<<"$out")" "0 1 2 3 "
	works sbox --args-fd=0 -- cat < <(printf '%s\0' --setenv=A=one)
	equal "$out" ""
}
