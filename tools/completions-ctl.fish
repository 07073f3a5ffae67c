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
