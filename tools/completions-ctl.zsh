# The names of running sandboxes, as far as their directory tells.
_sboxctl_running() {
	local -a names
	names=(${XDG_RUNTIME_DIR:-/nonexistent}/sbox/*(N:t:r))
	compadd -- $names
}

# The names of private caches.
_sboxctl_caches() {
	local -a names
	names=(${XDG_CACHE_HOME:-$HOME/.cache}/sbox-caches/*(N/:t))
	compadd -- $names
}

# The last of the words "sboxctl $1 $2 ...".
_sboxctl_word() {
	case "$1 $2 $#" in
	(*\ [01]) _sboxctl_subcommands ;;
	("explain path 3") _files ;;
	("explain path 4") compadd read write exec ;;
	("explain env 3") _parameters -g "*export*" ;;
	("profile new 3") _files ;;
	("profile show "*|"profile check "*|"profile path "*) (( $# > 2 )) && _sbox_profile || _sboxctl_actions "$1" ;;
	("cache clear "*) (( $# > 2 )) && _sboxctl_caches || _sboxctl_actions "$1" ;;
	("exec "*\ 2|"kill "*) _sboxctl_running ;;
	(*\ 2) _sboxctl_actions "$1" ;;
	esac
}

_sboxctl() {
	local curcontext=$curcontext state line subcommand=${words[2]}
	local -A opt_args
	case $subcommand in
	(explain) _sboxctl_arguments policy '--json[answer in JSON]' '--help[help]' ;;
	(profile) _sboxctl_arguments policy '--json[answer in JSON]' '--effective[as one profile]' '--detect[by what the project is]' '--help[help]' ;;
	(cache) _sboxctl_arguments other '--json[answer in JSON]' '--all[every cache]' '--help[help]' ;;
	(kill) _sboxctl_arguments other '--signal=[this signal]:signal:' '--all[every sandbox]' '--help[help]' ;;
	(exec) _sboxctl_arguments other '--help[help]' ;;
	(*) _sboxctl_arguments other '--json[answer in JSON]' '--help[help]' '--version[the version]' ;;
	esac && return
	[[ $state != word ]] || _sboxctl_word "${line[@]}"
}

case $service in
(sboxctl) _sboxctl "$@" ;;
(*) _sbox_options "$@" ;;
esac
