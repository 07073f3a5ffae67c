#!/bin/sh
# install.sh - from a checkout to a working sbox: packages, build, install, first run
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
prefix=/usr/local

# shellcheck source=scripts/lib.sh
. "$top/scripts/lib.sh"

usage() {
	cat <<END
Usage: scripts/install.sh [--prefix=DIR]

Installs the packages that sbox needs, builds it in build/, installs it, and runs
it once: it builds a copy of examples/hello in a sandbox, as an unprivileged user,
and shows what was isolated.

  --prefix=DIR  where to install (default: /usr/local)
  --help        this text

Root is needed for missing packages and for a prefix that you cannot write: sudo is
then used, and every such command is shown first. Started by root, it makes the user
sbox-test for the run (SBOX_TEST_USER=NAME names another).
END
}

parse_arguments() {
	for argument; do
		case $argument in
		--prefix=/*) prefix=${argument#--prefix=} ;;
		--prefix=?*) prefix=$PWD/${argument#--prefix=} ;;
		--help) usage && exit ;;
		*) die "unknown argument: $argument" "read scripts/install.sh --help" ;;
		esac
	done
}

# Root builds as the owner of the checkout, so that nothing of root's is left in it.
pick_builder() {
	builder=$(id -un)
	if am_root; then
		owner=$(stat -c %U "$top")
		id -u "$owner" >/dev/null 2>&1 && builder=$owner
	fi
	return 0
}

build() {
	say "building in $top/build"
	configure "$builder" "$top" "$top/build" --prefix="$prefix"
	run_as "$builder" make --no-print-directory -C "$top/build" -j"$(cores)" ||
		die "make, in $top/build" "read its first error above"
}

# Can the caller make files in a directory that may not be there yet?
can_write() {
	directory=$1
	until [ -e "$directory" ]; do
		directory=$(dirname "$directory")
	done
	[ -w "$directory" ]
}

install_files() {
	say "installing below $prefix"
	if can_write "$prefix/bin" && can_write "$prefix/share"; then
		make --no-print-directory -C "$top/build" install >/dev/null
	else
		as_root make --no-print-directory -C "$top/build" install >/dev/null
	fi || die "make install" "read its messages above, or choose another place: --prefix=DIR"
	sbox=$prefix/bin/sbox
	as_user "$sbox" --version ||
		die "$user cannot run $sbox" "see that every directory above it may be entered by all"
}

# The main job: a project is built and tested, and can reach nothing else.
run_example() {
	make_scratch sbox-hello
	tar -C "$top/examples/hello" -cf - . | as_user_in "$scratch" tar -xf -
	say "running as $user, in a copy of examples/hello: sbox --profile=build -- make test"
	as_user_in "$scratch" "$sbox" --profile=build -- make test ||
		die "building examples/hello in a sandbox" "run it by hand with --verbose: $prefix/bin/sbox --profile=build -v -- true"
}

# look_around [COMMAND...]: with COMMAND in front of the shell, as the test user
look_around() {
	as_user_in "$scratch" "$@" sh -s "$(getent passwd "$user" | cut -d: -f6)" \
		<"$top/scripts/look-around.sh"
}

# compare: reads what was seen outside, an empty line, and what was seen inside; prints
# both as a table, and fails if something that must differ does not.
compare() {
	awk -F '\t' '
		function line(name, out, inside) {
			printf "  %-18s %-28s %s\n", name, out, inside
		}
		/^$/ { in_sandbox = 1; line("", "outside", "in the sandbox"); next }
		!in_sandbox { outside[$1] = $2; next }
		{ line($1, outside[$1], $2); inside[$1] = $2 }
		/ namespace/ && ($2 == "" || $2 == outside[$1]) { bad = bad "; the same " $1 }
		END {
			if (inside["NoNewPrivs"] != 1) bad = bad "; no_new_privs is not set"
			if (inside["Seccomp"] !~ /^2/) bad = bad "; no seccomp filter"
			if (inside["CapEff"] !~ /^0+$/) bad = bad "; capabilities are left"
			if (bad == "") exit 0
			print "not isolated: " substr(bad, 3)
			exit 1
		}'
}

show_isolation() {
	outside=$(look_around) || die "looking around outside" "read the messages above"
	inside=$(look_around "$sbox" --profile=build --) ||
		die "looking around in a sandbox" "run it by hand with --verbose: $prefix/bin/sbox --profile=build -v -- true"
	say "what was isolated:"
	printf '%s\n\n%s\n' "$outside" "$inside" | compare ||
		die "the sandbox is not what it should be" "please report this with the table above"
	as_user_in "$scratch" "$sbox" --profile=build --dry-run -- true |
		sed -n '/[Ll]andlock/ { s/^[[:space:]]*/  /; p; }'
}

farewell() {
	say "done. In a project of yours: sbox --profile=build -- make"
	command -v sbox >/dev/null || say "$prefix/bin is not in your PATH yet"
	say "tests: scripts/test.sh; to remove sbox: make -C $top/build uninstall"
}

parse_arguments "$@"
install_packages build
pick_user
pick_builder
build
install_files
run_example
show_isolation
farewell
