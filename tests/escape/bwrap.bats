#!/usr/bin/env bats
# bwrap.bats - attacks on what bubblewrap's command line lets in, by sbox-bwrap
#
# Each with a control: what the same does outside, or without the guard.

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

host=(--ro-bind / / --dev /dev --proc /proc)

@test "E-524 process 1 is out of the command's reach, and says nothing of who has started it" {
	export SECRET_OF_CALLER=hush
	# the control: of a process of one's own all of it can be had
	sleep 1000 3>&- &
	pid=$!
	contains "$(tr '\0' '\n' <"/proc/$pid/environ")" hush
	kill -9 "$pid"
	gives 0 sbox-bwrap "${host[@]}" --unshare-pid --unsetenv SECRET_OF_CALLER --setenv A secretargument \
		sh -c 'cat /proc/1/environ; tr "\0" " " </proc/1/cmdline; kill -9 1; kill -STOP 1
			ls /proc/1/fd /proc/1/root; echo survived'
	contains "$out" survived
	lacks "$out$err" hush
	lacks "$out" secretargument
	lacks "$out" ctl
}

@test "E-525 a file that was opened for reading is not written to by its descriptor" {
	echo kept >file
	# the control
	sh -c 'echo changed >/proc/self/fd/0' <file
	equal "$(cat file)" changed
	echo kept >file
	try sbox-bwrap --bind / / --dev /dev --proc /proc sh -c 'echo changed >/proc/self/fd/0; echo changed >/proc/self/fd/5' \
		<file 5<file
	equal "$(cat file)" kept
}

@test "E-526 a mount point that two sandboxes use is not taken from the one that stays" {
	mkdir shown
	both=(--bind shown "$PWD/shown" --ro-bind /dev/null "$PWD/shown/.env" --die-with-parent)
	mkfifo first second alone
	# the control: to remove a mount point is to lift what lies on it
	sbox-bwrap "${host[@]}" "${both[@]}" sh -c 'echo ready; read -r line; echo lifted >shown/.env' \
		<alone >ready0 3>&- &
	pid=$!
	exec 6>alone
	wait_for grep -q ready ready0
	rm -f shown/.env
	echo go >&6
	wait "$pid"
	exec 6>&-
	equal "$(cat shown/.env)" lifted
	rm shown/.env
	sbox-bwrap "${host[@]}" "${both[@]}" sh -c 'echo ready; read -r line' <first >ready1 3>&- &
	one=$!
	exec 6>first
	wait_for grep -q ready ready1
	sbox-bwrap "${host[@]}" "${both[@]}" sh -c 'echo ready; read -r line; rm -f shown/.env
		(echo PLANTED >shown/.env) && echo planted' <second >ready2 2>errors 3>&- &
	two=$!
	exec 7>second
	wait_for grep -q ready ready2
	echo end >&6
	wait "$one"
	echo end >&7
	wait "$two" || :
	exec 6>&- 7>&-
	lacks "$(cat ready2)" planted
	lacks "$(cat shown/.env 2>/dev/null)" PLANTED
}

@test "E-527 a link in a project leads no mount point out of what may be written to" {
	mkdir shown outside
	ln -s ../outside shown/link
	# the control
	touch shown/link/control
	[ -e outside/control ]
	gives 1 sbox-bwrap "${host[@]}" --bind shown "$PWD/shown" --ro-bind /dev/null "$PWD/shown/link/made" true
	gives 1 sbox-bwrap "${host[@]}" --bind shown "$PWD/shown" --tmpfs "$PWD/shown/link/deep/er" true
	gives 1 sbox-bwrap "${host[@]}" --bind shown "$PWD/shown" --file 5 "$PWD/shown/link/made" true 5</dev/null
	gives 1 sbox-bwrap "${host[@]}" --bind shown "$PWD/shown" --dir "$PWD/shown/link/made" true
	gives 1 sbox-bwrap "${host[@]}" --bind shown "$PWD/shown" --symlink x "$PWD/shown/link/made" true
	equal "$(ls outside)" control
	# an absolute one is one of the new root, where it leads nowhere
	ln -s "$PWD/outside" shown/absolute
	gives 1 sbox-bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
		--bind shown /shown --tmpfs /shown/absolute/x true
	equal "$(ls outside)" control
}

@test "E-528 what a descriptor was opened on is what is shown, whatever has its name later" {
	mkdir dir other
	echo right >dir/f
	echo wrong >other/f
	gives 0 sbox-bwrap "${host[@]}" --ro-bind-fd 5 /mnt cat /mnt/f 5<dir
	equal "$out" right
	exec 5<dir
	mv dir moved
	mv other dir
	# the control: by its name it is the other one
	gives 0 sbox-bwrap "${host[@]}" --ro-bind dir /mnt cat /mnt/f
	equal "$out" wrong
	gives 0 sbox-bwrap "${host[@]}" --ro-bind-fd 5 /mnt cat /mnt/f 5<&5
	equal "$out" right
	exec 5<&-
}

@test "E-529 sbox's own directories are not the command's, also where all of the host is" {
	mkdir -p "$HOME"
	# the control: who may write there decides about later sandboxes
	touch "$config/control.toml"
	try sbox-bwrap --bind / / --dev /dev sh -c "touch '$config/planted.toml'; mv '$XDG_CONFIG_HOME/sbox' '$top/gone'; mv '$XDG_CONFIG_HOME' '$top/gone2'
		rm '$config/control.toml'"
	[ -e "$config/control.toml" ]
	[ ! -e "$config/planted.toml" ]
	[ -d "$XDG_CONFIG_HOME/sbox/profiles" ]
}

@test "E-530 with SBOX_BWRAP=strict there are no namespaces, and no places by descriptor" {
	export SBOX_BWRAP=strict
	# the control is what compat lets through, as bubblewrap does
	SBOX_BWRAP=compat gives 0 sbox-bwrap "${host[@]}" unshare -Ur true
	try sbox-bwrap "${host[@]}" unshare -Ur true
	differ "$status" 0
	SBOX_BWRAP=compat gives 0 sbox-bwrap "${host[@]}" ls -d /proc/self/fd/5/ 5</
	gives 1 sbox-bwrap "${host[@]}" true 5</
	contains "$err" "descriptor 5 is a directory"
	# and no option changes that
	gives 0 sbox-bwrap --unsetenv SBOX_BWRAP "${host[@]}" --clearenv /bin/sh -c 'unshare -Ur true || echo refused'
	equal "$out" refused
}

@test "E-531 no key is put into the caller's terminal, and no key of his is read" {
	need python3
	gives 0 sbox-bwrap "${host[@]}" python3 -c 'import fcntl
try:
    fcntl.ioctl(0, 0x5412, b"x")
except OSError as e:
    print(e.errno)'
	equal "$out" 1
	# the control: without a filter it is the kernel that answers
	gives 0 python3 -c 'import fcntl
try:
    fcntl.ioctl(0, 0x5412, b"x")
except OSError as e:
    print(e.errno)'
	differ "$out" 1
}

@test "E-532 nothing that lies in a project keeps a start waiting" {
	mkdir shown
	mkfifo shown/fifo
	# the control: whoever opens it waits
	try timeout 1 sh -c 'exec 9>shown/fifo'
	equal "$status" 124
	open=("${host[@]}" --bind shown "$PWD/shown")
	gives 1 timeout $((20 * slow)) sbox-bwrap "${open[@]}" --file 5 "$PWD/shown/fifo" true 5</dev/null
	contains "$err" "shown/fifo"
	gives 0 timeout $((20 * slow)) sbox-bwrap "${open[@]}" --lock-file "$PWD/shown/fifo" true
	# nor a lock on a mount point, which another could be about to take away
	touch shown/.env
	exec 9<shown/.env
	flock -x 9
	gives 1 timeout $((20 * slow)) sbox-bwrap "${open[@]}" --ro-bind /dev/null "$PWD/shown/.env" true 9<&-
	contains "$err" "try again"
	exec 9<&-
	gives 0 sbox-bwrap "${open[@]}" --ro-bind /dev/null "$PWD/shown/.env" true
}

@test "E-533 where sbox's own directory cannot be made, a command that could make it is not started" {
	config_home=$top/closed
	mkdir "$config_home"
	chmod 0100 "$config_home"
	# the control: its owner can open it and make what decides about later sandboxes
	try sh -c "chmod 0700 '$config_home' && mkdir -p '$config_home/sbox/profiles' && rmdir -p '$config_home/sbox/profiles'"
	mkdir -p "$config_home"
	chmod 0100 "$config_home"
	XDG_CONFIG_HOME=$config_home gives 1 sbox-bwrap --bind / / --dev /dev \
		sh -c "chmod 0700 '$config_home'; mkdir -p '$config_home/sbox/profiles'"
	contains "$err" "$config_home"
	[ ! -e "$config_home/sbox" ]
	# what is somebody else's is not the command's either, and no reason to stop
	XDG_CONFIG_HOME=/root/none gives 0 sbox-bwrap --bind / / --dev /dev true
}
