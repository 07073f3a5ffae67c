# bash completion for sbox and sboxctl, made by tools/gen-completions.sh: do not edit
# shellcheck shell=bash

_sbox_options="--profile= -p --profile-fd= --args-fd= --project= --set= --limit= --dry-run --name= --hold --changes= --try --on-success= --report= --status-fd= --block-fd= --observe --why --quiet -q --verbose -v --help -h --version -V --read= --write= --tmpfs= --deny= --protect= --cache= --root= --root-mode= --proc= --dev= --guard= --guard-allow= --user= --map= --hostname= --pass-env= --setenv= --path= --net= --net-allow= --net-deny= --dns= --publish= --reach= --seccomp-program= --chdir= --argv0= --keep-fd="
_sboxctl_policy_options="--profile= -p --set= --limit= --read= --write= --tmpfs= --deny= --protect= --cache= --root= --root-mode= --proc= --dev= --guard= --guard-allow= --user= --map= --hostname= --pass-env= --setenv= --path= --net= --net-allow= --net-deny= --dns= --publish= --reach= --seccomp-program= --chdir= --argv0= --keep-fd="
_sboxctl_subcommands="cache changes doctor exec explain kill learn net profile ps runs"

# What can follow subcommand $1.
_sboxctl_actions() {
	case $1 in
	cache) _sbox_words list clear ;;
	changes) _sbox_words list diff commit undo discard ;;
	explain) _sbox_words path net syscall env command ;;
	profile) _sbox_words list show check path new schema guards ;;
	*) false ;;
	esac
}

# Whether $1 is an option that takes the next word if it has no "=".
_sbox_takes_word() {
	case $1 in
	--profile | -p | --profile-fd | --args-fd | --project | --set | --limit | --name | --changes | --on-success | --report | --status-fd | --block-fd | --read | --write | --tmpfs | --deny | --protect | --cache | --root | --root-mode | --proc | --dev | --guard | --guard-allow | --user | --map | --hostname | --pass-env | --setenv | --path | --net | --net-allow | --net-deny | --dns | --publish | --reach | --seccomp-program | --chdir | --argv0 | --keep-fd) true ;;
	*) false ;;
	esac
}

# The values of option $1.
_sbox_value() {
	case $1 in
	--profile | -p) _sbox_profile ;;
	--set) _sbox_key ;;
	--limit) _sbox_limit ;;
	--dry-run) _sbox_words full json ;;
	--report) _sbox_file ;;
	--observe) _sbox_words failed all ;;
	--read) _sbox_file ;;
	--write) _sbox_file ;;
	--tmpfs) _sbox_file ;;
	--deny) _sbox_file ;;
	--protect) _sbox_file ;;
	--root) _sbox_dir ;;
	--root-mode) _sbox_words ro overlay rw ;;
	--proc) _sbox_words fresh bind none ;;
	--dev) _sbox_words minimal none ;;
	--guard) _sbox_words move fail warn off ;;
	--guard-allow) _sbox_file ;;
	--user) _sbox_words root caller ;;
	--map) _sbox_words auto subids single ;;
	--pass-env) _sbox_env ;;
	--path) _sbox_dir ;;
	--net) _sbox_words none host slirp4netns pasta filtered auto join: ;;
	--seccomp-program) _sbox_file ;;
	--chdir) _sbox_dir ;;
	esac
}

_sbox_key() {
	_sbox_words description= fs.read= fs.write= fs.tmpfs= fs.deny= fs.protect= fs.cache= fs.root= fs.root_mode= fs.proc= fs.dev= fs.on_replace= guard.action= guard.allow= changes.enabled= changes.on_success= changes.on_failure= changes.history= changes.protect= changes.max= changes.dir= identity.user= identity.map= identity.setgroups= identity.hostname= env.pass= env.set= env.path= net.mode= net.scope= net.allow= net.deny= net.dns= net.search= net.ipv6= net.publish= net.reach= net.tls= net.proxy= net.upstream= net.on_helper_exit= net.inherited= seccomp.base= seccomp.allow= seccomp.deny= seccomp.programs= caps.keep= landlock.mode= landlock.min_abi= process.cwd= process.argv0= process.umask= process.keep_fds= process.jobserver= process.die_with_parent= process.linger= process.tty= process.forward= process.kill_after_grace= namespaces.share= namespaces.nested= namespaces.inner= limits.tmpfs= limits.inodes= limits.pids= limits.nofile= limits.fsize= limits.core= limits.stack= limits.memlock= limits.cpu_time= limits.wall= limits.grace= limits.memory= limits.swap= limits.cpu= limits.cpus= limits.require=
	compopt -o nospace
}

_sbox_limit() {
	_sbox_words tmpfs= inodes= pids= nofile= fsize= core= stack= memlock= cpu_time= wall= grace= memory= swap= cpu= cpus= require=
	compopt -o nospace
}

_sbox_words() {
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

_sbox_file() {
	_filedir
}

_sbox_dir() {
	_filedir -d
}

_sbox_env() {
	mapfile -t COMPREPLY < <(compgen -e -- "$cur")
}

# The names in the search path, as far as it can be known; a path has a slash.
_sbox_profile() {
	local dir file prefix
	if [[ $cur == */* || $cur == "~"* ]]; then
		_filedir toml
		return
	fi
	prefix=$(type -P "${words[0]}")
	prefix=${prefix%/bin/*}
	for dir in "${XDG_CONFIG_HOME:-$HOME/.config}" "$prefix/etc" "$prefix/share" /etc \
		/usr/local/etc /usr/local/share /usr/share; do
		for file in "$dir"/sbox/profiles/*.toml; do
			[[ -e $file ]] || continue
			file=${file##*/}
			[[ $file != "$cur"* ]] || COMPREPLY+=("${file%.toml}")
		done
	done
}

# The command begins at word $1 of $words, where "--read=X" is one word. For bash it is
# several; _command_offset wants to know the number that the command has there.
_sbox_command() {
	local i word offset=0
	for ((i = 0; i < $1; i++)); do
		word=
		while [[ $word != "${words[i]}" && $offset -lt $COMP_CWORD ]]; do
			word+=${COMP_WORDS[offset++]}
		done
	done
	_command_offset "$offset"
}

_sbox() {
	# shellcheck disable=SC2034 # _init_completion sets them
	local cur prev words cword split i
	_init_completion -s -n : || return
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		--)
			_sbox_command $((i + 1))
			return
			;;
		-*) ! _sbox_takes_word "${words[i]}" || i=$((i + 1)) ;;
		*)
			_sbox_command "$i"
			return
			;;
		esac
	done
	if [[ $split == true ]] || { [[ $i -gt $cword ]] && _sbox_takes_word "$prev"; }; then
		_sbox_value "$prev"
	elif [[ $cur == -* ]]; then
		_sbox_words "$_sbox_options"
		[[ ${COMPREPLY-} != *= ]] || compopt -o nospace
	else
		_sbox_command "$cword"
	fi
} && complete -F _sbox sbox

# The names of running sandboxes, as far as their directory tells.
_sboxctl_running() {
	local entry names=()
	for entry in "${XDG_RUNTIME_DIR:-/nonexistent}"/sbox/*; do
		[[ -e $entry ]] || continue
		entry=${entry##*/}
		names+=("${entry%.*}")
	done
	_sbox_words "${names[@]}"
}

# The names of private caches.
_sboxctl_caches() {
	local entry names=()
	for entry in "${XDG_CACHE_HOME:-$HOME/.cache}"/sbox-caches/*; do
		[[ ! -d $entry ]] || names+=("${entry##*/}")
	done
	_sbox_words "${names[@]}"
}

# Word number $3 of "sboxctl $1 $2 ...", counted from 0.
_sboxctl_word() {
	case "$1 $2 $3" in
	*" 0") _sbox_words "$_sboxctl_subcommands" ;;
	"explain path 2") _sbox_file ;;
	"explain path 3") _sbox_words read write exec ;;
	"explain env 2") _sbox_env ;;
	"profile new 2") _sbox_file ;;
	"profile show "* | "profile check "* | "profile path "*) _sbox_profile ;;
	"cache clear "*) _sboxctl_caches ;;
	"exec "*" 1" | "kill "*) _sboxctl_running ;;
	*" 1") _sboxctl_actions "$1" ;;
	esac
}

_sboxctl_option() {
	case $1 in
	explain) _sbox_words "$_sboxctl_policy_options --json --help" ;;
	profile) _sbox_words "$_sboxctl_policy_options --json --effective --detect --help" ;;
	cache) _sbox_words --json --all --help ;;
	exec) _sbox_words --help ;;
	kill) _sbox_words --signal --all --help ;;
	'') _sbox_words --help --version ;;
	*) _sbox_words --json --help ;;
	esac
	[[ ${COMPREPLY-} != *= ]] || compopt -o nospace
}

_sboxctl() {
	# shellcheck disable=SC2034 # _init_completion sets them
	local cur prev words cword split i plain=()
	_init_completion -s -n : || return
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		--)
			[[ ${plain[0]-} != exec ]] || _sbox_command $((i + 1))
			return
			;;
		-*) ! _sbox_takes_word "${words[i]}" || i=$((i + 1)) ;;
		*) plain+=("${words[i]}") ;;
		esac
	done
	if [[ $split == true ]] || { [[ $i -gt $cword ]] && _sbox_takes_word "$prev"; }; then
		_sbox_value "$prev"
	elif [[ $cur == -* ]]; then
		_sboxctl_option "${plain[0]-}"
	else
		_sboxctl_word "${plain[0]-}" "${plain[1]-}" "${#plain[@]}"
	fi
} && complete -F _sboxctl sboxctl
