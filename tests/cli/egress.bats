#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# egress.bats - net.mode = "filtered": the names of net.allow, and nothing else

load netlab.bash
: "${srcdir:=$BATS_TEST_DIRNAME/../..}" "${builddir:=$(dirname "$(command -v sbox)")}"

bats_require_minimum_version 1.5.0

setup_file() {
	export SBOX_LIBEXECDIR=$builddir
	netlab_begin
}

teardown_file() {
	netlab_down
}

# filtered "OPTIONS" COMMAND...: in the lab, with a filtered network
filtered() {
	local options=$1
	shift
	# shellcheck disable=SC2086
	run box --net=filtered $options -- "$@"
	echo "status $status: $output"
}

# at_once COMMAND...: whatever it says, it says it within a second
at_once() {
	local start=${EPOCHREALTIME/./}
	"$@"
	[ $((${EPOCHREALTIME/./} - start)) -lt 1000000 ]
}

@test "a name that is allowed is reached over HTTP, TLS and what speaks first" {
	filtered "--net-allow=good.test:22,80,443" \
		sh -c 'curl -sS http://good.test/host && curl -ksS https://good.test/host &&
			head -n 1 <>/dev/null && python3 /netlab.py tcp good.test 22'
	[ "$status" = 0 ]
	[[ $output == good.testgood.test*open ]]
}

@test "a name that is not allowed does not exist, and nothing waits" {
	at_once filtered "--net-allow=good.test" curl -sS http://evil.test/
	[ "$status" = 6 ]
	[[ $output == *"Could not resolve host: evil.test"* ]]
	at_once filtered "--net-allow=*.good.test" curl -sS http://good.test/
	[ "$status" = 6 ]
	at_once filtered "" curl -sS http://good.test/
	[ "$status" = 6 ]
}

@test "a wildcard means names below, however deep" {
	filtered "--net-allow=*.good.test" \
		curl -sS http://a.good.test/host http://b.a.good.test/host
	[ "$output" = a.good.testb.a.good.test ]
}
