# fish completion for sbox and sboxctl, made by tools/gen-completions.sh: do not edit

function __sbox_key
	string split -n " " ' description= fs.read= fs.write= fs.tmpfs= fs.deny= fs.protect= fs.cache= fs.root= fs.root_mode= fs.proc= fs.dev= fs.on_replace= guard.action= guard.allow= changes.enabled= changes.on_success= changes.on_failure= changes.history= changes.protect= changes.max= changes.dir= identity.user= identity.map= identity.setgroups= identity.hostname= env.pass= env.set= env.path= net.mode= net.scope= net.allow= net.deny= net.dns= net.search= net.ipv6= net.publish= net.reach= net.tls= net.proxy= net.upstream= net.on_helper_exit= net.inherited= seccomp.base= seccomp.allow= seccomp.deny= seccomp.programs= caps.keep= landlock.mode= landlock.min_abi= process.cwd= process.argv0= process.umask= process.keep_fds= process.jobserver= process.die_with_parent= process.linger= process.tty= process.forward= process.kill_after_grace= namespaces.share= namespaces.nested= namespaces.inner= limits.tmpfs= limits.inodes= limits.pids= limits.nofile= limits.fsize= limits.core= limits.stack= limits.memlock= limits.cpu_time= limits.wall= limits.grace= limits.memory= limits.swap= limits.cpu= limits.cpus= limits.require='
end

function __sbox_limit
	string split -n " " ' tmpfs= inodes= pids= nofile= fsize= core= stack= memlock= cpu_time= wall= grace= memory= swap= cpu= cpus= require='
end

# The command and its arguments, as far as they are typed.
function __sbox_command
	set -l tokens (commandline -opc) (commandline -ct)
	set -e tokens[1]
	set -l options p/profile=+ profile-fd=+ args-fd=+ project=+ set=+ limit=+ dry-run=? name=+ hold changes=+ try on-success=+ report=+ status-fd=+ block-fd=+ observe=? why q/quiet v/verbose h/help V/version read=+ write=+ tmpfs=+ deny=+ protect=+ cache=+ root=+ root-mode=+ proc=+ dev=+ guard=+ guard-allow=+ user=+ map=+ hostname=+ pass-env=+ setenv=+ path=+ net=+ net-allow=+ net-deny=+ dns=+ publish=+ reach=+ seccomp-program=+ chdir=+ argv0=+ keep-fd=+
	argparse -s $options -- $tokens 2>/dev/null
	and test -n "$argv"
	and not string match -q -- "-*" $argv[1]
	and string join0 -- $argv
end

# The words of sboxctl in front of the current one, without options.
function __sboxctl_words
	set -l tokens (commandline -opc)
	set -e tokens[1]
	argparse -i json effective detect h/help p/profile=+ set=+ limit=+ read=+ write=+ tmpfs=+ deny=+ protect=+ cache=+ root=+ root-mode=+ proc=+ dev=+ guard=+ guard-allow=+ user=+ map=+ hostname=+ pass-env=+ setenv=+ path=+ net=+ net-allow=+ net-deny=+ dns=+ publish=+ reach=+ seccomp-program=+ chdir=+ argv0=+ keep-fd=+ -- $tokens 2>/dev/null
	and test -n "$argv"
	or return 1
	string join0 -- $argv
	true # of a single word nothing is joined
end

function __sboxctl_actions
	switch "$argv[1]"
	case cache
		string split ' ' 'list clear'
	case changes
		string split ' ' 'list diff commit undo discard'
	case explain
		string split ' ' 'path net syscall env command'
	case profile
		string split ' ' 'list show check path new schema guards'
	end
end

complete -c sbox -n __sbox_no_command -l profile -s p -x -a '(__sbox_profile)' -d 'use this profile ("default" if none is named); repeatable, in order'
complete -c sbox -n __sbox_no_command -l profile-fd -x -d 'use the profile that an open descriptor gives; repeatable, as --profile'
complete -c sbox -n __sbox_no_command -l args-fd -x -d 'read arguments, each with a NUL byte behind it, from an open descriptor'
complete -c sbox -n __sbox_no_command -l project -x -d 'what build, ci and agent show, ${PROJECT}; else it is looked for'
complete -c sbox -n __sbox_no_command -l set -x -a '(__sbox_key)' -d 'any key of sbox.toml(5), the value in TOML'
complete -c sbox -n __sbox_no_command -l limit -x -a '(__sbox_limit)' -d 'memory, cpu, pids, wall and others, below'
complete -c sbox -n __sbox_no_command -l dry-run -a 'full json' -d 'print what would be done, and do nothing'
complete -c sbox -n __sbox_no_command -l name -x -d 'call the sandbox so, for sboxctl and in reports'
complete -c sbox -n __sbox_no_command -l hold -d 'hold the sandbox without a command, for "sboxctl exec"'
complete -c sbox -n __sbox_no_command -l changes -x -d 'write nothing of the host, but to a change set of this name (sboxctl changes)'
complete -c sbox -n __sbox_no_command -l try -d 'the same with a new change set, and ask at the end what is to become of it'
complete -c sbox -n __sbox_no_command -l on-success -x -d 'keep the change set when COMMAND gave 0, commit, discard it, or ask'
complete -c sbox -n __sbox_no_command -l report -rF -d 'write how it ended, as JSON'
complete -c sbox -n __sbox_no_command -l status-fd -x -d 'write start and end as lines of JSON to an open descriptor'
complete -c sbox -n __sbox_no_command -l block-fd -x -d 'run the command once a byte can be read from an open descriptor'
complete -c sbox -n __sbox_no_command -l observe -a 'failed all' -d 'say at the end what was asked for in vain, and what would let it through'
complete -c sbox -n __sbox_no_command -l why -d 'run nothing, and explain: COMMAND is a question (sboxctl explain)'
complete -c sbox -n __sbox_no_command -l quiet -s q -d 'no warnings'
complete -c sbox -n __sbox_no_command -l verbose -s v -d 'say more about what is done'
complete -c sbox -n __sbox_no_command -l help -s h -d 'this text'
complete -c sbox -n __sbox_no_command -l version -s V -d 'the version'
complete -c sbox -n __sbox_no_command -l read -rF -d 'show a file or directory, read-only'
complete -c sbox -n __sbox_no_command -l write -rF -d 'show a file or directory, writable'
complete -c sbox -n __sbox_no_command -l tmpfs -rF -d 'an empty, writable directory in memory'
complete -c sbox -n __sbox_no_command -l deny -rF -d 'hide a path of the host; wins over everything that shows it'
complete -c sbox -n __sbox_no_command -l protect -rF -d 'keep a path inside a writable one read-only and in its place'
complete -c sbox -n __sbox_no_command -l cache -x -d 'a cache that is kept for later runs, and is theirs alone'
complete -c sbox -n __sbox_no_command -l root -x -a '(__fish_complete_directories)' -d 'a directory as the root, in place of what fs.read has so far'
complete -c sbox -n __sbox_no_command -l root-mode -x -a 'ro overlay rw' -d 'of fs.root: ro, overlay (writes are thrown away) or rw'
complete -c sbox -n __sbox_no_command -l proc -x -a 'fresh bind none' -d '/proc: fresh, bind (the host\'s: shows its processes) or none'
complete -c sbox -n __sbox_no_command -l dev -x -a 'minimal none' -d '/dev: minimal (null, zero, full, random, urandom, tty) or none'
complete -c sbox -n __sbox_no_command -l guard -x -a 'move fail warn off' -d 'what others would run of it: move (aside), fail, warn or off'
complete -c sbox -n __sbox_no_command -l guard-allow -rF -d 'let the command change a guarded path of the host'
complete -c sbox -n __sbox_no_command -l user -x -a 'root caller' -d 'root, caller, or UID:GID inside'
complete -c sbox -n __sbox_no_command -l map -x -a 'auto subids single' -d 'ids inside: single, subids (newuidmap), or auto'
complete -c sbox -n __sbox_no_command -l hostname -x -d 'the host name inside'
complete -c sbox -n __sbox_no_command -l pass-env -x -a '(set -nx)' -d 'let variables through, "LC_*"'
complete -c sbox -n __sbox_no_command -l setenv -x -d 'set a variable inside'
complete -c sbox -n __sbox_no_command -l path -x -a '(__fish_complete_directories)' -d 'put a directory in front of PATH'
complete -c sbox -n __sbox_no_command -l net -x -a 'none host slirp4netns pasta filtered auto join:' -d 'none, filtered (what net.allow lists), auto, host, join:NAME'
complete -c sbox -n __sbox_no_command -l net-allow -x -d 'let through "crates.io:443", "*.crates.io", "10.1.0.0/16:443/tcp"'
complete -c sbox -n __sbox_no_command -l net-deny -x -d 'reject; wins over net.allow'
complete -c sbox -n __sbox_no_command -l dns -x -d 'name servers, "forward" or "none"; else the host\'s'
complete -c sbox -n __sbox_no_command -l publish -x -d 'lead a port of the host inside: "127.0.0.1:8080:80/tcp"'
complete -c sbox -n __sbox_no_command -l reach -x -d 'lead a port inside to the host\'s loopback: "HOST_PORT:PORT"'
complete -c sbox -n __sbox_no_command -l seccomp-program -rF -d 'a compiled filter to load on top, as seccomp_export_bpf(3) writes it'
complete -c sbox -n __sbox_no_command -l chdir -x -a '(__fish_complete_directories)' -d 'where the command starts; else the caller\'s directory if visible, else /'
complete -c sbox -n __sbox_no_command -l argv0 -x -d 'the name that the command is called by'
complete -c sbox -n __sbox_no_command -l keep-fd -x -d 'hand an open descriptor to the command'
complete -c sboxctl -n 'not __sboxctl_words' -a cache -d 'private caches of sandboxes: which there are, their end'
complete -c sboxctl -n 'not __sboxctl_words' -a changes -d 'what runs have written: looked at, put into place, taken back'
complete -c sboxctl -n 'not __sboxctl_words' -a doctor -d 'what sbox can do on this machine, and what mends the rest'
complete -c sboxctl -n 'not __sboxctl_words' -a exec -d 'one more command in a named sandbox'
complete -c sboxctl -n 'not __sboxctl_words' -a explain -d 'would a profile allow it, and which line decides'
complete -c sboxctl -n 'not __sboxctl_words' -a kill -d 'end sandboxes, or signal their commands'
complete -c sboxctl -n 'not __sboxctl_words' -a learn -d 'a profile of what a command needs, found out by trying'
complete -c sboxctl -n 'not __sboxctl_words' -a net -d 'what a filtered network has let through and refused'
complete -c sboxctl -n 'not __sboxctl_words' -a profile -d ''
complete -c sboxctl -n 'not __sboxctl_words' -a ps -d 'which sandboxes run, and what they use'
complete -c sboxctl -n 'not __sboxctl_words' -a runs -d 'the last runs that failed, for "sboxctl explain last"'
complete -c sboxctl -n __sboxctl_takes_policy -l profile -s p -x -a '(__sbox_profile)' -d 'use this profile ("default" if none is named); repeatable, in order'
complete -c sboxctl -n __sboxctl_takes_policy -l set -x -a '(__sbox_key)' -d 'any key of sbox.toml(5), the value in TOML'
complete -c sboxctl -n __sboxctl_takes_policy -l limit -x -a '(__sbox_limit)' -d 'memory, cpu, pids, wall and others, below'
complete -c sboxctl -n __sboxctl_takes_policy -l read -rF -d 'show a file or directory, read-only'
complete -c sboxctl -n __sboxctl_takes_policy -l write -rF -d 'show a file or directory, writable'
complete -c sboxctl -n __sboxctl_takes_policy -l tmpfs -rF -d 'an empty, writable directory in memory'
complete -c sboxctl -n __sboxctl_takes_policy -l deny -rF -d 'hide a path of the host; wins over everything that shows it'
complete -c sboxctl -n __sboxctl_takes_policy -l protect -rF -d 'keep a path inside a writable one read-only and in its place'
complete -c sboxctl -n __sboxctl_takes_policy -l cache -x -d 'a cache that is kept for later runs, and is theirs alone'
complete -c sboxctl -n __sboxctl_takes_policy -l root -x -a '(__fish_complete_directories)' -d 'a directory as the root, in place of what fs.read has so far'
complete -c sboxctl -n __sboxctl_takes_policy -l root-mode -x -a 'ro overlay rw' -d 'of fs.root: ro, overlay (writes are thrown away) or rw'
complete -c sboxctl -n __sboxctl_takes_policy -l proc -x -a 'fresh bind none' -d '/proc: fresh, bind (the host\'s: shows its processes) or none'
complete -c sboxctl -n __sboxctl_takes_policy -l dev -x -a 'minimal none' -d '/dev: minimal (null, zero, full, random, urandom, tty) or none'
complete -c sboxctl -n __sboxctl_takes_policy -l guard -x -a 'move fail warn off' -d 'what others would run of it: move (aside), fail, warn or off'
complete -c sboxctl -n __sboxctl_takes_policy -l guard-allow -rF -d 'let the command change a guarded path of the host'
complete -c sboxctl -n __sboxctl_takes_policy -l user -x -a 'root caller' -d 'root, caller, or UID:GID inside'
complete -c sboxctl -n __sboxctl_takes_policy -l map -x -a 'auto subids single' -d 'ids inside: single, subids (newuidmap), or auto'
complete -c sboxctl -n __sboxctl_takes_policy -l hostname -x -d 'the host name inside'
complete -c sboxctl -n __sboxctl_takes_policy -l pass-env -x -a '(set -nx)' -d 'let variables through, "LC_*"'
complete -c sboxctl -n __sboxctl_takes_policy -l setenv -x -d 'set a variable inside'
complete -c sboxctl -n __sboxctl_takes_policy -l path -x -a '(__fish_complete_directories)' -d 'put a directory in front of PATH'
complete -c sboxctl -n __sboxctl_takes_policy -l net -x -a 'none host slirp4netns pasta filtered auto join:' -d 'none, filtered (what net.allow lists), auto, host, join:NAME'
complete -c sboxctl -n __sboxctl_takes_policy -l net-allow -x -d 'let through "crates.io:443", "*.crates.io", "10.1.0.0/16:443/tcp"'
complete -c sboxctl -n __sboxctl_takes_policy -l net-deny -x -d 'reject; wins over net.allow'
complete -c sboxctl -n __sboxctl_takes_policy -l dns -x -d 'name servers, "forward" or "none"; else the host\'s'
complete -c sboxctl -n __sboxctl_takes_policy -l publish -x -d 'lead a port of the host inside: "127.0.0.1:8080:80/tcp"'
complete -c sboxctl -n __sboxctl_takes_policy -l reach -x -d 'lead a port inside to the host\'s loopback: "HOST_PORT:PORT"'
complete -c sboxctl -n __sboxctl_takes_policy -l seccomp-program -rF -d 'a compiled filter to load on top, as seccomp_export_bpf(3) writes it'
complete -c sboxctl -n __sboxctl_takes_policy -l chdir -x -a '(__fish_complete_directories)' -d 'where the command starts; else the caller\'s directory if visible, else /'
complete -c sboxctl -n __sboxctl_takes_policy -l argv0 -x -d 'the name that the command is called by'
complete -c sboxctl -n __sboxctl_takes_policy -l keep-fd -x -d 'hand an open descriptor to the command'
complete -c sbox -x -a '(__sbox_complete_command)'

function __sbox_no_command
	not __sbox_command >/dev/null
	or test (count (__sbox_command | string split0)) -eq 1
end

function __sbox_complete_command
	set -l words (__sbox_command | string split0)
	if test (count $words) -eq 0
		set words ''
	end
	__fish_complete_subcommand --commandline $words
end

# The names in the search path, as far as it can be known; a path has a slash.
function __sbox_profile
	set -l path (commandline -ct | string replace -r '^(--profile=|-p=?)' '')
	if string match -q '*/*' -- $path
		complete -C "'' $path" | string match -r '.*(?:/|\.toml)(?=\t|$)'
		return
	end
	set -l config $XDG_CONFIG_HOME
	test -n "$config"
	or set config ~/.config
	set -l prefix (string replace -r '/bin/[^/]*$' '' -- (command -s sbox))
	for file in {$config,$prefix/etc,$prefix/share,/etc,/usr/local/etc,/usr/local/share,/usr/share}/sbox/profiles/*.toml
		path basename $file | string replace -r '\.toml$' ''
	end
end

function __sboxctl_takes_policy
	contains -- (__sboxctl_words | string split0)[1] explain profile
end

# The names of running sandboxes, as far as their directory tells.
function __sboxctl_running
	for entry in $XDG_RUNTIME_DIR/sbox/*
		path basename $entry | string replace -r '\.[^.]*$' ''
	end
end

# The names of private caches.
function __sboxctl_caches
	set -l dir $XDG_CACHE_HOME
	test -n "$dir"
	or set dir ~/.cache
	for entry in $dir/sbox-caches/*/
		path basename $entry
	end
end

# What can stand at the current word, behind the subcommand.
function __sboxctl_word
	set -l words (__sboxctl_words | string split0)
	switch "$words[1] $words[2] "(count $words)
		case '* 0'
			return
		case 'explain path 2' 'profile new 2'
			__fish_complete_path (commandline -ct)
		case 'explain path 3'
			string split ' ' 'read write exec'
		case 'explain env 2'
			set -nx
		case 'profile show *' 'profile check *' 'profile path *'
			__sbox_profile
		case 'cache clear *'
			__sboxctl_caches
		case 'exec * 1' 'kill *'
			__sboxctl_running
		case '* 1'
			__sboxctl_actions $words[1]
	end
end

complete -c sboxctl -f -a '(__sboxctl_word)'
complete -c sboxctl -n __sboxctl_words -l json -d 'answer in JSON'
complete -c sboxctl -n __sboxctl_takes_policy -l effective -d 'as one profile'
complete -c sboxctl -n __sboxctl_takes_policy -l detect -d 'by what the project is'
complete -c sboxctl -n 'string match -q cache -- (__sboxctl_words | string split0)[1]' -l all -d 'every cache'
complete -c sboxctl -s h -l help -d 'the help text'
complete -c sboxctl -n 'not __sboxctl_words' -s V -l version -d 'the version'
