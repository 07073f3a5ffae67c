# SPDX-License-Identifier: LGPL-2.1-or-later
# netlab.bash - run sbox in the lab of netlab.py; see there
# shellcheck shell=bash
: "${srcdir:=$BATS_TEST_DIRNAME/../..}"

# What cannot be tested here is skipped, or fails where all must work.
cannot() {
	[ "${SBOX_TEST_MUST_WORK:-0}" = 0 ] || { echo "cannot: $*" >&2; return 1; }
	skip "$*"
}

netlab_up() {
	LAB=$BATS_FILE_TMPDIR
	export LAB
	mkdir -p "$LAB/config/sbox/profiles"
	cp "$srcdir"/profiles/*.toml "$LAB/config/sbox/profiles"
	cp "$srcdir/tests/cli/netlab.py" "$LAB/netlab.py"
	unshare --user --net --mount --map-current-user --keep-caps \
		python3 "$LAB/netlab.py" up "$LAB/pid" >"$LAB/log" 2>&1 3>&- &
	echo $! >"$LAB/job"
	for _ in $(seq 100); do
		[ ! -s "$LAB/pid" ] || return 0
		sleep 0.1
	done
	echo "the lab did not come up: $(cat "$LAB/log")" >&2
	return 1
}

# For setup_file: the lab, or why there is none; SBOX for programs that exec in it.
netlab_begin() {
	SBOX=$(command -v sbox) || SBOX=$srcdir/sbox
	export srcdir SBOX
	command -v slirp4netns >/dev/null || cannot "slirp4netns is not installed"
	[ -w /dev/net/tun ] || cannot "/dev/net/tun is not there for everyone"
	[ "$(id -u)" != 0 ] || cannot "this is for an ordinary user"
	netlab_up || cannot "no lab of network namespaces: $(cat "$LAB/log")"
}

netlab_down() {
	[ ! -s "$LAB/job" ] || kill "$(cat "$LAB/job")" 2>/dev/null || true
}

# exec_in_lab COMMAND...: becomes that command on the lab's host, without a capability.
exec_in_lab() {
	exec nsenter --target "$(cat "$LAB/pid")" --user --net --mount \
		--preserve-credentials --wd="$LAB" env XDG_CONFIG_HOME="$LAB/config" "$@"
}

in_lab() {
	(exec_in_lab "$@")
}

# in_internet CLIENT-ARGUMENTS: from the machine behind the wire
in_internet() {
	nsenter --target "$(cat "$LAB/pid.internet")" --user --net --preserve-credentials \
		python3 "$LAB/netlab.py" "$@"
}

# exec_in_changed_lab CHANGE COMMAND...: the same in a mount namespace of its own, where
# the shell command CHANGE was run with all capabilities.
exec_in_changed_lab() {
	local change=$1
	shift
	exec_in_lab unshare --user --mount --map-current-user --keep-caps \
		sh -c "$change"' && exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' \
		sh "$@"
}

in_changed_lab() {
	(exec_in_changed_lab "$@")
}

# box OPTION... -- COMMAND...: sbox in the lab; the clients are /netlab.py inside.
box() {
	in_lab "$SBOX" --read="$LAB/netlab.py:/netlab.py" "$@"
}

client() { # client "OPTIONS" CLIENT-ARGUMENTS
	local options=$1
	shift
	# shellcheck disable=SC2086
	box $options -- python3 /netlab.py "$@"
}
