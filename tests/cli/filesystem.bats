#!/usr/bin/env bats
# filesystem.bats - what is shown, how, and that the host stays as it was

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

setup() {
	common_setup
	mkdir -p data/sub
	echo text >data/file
	echo deep >data/sub/deep
	data=$PWD/data
}

# Everything below the working directory, for "nothing has changed".
listing() {
	find . -printf '%p %y %m %s %T@ %l\n' | sort
}

@test "the root shows what the profile lists and nothing else" {
	works sbox -- ls -A /
	expected=$(printf '%s\n' bin dev etc lib proc root run sbin tmp usr var)
	equal "$(grep -vE '^lib(32|64|x32)$|^nix$|^gnu$' <<<"$out")" "$expected"
	works sbox -- ls -A /root /tmp /run /var /var/tmp
	equal "$(tr '\n' ' ' <<<"$out")" "/root:  /run:  /tmp:  /var: tmp  /var/tmp: "
}

@test "neither the home directory nor the working directory is visible by default" {
	echo secret >"$HOME/secret"
	refused sbox -- cat "$HOME/secret"
	contains "$err" "No such file"
	refused sbox -- ls "$PWD"
	works sbox -- pwd
	equal "$out" /
	for path in /home /etc/shadow /etc/hostname /sys /boot /mnt /opt /srv; do
		refused sbox -- ls "$path"
	done
}

@test "fs.read shows a directory that cannot be written to" {
	works sbox --read="$data" -- cat "$data/file" "$data/sub/deep"
	equal "$out" "$(printf 'text\ndeep')"
	for change in "echo x >$data/file" "touch $data/new" "rm $data/file" "mkdir $data/dir" \
		"mv $data/file $data/moved" "chmod 777 $data/file" "ln $data/file $data/sub/hard"; do
		refused sbox --read="$data" -- sh -c "$change"
		contains "$err" "Read-only file system"
	done
	equal "$(cat data/file)" text
}

@test "fs.read shows a single file and nothing beside it" {
	works sbox --read="$data/file" -- sh -c "cat '$data/file'; ls -A '$data'"
	equal "$out" "$(printf 'text\nfile')"
	refused sbox --read="$data/file" -- sh -c "echo x >>'$data/file'"
}

@test "fs.write shows a directory whose changes are the host's" {
	works sbox --write="$data" -- sh -c "cd '$data' && echo new >new && rm file && mkdir dir && mv sub dir"
	equal "$(cat data/new data/dir/sub/deep)" "$(printf 'new\ndeep')"
	[ ! -e data/file ]
	equal "$(stat -c %u:%g data/new)" "$me:$my_group"
}

@test "fs.write shows a single file whose changes are the host's" {
	works sbox --write="$data/file" -- sh -c "echo more >>'$data/file'"
	equal "$(cat data/file)" "$(printf 'text\nmore')"
	try sbox --write="$data/file" -- touch "$data/beside"
	[ ! -e data/beside ]
}

@test "SRC:DST shows a path under another name" {
	works sbox --read="$data:/elsewhere/here" -- cat /elsewhere/here/file
	equal "$out" text
	works sbox --write="$data/file:/one" -- sh -c 'echo changed >/one'
	equal "$(cat data/file)" changed
	refused sbox --read="$data:/here" -- ls "$data"
}

@test "relative paths of the command line are those of the caller" {
	works sbox --read=data --chdir=data -- cat file
	equal "$out" text
	cd data
	works sbox --write=. -- sh -c 'pwd; touch made'
	equal "$out" "$data"
	[ -e made ]
	works sbox --read=../data/sub -- cat "$data/sub/deep"
}

@test "relative paths in a profile are refused" {
	profile relative <<-'END'
		fs.read = ["data"]
	END
	gives 125 sbox -p relative -- true
	contains "$err" "relative.toml:1:12:"
	contains "$err" "paths are absolute"
}

@test "a missing path is an error, and with a question mark it is left out" {
	for option in read write; do
		gives 125 sbox --$option="$data/missing" -- touch "$top/started"
		contains "$err" "$data/missing\" does not exist"
		contains "$err" "?$data/missing"
		works sbox --$option="?$data/missing" -- true
	done
	works sbox --read="?$data/file/below" -- true
}

@test "a path that cannot be entered is an error although it is optional" {
	mkdir closed
	mkdir closed/inside
	chmod 0 closed
	try sbox --read="?$PWD/closed/inside" -- true
	chmod 700 closed
	equal "$status" 125
	contains "$err" "Permission denied"
}

@test "names with colons, backslashes, spaces, quotes and other signs are shown as they are" {
	for name in 'co:lon' 'back\slash' 'a b' "quo'te\"s" $'new\nline' 'ümläut' '$HOME' '-dash' '%s%n' '#'; do
		mkdir -- "$name"
		echo inside >"./$name/file"
		escaped=${name//\\/\\\\}
		escaped=${escaped//:/\\:}
		works sbox --read="$PWD/$escaped" -- cat "$PWD/$name/file"
		equal "$out" inside
		works sbox --write="$PWD/$escaped:/here" -- sh -c 'echo changed >/here/file'
		equal "$(cat "./$name/file")" changed
	done
}

@test "fs.tmpfs is empty and writable, and what is in it is gone afterwards" {
	works sbox --tmpfs="$data" -- sh -c "ls -A '$data'; echo new >'$data/new'; cat '$data/new'"
	equal "$out" new
	equal "$(ls data)" "$(printf 'file\nsub')"
	works sbox --tmpfs=/somewhere/new -- touch /somewhere/new/file
}

@test "/tmp and /var/tmp are everyone's with the sticky bit" {
	works sbox -- stat -c %a /tmp /var/tmp /dev/shm
	equal "$out" "$(printf '1777\n1777\n1777')"
}

@test "limits.tmpfs bounds what fits into each file system in memory" {
	refused sbox --limit=tmpfs=1M -- sh -c 'head -c 2M /dev/zero >/tmp/file'
	contains "$err" "No space left"
	refused sbox --limit=tmpfs=1M -- sh -c 'head -c 2M /dev/zero >/dev/shm/file'
	works sbox --limit=tmpfs=4M -- sh -c 'head -c 2M /dev/zero >/tmp/file'
}

@test "limits.inodes bounds how many files fit" {
	refused sbox --limit=inodes=50 -- sh -c 'i=0; while [ $i -lt 60 ]; do : >/tmp/$i || exit 1; i=$((i+1)); done'
	contains "$err" "No space left"
}

@test "the root itself and directories made for mounts are read-only" {
	for path in /new /etc/new /var/new /proc/new /dev/new; do
		refused sbox -- touch "$path"
	done
	refused sbox --read="$data:/made/for/it" -- touch /made/new /made/for/new
	refused sbox -- sh -c 'echo x >>/etc/passwd'
	refused sbox -- rm /etc/passwd
}

@test "fs.deny hides a file and a directory of a directory that is shown" {
	works sbox --write="$data" --deny="$data/sub" --deny="$data/file" -- sh -c "
		cat '$data/file' 2>&1; ls '$data/sub' 2>&1; cat '$data/sub/deep' 2>&1; ls '$data'; :"
	lacks "$out" text
	lacks "$out" deep$'\n'
	contains "$out" "$(printf 'file\nsub')"
	equal "$(cat data/file data/sub/deep)" "$(printf 'text\ndeep')"
}

@test "fs.deny wins, whatever shows the path and in whatever order" {
	profile child <<-END
		extends = ["deny"]
		[fs]
		write = ["$data", "$data/sub"]
		read = ["$data/sub/deep:/direct", "$data:/second/name"]
	END
	profile deny <<-END
		fs.deny = ["$data/sub"]
	END
	works sbox -p default -p child -- sh -c "
		cat '$data/sub/deep' /direct /second/name/sub/deep 2>/dev/null; cat /second/name/file"
	equal "$out" text
}

@test "what is denied can be neither changed nor uncovered nor renamed" {
	try sbox --write="$data" --deny="$data/sub" -- sh -c "
		cd '$data'; touch sub/new; rmdir sub; rm -rf sub; mv sub moved; umount sub; chmod 777 sub; ls -A sub"
	equal "$out" ""
	equal "$(find data | sort)" "$(printf 'data\ndata/file\ndata/sub\ndata/sub/deep')"
	try sbox --write="$data" --deny="$data/file" -- sh -c "
		cd '$data'; rm -f file; mv file moved; echo x >file; cat file"
	equal "$out" ""
	equal "$(cat data/file)" text
}

@test "fs.deny holds for a path that is reached by another name" {
	ln -s data other
	works sbox --read="$PWD" --deny="$PWD/other/file" -- sh -c "cat '$data/file' '$PWD/other/file' 2>/dev/null; :"
	equal "$out" ""
}

@test "fs.deny of a path that is not there or not shown changes nothing" {
	works sbox --read="$data" --deny="$PWD/nothing" --deny=/etc/shadow -- cat "$data/file"
	equal "$out" text
}

@test "a denied path that does not exist is warned of, unless it may be missing" {
	works sbox --read="$data" --deny="$data/fil" --deny="?$PWD/nothing" -- true
	equal "$err" "sbox: warning: \"$data/fil\" does not exist, so fs.deny hides nothing there; \
\"?$data/fil\" says that it may be missing (command line:2)"
	works sbox --read="$data" --deny="$data/fil" --dry-run=full -- true
	contains "$err" "fs.deny hides nothing there"
	works sbox -q --read="$data" --deny="$data/fil" -- true
	equal "$err" ""
	works sbox --read="$data" --deny="$data/file" --deny=/etc/shadow -- true
	equal "$err" ""
}

@test "the shipped profiles warn of nothing" {
	for name in default build offline-shell; do
		works sbox -p "$name" -- true
		equal "$err" ""
	done
}

@test "what the shell did not expand is no name of a file" {
	# shellcheck disable=SC2088,SC2016 # as it reaches sbox
	for path in '~/.ssh' '~user' '$HOME/.ssh' '${HOME}/.ssh'; do
		for option in deny read write protect chdir; do
			gives 125 sbox "--$option=$path" -- true
			contains "$err" "\"$path\": the shell did not expand this"
		done
	done
	for set in 'fs.deny=["~/.ssh"]' 'fs.read=["?~/.ssh:/x"]'; do
		gives 125 sbox --set="$set" -- true
		contains "$err" "the shell did not expand this"
	done
	mkdir "./~x"
	works sbox --write="./~x" -- ls
}

@test "a protected path is visible and can be neither changed nor moved away" {
	mkdir -p data/.git/hooks
	echo hook >data/.git/hooks/pre-commit
	before=$(listing)
	for change in 'echo x >.git/hooks/pre-commit' 'rm .git/hooks/pre-commit' 'rm -r .git/hooks' \
		'mv .git .git-old' 'mv .git/hooks .git/old' 'touch .git/hooks/new' \
		'chmod 777 .git/hooks' 'rmdir .git/hooks' 'umount .git/hooks' \
		'python3 -c "import os; os.rename(\".git\", \"away\")"'; do
		refused sbox --write="$data" --protect="$data/.git/hooks" --chdir="$data" -- sh -c "$change"
		equal "$(listing)" "$before"
	done
	works sbox --write="$data" --protect="$data/.git/hooks" --chdir="$data" -- sh -c \
		'cat .git/hooks/pre-commit && touch .git/index && echo new >sub/new'
	equal "$out" hook
	[ -e data/.git/index ]
	[ -e data/sub/new ]
}

@test "a protected file is visible and can be neither changed nor replaced" {
	for change in "echo x >>$data/file" "rm -f $data/file" "mv $data/file $data/x" \
		"mv $data/sub/deep $data/file" "ln -sf /x $data/file"; do
		refused sbox --write="$data" --protect="$data/file" -- sh -c "$change"
	done
	equal "$(cat data/file)" text
	works sbox --write="$data" --protect="$data/file" -- cat "$data/file"
	equal "$out" text
}

@test "a path is protected wherever it is shown" {
	refused sbox --write="$data:/here" --protect="$data/sub" -- touch /here/sub/new
	contains "$err" "Read-only file system"
	refused sbox --write="$data:/here" --write="$data" --protect="$data/sub" -- touch /here/sub/new
	works sbox --write="$data:/here" --protect="$data/sub" -- touch /here/new
}

@test "a path that does not exist cannot be protected, and with a question mark it is watched" {
	gives 125 sbox --write="$data" --protect="$data/missing" -- touch "$data/started"
	contains "$err" "cannot be protected"
	[ ! -e data/started ]
	works sbox --write="$data" --protect="?$data/missing" -- true
	equal "$err" ""
	gives 123 sbox --write="$data" --protect="?$data/missing" -- touch "$data/missing"
	contains "$err" "the command created a protected path that did not exist: $data/missing; moved to "
	[ ! -e data/missing ]
	[ -e "${err##*; moved to }" ]
}

@test "the build profile protects version control and tool settings of the project" {
	cd data
	mkdir -p .git/hooks .vscode
	touch .git/config .envrc
	for path in .git/hooks/post-commit .git/config .vscode/tasks.json .envrc; do
		refused sbox -p build -- sh -c "echo x >>$path"
	done
	works sbox -p build -- touch .git/index made
	gives 123 sbox -p build -- touch .mcp.json
	contains "$err" ".mcp.json"
}

@test "a profile that is in use, and sbox's own directories, cannot be changed by the command" {
	before=$(find "$config" -printf '%p %s %T@\n' | sort)
	refused sbox --write="$top" -- sh -c "echo >>'$config/default.toml'"
	contains "$err" "Read-only"
	refused sbox --write="$top" -- touch "$config/new.toml"
	refused sbox --write="$top" -- mv "$config" "$config-old"
	refused sbox --write="$top" -- mv "$XDG_CONFIG_HOME" "$XDG_CONFIG_HOME-old"
	refused sbox --write="$top" -- touch "$XDG_CACHE_HOME/sbox/filters"
	equal "$(find "$config" -printf '%p %s %T@\n' | sort)" "$before"
	cp "$config/default.toml" data/mine.toml
	refused sbox --write="$data" -p ./data/mine.toml -- sh -c "echo >>'$data/mine.toml'"
	works sbox --write="$data" -- sh -c "echo >>'$data/mine.toml'"
}

@test "a symbolic link inside a writable directory is not followed" {
	ln -s /etc data/link
	gives 125 sbox --write="$data" --read="$data/link:/x" -- true
	contains "$err" "by a symbolic link inside a writable directory"
	ln -s "$data" outside
	works sbox --read="$PWD/outside" -- cat "$PWD/outside/file"
	equal "$out" text
}

@test "links of the system stay links and lead to the same" {
	[ -L /bin ] || skip "/bin is no link here"
	works sbox -- readlink /bin
	equal "$out" "$(readlink /bin)"
	works sbox -- /bin/sh -c 'echo runs'
}

@test "a bind mount is read-only unless it says otherwise" {
	profile mounts <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "bind"
		source = "$data"
		target = "/readonly"
		[[fs.mount]]
		type = "bind"
		source = "$data/sub"
		target = "/writable"
		readonly = false
		[[fs.mount]]
		type = "bind"
		source = "$data/missing"
		target = "/optional"
		optional = true
	END
	works sbox -p mounts -- cat /readonly/file /writable/deep
	refused sbox -p mounts -- touch /readonly/new
	contains "$err" "Read-only file system"
	works sbox -p mounts -- touch /writable/new
	refused sbox -p mounts -- ls /optional
}

@test "a tmpfs mount has its own size, number of files and mode" {
	profile mounts <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "tmpfs"
		target = "/small"
		size = "1M"
		inodes = 20
		mode = "0700"
		[[fs.mount]]
		type = "tmpfs"
		target = "/closed"
		readonly = true
	END
	works sbox -p mounts -- sh -c 'stat -c %a /small; head -c 900K /dev/zero >/small/file'
	equal "$out" 700
	refused sbox -p mounts -- sh -c 'head -c 1100K /dev/zero >/small/file'
	contains "$err" "No space left"
	refused sbox -p mounts -- sh -c 'cd /small && touch 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21'
	refused sbox -p mounts -- touch /closed/file
	contains "$err" "Read-only file system"
}

@test "noexec and the default flags hold on every mount" {
	printf '#!/bin/sh\necho runs\n' >data/script
	chmod +x data/script
	profile mounts <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "bind"
		source = "$data"
		target = "/noexec"
		noexec = true
		[[fs.mount]]
		type = "bind"
		source = "$data"
		target = "/exec"
	END
	works sbox -p mounts -- /exec/script
	gives 126 sbox -p mounts -- /noexec/script
	works sbox -p mounts --write="$data" -- cat /proc/self/mountinfo
	while read -r _ _ _ _ target flags _; do
		case ,$flags, in *,nosuid,*) ;; *) fail "$target has no nosuid: $flags" ;; esac
		case $target in
		/dev | /dev/null | /dev/zero | /dev/full | /dev/*random | /dev/tty | /dev/pts) continue ;;
		/proc/sys | /proc/* | /proc) ;;
		esac
		case ,$flags, in *,nodev,*) ;; *) fail "$target has no nodev: $flags" ;; esac
	done <<<"$out"
}

overlay() {
	profile overlay <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "overlay"
		target = "/over"
		$1
	END
}

@test "an overlay throws its changes away" {
	need_marks
	overlay "lower = [\"$data\"]"
	before=$(listing)
	works sbox -p overlay -- sh -c 'cd /over && cat file && echo new >new && echo changed >file && rm -r sub && ls && cat file'
	equal "$out" "$(printf 'text\nfile\nnew\nchanged')"
	equal "$(listing)" "$before"
	works sbox -p overlay -- ls /over
	equal "$out" "$(printf 'file\nsub')"
}

@test "an overlay with an upper directory keeps its changes there" {
	need_marks .
	mkdir upper work
	overlay "lower = [\"$data\"]
		upper = \"$PWD/upper\"
		work = \"$PWD/work\""
	works sbox -p overlay -- sh -c 'cd /over && echo new >new && echo changed >file'
	equal "$(cat upper/new upper/file)" "$(printf 'new\nchanged')"
	equal "$(cat data/file)" text
	works sbox -p overlay -- cat /over/file /over/sub/deep
	equal "$out" "$(printf 'changed\ndeep')"
	rm -rf work
}

@test "an upper directory on a file system without user.* attributes is refused" {
	mkdir upper work
	overlay "lower = [\"$data\"]
		upper = \"$PWD/upper\"
		work = \"$PWD/work\""
	gives 125 "$helpers/refuse" "$(number getxattr):95" -- sbox -p overlay -- true
	contains "$err" "overlay: $PWD/upper has to be on a file system that takes user.* attributes"
	export XDG_STATE_HOME=$top/state
	gives 125 "$helpers/refuse" "$(number getxattr):95" -- sbox --changes=s --write="$data" -- true
	contains "$err" "user.* attributes, which a tmpfs before Linux 6.6 does not, and so have the directories that are written to in a change set"
	[ ! -e "$XDG_STATE_HOME/sbox/changes/s" ]
}

@test "of an overlay's layers the first is the topmost" {
	mkdir second
	echo second >second/file
	echo other >second/other
	overlay "lower = [\"$data\", \"$PWD/second\"]
		readonly = true"
	works sbox -p overlay -- cat /over/file /over/other
	equal "$out" "$(printf 'text\nother')"
}

@test "a read-only overlay cannot be written to" {
	overlay "lower = [\"$data\"]
		readonly = true"
	works sbox -p overlay -- cat /over/file
	refused sbox -p overlay -- touch /over/new
	refused sbox -p overlay --set='landlock.mode="off"' -- touch /over/new
	contains "$err" "Read-only file system"
}

@test "fs.deny and an overlay: what is denied is not in the layers either" {
	overlay "lower = [\"$data\"]
		readonly = true"
	works sbox -p overlay -- cat /over/file
	equal "$out" text
	try sbox -p overlay --deny="$data/file" -- cat /over/file
	lacks "$out" text
}

# What a tmpfs of a kernel before 6.6 answers, on any kernel.
bare=("$helpers/refuse" "$(number uname):1" "$(number fsetxattr):95" --)

@test "where a tmpfs cannot hold what is thrown away, that is told with a cure that works" {
	make_root
	overlay "lower = [\"$data\"]"
	gives 125 "${bare[@]}" sbox -p overlay -- true
	contains "$err" "overlay.toml:2:"
	matches "$err" 'what is written to "/over" cannot be kept in memory: a tmpfs of this kernel takes no user\.\* attributes'
	contains "$err" "--changes=NAME"
	gives 125 "${bare[@]}" sboxctl explain -p overlay path /over/file
	contains "$err" "cannot be kept in memory"
	gives 125 "${bare[@]}" sbox --root="$top/root" --root-mode=overlay -- true
	contains "$err" 'what is written to "/" cannot be kept in memory'

	# what is not written to needs no cure
	works "${bare[@]}" sbox --root="$top/root" -- cat /etc/file
	works "${bare[@]}" sbox --set="fs.mount=[{type=\"overlay\",target=\"/ro\",lower=[\"$data\"],readonly=true}]" -- cat /ro/file
	# the cures need a place that takes them
	need_marks .
	works sbox --try --on-success=discard --write="$data:/over" -- rm -r /over/sub
	[ -e data/sub/deep ]
	mkdir upper work
	profile kept <<-END
		extends = ["default"]
		reset = ["fs.read"]
		[[fs.mount]]
		type = "overlay"
		target = "/"
		lower = ["$top/root"]
		upper = "$PWD/upper"
		work = "$PWD/work"
	END
	works "${bare[@]}" sbox -p kept -- sh -c 'rm -r /etc && echo x >/new && ls /'
	lacks "$out" etc
	equal "$(cat upper/new)" x
	equal "$(cat "$top/root/etc/file")" of-the-root
	chmod -R u+rwx work # or nobody but root could remove what overlayfs leaves there
}

@test "files, links and directories are made inside as the profile says" {
	profile made <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "file"
		target = "/etc/made"
		content = "first\nsecond\n"
		mode = "0640"
		[[fs.mount]]
		type = "symlink"
		target = "/etc/link"
		source = "made"
		[[fs.mount]]
		type = "dir"
		target = "/srv/dir"
		mode = "0711"
	END
	before=$(listing)
	works sbox -p made -- sh -c 'cat /etc/link; stat -c %a /etc/made /srv/dir; readlink /etc/link'
	equal "$out" "$(printf 'first\nsecond\n640\n711\nmade')"
	refused sbox -p made -- sh -c 'echo x >/etc/made'
	equal "$(listing)" "$before"
}

@test "a file of the profile covers one that is shown, and the host keeps its own" {
	profile made <<-END
		extends = ["default"]
		fs.read = ["$data"]
		[[fs.mount]]
		type = "file"
		target = "$data/file"
		content = "covered\n"
	END
	works sbox -p made -- cat "$data/file"
	equal "$out" covered
	equal "$(cat data/file)" text
}

@test "nothing is created on the host for a file, a link, a directory or a mount point" {
	before=$(listing)
	for mount in 'type = "file"
		content = ""' 'type = "symlink"
		source = "x"' 'type = "dir"' 'type = "tmpfs"' 'type = "mqueue"'; do
		profile made <<-END
			extends = ["default"]
			fs.write = ["$data"]
			[[fs.mount]]
			$mount
			target = "$data/new"
		END
		gives 125 sbox -p made -- true
		contains "$err" "$data/new"
		equal "$(listing)" "$before"
	done
	gives 125 sbox --read="$data" --read="$PWD:$data/missing" -- true
	contains "$err" "has no mount point of its kind"
	equal "$(listing)" "$before"
}

@test "a run changes nothing on the host beside what the command does" {
	before=$(listing)
	works sbox --read="$data" --write="$data/sub" --deny="$data/file" --tmpfs=/a/b/c \
		--protect="$data/sub/deep" -- true
	works sbox -p build -- true
	works sbox -p container --write=. -- true
	equal "$(listing)" "$before"
}

@test "mqueue shows the sandbox's own message queues" {
	profile queues <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "mqueue"
		target = "/mqueue"
	END
	works sbox -p queues -- sh -c 'touch /mqueue/made && cat /mqueue/made && ls /mqueue'
	contains "$out" QSIZE
	matches "$out" '^made$'
	[ ! -e /dev/mqueue/made ]
	gives 125 sbox -p queues --set='namespaces.share=["ipc"]' -- true
	contains "$err" "mqueue needs an IPC namespace"
}

@test "a device is shown by a mount of its type only" {
	profile device <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "device"
		source = "/dev/full"
		target = "/full"
	END
	refused sbox -p device -- bash -c 'echo x >/full'
	contains "$err" "No space left on device"
	gives 125 sbox --read=/dev/full -- true
	contains "$err" 'type = "socket" or "device"'
	mknod fifo p
	gives 125 sbox --read="$PWD/fifo" -- true
	contains "$err" "is a FIFO"
	profile wrong <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "device"
		source = "$data/file"
		target = "/full"
	END
	gives 125 sbox -p wrong -- true
	contains "$err" "is a file, the mount's type is \"device\""
}

@test "a socket is shown by a mount of its type, and can be spoken to" {
	need python3
	python3 -c '
import socket
server = socket.socket(socket.AF_UNIX)
server.bind("socket")
server.listen()
while True:
    server.accept()[0].send(b"hello")' 3>&- &
	wait_for test -S socket
	profile socket <<-END
		extends = ["default"]
		[[fs.mount]]
		type = "socket"
		source = "$PWD/socket"
		target = "/run/socket"
	END
	talk='import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(9))'
	works sbox -p socket -- python3 -c "$talk" /run/socket
	contains "$out" hello
	refused sbox -- python3 -c "$talk" "$PWD/socket"
	gives 125 sbox --read="$PWD/socket" -- true
	contains "$err" "is a socket"
}

@test "/dev has the harmless devices, and they work" {
	works sbox -- sh -c 'ls -A /dev; echo x >/dev/null; head -c 3 /dev/zero | od -An -tx1; head -c 5 /dev/urandom | wc -c'
	equal "$(head -n -2 <<<"$out" | tr '\n' ' ')" \
		"fd full null ptmx pts random shm stderr stdin stdout tty urandom zero "
	equal "$(tail -n 2 <<<"$out")" "$(printf ' 00 00 00\n5')"
	refused sbox -- sh -c 'echo x >/dev/full'
}

@test "/dev/stdout and its kin can be opened, be they pipes, files or a terminal" {
	need python3
	script='read line </dev/stdin; echo "out $line" >>/dev/stdout; echo "err" >>/dev/fd/2'
	echo typed >in
	equal "$(echo typed | sbox -- sh -c "$script" 2>&1 | cat)" "$(printf 'out typed\nerr')"
	on_tty sbox -- sh -c "$script" <<-'END'
		raw
		send typed\r
		expect out typed\r\nerr
		status 0
	END
	sbox -- sh -c "$script" <in >told 2>told-err
	equal "$(cat told told-err)" "$(printf 'out typed\nerr')"
}

@test "fs.dev and fs.proc are left out where the profile says so" {
	works sbox --dev=none -- sh -c 'ls /dev 2>&1 || :'
	contains "$out" "No such file"
	works sbox --proc=none -- sh -c 'ls /proc 2>&1 || :'
	contains "$out" "No such file"
	works sbox --proc=bind -- sh -c "ls /proc | grep -cx $$"
	equal "$out" 1
}

@test "what would stand in the place of /dev or /proc is refused" {
	gives 125 sbox --read="$data:/dev" -- true
	contains "$err" 'set fs.dev = "none"'
	gives 125 sbox --tmpfs=/proc -- true
	contains "$err" 'set fs.proc = "none"'
	works sbox --dev=none --read="$data:/dev" -- cat /dev/file
}

@test "two mounts of one layer for the same target are a mistake, and a later layer replaces" {
	gives 125 sbox --read="$data:/x" --read="$data/sub:/x" -- true
	contains "$err" '"/x" is mounted here and at command line:1 already'
	profile first <<-END
		extends = ["default"]
		fs.read = ["$data:/x"]
	END
	works sbox -p first --read="$data/sub:/x" -- cat /x/deep
}

# A small system as a root directory, on the host's programs.
make_root() {
	need busybox
	mkdir -p "$top/root/bin" "$top/root/etc" "$top/root/var"
	cp "$(command -v busybox)" "$top/root/bin/sh"
	ln -s sh "$top/root/bin/cat"
	echo of-the-root >"$top/root/etc/file"
	ln -s /run "$top/root/var/run"
	! ldd "$top/root/bin/sh" >/dev/null 2>&1 || skip "busybox is not static here"
}

root_listing() {
	(cd "$top/root" && listing)
}

@test "a root directory is read-only by default, and lacking mount points are made elsewhere" {
	make_root
	before=$(root_listing)
	works sbox --root="$top/root" -- cat /etc/file
	equal "$out" of-the-root
	refused sbox --root="$top/root" -- sh -c 'echo x >/etc/file'
	refused sbox --root="$top/root" -- sh -c 'echo x >/new'
	works sbox --root="$top/root" -- sh -c 'echo x >/tmp/file && cat /tmp/file /proc/1/comm'
	refused sbox --root="$top/root" -- ls /usr
	equal "$(root_listing)" "$before"
}

@test "a root directory under an overlay takes changes and forgets them" {
	need_marks
	make_root
	before=$(root_listing)
	works sbox --root="$top/root" --root-mode=overlay -- sh -c 'echo changed >/etc/file; echo x >/new; cat /etc/file /new'
	equal "$out" "$(printf 'changed\nx')"
	equal "$(root_listing)" "$before"
}

@test "a writable root directory keeps changes" {
	make_root
	mkdir -p "$top/root/tmp" "$top/root/var/tmp" "$top/root/run" "$top/root/dev" "$top/root/proc" "$top/root/root"
	works sbox --root="$top/root" --root-mode=rw -- sh -c 'echo changed >/etc/file; echo x >/new'
	equal "$(cat "$top/root/etc/file" "$top/root/new")" "$(printf 'changed\nx')"
}

@test "a writable root directory without the mount points is an error and stays as it is" {
	make_root
	before=$(root_listing)
	gives 125 sbox --root="$top/root" --root-mode=rw -- true
	contains "$err" "has no mount point"
	equal "$(root_listing)" "$before"
}

@test "absolute links in a root directory lead to its own places" {
	make_root
	works sbox --root="$top/root" --read="$data:/var/run/data" -- cat /run/data/file
	equal "$out" text
	ln -s /etc "$top/root/var/link"
	works sbox --root="$top/root" --read="$data:/var/link/new" -- cat /etc/new/file
	equal "$out" text
	ln -s "$data/sub" "$top/root/etc/outside"
	try sbox --root="$top/root" --tmpfs=/etc/outside/inside -- true
	[ ! -e data/sub/inside ]
}

@test "mistakes about the root are told" {
	gives 125 sbox --root-mode=rw -- true
	contains "$err" "fs.root_mode without fs.root"
	gives 125 sbox --root="$data/file" -- true
	contains "$err" "a root is a directory"
	gives 125 sbox --root="$data/missing" -- true
	contains "$err" "does not exist"
	gives 125 sbox --root="$data" --root-mode=readwrite -- true
	contains "$err" "must be one of: ro, overlay, rw"
}

@test "the whole of the host can be the root, or be shown below it" {
	export XDG_RUNTIME_DIR=$top/run
	mkdir -m 700 "$top/run" "$top/run/sbox"
	touch "$top/run/sbox/hidden"
	works sbox --read=/ --deny="$top/here" -- sh -c 'ls /; ls -A "$1" "$2" 2>/dev/null || :' \
		sh "$top/here" "$top/run/sbox"
	equal "$out" "$(ls /)"
	works sbox --root=/ -- sh -c 'ls /'
	equal "$out" "$(ls /)"
	refused sbox --read=/ -- touch "$top/made"
	works sbox --read=/:/host -- sh -c 'ls /host && cat "/host$1"; ls -A "/host$2" 2>/dev/null || :' \
		sh "$config/base.toml" "$top/run/sbox"
	equal "$out" "$(ls / && cat "$config/base.toml")"
	works sbox --read=/:/host --read=/:/again -- sh -c 'ls /again'
	equal "$out" "$(ls /)"
	[ ! -e "$top/made" ]
}

@test "file systems that are mounted below a shown directory are read-only as well" {
	cat >outer <<-'END'
		set -eu
		mkdir data/mounted
		mount -t tmpfs none data/mounted
		echo below >data/mounted/file
		sbox -q --read="$PWD/data" -- cat "$PWD/data/mounted/file"
		if sbox -q --read="$PWD/data" -- touch "$PWD/data/mounted/new"; then exit 1; fi
		sbox -q --write="$PWD/data" -- touch "$PWD/data/mounted/new"
		[ -e data/mounted/new ]
		if sbox -q --write="$PWD/data" --protect="$PWD/data" -- touch "$PWD/data/mounted/new2"; then :; fi
		mkdir data/mounted/sub
		if sbox -q --write="$PWD/data" --protect="$PWD/data/mounted/sub" -- touch "$PWD/data/mounted/sub/x"; then exit 2; fi
		sbox -q --write="$PWD/data" --deny="$PWD/data/mounted" -- sh -c "! cat '$PWD/data/mounted/file'"
	END
	unshare -Ur true 2>/dev/null || skip "no user namespace can be made for the test"
	works unshare -Urm sh outer
	equal "$out" below
	contains "$err" "Read-only file system"
}

@test "a directory below ones that may only be passed through can be shown" {
	mkdir -p gate/inner
	echo text >gate/inner/file
	chmod 711 gate
	works sbox --read="$PWD/gate/inner" -- cat "$PWD/gate/inner/file"
	equal "$out" text
	works sbox --read="$PWD/gate/inner" --user=caller -- cat "$PWD/gate/inner/file"
}

@test "host files that the caller may not read cannot be read inside either" {
	echo secret >closed
	chmod 0 closed
	refused sbox --read="$PWD/closed" -- cat "$PWD/closed"
	contains "$err" "Permission denied"
	refused sbox --read=/etc/shadow -- cat /etc/shadow
	contains "$err" "Permission denied"
}
