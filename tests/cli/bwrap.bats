#!/usr/bin/env bats
# bwrap.bats - bubblewrap's command line, by sbox-bwrap
#
# What bubblewrap's own suite asks is asked by "make check-bwrap"; here is what that has
# not, and what a user of sbox meets.

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# the host, read-only, and a /dev
host=(--ro-bind / / --dev /dev)

@test "help and version are as programs that look for options expect them" {
	gives 0 sbox-bwrap --version
	equal "${out%%$'\n'*}" "bubblewrap 0.11.1"
	gives 0 sbox-bwrap --help
	contains "$out" "usage: sbox-bwrap "
	for option in perms as-pid-1 argv0 ro-bind-fd overlay-src disable-userns; do
		contains "$out" "--$option"
	done
	gives 1 sbox-bwrap
	equal "$out" ""
	contains "$err" "usage: sbox-bwrap "
	gives 1 sbox-bwrap "${host[@]}"
	contains "$err" "usage:"
}

@test "mistakes begin with the name that clients look for, and end with 1" {
	while IFS='|' read -r words wanted; do
		# shellcheck disable=SC2086 # words
		gives 1 sbox-bwrap $words true
		equal "$err" "bwrap: $wanted"
	done <<-'END'
		--frobnicate|Unknown option --frobnicate
		--bind=/a /b|Unknown option --bind=/a
		--ro-bind /missing /x|Can't find source path /missing: No such file or directory
		--info-fd 3x|Invalid fd: 3x
		--args -1|Invalid fd: -1
		--hostname x --ro-bind / /|Specifying --hostname requires --unshare-uts
		--as-pid-1 --ro-bind / /|Specifying --as-pid-1 requires --unshare-pid
		--disable-userns --ro-bind / /|--disable-userns requires --unshare-user
		--perms 0700 --bind / /|--perms must be followed by an option that creates a file
		--perms 99 --dir /x|--perms takes an octal argument <= 07777
		--tmp-overlay /x|--tmp-overlay requires at least one --overlay-src
		--argv0 a --argv0 b|--argv0 used multiple times
		--cap-add nonsense --ro-bind / /|unknown cap: nonsense
		--userns 0 --ro-bind / /|--userns is not supported by sbox-bwrap
		--ro-bind / / --info-fd 99|--info-fd: descriptor 99: Bad file descriptor
		--ro-bind / / --json-status-fd 99|--json-status-fd: descriptor 99: Bad file descriptor
		--ro-bind / / --sync-fd 99|--sync-fd: descriptor 99: Bad file descriptor
		--ro-bind / / --chdir /missing|Can't chdir to /missing: No such file or directory
		--ro-bind / / --remount-ro /usr/bin|Can't remount readonly on /usr/bin: it is no mount point
		--ro-bind / / --mqueue /mnt|Can't mount mqueue on /mnt: Operation not permitted (it needs --unshare-ipc)
		--ro-bind / / --dir /a/..|--dir /a/..: the path is too long, or ends with ".."
	END
	gives 1 sbox-bwrap --setenv A
	equal "$err" "bwrap: --setenv takes two arguments"
	gives 1 sbox-bwrap --level-prefix --ro-bind /missing / true
	contains "$err" "<3>bwrap: Can't find source path"
	gives 1 sbox-bwrap "${host[@]}" -- nosuchprogram
	contains "$err" "bwrap: nosuchprogram: "
	SBOX_BWRAP=lax gives 1 sbox-bwrap "${host[@]}" true
	contains "$err" 'SBOX_BWRAP is "compat" or "strict", not "lax"'
}

@test "the status is the command's" {
	gives 7 sbox-bwrap "${host[@]}" sh -c 'exit 7'
	gives 143 sbox-bwrap "${host[@]}" sh -c 'kill -TERM $$'
	gives 127 sbox-bwrap "${host[@]}" sh -c 'exit 127'
	gives 5 sbox-bwrap "${host[@]}" --unshare-pid --as-pid-1 sh -c 'exit 5'
}

@test "operations are carried out in their order, and later ones cover earlier ones" {
	mkdir -p a b
	echo a >a/f
	echo b >b/f
	gives 0 sbox-bwrap "${host[@]}" --tmpfs /tmp --bind a /tmp/x --bind b /tmp/x cat /tmp/x/f
	equal "$out" b
	gives 0 sbox-bwrap "${host[@]}" --bind "$PWD/a" /tmp --tmpfs /tmp ls -A /tmp
	equal "$out" ""
	# what lies below an operation on "/" is gone
	gives 0 sbox-bwrap --tmpfs /gone "${host[@]}" sh -c 'test ! -e /gone && echo gone'
	equal "$out" gone
	# a link of the new root leads inside of it
	gives 0 sbox-bwrap "${host[@]}" --tmpfs /tmp --dir /tmp/d --symlink d /tmp/l \
		--ro-bind a /tmp/l/x cat /tmp/d/x/f
	equal "$out" a
	# so does what is above it: what ".." means is found out there
	gives 0 sbox-bwrap "${host[@]}" --tmpfs /tmp --dir /tmp/d/e --symlink d/e /tmp/l \
		--ro-bind a /tmp/l/../x cat /tmp/d/x/f
	equal "$out" a
	gives 1 sbox-bwrap "${host[@]}" --tmpfs /tmp --dir /tmp/d --ro-bind a/f /tmp/d true
	contains "$err" "/tmp/d is not a file"
	gives 1 sbox-bwrap "${host[@]}" --tmpfs /tmp --symlink x /tmp/l --symlink y /tmp/l true
	contains "$err" "Can't make symlink at /tmp/l: existing destination is x"
}

@test "the root in memory can be written to, until it is made read-only" {
	root=(--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64)
	gives 0 sbox-bwrap "${root[@]}" sh -c 'echo x >/new && cat /new'
	equal "$out" x
	try sbox-bwrap "${root[@]}" --remount-ro / touch /new
	differ "$status" 0
	contains "$err" "Read-only file system"
	gives 0 sbox-bwrap "${root[@]}" --perms 0711 --dir /d --size 65536 --tmpfs /t --chmod 0500 /d \
		stat -c '%a %n' /d /t
	equal "$out" $'500 /d\n755 /t'
}

@test "files from descriptors, written and mounted, with every byte" {
	printf 'a\0b\xff' >data
	gives 0 sbox-bwrap "${host[@]}" --tmpfs /tmp --file 6 /tmp/f --perms 0440 --ro-bind-data 4 /tmp/g \
		--bind-data 5 /tmp/h sh -c 'sha1sum </tmp/f; sha1sum </tmp/g; stat -c %a /tmp/f /tmp/g /tmp/h
			echo x >/tmp/h && cat /tmp/h; echo x 2>/dev/null >/tmp/g || echo refused' \
		6<data 4<data 5</dev/null
	sum=$(sha1sum <data)
	equal "$out" "$sum"$'\n'"$sum"$'\n666\n440\n600\nx\nrefused'
	gives 1 sbox-bwrap "${host[@]}" --tmpfs /tmp --file 4 /tmp/f --file 4 /tmp/g true 4<data
	contains "$err" "descriptor 4: Bad file descriptor"
	# through a writable directory of the host, it is the host's file
	mkdir shown
	echo old >shown/there
	gives 0 sbox-bwrap "${host[@]}" --bind shown /mnt --file 6 /mnt/there --file 4 /mnt/new true \
		6< <(echo one) 4< <(echo two)
	equal "$(cat shown/there shown/new)" $'one\ntwo'
}

@test "--args, the environment, the directory" {
	printf '%s\0' "${host[@]}" --setenv A 'b c' --unsetenv GONE >args
	GONE=1 gives 0 sbox-bwrap --args 4 sh -c 'echo "$A ${GONE-unset} $PWD"; pwd' 4<args
	equal "$out" "b c unset $PWD"$'\n'"$PWD"
	gives 0 env -i A=1 "$(command -v sbox-bwrap)" "${host[@]}" --chdir /usr --clearenv /usr/bin/env
	equal "$out" "PWD=/usr"
	gives 1 sbox-bwrap "${host[@]}" --chdir /missing true
	# where the directory is not shown, it is at home, or else in the root
	mkdir -p "$HOME"
	HOME=/usr gives 0 sbox-bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
		--symlink usr/lib64 /lib64 sh -c pwd
	equal "$out" /usr
	printf '%s\0' --args 4 >args
	gives 1 sbox-bwrap --args 4 true 4<args
	equal "$err" "bwrap: --args not supported in arguments file"
}

@test "mount points that are made on the host are gone at the end, if nobody uses them" {
	mkdir shown
	gives 0 sbox-bwrap "${host[@]}" --bind shown /mnt --ro-bind /dev/null /mnt/.env --tmpfs /mnt/a/b \
		--perms 000 --tmpfs /mnt/c --remount-ro /mnt/c \
		sh -c 'cat /mnt/.env || echo refused; touch /mnt/a/b/x && ls -A /mnt /mnt/a'
	contains "$out" refused
	contains "$out" .env
	equal "$(ls -A shown)" ""
	# what the command has put there instead stays
	gives 0 sbox-bwrap "${host[@]}" --bind shown /mnt --tmpfs /mnt/a/b sh -c 'touch /mnt/a/mine'
	equal "$(ls -A shown/a)" mine
	rm -r shown/a
	# and nothing is made in what is read-only
	gives 1 sbox-bwrap "${host[@]}" --ro-bind shown /mnt --tmpfs /mnt/a true
	contains "$err" "Read-only file system"
	equal "$(ls -A shown)" ""
	SBOX_BWRAP=strict gives 1 sbox-bwrap "${host[@]}" --bind shown /mnt --tmpfs /mnt/a true
	contains "$err" "nothing is created on the host"
}

@test "others are told of the sandbox before it does anything, and of its end" {
	gives 42 sbox-bwrap "${host[@]}" --unshare-net --info-fd 5 --json-status-fd 6 \
		sh -c 'readlink /proc/self/ns/net >&7; exit 42' 5>info 6>json 7>net
	number=$(tr -dc 0-9 <net)
	contains "$(cat info)" '    "child-pid": '
	contains "$(cat info)" "\"net-namespace\": $number"
	lacks "$(cat info)" uts-namespace
	equal "$(tail -n 1 json)" '{ "exit-code": 42 }'
	equal "$(wc -l <json)" 2
	python3 -c 'import json; json.load(open("info")); [json.loads(l) for l in open("json")]'
	# of a command that was not executed there is no end
	gives 1 sbox-bwrap "${host[@]}" --json-status-fd 6 nosuchprogram 6>json
	lacks "$(cat json)" exit-code
	# --block-fd holds it back, to a byte or the end
	mkfifo block
	sbox-bwrap "${host[@]}" --bind . "$PWD" --info-fd 6 --block-fd 5 touch "$PWD/ran" 5<block 6>info 3>&- &
	pid=$!
	{
		wait_for grep -q child-pid info
		[ ! -e ran ]
	} 5>block
	wait "$pid"
	[ -e ran ]
}

@test "what the command leaves lives on, with --die-with-parent it does not" {
	mkfifo end
	sbox-bwrap "${host[@]}" --sync-fd 5 sh -c '(sleep 1; echo late >&7) & exit 3' 5>end 7>late 3>&- &
	pid=$!
	# the end of the last process is the end of the descriptor, and the command has none of it
	cat end
	equal "$(cat late)" late
	status=0
	wait "$pid" || status=$?
	equal "$status" 3
	: >late
	gives 3 sbox-bwrap "${host[@]}" --die-with-parent sh -c '(sleep 1; echo late >&7) & exit 3' 7>late
	sleep 1.5
	equal "$(cat late)" ""
}

@test "--as-pid-1 is process 1, and a signal that it does not catch ends it" {
	gives 0 sbox-bwrap "${host[@]}" --proc /proc --unshare-pid --as-pid-1 sh -c 'echo $$; readlink /proc/1/exe'
	equal "${out%%$'\n'*}" 1
	contains "$out" /bin/
	sbox-bwrap "${host[@]}" --unshare-pid --as-pid-1 sleep 1000 3>&- &
	pid=$!
	sleep 0.5
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	equal "$status" 143
	sbox-bwrap "${host[@]}" --unshare-pid --as-pid-1 --info-fd 6 \
		bash -c 'trap "exit 9" TERM; echo ready >&7; while :; do sleep 0.1; done' 6>info 7>ready 3>&- &
	pid=$!
	wait_for grep -q ready ready
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	equal "$status" 9
}

@test "locks, descriptors, ids and capabilities" {
	touch lock
	sbox-bwrap "${host[@]}" --lock-file "$PWD/lock" sh -c 'echo ready; sleep 1000' >ready 3>&- &
	pid=$!
	wait_for grep -q ready ready
	refused python3 -c 'import fcntl; fcntl.lockf(open("lock", "a"), fcntl.LOCK_EX | fcntl.LOCK_NB)'
	kill "$pid"
	wait "$pid" || :
	python3 -c 'import fcntl; fcntl.lockf(open("lock", "a"), fcntl.LOCK_EX | fcntl.LOCK_NB)'
	# what was open is the command's, but what an option names
	gives 0 sbox-bwrap "${host[@]}" --info-fd 8 sh -c 'echo x >&7; test ! -e /proc/self/fd/8' 7>seven 8>eight
	equal "$(cat seven)" x
	gives 0 sbox-bwrap "${host[@]}" --uid 0 --gid 5 sh -c 'id -u; id -g'
	equal "$out" $'0\n5'
	gives 0 sbox-bwrap "${host[@]}" grep CapEff /proc/self/status
	equal "$out" $'CapEff:\t0000000000000000'
	gives 0 sbox-bwrap "${host[@]}" --cap-add CAP_SETFCAP grep CapEff /proc/self/status
	equal "$out" $'CapEff:\t0000000080000000'
	gives 0 sbox-bwrap "${host[@]}" --unshare-uts --hostname box uname -n
	equal "$out" box
}

@test "on a terminal it has one of its own, whatever lies at /dev" {
	need script
	for dev in "--ro-bind / /" "--dev-bind / /" "--ro-bind / / --dev /dev"; do
		gives 0 timeout $((20 * slow)) script -qec "sbox-bwrap $dev bash -c 'set -m; sleep 0.1 & jobs; wait
			stty -echo </dev/stdin && echo modes'" /dev/null
		contains "$out" modes
		contains "$out" "sleep 0.1"
		lacks "$out" "no job control"
	done
}

@test "whoever waits for the end of --info-fd before it lets go is not kept waiting" {
	for alone in "" --as-pid-1; do
		mkfifo info block
		rm -f ran
		# shellcheck disable=SC2086 # one option, or none
		sbox-bwrap "${host[@]}" --bind . "$PWD" --unshare-pid $alone --info-fd 6 --block-fd 5 \
			touch "$PWD/ran" 5<block 6>info 3>&- &
		pid=$!
		exec 7>block
		timeout $((20 * slow)) cat info >told
		[ ! -e ran ]
		contains "$(cat told)" pid-namespace
		exec 7>&-
		wait "$pid"
		[ -e ran ]
		rm info block
	done
}

@test "a network is attached from outside, before the command runs" {
	need slirp4netns
	[ -w /dev/net/tun ] || skip "/dev/net/tun cannot be opened"
	mkfifo block
	sbox-bwrap "${host[@]}" --proc /proc --unshare-net --unshare-pid --info-fd 6 --block-fd 5 \
		sh -c 'cat /proc/net/dev; cat /proc/1/environ || echo closed' 5<block 6>info >seen 2>/dev/null 3>&- &
	pid=$!
	exec 7>block
	wait_for grep -q pid-namespace info
	child=$(sed -n 's/.*"child-pid": \([0-9]*\).*/\1/p' info)
	slirp4netns --configure --ready-fd=8 "$child" tap7 8>ready 3>&- 7>&- >/dev/null 2>&1 &
	wait_for test -s ready
	exec 7>&-
	wait "$pid"
	contains "$(cat seen)" tap7
	contains "$(cat seen)" closed
}

@test "with --as-pid-1 nothing outlives a launcher that is killed, and the descriptor of --sync-fd is the command's" {
	mkfifo end
	sbox-bwrap "${host[@]}" --unshare-pid --as-pid-1 --sync-fd 5 \
		sh -c 'echo ready >&7; test -e /proc/self/fd/5 && echo has >&7; sleep 1000' 5>end 7>told 3>&- &
	pid=$!
	exec 6<end
	wait_for grep -q has told
	kill -9 "$pid"
	timeout $((20 * slow)) cat <&6
	exec 6<&-
	wait "$pid" || :
}

@test "it runs inside of itself and of sbox" {
	gives 0 sbox-bwrap "${host[@]}" --proc /proc "$(command -v sbox-bwrap)" "${host[@]}" --proc /proc echo inner
	equal "$out" inner
	gives 1 sbox-bwrap "${host[@]}" --proc /proc --unshare-user --disable-userns \
		"$(command -v sbox-bwrap)" "${host[@]}" echo inner
	contains "$err" "cannot make the namespaces"
}

@test "--explain is a profile that means the same" {
	mkdir shown
	gives 0 sbox-bwrap --explain "${host[@]}" --proc /proc --tmpfs /var/tmp \
		--bind "$PWD/shown" "$PWD/shown" --unshare-all
	printf '%s\n' "$out" >p.toml
	chmod 644 p.toml
	gives 0 sbox -p ./p.toml -- sh -c "touch shown/x; ls -A /var/tmp; test ! -w /etc"
	[ -e shown/x ]
	equal "$out" ""
	gives 0 sboxctl profile check ./p.toml
}

@test "sboxctl ps shows it" {
	sbox-bwrap "${host[@]}" sh -c 'echo ready; sleep 1000' >ready 3>&- &
	pid=$!
	wait_for grep -q ready ready
	gives 0 sboxctl ps
	contains "$out" "sbox-bwrap --ro-bind / / --dev /dev sh -c echo ready"
	kill "$pid"
	wait "$pid" || :
}
