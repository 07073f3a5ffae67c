#!/usr/bin/env bats
# filesystem.bats - section D-1 of the escape suite: files, mounts, /proc, /dev, set-up

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# How often a set-up is raced: with SBOX_TEST_SCALE=2000 the 250 starts are 5000.
races=${SBOX_TEST_RACES:-$(scaled 150)}

@test "E-40 no descriptor of the caller comes along" {
	control with-fds "$top/secret" "$probe" list-fds
	contains "$out" "descriptor 9: yes, above it: worked"
	contains "$out" "descriptor 10: yes"
	contains "$out" "descriptor 200: yes"
	for mode in $modes; do
		layers "$mode"
		gives 1 "$probe" with-fds "$top/secret" sbox -q --read="$top/bin" "${layers[@]}" -- \
			"$probe" list-fds
		equal "$out" "others: no"
	done
}

@test "E-40 standard input that is open for reading only is no way to write or to climb" {
	echo original >input
	gives 0 sh -c '"$0" write /proc/self/fd/0 <input' "$probe" # the control
	attacked "$modes nested" -- "$probe" write /proc/self/fd/0 <input
	matches "$out" 'EROFS|EACCES'
	equal "$(cat input)" original
	for mode in $modes nested; do
		layers "$mode"
		gives 125 sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" read /proc/self/fd/0/file \
			/proc/self/fd/0/../secret/file <"$top/secret"
	done
}

@test "E-41 a working directory that is not shown does not come along" {
	cd "$top/secret"
	control read-cwd file
	for mode in $modes; do
		layers "$mode"
		gives 1 sbox -q --read="$top/bin" "${layers[@]}" -- "$probe" read-cwd file
		gives 0 sbox -q "${layers[@]}" -- pwd
		equal "$out" /
	done
	mkdir "$top/gone" # nor one that is not there any more
	cd "$top/gone"
	rmdir "$top/gone"
	gives 0 sbox -q -- pwd
	equal "$out" /
	cd "$top/here"
}

@test "E-42 read-only mounts cannot be made writable" {
	mkdir ro
	control remount make "$top/here/ro"
	for mode in $modes nested; do
		attacked "$mode" --read="$top/secret" --tmpfs=/mnt -- "$probe" remount
	done
	contains "$out" "made writable: no" # nested: it was tried, and refused by the locks
}

@test "E-43 what covers or protects something cannot be taken away" {
	mkdir mnt
	control uncover make "$top/here/mnt"
	for mode in $modes nested; do
		attacked "$mode" --read="$top/secret" --deny="$top/secret/file" -- "$probe" uncover
	done
	contains "$out" "taken away: no"
	mkdir mnt2
	control bare-bind "$top/here/mnt2" "$top/secret" # in which nothing is mounted
	attacked nested --tmpfs=/mnt -- "$probe" bare-bind /mnt / /proc
}

@test "E-44 a fresh /proc cannot be mounted" {
	mkdir mnt
	try "$probe" fresh-proc "$top/here/mnt"
	[ "$status" -eq 0 ] || skip "no fresh /proc can be mounted outside either (in a container?)"
	for mode in $modes nested; do
		attacked "$mode" --tmpfs=/mnt -- "$probe" fresh-proc /mnt
	done
	contains "$out" "proc, subset=pid: EPERM"
}

@test "E-45 a fresh /sys cannot be mounted" {
	mkdir mnt
	try "$probe" fresh-sysfs "$top/here/mnt"
	[ "$status" -eq 0 ] || skip "no fresh /sys can be mounted outside either (in a container?)"
	for mode in $modes nested; do
		attacked "$mode" --tmpfs=/mnt -- "$probe" fresh-sysfs /mnt
	done
	contains "$out" "sysfs: EPERM"
}

@test "E-46 a control group file system cannot be mounted" {
	mkdir mnt
	try "$probe" fresh-cgroup "$top/here/mnt"
	[ "$status" -eq 0 ] || skip "no cgroup file system can be mounted outside either"
	attacked "$modes" --tmpfs=/mnt -- "$probe" fresh-cgroup /mnt
}

@test "E-33 E-48 neither an overlay nor a ramfs can be mounted" {
	mkdir mnt
	control fresh-overlay "$top/here/mnt"
	attacked "$modes" --tmpfs=/mnt -- "$probe" fresh-overlay /mnt
}

@test "E-49 no device can be made" {
	# no control: an ordinary user can make none outside either, in no namespace
	for mode in $modes nested; do
		attacked "$mode" --write="$top/here" -- "$probe" make-nodes "$top/here"
		attacked "$mode" -- "$probe" make-nodes /tmp
	done
	equal "$(ls -A "$top/here")" ""
}

@test "E-50 /dev has the six harmless devices and a pty instance of its own" {
	control list-devices /dev
	refused list-devices /dev
	for mode in $modes; do
		layers "$mode"
		gives 0 sbox -q "${layers[@]}" -- ls -A /dev
		equal "$(echo $out)" "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero"
	done
	# a directory of the host with devices in it shows them and opens none
	gives 0 sh -c ': >/dev/null'
	attacked "full bare" --read=/dev:/mnt/dev -- "$probe" read /mnt/dev/zero /mnt/dev/null
	contains "$out" "/mnt/dev/zero: EACCES"
}

@test "E-51 a setuid program gives no other identity" {
	need_subids
	mkdir setuid
	cp "$probe" setuid/who
	chmod 755 . setuid
	"$probe" give-away "$subuid" "$subgid" "$PWD/setuid/who" "$subuid" "$subgid" 06755
	gives 0 setuid/who who
	contains "$out" "uid $me $subuid $subuid"
	for map in single subids; do
		for mode in $modes nested; do
			attacked "$mode" --user=caller --map="$map" --read="$PWD/setuid" -- \
				"$PWD/setuid/who" who
		done
		# what holds alone: the mount, and no_new_privs
		layers bare
		gives 0 sbox -q --user=caller --map="$map" --read="$PWD/setuid" "${layers[@]}" -- \
			sh -c 'grep setuid /proc/self/mountinfo; grep NoNewPrivs /proc/self/status'
		contains "$(grep "here/setuid" <<<"$out" | cut -d' ' -f6)" nosuid
		contains "$out" "$(printf 'NoNewPrivs:\t1')"
	done
	# a writable bind is no different
	attacked bare --user=caller --map=subids --write="$PWD/setuid" -- "$PWD/setuid/who" who
	# root of the outer namespace, where the file's owner has a name
	gives 1 sbox -q -p container --read="$PWD/setuid" -- "$PWD/setuid/who" who
	rm -f setuid/who
}

# flags_of PATH: of the mount of that name in the mountinfo in $out
flags_of() {
	at=$1 awk '$5 == ENVIRON["at"] { flags = $6 } END { print flags }' <<<"$out"
}

@test "E-52 mounts below a bind and with odd names get their flags" {
	mkdir odd
	gives 0 "$probe" with-mounts "$PWD/odd" cat /proc/self/mountinfo
	for name in odd 'odd/a\040b' 'odd/new\012line' 'odd/back\134slash'; do
		lacks "$(flags_of "$PWD/$name")" nosuid
	done
	for mode in full bare; do
		layers "$mode"
		for access in read write; do
			gives 0 "$probe" with-mounts "$PWD/odd" sbox -q "--$access=$PWD/odd" \
				"${layers[@]}" -- cat /proc/self/mountinfo
			for name in odd 'odd/a\040b' 'odd/new\012line' 'odd/back\134slash'; do
				contains "$(flags_of "$PWD/$name")" nosuid,nodev
				[ "$access" = write ] || contains "$(flags_of "$PWD/$name")" ro,
				[ "$access" = read ] || contains "$(flags_of "$PWD/$name")" rw,
			done
			contains "$(flags_of /proc)" nosuid,nodev,noexec
			equal "$(awk '$6 !~ /nosuid/' <<<"$out")" ""
			equal "$(awk '$6 !~ /nodev/ && $5 !~ "^/dev"' <<<"$out")" ""
		done
	done
}

@test "E-53 switches of the kernel cannot be written to" {
	control write-as-root /proc/sys/net/ipv4/ip_forward
	switches=(kernel/core_pattern kernel/modprobe fs/binfmt_misc/register vm/overcommit_memory
		net/ipv4/ip_forward kernel/ns_last_pid kernel/hostname kernel/domainname
		user/max_user_namespaces user/max_mnt_namespaces net/core/somaxconn kernel/pid_max)
	for mode in $modes; do
		attacked "$mode" -- "$probe" write "${switches[@]/#//proc/sys/}"
	done
	attacked nested -- "$probe" write-as-root /proc/sys/net/ipv4/ip_forward \
		/proc/sys/user/max_user_namespaces
	contains "$out" EROFS
}

# Copies a mount by each of the newer calls, and tries to make the copy writable.
copy_mount='
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
class Attr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]
attr = Attr(0, 1, 0, 0)                                    # MOUNT_ATTR_RDONLY goes
source = sys.argv[1].encode()
def tries():
    tree = libc.syscall(428, -100, source, 1)              # open_tree, a copy
    print("copied" if tree >= 0 else "not copied")
    libc.syscall(442, tree, b"", 0x1000, ctypes.byref(attr), 32)   # mount_setattr
    yield tree
    yield libc.syscall(467, -100, source, 1, ctypes.byref(attr), 32) # open_tree_attr
    copy = libc.syscall(428, -100, source, 1)
    if libc.syscall(429, copy, b"", -100, b"/mnt", 4) == 0: # move_mount, then remount
        libc.mount(None, b"/mnt", None, 32 | 4096, None)
        libc.syscall(433, -100, b"/mnt", 0)                # fspick
    yield copy
for tree in tries():
    try:
        os.open("written", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=tree)
        print("written")
    except OSError:
        pass
'

@test "E-198 a copy of what is read-only in a container cannot be made writable" {
	need python3
	mkdir ro
	out=$(unshare --user --map-root-user --mount sh -ec '
		mount --bind ro ro; mount -o remount,bind,ro ro; exec python3 -c "$0" "$PWD/ro"' "$copy_mount")
	contains "$out" written # the control: outside it can
	rm ro/written
	gives 0 sbox -p container --read="$PWD/ro" -- python3 -c "$copy_mount" "$PWD/ro"
	lacks "$out" "not copied"
	contains "$out" copied
	lacks "$out" written
	[ ! -e ro/written ]
}

@test "E-54 files of /proc that speak of the host are covered" {
	control proc-secrets
	refused proc-secrets
	attacked nested -- "$probe" proc-secrets
}

@test "E-55 E-56 /sys is not there" {
	control read /sys/kernel/notes /sys/devices/system/cpu/online
	refused read /sys/kernel/notes /sys/devices/system/cpu/online /sys/kernel/vmcoreinfo
	refused write /sys/power/state /sys/kernel/mm/transparent_hugepage/enabled /sys/module
}

# A root directory that holds what a root needs; $1 says how it is hostile.
hostile_root() {
	chmod -R u+rwX root 2>/dev/null || :
	rm -rf root victim
	mkdir -p root/usr root/tmp root/etc root/run root/root root/var/tmp victim/pts
	ln -s usr/bin root/bin
	ln -s usr/lib root/lib
	ln -s usr/lib64 root/lib64
	ln -s usr/sbin root/sbin
	echo precious >victim/null
	echo precious >victim/kcore
	case $1 in
	dev-link) mkdir root/proc && ln -s "$PWD/victim" root/dev ;;
	dev-up) mkdir root/proc && ln -s ../../../../../../../..$PWD/victim root/dev ;;
	dev-oldroot) mkdir root/proc && ln -s /oldroot/$PWD/victim root/dev ;;
	dev-file) mkdir root/proc && echo text >root/dev ;;
	null-link) mkdir -p root/proc root/dev && ln -s "$PWD/victim/null" root/dev/null ;;
	null-file) mkdir -p root/proc root/dev && echo text >root/dev/null ;;
	pts-link) mkdir -p root/proc root/dev && ln -s "$PWD/victim/pts" root/dev/pts ;;
	proc-link) mkdir root/dev && ln -s "$PWD/victim" root/proc ;;
	proc-up) mkdir root/dev && ln -s ../../../../../../../..$PWD/victim root/proc ;;
	proc-file) mkdir root/dev && echo text >root/proc ;;
	esac
}

@test "E-57 a hostile root directory cannot put its files in the place of devices and covers" {
	hostile_root dev-link
	echo changed >root/dev/null # the control: this is where it leads
	equal "$(cat victim/null)" changed
	ran=0 # of these some are refused, and in some it has to find the devices in their place
	for kind in dev-link dev-up dev-oldroot dev-file null-link null-file pts-link \
		proc-link proc-up proc-file; do
		for root_mode in ro overlay rw; do
			hostile_root "$kind"
			before=$(tree victim)
			try sbox -q --set landlock.mode='"off"' --root="$PWD/root" \
				--root-mode=$root_mode --read=/usr -- sh -c '
				echo overwritten >/dev/null
				[ -c /dev/null ] && [ -d /dev/pts ] && [ -r /proc/self/status ] || exit 99
				[ -w /proc/kcore ] && exit 98
				[ -s /proc/kcore ] && exit 97
				exit 0'
			equal "$(tree victim)" "$before"
			case $status in
			0) ran=$((ran + 1)) ;;
			125) ;;
			*) fail "$kind, $root_mode: status $status" "$err" ;;
			esac
		done
	done
	echo "# $ran of 30 starts with a hostile root directory went on" >&3
	[ "$ran" -gt 0 ]
}

# A project whose link leads to another directory of the host, by the name $1.
hostile_links() {
	rm -rf project victim
	mkdir project victim
	echo precious >victim/file
	[ -n "$1" ] || return 0
	ln -s "$1" project/link
	ln -s "$1" project/.git
}

@test "E-58 a link in a writable directory does not lead set-up out of the sandbox" {
	hostile_links "$PWD/victim"
	mkdir -p project/link/made # the control: this is where it leads
	[ -d victim/made ]
	ran=0 tried=0
	up=../../../../../../../../../../..
	# "": a directory, the control: no option is wrong in itself, but for what sbox makes nowhere
	# on the host
	for target in "" "$PWD/victim" "$up$PWD/victim" "/oldroot$PWD/victim" "$up/oldroot$PWD/victim" \
		/proc/self/fd/9/victim /proc/self/cwd/victim "/proc/1/root$PWD/victim"; do
		hostile_links "$target"
		[ -n "$target" ] || mkdir -p project/link/{x,d,o} project/.git/hooks
		[ -n "$target" ] || touch project/link/{file,f}
		before=$(tree victim)
		for what in '--tmpfs=PATH/x' '--read=/etc:PATH/x' '--write=BIN:PATH/x' '--tmpfs=PATH' \
			'--read=/etc/passwd:PATH/file' '--protect=PATH/x' '--protect=PATH/file' \
			'--deny=PATH/file' '--deny=PATH' '--protect=PROJECT/.git/hooks' \
			'--chdir=PATH' 'file' 'dir' 'symlink' 'overlay'; do
			what=${what//PATH/$PWD/project/link}
			what=${what//PROJECT/$PWD/project}
			what=${what//BIN/$top/bin}
			case $what in
			file) what="fs.mount=[{type=\"file\",target=\"$PWD/project/link/f\",content=\"bad\"}]" ;;
			dir) what="fs.mount=[{type=\"dir\",target=\"$PWD/project/link/d\"}]" ;;
			symlink) what="fs.mount=[{type=\"symlink\",target=\"$PWD/project/link/l\",source=\"/etc\"}]" ;;
			overlay) what="fs.mount=[{type=\"overlay\",target=\"$PWD/project/link/o\",lower=[\"/usr\"],readonly=true}]" ;;
			esac
			case $what in
			fs.mount*) option=(--set "$what") ;;
			*) option=("$what") ;;
			esac
			layers bare
			try sbox -q --write="$PWD/project" "${option[@]}" "${layers[@]}" -- \
				sh -c 'cat "$0" && exit 98; exit 0' "$PWD/victim/file" 9<"$PWD"
			equal "$(tree victim)" "$before" || fail "$target, $what"
			tried=$((tried + 1))
			case $status:$target:$what in
			0::*) ran=$((ran + 1)) ;;
			0:* | 125:?*:* | 125::*type=\"dir\"* | 125::*type=\"symlink\"*) ;;
			# where something is mounted below /usr, nobody but root lays one over it
			125::*type=\"overlay\"*) contains "$err" "has mounts below it" ;;
			*) fail "status $status: $target, $what" "$err" ;;
			esac
		done
	done
	echo "# $tried starts with a hostile link, or in $ran of them with a directory in its place" >&3
	[ "$ran" -gt 0 ]
}

make_data() {
	chmod -R u+rwX project 2>/dev/null || :
	rm -rf project
	mkdir -p project/data
	echo mine >project/data/file
}

# replaced OPTION...: project/data of the first run is a link to a secret in the second
replaced() {
	local attack
	make_data
	rm -r project/data
	ln -s "$top/secret" project/data
	equal "$(cat project/data/file)" "the secret" # the control: the link works outside
	make_data # and the options do as long as it is no link
	try sbox -q "$@" -- cat "$PWD/project/data/file" /mnt/data/file
	contains "$out" mine
	for attack in "rm -r data && ln -s $top/secret data" \
		"mv data old && ln -s ../../secret data" \
		"rm -r data && ln -s /proc/self/cwd/../secret data"; do
		make_data
		layers bare
		try sbox -q "$@" "${layers[@]}" -- sh -c "cd '$PWD/project' && $attack"
		# some of these keep the command from doing it: then it is done here
		[ -L project/data ] || (cd project && rm -rf data old && mkdir data && sh -c "$attack")
		try sbox -q "$@" "${layers[@]}" -- cat "$PWD/project/data/file" /mnt/data/file
		lacks "$out" "the secret" || fail "after: $attack" "with: $*"
	done
}

@test "E-59 a source that a command has replaced by a link is refused" {
	replaced --write="$PWD/project" --read="$PWD/project/data"
	replaced --write="$PWD/project" --read="$PWD/project/data:/mnt/data"
	replaced --write="$PWD/project" --write="$PWD/project/data:/mnt/data"
	replaced --write="$PWD" --read="$PWD/project/data:/mnt/data"
	replaced --write="$PWD/project:/mnt/project" --read="$PWD/project/data:/mnt/data"
	replaced --write="$PWD/project" --protect="$PWD/project/data"
	replaced --write="$PWD/project" \
		--set "fs.mount=[{type=\"bind\",source=\"$PWD/project/data\",target=\"/mnt/data\"}]"
	replaced --write="$PWD/project" --set "fs.mount=[{type=\"overlay\",target=\"/mnt/data\",lower=[\"$PWD/project/data\"],readonly=true}]"
}

@test "E-59 a source inside a writable mount of fs.mount, replaced by a link, is refused" {
	mount="{type=\"bind\",source=\"$PWD/project\",target=\"$PWD/project\",readonly=false}"
	replaced --set "fs.mount=[$mount]" --read="$PWD/project/data:/mnt/data"
}

@test "E-59 a source inside a writable root directory, replaced by a link, is refused" {
	mkdir -p root/usr root/lib64 root/dev root/proc root/tmp root/mnt/data root/run root/etc root/var/tmp root/root
	rmdir root/lib64
	for dir in bin sbin lib lib64; do
		ln -s usr/$dir root/$dir
	done
	mkdir -p root/project/data
	echo mine >root/project/data/file
	options=(--root="$PWD/root" --root-mode=rw --read=/usr --read="$PWD/root/project/data:/mnt/data")
	gives 0 sbox -q "${options[@]}" -- cat /mnt/data/file
	equal "$out" mine
	try sbox -q "${options[@]}" -- sh -c 'cd /project && mv data old && ln -s "$0" data' "$top/secret"
	[ -L root/project/data ] || fail "the command could not replace it: $status $err"
	try sbox -q "${options[@]}" -- cat /mnt/data/file
	lacks "$out" "the secret"
}

@test "E-59 a source inside the kept changes of an overlay, replaced by a link, is refused" {
	mkdir -p lower upper work project
	mkdir upper/data
	echo mine >upper/data/file
	overlay="{type=\"overlay\",target=\"/mnt/over\",lower=[\"$PWD/lower\"],upper=\"$PWD/upper\",work=\"$PWD/work\"}"
	options=(--set "fs.mount=[$overlay]" --read="$PWD/upper/data:/mnt/data")
	gives 0 sbox -q "${options[@]}" -- cat /mnt/data/file
	equal "$out" mine
	try sbox -q "${options[@]}" -- sh -c 'cd /mnt/over && mv data old; rm -rf data; ln -s "$0" data' "$top/secret"
	[ -L upper/data ] || fail "the command could not replace it: $status $err"
	try sbox -q "${options[@]}" -- cat /mnt/data/file
	lacks "$out" "the secret"
}

# raced OPTION...: the source changes all the time; the secret must never be seen. It goes on
# until it has worked once, which can take long where the racer has no CPU of its own.
raced() {
	local i seen=0
	for ((i = 0; i < races || (seen == 0 && i < 20 * races); i++)); do
		try sbox -q "$@" -- cat "$PWD/project/data/file" /mnt/data/file
		lacks "$out" "the secret" || return
		[ "$status" -ne 124 ] || fail "it hangs" || return
		case $out in
		*mine*) seen=$((seen + 1)) ;;
		esac
	done
	[ "$seen" -gt 0 ] || fail "it never worked either, so nothing is shown: $status $err"
	echo "# $i starts raced, $seen of them found the directory in its place" >&3
}

# begin_race COMMAND...: which makes project/trap, the other thing that project/data is. It is
# swapped all the time, or with pauses of up to $pause milliseconds
begin_race() {
	rm -rf project
	mkdir -p project/data
	echo mine >project/data/file
	echo mine >project/data/hidden
	"$@"
	begin sh -c "echo ready; exec '$probe' race '$PWD/project/data' '$PWD/project/trap' ${pause:-0}"
}

@test "E-60 a source that is swapped while the sandbox is set up is never shown" {
	begin_race ln -s "$top/secret" project/trap
	for ((i = 0; i < 2000; i++)); do # the control: a reader outside does see it
		[ "$(cat project/data/file)" != "the secret" ] || break
	done
	[ "$i" -lt 2000 ]
	raced --write="$PWD/project" --read="$PWD/project/data:/mnt/data"
	end_job "$job"
	# things on which an open could wait for ever
	races=$((races / 3))
	begin_race mkfifo project/trap
	raced --write="$PWD/project" --read="$PWD/project/data:/mnt/data"
	end_job "$job"
	begin "$probe" listen "$top/visitors" "$top/socket"
	begin_race mv "$top/socket" project/trap
	raced --write="$PWD/project" --read="$PWD/project/data:/mnt/data"
	end_job "$job"
}

@test "E-61 harmless links, closed parents and trailing slashes work" {
	mkdir -p real closed/in
	echo text >real/file
	ln -s real link
	ln -s real/file link-to-file
	chmod 0111 closed
	echo text >closed/in/file 2>/dev/null || :
	cat >"$config/links.toml" <<-'END'
		version = 1
		extends = ["base"]
		[fs]
		tmpfs = ["/var/run/inside/"]
		[[fs.mount]]
		type = "symlink"
		target = "/var/run"
		source = "/run"
	END
	for mode in $modes; do
		layers "$mode"
		gives 0 sbox -q -p links "${layers[@]}" -- sh -c 'echo x >/run/inside/x && cat /var/run/inside/x'
		gives 0 sbox -q --read="$PWD/link" "${layers[@]}" -- cat "$PWD/link/file"
		gives 0 sbox -q --read="$PWD/link-to-file" "${layers[@]}" -- cat "$PWD/link-to-file"
		gives 0 sbox -q --read="$PWD/real/" "${layers[@]}" -- cat "$PWD/real/file"
		gives 0 sbox -q --read="$PWD/closed/in" "${layers[@]}" -- ls "$PWD/closed/in"
		gives 0 sbox -q --write="$PWD/real/" "${layers[@]}" -- sh -c 'echo text >"$0"' "$PWD/real/file"
	done
	if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
		gives 0 sbox -q -- head -n 1 /etc/ssl/certs/ca-certificates.crt
	fi
}

@test "E-64 a read-only file gets no name in a writable directory of the same file system" {
	mkdir ro rw
	echo text >ro/file
	echo text >ro/other
	control steal-name "$PWD/rw" "$PWD/ro/other"
	rm -rf rw/*
	before=$(tree ro)
	attacked "$modes nested" --read="$PWD/ro" --write="$PWD/rw" -- \
		"$probe" steal-name "$PWD/rw" "$PWD/ro/file"
	equal "$(tree ro)" "$before"
	equal "$(ls -A rw)" ""
}

@test "E-65 a directory from another sandbox is no way to what that one sees" {
	need_landlock 1
	mkdir shared
	begin "$probe" give-dir "$PWD/shared/outside" "$PWD/shared"
	control take-dir "$PWD/shared/outside" "../../secret/file"
	for giver in full bare; do
		rm -f shared/socket
		layers "$giver"
		begin sbox -q --read="$top/bin" --read="$top/secret" --write="$PWD/shared" \
			"${layers[@]}" -- "$probe" give-dir "$PWD/shared/socket" "$PWD/shared"
		attacked "full no-seccomp" --write="$PWD/shared" -- "$probe" take-dir \
			"$PWD/shared/socket" ../../secret/file "../../..$top/secret/file" ../../etc/passwd
		end_job "$job"
		rm -f shared/socket
		begin sbox -q --read="$top/bin" --read="$top/secret" --write="$PWD/shared" \
			"${layers[@]}" -- "$probe" give-dir "$PWD/shared/socket" "$top/secret"
		attacked "full no-seccomp" --write="$PWD/shared" -- "$probe" take-dir \
			"$PWD/shared/socket" file
		end_job "$job"
	done
}

@test "E-47 no control group can be written to" {
	file=$(find /sys/fs/cgroup -name cgroup.procs 2>/dev/null | head -n 1)
	[ -n "$file" ] || skip "there are no control groups on this machine"
	control read "$file"
	refused read "$file" "${file%/*}/release_agent"
	refused write "$file" "${file%/*}/release_agent" "${file%/*}/notify_on_release"
}

@test "E-62 what a command leaves in its directory disturbs neither the end nor the next start" {
	mess='cd "$0" && mkdir -p closed/inside "odd
name" && ln -s "$1" link && ln -s "$1/file" .git && ln -s loop loop &&
		mkfifo pipe && mkdir "$(printf "\033[2Jx")" && chmod 000 closed && : >-rf
		rm -rf /tmp/* ; ln -s "$1" /tmp/x; mkdir -p /tmp/y/z; chmod 000 /tmp/y; exit 3'
	before=$(tree "$top/secret")
	for mode in $modes; do
		layers "$mode"
		chmod -R u+rwx project 2>/dev/null || :
		rm -rf project
		mkdir project
		gives 3 sbox -q --write="$PWD/project" "${layers[@]}" -- sh -c "$mess" "$PWD/project" "$top/secret"
		gives 0 sbox -q --write="$PWD/project" "${layers[@]}" -- true
		cd project
		try sbox -q -p build "${layers[@]}" -- true
		case $status in
		0 | 125) ;;
		*) fail "mode $mode: $status" "$err" ;;
		esac
		cd ..
		equal "$(tree "$top/secret")" "$before"
	done
}

@test "E-63 a directory that is moved out of what is shown leads nowhere" {
	walk='cd "$0/project/inner" && echo ready; until [ -e "$0/project/go" ]; do sleep 0.1; done
		cat ../hidden >"$0/project/seen" 2>/dev/null; ls .. >>"$0/project/seen" 2>/dev/null; echo >"$0/project/done"'
	moved() {
		rm -rf project outside
		mkdir -p project/inner outside
		echo hidden >outside/hidden
		begin "$@" sh -c "$walk" "$PWD"
		mv project/inner outside/inner
		: >project/go
		wait_for test -e project/done
	}
	moved env
	contains "$(cat project/seen)" hidden # the control
	for mode in $modes; do
		layers "$mode"
		moved sbox -q --write="$PWD/project" "${layers[@]}" --
		equal "$(cat project/seen)" ""
	done
}

@test "E-89 a mount without programs runs none, and memory is not covered by that" {
	control memfd-exec /bin/true
	gives 0 sbox -q --read="$top/bin" -- "$probe" memfd-exec /bin/true
	loader=$(ldd /bin/true | grep -o '/[^ ]*ld-[^ ]*' | head -n 1)
	for mode in $modes; do
		layers "$mode"
		for noexec in false true; do
			mount="{type=\"tmpfs\",target=\"/mnt\",noexec=$noexec}"
			try sbox -q "${layers[@]}" --set "fs.mount=[$mount]" -- \
				sh -c 'cp /bin/true /mnt; /mnt/true; first=$?; "$0" /mnt/true; echo "$first $?"' "$loader"
			case $noexec in
			false) equal "$out" "0 0" ;; # the control
			true) equal "$out" "126 127" ;;
			esac
		done
	done
}

@test "E-60 a target that is swapped while the sandbox is set up leads nowhere" {
	mkdir victim
	echo precious >victim/file
	# without pauses hardly a start goes on: each of its many looks must find the directory
	for pause in 0 60; do
		begin_race ln -s "$PWD/victim" project/trap
		before=$(tree victim)
		ran=0
		# with few rounds it may be that none got through: then as many more as it takes
		for ((i = 0; i < races / 6 || (pause > 0 && ran == 0 && i < 200); i++)); do
			try sbox -q --write="$PWD/project" --protect="$PWD/project/data/file" \
				--deny="$PWD/project/data/hidden" -- sh -c 'echo bad >"$0/project/data/file"' "$PWD"
			[ "$status" -ne 124 ] || fail "it hangs"
			[ "$status" -eq 125 ] || ran=$((ran + 1))
			equal "$(tree victim)" "$before"
		done
		end_job "$job"
	done
	[ "$ran" -gt 0 ]
}
