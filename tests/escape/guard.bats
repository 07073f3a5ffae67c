#!/usr/bin/env bats
# What a command leaves in its directory is not run for it by git, hg and svn outside.
# Each attack is done outside first, where the program has to run its code: that writes
# $mark. Then the same is done in a sandbox, and the program used again.

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"
# shellcheck disable=SC2016,SC2154 # for the inner shells; what lib.bash sets

setup_file() {
	need git
}

# shellcheck source=tests/escape/guard.bash
. "$BATS_TEST_DIRNAME/guard.bash"

@test "E-130 git: a configuration by another way is not used" {
	other='mkdir -p o/objects o/refs; evil "$PWD/o/run"
		printf "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = %s\n" "$PWD/o/run" >o/config'
	planted git : "$other; cp -r .git/objects .git/refs o/; echo ../o >.git/commondir" \
		'git status' .git/commondir
	planted git : 'evil "$PWD/run"; git config extensions.worktreeConfig true 2>/dev/null
		printf "[core]\n\tfsmonitor = %s\n" "$PWD/run" >.git/config.worktree' \
		'git config extensions.worktreeConfig true; git status' .git/config.worktree
	plants git 'printf "[include]\n\tpath = ../settings\n" >>.git/config; echo >settings' \
		'evil "$PWD/run"; printf "[core]\n\tfsmonitor = %s\n" "$PWD/run" >settings' 'git status'
	planted git 'printf "[include]\n\tpath = ../settings\n" >>.git/config' \
		'evil "$PWD/run"; printf "[core]\n\tfsmonitor = %s\n" "$PWD/run" >settings' \
		'git status' /settings
	planted git 'printf "[includeIf \"gitdir:**\"]\n\tpath = ../a/settings\n" >>.git/config' \
		'evil "$PWD/run"; mkdir a; printf "[core]\n\tfsmonitor = %s\n" "$PWD/run" >a/settings' \
		'git status' /a/settings
	plants git 'mkdir real; echo >real/settings; ln -s real link
		printf "[include]\n\tpath = ../link/settings\n" >>.git/config' \
		'evil "$PWD/run"; rm link; mkdir link
		printf "[core]\n\tfsmonitor = %s\n" "$PWD/run" >link/settings' 'git status'
}

@test "E-131 git: no hook is planted, by whatever name" {
	planted git 'rm -rf .git/hooks' 'evil .git/hooks/post-index-change' \
		'git add file; echo x >file; git add file' .git/hooks/post-index-change
	plants git 'mkdir scripts; echo true >scripts/p; chmod +x scripts/p
		ln -s ../../scripts/p .git/hooks/pre-commit' 'evil scripts/p' \
		'git commit --allow-empty -m x'
	plants git 'mkdir -p .husky; git config core.hooksPath .husky' 'evil .husky/pre-commit' \
		'git commit --allow-empty -m x'
	planted git 'git config core.hooksPath .husky' 'evil .husky/pre-commit' \
		'git commit --allow-empty -m x' .husky/pre-commit
	planted git 'git config --global core.hooksPath .githooks' 'evil .githooks/pre-commit' \
		'git commit --allow-empty -m x' .githooks/pre-commit
	git config --global --unset core.hooksPath
	plants git 'mkdir h; ln -s h hooks; git config core.hooksPath hooks' \
		'evil x/pre-commit; rm hooks; ln -s x hooks' 'git commit --allow-empty -m x'
	plants git 'mkdir h; rm -rf .git/hooks; ln -s ../h .git/hooks' 'evil h/pre-commit' \
		'git commit --allow-empty -m x'
	plants git 'mkdir h; rm -rf .git/hooks; ln -s ../h .git/hooks' \
		'evil x/pre-commit; rm .git/hooks; ln -s ../x .git/hooks' 'git commit --allow-empty -m x'
}

@test "E-132 git: what the configuration names cannot be written" {
	plants git 'mkdir t; echo "#!/bin/sh" >t/m; chmod +x t/m; git config core.fsmonitor t/m' \
		'evil t/m' 'git status'
	planted git 'git config core.fsmonitor t/m' 'evil t/m' 'git status' /t/m
	plants git 'mkdir t; echo cat >t/f; chmod +x t/f; git config filter.x.clean "t/f %f"
		echo "file filter=x" >.gitattributes' 'evil t/f' 'touch -d yesterday file; git add --renormalize .'
	plants git 'echo "true" >c.sh; git config filter.x.clean "sh c.sh"
		echo "file filter=x" >.gitattributes' 'evil c.sh' 'git add --renormalize .'
	plants git 'mkdir t; echo true >t/a; git config alias.x "!sh t/a"' 'evil t/a' 'git x'
}

@test "E-133 git: no repository is planted below, above or in the place of another" {
	planted git : 'git init -q sub; evil "$PWD/run"; git -C sub config core.fsmonitor "$PWD/run"' \
		'cd sub && git status' sub/.git/config
	planted none : 'git init -q .; evil "$PWD/run"; git config core.fsmonitor "$PWD/run"' \
		'git status' project/.git/config
	planted git : 'mkdir -p a/b/c; git init -q a/b/c; evil a/b/c/.git/hooks/pre-commit' \
		'cd a/b/c && git commit --allow-empty -m x' a/b/c/.git/hooks/pre-commit
	planted git : 'git init -q --bare b; evil "$PWD/run"; git -C b config core.fsmonitor "$PWD/run"
		git -C b config core.bare false; git -C b config core.worktree "$PWD"' \
		'cd b && git status' /b/config
	planted git : 'git init -q e; evil "$PWD/run"; git -C e config core.fsmonitor "$PWD/run"
		mv e/.git e/meta; echo "gitdir: $PWD/e/meta" >e/.git' \
		'cd e && git status' e/.git
	planted git : 'git init -q e; evil "$PWD/run"; git -C e config core.fsmonitor "$PWD/run"
		mv e/.git e/meta; ln -s meta e/.git' 'cd e && git status' e/.git
	# the superproject enters what its index says is a submodule
	planted git : 'git init -q sub; cd sub; git -c user.name=n -c user.email=e commit -q --allow-empty -m x
		evil "$PWD/run"; git config core.fsmonitor "$PWD/run"; cd ..
		git add sub' 'git status' sub/.git/config
	# with the worktree's own file replaced
	plants git 'mv .git ../real.$$; echo "gitdir: ../real.$$" >.git' \
		'git init -q e; evil "$PWD/run"; git -C e config core.fsmonitor "$PWD/run"
		rm .git; mv e/.git .git' 'git status'
}

@test "E-134 git: submodules and worktrees that were there are protected, and others are looked at" {
	prepare='git init -q ../sub.$$; git -C ../sub.$$ commit -q --allow-empty -m x
		git submodule --quiet add "$PWD/../sub.$$" s; git commit -qm sub; rm -rf ../sub.$$'
	plants git "$prepare" 'evil "$PWD/run"; git -C s config core.fsmonitor "$PWD/run"' 'git status'
	plants git "$prepare" 'evil .git/modules/s/hooks/post-checkout' 'cd s && git checkout -b y'
	plants git "$prepare" 'git init -q e; evil "$PWD/run"; git -C e config core.fsmonitor "$PWD/run"
		rm s/.git; mv e/.git s/.git' 'git -C s status'
	plants git "$prepare" 'mkdir -p o; evil "$PWD/run"; cp -r .git/modules/s/. o
		git config -f o/config core.fsmonitor "$PWD/run"; git config -f o/config --unset core.worktree
		echo ../../../o >.git/modules/s/commondir' 'git -C s status'
	plants git 'git worktree add -q ../project/w' \
		'evil "$PWD/run"; git config extensions.worktreeConfig true
		printf "[core]\n\tfsmonitor = %s\n" "$PWD/run" >.git/worktrees/w/config.worktree' \
		'git config extensions.worktreeConfig true; cd w; git status'
	plants git 'git worktree add -q w' 'git init -q e; evil "$PWD/run"
		git -C e config core.fsmonitor "$PWD/run"; rm w/.git; mv e/.git w/.git' 'cd w && git status'
}

@test "E-135 git: no pending rebase is planted" {
	planted git 'git commit -q --allow-empty -m two' \
		'git -c sequence.editor="sed -i s/^pick.*/break/" rebase -q -i HEAD~1 || :
		evil "$PWD/run"; echo "exec $PWD/run" >>.git/rebase-merge/git-rebase-todo' \
		'git rebase --continue' git-rebase-todo
}

@test "E-136 git: what an earlier run has prepared is not put into place by a later one" {
	mark=$top/mark
	export mark
	fresh none
	first='evil "$PWD/run"; git init -q x; git -C x config core.fsmonitor "$PWD/run"
		mv x/.git x/meta; mv x/meta/refs x/meta/later'
	second='mv x/meta/later x/meta/refs; mv x/meta x/.git'
	gives 0 sbox -p build -- bash -c "mark=$mark; $evil; $first"
	[ -e x/meta/config ]
	cp -r x y
	bash -c "${second//x\//y/}" # the control
	git -C y status
	[ -e "$mark" ]
	rm -rf y "$mark"
	sleep 0.1
	gives 123 sbox -p build -- bash -c "$second"
	contains "$err" x/.git/config
	git -C x status
	[ ! -e "$mark" ]
}

@test "E-144 git: no common directory, worktree, link or strategy leads to what was planted" {
	evil_conf='printf "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = %s\n" "$PWD/run"'
	planted git : "M=.git/modules/m; mkdir -p \$M/worktrees/x sub; cp -r .git/objects .git/refs \$M/
		evil \"\$PWD/run\"; $evil_conf >\$M/config; cp .git/HEAD \$M/worktrees/x/
		echo ../.. >\$M/worktrees/x/commondir; echo 'gitdir: ../.git/modules/m/worktrees/x' >sub/.git
		git update-index --add --cacheinfo 160000,\$(git rev-parse HEAD),sub" \
		'git status' .git/modules/m/config
	planted git 'mkdir tools; echo true >tools/fsm; chmod +x tools/fsm; git config core.fsmonitor tools/fsm' \
		'git worktree add -q wt; evil wt/tools/fsm' 'cd wt && git status' wt/tools/fsm
	planted git 'git config include.path ../cfg/x.inc' \
		"evil \"\$PWD/run\"; mkdir e; $evil_conf >e/x.inc; ln -s e cfg" 'git status' /cfg
	planted git 'git config core.hooksPath .husky/_' \
		'evil e/_/pre-commit; ln -s e .husky' 'git commit --allow-empty -m x' /.husky
	planted git 'for n in two three; do echo $n >$n; git add $n; git commit -qm $n; done' \
		'git -c sequence.editor="sed -i 1s/^pick/edit/" rebase -q -i HEAD~2 2>/dev/null || :
		git commit -q --amend -m other
		mkdir git-merge-..; evil git-merge-../x; echo ../x >.git/rebase-merge/strategy' \
		'git rebase --continue' rebase-merge/strategy
}

@test "E-145 git: what an earlier run has left does not get a name that is run from, nor another one" {
	evil_conf='printf "[core]\n\tfsmonitor = %s\n" "$PWD/run"'
	planted git 'rm -rf .git/hooks; evil .git/zz/pre-commit; sleep 0.1' 'mv .git/zz .git/hooks' \
		'git commit --allow-empty -m x' .git/hooks/pre-commit
	planted none 'git init -q n; evil src/pre-commit; sleep 0.1' 'rm -r n/.git/hooks; mv src n/.git/hooks' \
		'git -C n commit --allow-empty -m x' n/.git/hooks/pre-commit
	planted git 'git commit -q --allow-empty -m two
		git -c sequence.editor="sed -i s/^pick.*/break/" rebase -q -i HEAD~1 || :
		evil "$PWD/run"; echo "exec $PWD/run" >>.git/rebase-merge/git-rebase-todo
		mv .git/rebase-merge .git/data; sleep 0.1' 'mv .git/data .git/rebase-merge' \
		'git rebase --continue' git-rebase-todo
	planted git 'ln .git/config c; sleep 0.1' "evil \"\$PWD/run\"; $evil_conf >>c" 'git status' .git/config
}

@test "E-146 what was planted is moved out of a directory that was closed, and what is too much is told" {
	planted none : 'evil "$PWD/run"; git init -q n; git -C n config core.fsmonitor "$PWD/run"
		chmod 0555 n/.git' 'git -C n status' n/.git/config
	fresh none
	gives 123 sbox -p build -- sh -c 'git init -q n; cd n/.git/hooks
		for i in $(seq 10010); do : >$i; done'
	contains "$err" "there is too much to be listed, and more may be left"
}

@test "E-137 hg: no hgrc, extension or other repository is planted" {
	need hg
	hook='printf "[hooks]\npre-status = touch %s\n" "$mark"'
	planted hg : "$hook >.hg/hgrc" 'hg status' .hg/hgrc
	planted hg : "$hook >.hg/hgrc-not-shared" 'hg status' .hg/hgrc-not-shared
	planted hg : 'echo "open(\"$mark\", \"w\")" >e.py
		printf "[extensions]\n%%unset x = %s\n" "$PWD/e.py" >.hg/hgrc' 'hg status' .hg/hgrc
	plants hg 'echo "[ui]" >.hg/hgrc' "$hook >.hg/hgrc" 'hg status'
	planted hg 'echo "%include ../settings" >.hg/hgrc' "$hook >settings" 'hg status' /settings
	plants hg 'echo "%include ../settings" >.hg/hgrc; echo >settings' "$hook >settings" 'hg status'
	plants hg 'echo "x = 1" >e.py; printf "[extensions]\ne = ./e.py\n" >.hg/hgrc' \
		'printf "import os\nos.system(\"touch %s\")\n" "$mark" >e.py' 'hg status'
	plants hg 'mkdir t; echo true >t/h; printf "[hooks]\npre-status = sh t/h\n" >.hg/hgrc' \
		'evil t/h' 'hg status'
	planted hg : "hg init o; $hook >o/.hg/hgrc; printf %s \"\$PWD/o/.hg\" >.hg/sharedpath
		echo shared >>.hg/requires; echo share-safe >>.hg/requires; true" 'hg status' .hg/sharedpath
	planted none : "hg init .; $hook >.hg/hgrc" 'hg status' .hg/hgrc
	planted hg : "mkdir -p a/b; hg init a/b; $hook >a/b/.hg/hgrc" 'cd a/b && hg status' a/b/.hg/hgrc
	planted hg : "hg init e; $hook >e/.hg/hgrc; mv e/.hg e/meta; ln -s meta e/.hg" \
		'cd e && hg status' e/.hg
}

@test "E-138 svn: no hook of a repository is planted" {
	need svn svnadmin
	planted none 'svnadmin create r; svn -q checkout "file://$PWD/r" w; echo x >w/f; svn -q add w/f' \
		'evil r/hooks/start-commit' 'svn commit -m x w' r/hooks/start-commit
	planted none : 'svnadmin create r; evil r/hooks/start-commit
		svn -q checkout "file://$PWD/r" w; echo x >w/f; svn -q add w/f' \
		'svn commit -m x w' r/hooks/start-commit
	plants none 'svnadmin create r; svn -q checkout "file://$PWD/r" w; echo x >w/f; svn -q add w/f
		mkdir scripts; echo true >scripts/h; chmod +x scripts/h; ln -s ../../scripts/h r/hooks/start-commit' \
		'evil scripts/h' 'svn commit -m x w'
}

@test "E-139 what editors, agents and the shell take from a directory is not planted" {
	planted none : 'printf "touch %s\n" "$mark" >.envrc' '. ./.envrc' project/.envrc
	for path in .vscode/tasks.json .idea/workspace.xml .claude/settings.json .cursor/mcp.json \
		.kiro/settings/mcp.json .roo/mcp.json .opencode/plugins/a.ts opencode.json \
		.mcp.json .exrc .nvim.lua .dir-locals.el; do
		fresh none
		mkdir -p sub
		git_repository sub
		gives 123 sbox -p build -- sh -c \
			'mkdir -p "$0" "sub/$0"; rmdir "$0" "sub/$0"; echo bad >"$0"; echo bad >"sub/$0"' "$path"
		contains "$err" "project/${path%%/*}"
		contains "$err" "project/sub/${path%%/*}"
		[ ! -e "${path%%/*}" ]
		[ ! -e "sub/${path%%/*}" ]
		# and what is there cannot be changed
		mkdir -p "$(dirname "$path")"
		echo good >"$path"
		try sbox -p build -- sh -c 'echo bad >"$0"; mv "${0%%/*}" x; rm -rf "${0%%/*}"' "$path"
		equal "$(cat "$path")" good
	done
}

@test "E-140 the guard is led nowhere else, and closes with what it cannot see" {
	mark=$top/mark
	export mark
	git config --global user.name n
	git config --global user.email e
	# a link to another repository of the caller's, and one to a directory of its own
	fresh none
	git_repository "$top/here/other"
	git -C "$top/here/other" config core.fsmonitor /bin/true
	before=$(tree "$top/here/other")
	gives 0 sbox -p build -- sh -c "ln -s $top/here/other sub; ln -s $top/here/other/.git g; ln -s / root"
	equal "$(tree "$top/here/other")" "$before"
	# times that the command sets do not make it older
	gives 123 sbox -p build -- sh -c 'mkdir -p e/.git/hooks; echo bad >e/.git/hooks/pre-commit
		find e -exec touch -d 2001-01-01 {} +'
	[ ! -e e/.git/hooks/pre-commit ]
	# a directory that nobody may enter is told
	fresh none
	gives 123 sbox -p build -- sh -c 'mkdir -p d/.git/hooks; echo bad >d/.git/hooks/pre-commit; chmod 0 d'
	contains "$err" "cannot be looked at: $PWD/d: "
	equal "$(stat -c %a d)" 0
	chmod 755 d
	rm -r d
	gives 0 sbox -p build -- sh -c 'mkdir -m 0 d' # but not if it is empty
	equal "$err$(stat -c %a d)" 0
	# where what is moved would go is taken already, by a link or a file
	fresh none
	rm -rf "$HOME/.local"
	gives 123 sbox -p build --write="$HOME" -- sh -c \
		'rm -rf "$0/.local"; ln -s /tmp "$0/.local"; ln -s /tmp "$0/.local/state/sbox/guard"
		echo bad >.envrc' "$HOME"
	[ ! -e .envrc ]
	[ ! -L "$HOME/.local" ]
	# a name that moves the cursor is told escaped
	fresh none
	gives 123 sbox -p build -- sh -c 'mkdir -p "$(printf "a\033[2Jb")/.git/hooks"
		echo bad >"$(printf "a\033[2Jb")/.git/hooks/x"'
	lacks "$err" "$(printf '\033')"
	contains "$err" 'a\x1b[2Jb/.git/hooks/x'
}

@test "E-141 a command that owns its mounts, or has been given a guarded path, is looked at as well" {
	mark=$top/mark
	export mark
	attack='printf "#!/bin/sh\n" >.git/hooks/pre-commit; printf "[core]\n\tfsmonitor = x\n" >>.git/config'
	fresh git
	gives 123 sbox -p container --write="$PWD" --chdir="$PWD" -- sh -c "$attack"
	contains "$err" .git/config
	contains "$err" .git/hooks/pre-commit
	[ ! -e .git/hooks/pre-commit ]
	[ ! -e .git/config ]
	fresh git
	try sbox -p build -- sh -c "$attack"
	equal "$status" 2
	[ ! -e .git/hooks/pre-commit ]
	try sboxctl explain -p build path .git/config write
	equal "$status" 1
	contains "$out" "guarded: read-only, and kept in its place; .git/config (git: "
	gives 0 sboxctl explain -p build --guard-allow=.git/config path .git/config write
	gives 0 sbox -p build --guard-allow=.git/hooks --guard-allow="$PWD/.git/config" -- sh -c "$attack"
	[ -e .git/hooks/pre-commit ]
	fresh git
	gives 0 sbox -p build --write="$PWD/.git/hooks" -- sh -c 'echo x >.git/hooks/pre-commit'
	[ -e .git/hooks/pre-commit ]
}

@test "E-215 where a guarded link leads that leads to nothing yet, nothing can be put" {
	commit='git -c user.name=n -c user.email=e commit --allow-empty -qm second'
	plants git 'ln -s later .githooks; git config core.hooksPath .githooks' 'evil later/pre-commit' "$commit"
	equal "$status" 123
	plants git 'rm -r .git/hooks; ln -s ../later .git/hooks' 'evil later/pre-commit' "$commit"
	plants git 'mkdir -p .git/hooks; ln -s ../../later .git/hooks/pre-commit' 'evil later' "$commit"
	# links in a row, to a directory that is not there, absolute
	source='[ ! -e .envrc ] || sh .envrc'
	plants none 'ln -s a .envrc; ln -s b a' 'evil b' "$source"
	plants none 'ln -s no/such/file .envrc' 'evil no/such/file' "$source"
	plants none 'ln -s "$PWD/later" .envrc' 'evil later' "$source"
	# what was there before, and what else is made, stays
	fresh none
	ln -s later .envrc
	ln -s .zshrc loop
	gives 0 sbox -p build -- sh -c 'echo x >other'
	[ -L .envrc ]
	[ -e other ]
}

@test "E-216 where links in a guarded directory lead is guarded as well" {
	use='sh .vscode/tasks.json; [ ! -e .claude/hooks/h ] || sh .claude/hooks/h; [ ! -e .claude/sub/s ] || sh .claude/sub/s'
	plants none 'mkdir -p .vscode; echo : >real; ln -s ../real .vscode/tasks.json' 'evil real' "$use"
	plants none 'mkdir -p .vscode .claude/hooks; echo : >.vscode/tasks.json; echo : >h; ln -s ../../h .claude/hooks/h' 'evil h' "$use"
	plants none 'mkdir -p .vscode .claude d; echo : >.vscode/tasks.json; echo : >d/s; ln -s ../d .claude/sub' 'evil d/s' "$use"
	plants none 'mkdir -p .vscode; ln -s ../later .vscode/tasks.json' 'evil later' 'sh .vscode/tasks.json || :'
	equal "$status" 123
	# however deep; and what is too deep to be looked through is no way past it
	deep=$(printf 'd/%.0s' {1..12}) up=$(printf '../%.0s' {1..13})
	plants none "mkdir -p .claude/$deep; echo : >real; ln -s ${up}real .claude/${deep}s" 'evil real' "sh .claude/${deep}s"
	fresh none
	mkdir -p ".claude/$(printf 'd/%.0s' {1..70})"
	gives 125 sbox -p build -- touch made
	contains "$err" .claude
	[ ! -e made ]
	# links that go round and round end
	fresh none
	mkdir -p .vscode/a/b
	ln -s .. .vscode/a/up
	ln -s ../.. .vscode/a/b/top
	gives 0 sbox -p build -- sh -c 'echo x >file'
}

@test "a link of the caller's that was made just before the start stays" {
	for n in $(seq "$(scaled 40)"); do
		mkdir "$top/here/link$n"
		cd "$top/here/link$n"
		git init -q .
		ln -s nowhere .envrc
		gives 0 sbox -q -p build -- true
	done
}

@test "E-147 a directory that the command has closed, as another of its users, is not passed over" {
	need_subids
	mark=$top/mark
	export mark
	attack="$evil; mkdir -p x/r; evil \"\$PWD/run\"; git init -q x/r; git -C x/r config core.fsmonitor \"\$PWD/run\""
	fresh none
	bash -euc "$attack; chmod 0711 x" # the control: git goes through such a directory
	git -C x/r status
	[ -e "$mark" ]
	fresh none
	for mode in 0711 0700 0000; do
		fresh none
		gives 123 sbox -p container --write="$PWD" --chdir="$PWD" --guard=move -- \
			bash -c "mark=$mark; $attack; chmod $mode x; chown -R 5:5 x"
		contains "$err" "$PWD/x/r/.git/config, which "
		contains "$err" "; moved to $HOME/.local/state/sbox/guard/"
		lacks "$err" "cannot be looked at"
		equal "$(stat -c %a x)" "$((10#$mode))" # and is as it was left
		gives 0 sbox -p container --write="$PWD" --chdir="$PWD" -- \
			sh -c 'chmod 700 x; cat x/r/.git/config || rm -rf x'
		equal "$out" ""
	done
	# out of a directory in which the caller may change nothing
	fresh none
	gives 123 sbox -p container --write="$PWD" --chdir="$PWD" --guard=move -- \
		sh -c 'mkdir x; cd x; git init -q .; echo bad >.envrc; chown -R 5:5 .'
	contains "$err" "x/.envrc (direnv: "
	[ ! -e x/.envrc ]
	gives 0 sbox -p container --write="$PWD" --chdir="$PWD" -- rm -rf x
	# what is closed and harmless is nobody's mistake: caches of package managers, databases
	fresh none
	gives 0 sbox -p container --write="$PWD" --chdir="$PWD" -- \
		sh -c 'mkdir -p x/y z; echo text >x/y/text; chmod 0700 x; chown -R 7:7 x; chmod 0 z'
	equal "$err" ""
	gives 0 sbox -p container --write="$PWD" --chdir="$PWD" -- rm -rf x z
}

@test "E-142 each action does what it says, and a command's own failure counts" {
	mark=$top/mark
	export mark
	attack='mkdir -p s/.git/hooks; echo bad >s/.git/hooks/x'
	fresh none
	gives 123 sbox -p build -- sh -c "$attack"
	where=${err##*; moved to }
	equal "$(cat "$where")" bad
	equal "$(stat -c %a "${where%/*}")" 700
	case $where in "$HOME/.local/state/sbox/guard/"*/1.x) ;; *) fail "$where" ;; esac
	gives 123 sbox -p build --guard=fail -- sh -c "$attack"
	contains "$err" "s/.git/hooks/x"
	[ -e s/.git/hooks/x ]
	fresh none
	gives 0 sbox -p build --guard=warn -- sh -c "$attack"
	contains "$err" "s/.git/hooks/x"
	[ -e s/.git/hooks/x ]
	fresh none
	gives 0 sbox -p build --guard=off -- sh -c "$attack"
	equal "$err" ""
	fresh none
	gives 7 sbox -p build -- sh -c "$attack; exit 7"
	contains "$err" "moved to"
	fresh none
	gives 123 sbox -q -p build -- sh -c "$attack"
	contains "$err" "moved to"
	fresh none
	gives 123 sbox -p build --report="$top/report" -- sh -c "$attack"
	contains "$(cat "$top/report")" '"status":123,"exit":0'
	contains "$(cat "$top/report")" '"guard":{"action":"move","found":[{"path":"'"$PWD"'/s/.git/hooks/x","program":"git"'
	# another file system: beside it
	[ "$(stat -c %d /dev/shm)" != "$(stat -c %d "$HOME")" ] || return 0
	shm=$(mktemp -d /dev/shm/sbox-guard.XXXXXX)
	cd "$shm"
	try sbox -p build -- sh -c "$attack"
	rm -rf "$shm"
	equal "$status" 123
	contains "$err" "moved to $shm/.sbox-aside-"
}

@test "E-143 no way of naming a profile takes a cover off" {
	mark=$top/mark
	export mark
	attack='echo bad >>.git/config; echo bad >.git/hooks/x; echo bad >>own.toml; mv .git x'
	for name in ./own.toml .//own.toml ././own.toml ../project/own.toml "$top/here/./project/../project/own.toml"; do
		fresh git
		cp "$config/build.toml" own.toml
		sed -i 's/^extends = .*/extends = ["build"]/; /^\[fs\]/,$d' own.toml
		before=$(tree .)
		try sbox -q -p "$name" -- sh -c "$attack"
		equal "$(tree .)" "$before" || fail "$name"
	done
}

@test "git, hg and worktrees work inside as they do outside" {
	mark=$top/mark
	export mark
	git config --global user.name n
	git config --global user.email e
	fresh git
	mkdir ../far
	git_repository ../far
	works_inside() {
		gives 0 sbox -p build --read="$HOME" --read="$top/here/far" --setenv=HOME="$HOME" -- bash -euc "$1"
		equal "$err" ""
	}
	works_inside 'echo 1 >a; git add a; git commit -qm a; git branch b; git checkout -q b; echo 2 >a
		git stash -q; git stash pop -q; git commit -qam b; git tag t; git checkout -q -; echo c >c
		git add c; git commit -qm c; git rebase -q b; git gc -q; git status --short' 2>/dev/null
	works_inside "git fetch -q $top/here/far HEAD; git merge -q --allow-unrelated-histories -s ours FETCH_HEAD -m m"
	works_inside 'git init -q new; git clone -q . cloned; git -C cloned commit -q --allow-empty -m x'
	works_inside 'git worktree add -q wt 2>/dev/null; cd wt; echo x >y; git add y; git commit -qm y'
	git -C wt status
	git fsck
	[ -d new/.git ]
	[ -e cloned/.git/config ]
	[ -e wt/.git ]
	command -v hg >/dev/null || return 0
	works_inside 'hg init h; echo x >h/f; hg -R h add -q h/f; hg -R h commit -qm x -u n; hg clone -q h i'
	[ -e i/.hg/hgrc ]
}
