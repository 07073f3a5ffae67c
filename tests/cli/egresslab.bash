# SPDX-License-Identifier: LGPL-2.1-or-later
# egresslab.bash - net.mode = "filtered" in the lab, with the servers of egresslab.py
# shellcheck shell=bash
load netlab.bash
: "${srcdir:=$BATS_TEST_DIRNAME/../..}" "${builddir:=$(dirname "$(command -v sbox)")}"

# For setup_file; what lies below $LAB/shop/www is shown.
shop_begin() {
	export SBOX_LIBEXECDIR=$builddir
	netlab_begin
	cp "$srcdir/tests/cli/egresslab.py" "$LAB/egresslab.py"
	mkdir -p "$LAB/shop/www" "$LAB/shop/git"
	on_internet python3 "$LAB/egresslab.py" serve "$LAB/shop" >"$LAB/shop/log" 2>&1 3>&- &
	echo $! >"$LAB/shop/job"
	# a new wire takes a second until it carries IPv6
	for _ in $(seq 100); do
		[ "$(in_lab python3 "$LAB/egresslab.py" datagrams 2001:db8:1::20 4)" != echo ] || return 0
		sleep 0.1
	done
	echo "the servers did not come up: $(cat "$LAB/shop/log")" >&2
	return 1
}

shop_down() {
	[ ! -s "$LAB/shop/job" ] || kill "$(cat "$LAB/shop/job")" 2>/dev/null || true
	netlab_down
}

# on_internet COMMAND...: becomes that command on the machine behind the wire
on_internet() {
	exec nsenter --target "$(cat "$LAB/pid.internet")" --user --net --preserve-credentials "$@"
}

# filtered "OPTIONS" COMMAND...: in the lab, with a filtered network; /egresslab.py and the
# certificate /ca.pem are inside
filtered() {
	local options=$1
	shift
	# shellcheck disable=SC2086
	run --separate-stderr box --read="$LAB/egresslab.py:/egresslab.py" --read="$LAB/shop/ca.pem:/ca.pem" \
		--net=filtered $options -- "$@"
	# shellcheck disable=SC2154 # set by run
	echo "status $status: $output; $stderr"
}

# look "OPTIONS" CLIENT...: a client of egresslab.py
look() {
	local options=$1
	shift
	filtered "$options" python3 /egresslab.py "$@"
}

# at_once COMMAND...: whatever it says, it says it within a second
at_once() {
	local start=${EPOCHREALTIME/./}
	"$@"
	local took=$((${EPOCHREALTIME/./} - start))
	echo "took $took us"
	[ $took -lt 1000000 ]
}

# says EXPECTED "OPTIONS" CLIENT...: prints just that
says() {
	local expected=$1
	shift
	look "$@"
	[ "$output" = "$expected" ]
}
