#!/usr/bin/env bats
# companion.bats - whether a program that works for a sandbox can be in one of its own: one that
# carries packets cannot, by the kernel's rules and by ours; one that moves bytes can

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# begin_other: namespaces of somebody else, who waits: $other is in them
begin_other() {
	unshare --user --map-root-user --net sh -c 'echo ready; exec sleep 60' >other 3>&- &
	other=$!
	wait_for grep -qs ready other
}

@test "a program that carries packets enters from above, and so from no sandbox" {
	command -v slirp4netns nsenter >/dev/null || skip "needs slirp4netns and nsenter"
	begin_other
	enter=(slirp4netns --ready-fd=7 --netns-type=path)

	# control: outside of sandboxes it is ready at once
	"${enter[@]}" "--userns-path=/proc/$other/ns/user" "/proc/$other/ns/net" tap0 \
		7>told >log 2>&1 3>&- &
	wait_for test -s told

	# the kernel lets nobody into a user namespace who is in one beside it
	works nsenter --preserve-credentials --user=/proc/self/fd/5 true 5<"/proc/$other/ns/user"
	refused unshare --user --map-root-user nsenter --preserve-credentials --user=/proc/self/fd/5 true 5<"/proc/$other/ns/user"
	contains "$err" "Operation not permitted"

	# and sbox hands no namespace on
	refused sbox -q --net=host --keep-fd=5 --keep-fd=6 --keep-fd=7 -- "${enter[@]}" \
		--userns-path=/proc/self/fd/6 /proc/self/fd/5 tap0 \
		5<"/proc/$other/ns/net" 6<"/proc/$other/ns/user" 7>told-inside
	contains "$err" nsfs
	[ ! -s told-inside ]
}

# As companion.c starts one: no_new_privs, 3 to say that it is ready, 4 whose end is its end, and
# what it is given, a socket for instance, from 5 on.
@test "a program that moves bytes says that it is ready, works and ends as one without a sandbox" {
	cat >mover.sh <<-'END'
		printf 1 >&3
		while read -r line <&4; do
			printf 'moved %s\n' "$line" >&5
		done
	END
	mkfifo ready stop moved
	for sandbox in "" "sbox -q -pdefault --map=single --read=$PWD --keep-fd=3 --keep-fd=4 --keep-fd=5 --"; do
		# shellcheck disable=SC2086 # words of a command
		setpriv --no-new-privs $sandbox sh "$PWD/mover.sh" 3<>ready 4<stop 5<>moved &
		mover=$!
		exec 8>stop 7<>ready 9<>moved
		equal "$(timeout 20 head -c 1 <&7)" 1
		echo bytes >&8
		equal "$(timeout 20 head -n 1 <&9)" "moved bytes"
		exec 8>&-
		works wait "$mover"
		exec 7>&- 9>&-
	done
}

@test "a program in a sandbox of its own is gone with whoever is killed for it" {
	mkfifo alive
	sbox -q -pdefault --keep-fd=3 -- sleep 60 3>alive &
	mover=$!
	exec 8<alive
	kill -KILL "$mover"
	wait "$mover" || :
	# its end of file comes when nobody inside has the other end any more
	works timeout 20 cat <&8
	exec 8<&-
}
