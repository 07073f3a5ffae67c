#!/usr/bin/env bats
# environment.bats - the environment is an allow-list

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

@test "of the caller's environment only what is listed gets in" {
	export SECRET_TOKEN=hunter2 SSH_AUTH_SOCK=/tmp/x AWS_SECRET_ACCESS_KEY=y LD_PRELOAD='' DISPLAY=:0
	export LANG=C LC_CTYPE=C.UTF-8 TERM=vt100 TZ=UTC
	works env -i SECRET_TOKEN=x LD_LIBRARY_PATH=/x BASH_ENV=/x PYTHONPATH=/x LANG=C LC_CTYPE=C.UTF-8 TERM=vt100 TZ=UTC \
		PATH="$PATH" HOME="$HOME" XDG_CONFIG_HOME="$XDG_CONFIG_HOME" sbox -- env
	equal "$(sort <<<"$out")" "$(printf '%s\n' HOME=/root LANG=C LC_CTYPE=C.UTF-8 LOGNAME=root \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin 'PS1=sandbox:\w\$ ' TERM=vt100 TMPDIR=/tmp TZ=UTC USER=root)"
}

@test "an empty environment of the caller is enough" {
	works env -i XDG_CONFIG_HOME="$XDG_CONFIG_HOME" "$(command -v sbox)" -- sh -c 'echo $HOME $TMPDIR'
	equal "$out" "/root /tmp"
}

@test "--pass-env lets variables through, with patterns" {
	export ONE=1 ONE_MORE=2 ANOTHER=3 EMPTY=
	works sbox --pass-env=ONE -- env
	matches "$out" '^ONE=1$'
	lacks "$out" ONE_MORE
	works sbox --pass-env='ONE*' -- env
	matches "$out" '^ONE_MORE=2$'
	lacks "$out" ANOTHER
	works sbox --pass-env='*N*R' -- env
	matches "$out" '^ANOTHER=3$'
	lacks "$out" ONE_MORE
	works sbox --pass-env=EMPTY --pass-env=UNSET_VARIABLE -- env
	matches "$out" '^EMPTY=$'
	lacks "$out" UNSET_VARIABLE
}

@test "--setenv sets a variable, also to nothing and to what has an equals sign" {
	works sbox --setenv=A=1 --setenv=B= --setenv='C=x=y z' --setenv=$'D=two\nlines' -- sh -c 'echo "$A,$B,$C,$D,${B-unset}"'
	equal "$out" "$(printf '1,,x=y z,two\nlines,')"
}

@test "what is set wins over what is passed, and the last over those before" {
	export A=outside
	works sbox --pass-env=A --setenv=A=first --setenv=A=second -- env
	equal "$(grep '^A=' <<<"$out")" A=second
}

@test "PATH inside decides what is found" {
	mkdir bin
	printf '#!/bin/sh\necho mine\n' >bin/ls
	chmod +x bin/ls
	works sbox --read="$PWD/bin" --setenv="PATH=$PWD/bin:/usr/bin" -- ls
	equal "$out" mine
	export PATH="$PWD/bin:$PATH"
	refused sbox --read="$PWD/bin" -- ls "$PWD/no-such-file"
	gives 127 sbox --setenv=PATH=/nowhere -- ls
	gives 127 sbox --setenv=PATH= -- ls
}

@test "the environment of process 1 does not show the caller's" {
	export SECRET_TOKEN=hunter2
	for profile in default container; do
		try sbox -p "$profile" --set='seccomp.base="none"' -- sh -c 'tr "\0" "\n" </proc/1/environ; tr "\0" " " </proc/1/cmdline; cat /proc/1/comm'
		lacks "$out" hunter2
		lacks "$out" --set
		contains "$out" sbox-init
	done
}

@test "outside, too, process 1 shows neither arguments nor environment" {
	export SECRET_TOKEN=hunter2
	begin sbox --setenv=OTHER_SECRET=hunter3 -- sh -c 'echo ready; cat'
	init=$(cat "/proc/$job/task/$job/children")
	lacks "$(tr '\0' '\n' <"/proc/${init% }/cmdline")" hunter
	try cat "/proc/${init% }/environ"
	lacks "$out" hunter
	finish
}

@test "names that are no names of variables are refused" {
	gives 125 sbox --setenv='A B=1' -- true
	gives 125 sbox --setenv='=1' -- true
	gives 125 sbox --pass-env='A=B' -- true
	gives 125 sbox --pass-env='' -- true
}
