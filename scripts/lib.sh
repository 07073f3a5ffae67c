# shellcheck shell=sh
# lib.sh - what install.sh, test.sh and .ci/run share: packages, users, builds, totals
#
# It is sourced, never run. The caller has set $top, the top of the checkout, and
# runs under `set -eu`. pick_user sets $user, whom as_user then runs commands as.
: "${top:?the caller of lib.sh sets it}"

umask 022
self=${0##*/}

say() {
	printf '%s: %s\n' "$self" "$*"
}

warn() {
	say "$@" >&2
}

# die WHAT-FAILED [WHAT-TO-DO]
die() {
	warn "failed: $1"
	[ $# -lt 2 ] || warn "what to do: $2"
	exit 1
}

am_root() {
	[ "$(id -u)" -eq 0 ]
}

# Root's own PATH may lead to programs that the test user cannot reach; a user's
# own may lack the directories where ip and useradd are.
if am_root; then
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
else
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
fi

# as_root COMMAND...: as it is when we are root, else with sudo, after saying so.
as_root() {
	if am_root; then
		"$@"
		return
	fi
	command -v sudo >/dev/null ||
		die "this needs root, and there is no sudo: $*" "run that as root, then start this again"
	warn "running: sudo $*"
	if (: </dev/tty) 2>/dev/null; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

# --- Packages ---------------------------------------------------------------

# One row for each thing needed: its set, how to see that it is there (all of the
# checks, see `here`), and the packages that bring it. "?" marks a package that
# some releases do not have: it is left out there, and is no reason to ask for root.
package_table() {
	cat <<'END'
# set | checks                        | Debian, Ubuntu      | Fedora, RHEL        | Arch
build | cmd:cc                        | gcc libc6-dev       | gcc                 | gcc
build | cmd:make                      | make                | make                | make
build | cmd:autoconf                  | autoconf            | autoconf            | autoconf
build | cmd:automake                  | automake            | automake            | automake
build | m4:ax_append_compile_flags.m4 | autoconf-archive    | autoconf-archive    | autoconf-archive
build | cmd:pkg-config m4:pkg.m4      | pkgconf             | pkgconf-pkg-config  | pkgconf
build | pc:libseccomp                 | libseccomp-dev      | libseccomp-devel    | libseccomp
build | pc:libcap-ng                  | libcap-ng-dev       | libcap-ng-devel     | libcap-ng
build | pc:libnl-3.0                  | libnl-3-dev         | libnl3-devel        | libnl
build | pc:libnl-route-3.0            | libnl-route-3-dev   | libnl3-devel        | libnl
build | pc:libsystemd                 | libsystemd-dev      | systemd-devel       | systemd-libs
build | cmd:newuidmap cmd:newgidmap   | uidmap              | shadow-utils        | shadow
build | cmd:slirp4netns               | slirp4netns         | ?slirp4netns        | slirp4netns
build | cmd:pasta                     | ?passt              | ?passt              | passt
build | cmd:tar                       | tar                 | tar                 | tar
build | cmd:awk                       | gawk                | gawk                | gawk
build | cmd:find                      | findutils           | findutils           | findutils
build | cmd:cmp                       | diffutils           | diffutils           | diffutils
build | cmd:setpriv cmd:unshare       | util-linux          | util-linux          | util-linux
test  | cmd:bats                      | bats                | bats                | bats
test  | pc:cmocka                     | libcmocka-dev       | libcmocka-devel     | cmocka
test  | cmd:python3                   | python3             | python3             | python
test  | cmd:strace                    | strace              | strace              | strace
test  | cmd:tmux                      | tmux                | tmux                | tmux
test  | static:busybox                | busybox-static      | busybox             | busybox
test  | cmd:ps                        | procps              | procps-ng           | procps-ng
test  | cmd:libtoolize                | libtool             | libtool             | libtool
test  | cmd:bison cmd:flex            | bison flex          | bison flex          | bison flex
test  | cmd:dpkg-source               | dpkg-dev            | ?dpkg-dev           | ?dpkg
test  | cmd:ip                        | iproute2            | iproute             | iproute2
test  | cmd:curl                      | curl                | curl                | curl
test  | cmd:wget                      | wget                | wget                | wget
test  | cmd:openssl                   | openssl             | openssl             | openssl
test  | cmd:ssh cmd:ssh-keygen        | openssh-client      | openssh-clients     | openssh
test  | cmd:apparmor_parser           | apparmor            | ?apparmor-parser    | ?apparmor
test  | cmd:bwrap                     | ?bubblewrap         | ?bubblewrap         | ?bubblewrap
test  | cmd:rootlesskit               | ?rootlesskit        | ?rootlesskit        | ?rootlesskit
test  | cmd:git                       | git                 | git                 | git
test  | cmd:hg                        | mercurial           | mercurial           | mercurial
test  | cmd:svn cmd:svnadmin          | subversion          | subversion          | subversion
test  | file:/usr/share/bash-completion/bash_completion | bash-completion | bash-completion | bash-completion
test  | cmd:zsh                       | zsh                 | zsh                 | zsh
test  | cmd:fish                      | fish                | ?fish               | fish
deb   | cmd:dpkg-buildpackage         | dpkg-dev            |                     |
deb   | cmd:dh                        | debhelper           |                     |
deb   | cmd:dh_apparmor               | dh-apparmor         |                     |
deb   | cmd:lintian                   | lintian             |                     |
deb   | cmd:man                       | man-db              |                     |
deb   | pc:cmocka                     | libcmocka-dev       |                     |
platforms | cmd:mmdebstrap            | mmdebstrap          |                     |
platforms | file:/usr/share/keyrings/debian-archive-keyring.gpg | debian-archive-keyring |   |
qemu  | cmd:qemu-aarch64-static       | qemu-user-static    |                     |
vm    | cmd:qemu-system-x86_64        | qemu-system-x86     | qemu-system-x86-core | qemu-system-x86
vm    | cmd:cpio                      | cpio                | cpio                | cpio
vm    | cmd:modprobe cmd:depmod       | kmod                | kmod                | kmod
vm    | cmd:mkfs.ext4                 | e2fsprogs           | e2fsprogs           | e2fsprogs
vm    | static:busybox                | busybox-static      | busybox             | busybox
vm    | cmd:bash cmd:setpriv          | bash util-linux     | bash util-linux     | bash util-linux
vm    | cmd:ip cmd:sysctl             | iproute2 procps     | iproute procps-ng   | iproute2 procps-ng
vm    | cmd:systemd-run cmd:loginctl  | systemd             | systemd             | systemd
vm    | pam:systemd                   | libpam-systemd      | systemd-pam         | systemd
vm    | file:/usr/lib/systemd/user/dbus.socket | dbus-user-session | dbus-common dbus-broker | dbus
vm    | kernel:installed              |                     | kernel-core kernel-modules | linux
dev   | cmd:clang                     | clang               | clang               | clang
dev   | asan:clang                    | ?libclang-rt-dev    | compiler-rt         | compiler-rt
dev   | cmd:clang-tidy                | clang-tidy          | clang-tools-extra   | clang
dev   | cmd:clang-format              | clang-format        | clang-tools-extra   | clang
dev   | cmd:cppcheck                  | cppcheck            | cppcheck            | cppcheck
dev   | cmd:shellcheck                | shellcheck          | ShellCheck          | shellcheck
dev   | cmd:codespell                 | codespell           | codespell           | codespell
dev   | cmd:mandoc                    | mandoc              | mandoc              | ?mandoc
dev   | cmd:xz                        | xz-utils            | xz                  | xz
END
}

# Prints debian, fedora, arch or unknown, by the file that os-release(5) describes.
distribution() {
	file=${SBOX_OS_RELEASE:-/etc/os-release}
	# shellcheck source=/dev/null
	names=$([ ! -r "$file" ] || { . "$file"; echo "${ID-} ${ID_LIKE-}"; })
	for name in $names; do
		case $name in
		debian | ubuntu) echo debian ;;
		fedora | rhel) echo fedora ;;
		arch) echo arch ;;
		*) continue ;;
		esac
		return
	done
	echo unknown
}

# here CHECK: is the thing already on this machine?
here() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null ;;
	file:*) [ -e "${1#file:}" ] ;;
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	m4:*) [ -e "$(aclocal --print-ac-dir 2>/dev/null)/${1#m4:}" ] ;;
	pam:*) find /lib/ /lib64/ -maxdepth 3 -path "*/security/pam_${1#pam:}.so" | grep . ;;
	kernel:*) ls /lib/modules/*/vmlinuz ;;
	asan:*) ls "$("${1#asan:}" -print-runtime-dir)"/libclang_rt.asan* ;;
	static:*) path=$(command -v "${1#static:}") && ! LC_ALL=C ldd "$path" | grep '=>' ;;
	*) die "no such check: $1" ;;
	esac >/dev/null 2>&1
}

all_here() {
	for check in $1; do
		here "$check" || return 1
	done
}

# lacking SETS: the packages of these sets whose checks fail, one a line; on an unknown
# distribution the checks themselves.
lacking() {
	package_table | while IFS='|' read -r set checks debian fedora arch; do
		case " $1 " in *" ${set%% *} "*) ;; *) continue ;; esac
		if all_here "$checks"; then
			continue
		fi
		case $distro in
		debian) names=$debian ;;
		fedora) names=$fedora ;;
		arch) names=$arch ;;
		*) names=$checks ;;
		esac
		for name in $names; do
			echo "$name"
		done
	done | sort -u
}

# needed SETS, optional SETS: what is lacking, on one line
needed() {
	lacking "$1" | sed '/^?/d' | tr '\n' ' '
}

optional() {
	lacking "$1" | sed -n 's/^?//p' | tr '\n' ' '
}

# available PACKAGE: does the distribution, as this machine knows it, have it?
available() {
	case $distro in
	debian) apt-cache show "$1" ;;
	fedora) dnf -q info "$1" ;;
	arch) pacman -Si "$1" ;;
	*) false ;;
	esac >/dev/null 2>&1
}

# A machine straight from its image has no package lists yet, or old ones.
refresh_lists() {
	case $distro in
	debian) patient as_root apt-get update -q ;;
	arch) ls /var/lib/pacman/sync/*.db >/dev/null 2>&1 || patient as_root pacman -Sy ;;
	esac </dev/null
}

# patient COMMAND...: again while another package manager is at work, for ten minutes
patient() {
	log=$(mktemp)
	for try in $(seq 1 120); do
		# a process of its own, also for what ends it
		{ status=0; ("$@") 2>&1 || status=$?; echo "$status" >"$log.status"; } | tee "$log"
		status=$(cat "$log.status")
		if [ "$status" -eq 0 ] || ! grep -Eqi \
			'could not get lock|unable to lock|unable to acquire|waiting for cache lock' "$log"; then
			break
		fi
		[ "$try" -gt 1 ] ||
			say "another package manager is at work (unattended upgrades?): waiting for it, ten minutes at the most"
		sleep "${SBOX_PATIENCE:-5}"
	done
	rm -f "$log" "$log.status"
	return "$status"
}

get_packages() {
	case $distro in
	debian) patient as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
		--no-install-recommends -o Dpkg::Use-Pty=0 "$@" ;;
	fedora) as_root dnf install -y --setopt=install_weak_deps=False "$@" ;;
	arch) patient as_root pacman -S --needed --noconfirm "$@" ;;
	esac </dev/null
}

# What usually helps when the package manager says no.
package_advice() {
	case $distro in
	debian) echo "read its messages above; try apt-get update, and enable 'universe' on Ubuntu" ;;
	fedora) echo "read its messages above; on RHEL and its kin enable the CRB and EPEL repositories" ;;
	arch) echo "read its messages above; bring the system up to date first: pacman -Syu" ;;
	esac
}

# install_packages SET...: needs root only if something is missing.
install_packages() {
	distro=$(distribution)
	need=$(needed "$*")
	extra=$(optional "$*")
	if [ -z "$need$extra" ]; then
		say "packages: everything is already there"
	elif [ -z "$need" ] && ! am_root; then
		say "packages: everything needed is already there; optional: $extra"
	elif [ "$distro" = unknown ]; then
		die "this script does not know the packages of this distribution" \
			"install what brings these, then start this again: $need"
	else
		refresh_lists ||
			die "the package lists could not be fetched" "check the network and the mirrors"
		get_and_check "$*"
	fi
}

# get_and_check SETS: installs $need, and what there is of $extra.
get_and_check() {
	for name in $extra; do
		if available "$name"; then
			need="$need$name "
		else
			say "packages: no $name in this release; going on without"
		fi
	done
	[ -z "$need" ] || say "packages: installing $need"
	# shellcheck disable=SC2086 # a list of packages
	[ -z "$need" ] || get_packages $need ||
		die "the package manager did not install all of: $need" "$(package_advice)"
	need=$(needed "$1")
	[ -z "$need" ] || die "installed, yet still missing: $need" \
		"look for an older copy of its programs earlier in PATH ($PATH)"
}

# --- The unprivileged user --------------------------------------------------

# Sets $user. Who runs sandboxes and tests: the caller. If that is root, then whoever called
# sudo, or a user that is made for it (SBOX_TEST_USER names another).
pick_user() {
	if am_root; then
		[ "${SUDO_USER:-root}" != root ] || SUDO_USER=sbox-test
		user=${SBOX_TEST_USER:-$SUDO_USER}
		id -u "$user" >/dev/null 2>&1 || make_user
		[ "$(id -u "$user")" -ne 0 ] ||
			die "user $user is root by another name" "name another one in SBOX_TEST_USER"
	else
		user=$(id -un)
	fi
	has_subids || give_subids
}

make_user() {
	say "making the unprivileged user $user (to remove it: userdel --remove $user)"
	useradd --create-home --shell /bin/sh --comment "runs sbox and its tests" "$user" ||
		die "useradd could not make the user $user" "name an existing user in SBOX_TEST_USER"
}

has_subids() {
	for file in /etc/subuid /etc/subgid; do
		grep -Eqs "^($user|$(id -u "$user")):" "$file" || return 1
	done
}

# The first id behind every range that is given away.
free_subid() {
	cat /etc/subuid /etc/subgid |
		awk -F: 'BEGIN { top = 100000 } $2 + $3 > top { top = $2 + $3 } END { print top }'
}

# Most systems' useradd gives subordinate ids; here it did not.
give_subids() {
	if ! am_root && ! command -v sudo >/dev/null; then
		warn "$user has no subordinate ids: sandboxes will have a single id"
		return
	fi
	as_root touch /etc/subuid /etc/subgid
	first=$(free_subid)
	range=$first-$((first + 65535))
	say "giving $user the subordinate ids $range"
	as_root usermod --add-subuids "$range" --add-subgids "$range" "$user" || :
	has_subids || die "$user has no subordinate ids in /etc/subuid and /etc/subgid" \
		"as root: usermod --add-subuids $range --add-subgids $range $user"
}

# run_as USER COMMAND...: a clean environment when the user changes.
run_as() (
	who=$1
	shift
	[ "$(id -u)" != "$(id -u "$who")" ] || exec "$@"
	for name in CI TERM http_proxy https_proxy no_proxy SBOX_TEST_MUST_WORK; do
		eval "value=\${$name-}"
		[ -z "$value" ] || set -- "$name=$value" "$@"
	done
	exec setpriv --reuid="$(id -u "$who")" --regid="$(id -g "$who")" --init-groups -- \
		env -i HOME="$(getent passwd "$who" | cut -d: -f6)" USER="$who" LOGNAME="$who" \
		SHELL=/bin/sh PATH="$PATH" LANG=C.UTF-8 "$@"
)

# become_user SCRIPT ARGUMENT...: as root, starts the script again as $user
become_user() {
	am_root || return 0
	pick_user
	exec setpriv --reuid="$(id -u "$user")" --regid="$(id -g "$user")" --init-groups -- \
		env HOME="$(getent passwd "$user" | cut -d: -f6)" USER="$user" LOGNAME="$user" "$@"
}

as_user() {
	run_as "$user" "$@"
}

# as_user_in DIRECTORY COMMAND...
as_user_in() (
	cd "$1" || exit
	shift
	as_user "$@"
)

# make_scratch NAME: a directory of the test user, in $scratch, removed at exit. Not
# below /tmp, which is often small and which sandboxes replace.
make_scratch() {
	scratch=$(as_user mktemp -d "/var/tmp/$1.XXXXXX") ||
		die "no directory for $user below /var/tmp" "see that it is there and has mode 1777"
	trap remove_scratch EXIT
	trap 'exit 130' HUP INT TERM
}

remove_scratch() {
	chmod -R u+rwX "$scratch" 2>/dev/null || :
	rm -rf "$scratch" || warn "left behind: $scratch"
}

# --- Builds -----------------------------------------------------------------

# copy_sources DIRECTORY: the checkout as files of the test user, without what a
# build or autoreconf left in it.
copy_sources() {
	tar -C "$top" --exclude=./.git --exclude=./build --exclude=./build-aux \
		--exclude=./autom4te.cache --exclude=./aclocal.m4 --exclude=./configure \
		--exclude=./Makefile --exclude=./Makefile.in --exclude='./config.[hls]*' \
		--exclude=./stamp-h1 --exclude='*.o' --exclude='*.a' -cf - . |
		as_user_in "$1" tar -xf -
}

# configure USER SOURCE BUILD [ARG...]: a build directory that is ready for make
configure() (
	who=$1 source=$2 build=$3
	shift 3
	cd "$source" || exit
	if [ ! -x configure ]; then
		run_as "$who" autoreconf -fi ||
			die "autoreconf, in $source" "read its messages above; is it writable for $who?"
	fi
	run_as "$who" mkdir -p "$build" ||
		die "no build directory $build" "make $source writable for $who, or remove its build/"
	cd "$build" || exit
	run_as "$who" "$source/configure" --quiet "$@" ||
		die "configure" "read its last message above, and $build/config.log"
)

cores() {
	getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

# --- Test results -----------------------------------------------------------

# results BUILD: one line for each test point, "RESULT<tab>TEST: NAME". The .trs file of
# a test has its results alone. Their names are in its log, as "RESULT: TEST.EXT NAME"; the
# log of a test that is no TAP producer ends in the reason why it was skipped.
results() {
	find "$1" -name '*.trs' | sort | while read -r trs; do
		test=${trs#"$1"/}
		test=${test%.trs}
		awk -v test="$test" '
			FNR == NR {
				if ($1 ~ /^[A-Z]+:$/ && index($2, test) == 1) {
					kind = $1
					sub(/^[A-Z]+: [^ ]* ?/, "")
					name[kind, ++named[kind]] = $0
				} else if ($0 != "" && $0 !~ /^[A-Z]+ .* \(exit status: [0-9]+\)$/)
					last = $0
				next
			}
			$1 == ":test-result:" {
				kind = $2 ":"
				known = ++seen[kind] <= named[kind]
				print $2 "\t" test ": " (known ? name[kind, seen[kind]] : last)
			}' "${trs%.trs}.log" "$trs"
	done
}

# unexpected_skips RESULTS ALLOWED: the skips in the file RESULTS that no line of the
# file ALLOWED (a regular expression, a tab, the reason) speaks of. Fails if one of its
# lines has another shape.
unexpected_skips() {
	awk -F '\t' -v allowed="$2" '
		BEGIN {
			while ((getline line < allowed) > 0) {
				if (line ~ /^(#.*)?$/)
					continue
				if (split(line, part, "\t") < 2 || part[1] == "" || part[2] == "")
					exit bad = 1
				regex[++n] = part[1]
			}
		}
		$1 == "SKIP" {
			for (i = 1; i <= n; i++)
				if ($2 ~ regex[i])
					next
			print $2
		}
		END { exit bad }' "$1"
}

# count RESULTS KIND...: how many test points in the file ended in one of these ways.
# XFAIL is a failure that was expected; XPASS, one that was expected and did not come.
count() {
	file=$1
	shift
	awk -v kinds=" $* " 'index(kinds, " " $1 " ") { n++ } END { print n + 0 }' "$file"
}

# totals PASSED FAILED SKIPPED
totals() {
	echo "$1 passed, $2 failed, $3 skipped"
}

# sum_up RESULTS: counts the lines of the file in $passed, $failed and $skipped. With
# SBOX_TEST_MUST_WORK=1 a skip that tests/allowed-skips does not explain is a failure. The
# file SBOX_TEST_FAILURES gets a line for each failure.
sum_up() {
	[ -z "${SBOX_TEST_FAILURES:-}" ] ||
		awk '$1 ~ /^(FAIL|XPASS|ERROR)$/' "$1" >"$SBOX_TEST_FAILURES"
	passed=$(count "$1" PASS XFAIL)
	failed=$(count "$1" FAIL XPASS ERROR)
	skipped=$(count "$1" SKIP)
	[ "${SBOX_TEST_MUST_WORK:-0}" != 1 ] || refuse_skips "$1"
	[ "$failed" -gt 0 ] || [ $((passed + skipped)) -gt 0 ] || fail "no test was run"
}

# fail REASON: one more failure, of the run itself
fail() {
	warn "$1"
	[ -z "${SBOX_TEST_FAILURES:-}" ] || echo "$1" >>"$SBOX_TEST_FAILURES"
	failed=$((failed + 1))
}

refuse_skips() {
	refused=$(unexpected_skips "$1" "$top/tests/allowed-skips") ||
		fail "tests/allowed-skips: a line is not REGEX, a tab and the reason"
	[ -n "$refused" ] || return 0
	warn "skips that tests/allowed-skips does not explain:"
	printf '%s\n' "$refused" | sed 's/^/  /' | tee -a "${SBOX_TEST_FAILURES:-/dev/null}" >&2
	n=$(printf '%s\n' "$refused" | wc -l)
	failed=$((failed + n))
	skipped=$((skipped - n))
}

# print_totals: the last line, in the file SBOX_TEST_TOTALS too; fails if a test did
print_totals() {
	line=$(totals "$passed" "$failed" "$skipped")
	[ -z "${SBOX_TEST_TOTALS:-}" ] || echo "$line" >"$SBOX_TEST_TOTALS"
	echo "$line"
	[ "$failed" -eq 0 ]
}
