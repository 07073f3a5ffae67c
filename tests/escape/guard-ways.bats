#!/usr/bin/env bats
# More ways to have git, hg and svn run what a command has left: by links, by directories
# that get another name, by worktrees, by names that two have, and by what is not looked at

# shellcheck source=tests/escape/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"
# shellcheck source=tests/escape/guard.bash
. "$BATS_TEST_DIRNAME/guard.bash"
# shellcheck disable=SC2016,SC2154 # for the inner shells; what lib.bash sets

setup_file() {
	need git
}

@test "E-148 git: what it writes goes through no link that the command has left" {
	planted git : 'evil "$PWD/run"; ln -sf config .git/COMMIT_EDITMSG
		printf "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = %s\n" "$PWD/run" >.git/MERGE_MSG' \
		'GIT_EDITOR=true git commit --allow-empty; git status' ".git/COMMIT_EDITMSG, which is a link"
	planted git 'echo "# mine" >"$HOME/.bashrc"' 'printf "touch %s\n" "$mark" >.git/MERGE_MSG
		ln -sf '"$HOME/.bashrc"' .git/COMMIT_EDITMSG' \
		'GIT_EDITOR=true git commit --allow-empty; . "$HOME/.bashrc"; >"$HOME/.bashrc"' .git/COMMIT_EDITMSG
	planted git 'echo "# mine" >"$HOME/.bashrc"' 'git branch "x;touch\$IFS\$mark;"; git branch y
		git checkout -q "x;touch\$IFS\$mark;"; rm .git/logs/HEAD; ln -s '"$HOME/.bashrc"' .git/logs/HEAD' \
		'git checkout y; . "$HOME/.bashrc"; >"$HOME/.bashrc"' .git/logs/HEAD
	for name in FETCH_HEAD TAG_EDITMSG; do
		planted git 'echo precious >"$HOME/precious"; git remote add o .' "ln -s $HOME/precious .git/$name" \
			'git fetch -q o; GIT_EDITOR=true git tag -a v1; grep -q precious "$HOME/precious" || touch "$mark"' ".git/$name"
	done
	planted none 'echo precious >"$HOME/precious"; git init -q --bare b; git -C b remote add o ..; git init -q o
		git -C o commit -q --allow-empty -m x; git -C b remote set-url o "$PWD/o"' \
		"ln -s $HOME/precious b/FETCH_HEAD" \
		'git -C b fetch -q o; grep -q precious "$HOME/precious" || touch "$mark"' b/FETCH_HEAD
	planted_before git 'echo "# mine" >"$HOME/.bashrc"' 'mkdir l; ln -s '"$HOME/.bashrc"' l/HEAD' \
		'git branch "x;touch\$IFS\$mark;"; git branch y; git checkout -q "x;touch\$IFS\$mark;"; rm -r .git/logs; mv l .git/logs' \
		'git checkout y; . "$HOME/.bashrc"; >"$HOME/.bashrc"' .git/logs/HEAD
	# a HEAD that git makes a link of, and links outside of .git, are nobody's
	fresh git
	gives 0 sbox -p build -- sh -c 'git -c core.preferSymlinkRefs=true checkout -q -b other; ln -s file link; readlink .git/HEAD'
	equal "$out" refs/heads/other
	fresh none
	gives 0 sbox -p build -- sh -c 'mkdir -p objects refs; ln -s ../file objects/link; ln -s objects o'
}

@test "E-149 git: settings that are relative hold in each worktree" {
	hooks='git config core.hooksPath .husky; mkdir .husky; git worktree add -q wt'
	planted git "$hooks" 'evil wt/.husky/pre-commit' 'cd wt && git commit --allow-empty -m x' wt/.husky/pre-commit
	planted git "$hooks; git worktree add -q wt2" 'evil wt2/.husky/pre-commit' \
		'cd wt2 && git commit --allow-empty -m x' wt2/.husky/pre-commit
	plants git 'git config core.hooksPath .husky; mkdir .husky; echo true >.husky/pre-commit
		chmod +x .husky/pre-commit; git add .; git commit -qm h; git worktree add -q wt' \
		'evil wt/.husky/pre-commit' 'cd wt && git commit --allow-empty -m x'
	planted git 'git config core.fsmonitor tools/fsm; evil tools/fsm; git worktree add -q wt; rm -f "$mark"' \
		'evil wt/tools/fsm' 'cd wt && git status' wt/tools/fsm
	planted git 'git init -q sub; git -C sub commit -q --allow-empty -m x
		git -C sub config core.hooksPath .husky; git -C sub worktree add -q ../wt' \
		'evil wt/.husky/pre-commit' 'cd wt && git commit --allow-empty -m x' wt/.husky/pre-commit
}

@test "E-161 each link of a chain to what is run is looked at" {
	planted git 'mkdir t x y; echo true >y/m; chmod +x y/m; ln -s ../y/m x/m; ln -s ../x/m t/m
		git config core.fsmonitor t/m' 'rm x/m; evil x/m' 'git status' /x/m
	planted git 'mkdir t v1; echo true >v1/m; chmod +x v1/m; ln -s v1 cur; ln -s ../cur/m t/m
		git config core.fsmonitor t/m' 'rm cur; evil cur/m' 'git status' /cur
	planted git 'rm -rf .git/hooks; mkdir h2; ln -s h2 h; ln -s ../h .git/hooks' \
		'rm h; evil h/pre-commit' 'git commit --allow-empty -m x' /h
	planted git 'mkdir h; ln -s h h1; ln -s h1 hooks; git config core.hooksPath hooks' \
		'rm h1; evil h1/pre-commit' 'git commit --allow-empty -m x' /h1
	planted git 'echo >b; ln -s b a; ln -s a settings; printf "[include]\n\tpath = ../settings\n" >>.git/config' \
		'rm a; evil "$PWD/run"; printf "[core]\n\tfsmonitor = %s\n" "$PWD/run" >a' 'git status' /a
	planted_before git 'mkdir tools; echo true >tools/v1; chmod +x tools/v1; ln -s v1 tools/hook
		ln -s ../../tools/hook .git/hooks/pre-commit' 'evil tools/v2' 'rm tools/hook; ln -s v2 tools/hook' \
		'git commit --allow-empty -m x' tools/hook
}

@test "E-162 what an earlier run has left is not moved to where a nested repository looks" {
	nested='git init -q sub; git -C sub commit -q --allow-empty -m x'
	planted_before git "$nested; git -C sub config core.hooksPath .githooks" 'evil src/pre-commit' \
		'mv src sub/.githooks' 'cd sub; git commit --allow-empty -m x' sub/.githooks/pre-commit
	planted_before git "$nested; git -C sub config core.fsmonitor t/m" 'evil src/m' 'mv src sub/t' \
		'cd sub; git status' sub/t/m
	planted_before git "$nested; git -C sub config include.path ../a/settings" \
		'evil "$PWD/run"; mkdir src; printf "[core]\n\tfsmonitor = %s\n" "$PWD/run" >src/settings' \
		'mv src sub/a' 'cd sub; git status' sub/a/settings
	planted_before git "$nested; ln -s ../../tools/h sub/.git/hooks/pre-commit" 'evil src/h' \
		'mv src sub/tools' 'cd sub; git commit --allow-empty -m x' sub/
}

@test "E-163 what is closed or too much is not passed over" {
	closed='mkdir -p d/repo; git init -q d/repo; git -C d/repo commit -q --allow-empty -m x; chmod 0311 d; sleep 0.1'
	planted git "$closed" 'evil d/repo/.git/hooks/pre-commit' 'cd d/repo && git commit --allow-empty -m x' \
		d/repo/.git/hooks/pre-commit
	equal "$(stat -c %a d)" 311
	planted git "$closed" 'evil "$PWD/run"; git -C d/repo config core.fsmonitor "$PWD/run"' \
		'cd d/repo && git status' d/repo/.git/config
	# a directory that can be listed and not entered
	fresh none
	gives 123 sbox -p build -- sh -c 'mkdir -p d/x; chmod 0 d'
	contains "$err" "cannot be looked at"
	gives 0 sbox -p build -- sh -c 'mkdir e; chmod 0 e'
	chmod 700 d e
	# more places than are protected: nothing is started
	fresh git
	for n in $(seq 1500); do
		mkdir -p ".git/modules/m$n/hooks" ".git/modules/m$n/objects" ".git/modules/m$n/refs"
		echo ref: refs/heads/x >".git/modules/m$n/HEAD"
		printf '[core]\n\tbare = false\n' | tee ".git/modules/m$n/config" >".git/modules/m$n/config.worktree"
	done
	gives 125 sbox -p build -- true
	contains "$err" "more than 4096 places"
	gives 0 sbox -p build --guard=off -- true
}

@test "E-164 a second name that a file has from before is no way to change it" {
	between 'git config core.hooksPath .husky'
	planted_before git : 'mkdir .husky; echo true >.husky/pre-commit; chmod +x .husky/pre-commit; ln .husky/pre-commit x' \
		'printf "#!/bin/sh\ntouch %s\n" "$mark" >x' 'git commit --allow-empty -m x' .husky/pre-commit
	between 'git config core.fsmonitor t/m'
	planted_before git : 'mkdir t; echo true >t/m; chmod +x t/m; ln t/m x' \
		'printf "#!/bin/sh\ntouch %s\n" "$mark" >x' 'git status' t/m
	between 'git config include.path ../t/m'
	planted_before git : 'mkdir t; echo >t/m; ln t/m x; evil "$PWD/run"' \
		'printf "[core]\n\tfsmonitor = %s\n" "$PWD/run" >x' 'git status' t/m
	# one that has no other name is the caller's own to change meanwhile
	fresh git
	mkdir .husky
	echo true >.husky/pre-commit
	git config core.hooksPath .husky
	sbox -p build -- sh -c 'echo >ready; until [ -e go ]; do sleep 0.1; done' &
	wait_for test -e ready
	echo 'true # more' >.husky/pre-commit
	echo >go
	wait "$!"
	equal "$(cat .husky/pre-commit)" 'true # more'
}

@test "E-175 git reads no setting where the guard reads none" {
	pending='for n in a b c; do echo $n >$n; git add $n; git commit -qm $n; done; git checkout -q -b o HEAD~2
		echo z >b; git add b; git commit -qm z; git cherry-pick master~1 master || git cherry-pick main~1 main || :; ls .git/sequencer'
	use='git add -A; git commit -qm r --allow-empty; git cherry-pick --continue'
	planted git "$pending" 'mkdir git-merge-..; evil git-merge-../x; pad=$(printf %5000s | tr " " x)
		printf "[options]\n\tstrategy = ../x ; %s\n" "$pad" >.git/sequencer/opts' "$use" .git/sequencer/opts
	planted git "$pending" 'mkdir git-merge-..; evil git-merge-../x
		printf "[x \"\\0\"][options] strategy = ../x\n" >.git/sequencer/opts' "$use" .git/sequencer/opts
	ext='git config --global protocol.ext.allow always'
	new='git init -q n; git -C n -c user.name=n -c user.email=e commit -q --allow-empty -m x; git -C n config push.default current'
	planted none "$ext" "$new"'; git -C n config remote.pushDefault "ext::touch $mark"' 'cd n; git push' n/.git/config
	planted none "$ext" "$new"'; git -C n config branch.$(git -C n symbolic-ref --short HEAD).pushRemote "ext::touch $mark"' \
		'cd n; git push' n/.git/config
	for dir in remotes branches; do
		planted git "$ext" "mkdir -p .git/$dir; { [ $dir = branches ] || printf 'URL: '; printf 'ext::touch %s\n' \"\$mark\"; } >.git/$dir/o" \
			'git fetch o' ".git/$dir/o"
	done
	git config --global --unset protocol.ext.allow
}

@test "E-176 git, hg, svn: what templates, extensions and hooks bring along is guarded" {
	need hg svn
	planted git 'mkdir -p t/hooks; git config --global init.templateDir "$PWD/t"; rmdir t/hooks t' \
		'evil t/hooks/pre-commit' 'rm -rf new; git init -q new; cd new; git commit --allow-empty -m x' /t
	plants git 'mkdir -p t/hooks; git config --global init.templateDir "$PWD/t"' \
		'evil t/hooks/pre-commit' 'rm -rf new; git init -q new; cd new; git commit --allow-empty -m x'
	git config --global --unset init.templateDir
	plants git 'mkdir tools; echo true >tools/m; chmod +x tools/m; git config alias.st "-c core.fsmonitor=tools/m status"' \
		'evil tools/m' 'git st'
	plants git 'mkdir tools; echo true >tools/m; chmod +x tools/m; git config core.fsmonitor "\$HOME/../here/project/tools/m"' \
		'evil tools/m' 'git status'
	plants git 'mkdir tools; echo true >tools/m; chmod +x tools/m; git config alias.x "!\$(git rev-parse --show-toplevel)/tools/m"' \
		'evil tools/m' 'git x'
	python='printf "import os\nos.system(\"touch %s\")\ndef f(**k): pass\n" "$mark"'
	plants hg 'mkdir -p ext/e; echo "x = 1" >ext/e/__init__.py; printf "[extensions]\ne = %s/ext/e\n" "$PWD" >.hg/hgrc' \
		"$python >ext/e/__init__.py" 'hg status'
	planted hg 'printf "[extensions]\ne = ./ext/e\n" >.hg/hgrc' "mkdir -p ext/e; $python >ext/e/__init__.py" 'hg status' ext/e
	compiled="$python >evil.py"'; python3 -c "
import importlib.util, marshal, os, struct, sys
st = os.stat(\"e.py\"); os.makedirs(\"__pycache__\", exist_ok=True)
code = compile(open(\"evil.py\").read(), \"e.py\", \"exec\")
open(\"__pycache__/e.cpython-%d%d.pyc\" % sys.version_info[:2], \"wb\").write(
    importlib.util.MAGIC_NUMBER + struct.pack(\"<III\", 0, int(st.st_mtime), st.st_size) + marshal.dumps(code))"'
	planted hg 'echo "x = 1" >e.py; touch -d "2020-01-01 00:00:00" e.py; printf "[extensions]\ne = %s/e.py\n" "$PWD" >.hg/hgrc' \
		"$compiled" 'hg status' __pycache__
	planted hg 'echo "def f(**k): pass" >e.py; touch -d "2020-01-01 00:00:00" e.py
		printf "[hooks]\npre-status = python:%s/e.py:f\n" "$PWD" >.hg/hgrc' "$compiled" 'hg status' __pycache__
	planted none 'svnadmin create r; svn -q checkout "file://$PWD/r" w; echo x >w/f; svn -q add w/f
		printf "#!/bin/bash\nexit 0\n" >r/hooks/start-commit; chmod +x r/hooks/start-commit; sleep 0.1' \
		'evil z; printf "[default]\nBASH_ENV = %s/z\n" "$PWD" >r/conf/hooks-env' 'svn commit -m x w' r/conf/hooks-env
}

@test "E-177 git: no file is read or written because a repository's state names it" {
	hash=0123456789012345678901234567890123456789
	reads='[ ! -e .git/rr-cache/*/postimage ] || ! grep -q "the secret" .git/rr-cache/*/postimage || touch "$mark"'
	planted git 'echo "the secret" >../outside' "mkdir -p .git/rr-cache/$hash; echo x >.git/rr-cache/$hash/preimage
		printf '%s\\t%s\\0' $hash \"\$(dirname \"\$PWD\")/outside\" >.git/MERGE_RR" "git commit --allow-empty -m x; $reads" .git/MERGE_RR
	# by a link in the worktree, and with a name that leads up
	planted git 'echo "the secret" >../outside' "mkdir -p .git/rr-cache/$hash; echo x >.git/rr-cache/$hash/preimage
		printf '%s\\t%s\\0' $hash ../outside >.git/MERGE_RR" "git commit --allow-empty -m x; $reads" .git/MERGE_RR
	# what git leaves when all is resolved may stay
	fresh git
	gives 0 sbox -p build -- sh -c ': >.git/MERGE_RR'
}

@test "E-179 git: a patch that is applied later brings no options along" {
	am='export GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=e GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=e
		echo a >file; git commit -qam one; git format-patch -q -o pt HEAD~1; git reset -q --hard HEAD~1
		echo q >other; git add other; git commit -qm two; git format-patch -q --start-number=2 -o pt HEAD~1
		git reset -q --hard HEAD~1; echo c >file; git commit -qam c; git am -q pt/*.patch || :; ls .git/rebase-apply >/dev/null'
	planted git '' "$am; printf \" '--build-fake-ancestor=\$mark'\" >.git/rebase-apply/apply-opt" 'git am --skip' \
		.git/rebase-apply/apply-opt
	fresh git
	git config --global user.name n
	git config --global user.email e
	# ordinary options stay
	gives 0 sbox -p build -- bash -c "${am/git am -q/git am -q -p1 --whitespace=fix --exclude=q --reject}"
	gives 0 git am --skip
	# and so does what is left without any
	fresh git
	gives 0 sbox -p build -- bash -c "$am"
}

@test "E-192 git: instaweb runs nothing that a run has left" {
	planted git '' 'evil .git/gitweb/lighttpd' 'timeout 5 git instaweb --browser=true' .git/gitweb/lighttpd
	fresh git
	gives 123 sbox -p build -- sh -c 'echo 1 >.git/pid; mkdir .git/gitweb; echo x >.git/gitweb/gitweb_config.perl'
	contains "$err" .git/pid
	contains "$err" gitweb_config.perl
}

@test "E-193 what settings of a nested repository lead up to is not exchanged for another" {
	nested='mkdir -p ws/repos ws/shared; git init -q ws/repos/app; git -C ws/repos/app commit -q --allow-empty -m x'
	use='git -C ws/repos/app commit --allow-empty -m y; git -C ws/repos/app status'
	planted_before git "$nested; mkdir -p ws/shared/git/hooks; git -C ws/repos/app config core.hooksPath ../../shared/git/hooks" \
		'evil ws/new/git/hooks/pre-commit' 'mv ws/shared ws/old; mv ws/new ws/shared' "$use" ws/shared/git/hooks
	planted_before git "$nested; mkdir -p ws/shared/t; echo true >ws/shared/t/m; chmod +x ws/shared/t/m
		git -C ws/repos/app config core.fsmonitor ../../shared/t/m" \
		'evil ws/new/t/m' 'mv ws/shared ws/old; mv ws/new ws/shared' "$use" ws/shared/t/m
}

@test "E-194 what HOME leads to by \"..\" is the home directory" {
	fresh git
	mkdir -p .ssh sub
	echo "the secret" >.ssh/id
	equal "$(cat .ssh/id)" "the secret"
	row outside works
	for home in "$PWD/sub/.." "$PWD/../project"; do
		HOME=$home try sbox -p build -- sh -c 'cat .ssh/id; mkdir -p .config/sbox/profiles; echo x >.config/sbox/profiles/default.toml'
		lacks "$out" "the secret"
		[ ! -s .config/sbox/profiles/default.toml ]
		row full stopped
	done
}

@test "E-195 files of settings that the environment names are guarded" {
	need hg
	git config --global user.name n
	git config --global user.email e
	for var in GIT_CONFIG_GLOBAL XDG_CONFIG_HOME; do
		fresh git
		mkdir -p xdg/git
		[ $var = GIT_CONFIG_GLOBAL ] && file=conf || file=xdg/git/config
		[ $var = GIT_CONFIG_GLOBAL ] && value=$PWD/conf || value=$PWD/xdg
		for made in old new; do
			rm -f "$file"
			[ $made = new ] || : >"$file"
			[ $var = GIT_CONFIG_GLOBAL ] || cp -r "$top/config/sbox" xdg/ 2>/dev/null || :
			attack="printf '[core]\\n\\tfsmonitor = touch $top/mark; false\\n' >$file"
			try env "$var=$value" sbox -p build -- sh -c "$attack"
			differ "$status" 0
			env "$var=$value" git status >/dev/null 2>&1 || :
			[ ! -e "$top/mark" ] || fail "$var $made"
			row full stopped
			sh -c "$attack"
			env "$var=$value" git status >/dev/null 2>&1 || :
			[ -e "$top/mark" ] || fail "the control outside: $var $made"
			row outside works
			rm -f "$top/mark" "$file"
		done
	done
	fresh git
	mkdir hooks
	mark=$top/mark
	export mark
	setting=(GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=hooks)
	try env "${setting[@]}" sbox -p build -- bash -c "mark=$mark; $evil; evil hooks/pre-commit"
	differ "$status" 0
	env "${setting[@]}" git commit -q --allow-empty -m x
	[ ! -e "$mark" ]
	fresh hg
	gives 123 env HGRCPATH="$PWD/rc" sbox -p build -- sh -c "printf '[hooks]\\npre-status = touch $top/mark\\n' >rc"
	HGRCPATH=$PWD/rc hg status
	[ ! -e "$mark" ]
}

# What is in project/.git leads where "$1" says; the victim's repository is beside it.
led_by() {
	rm -rf project && mkdir project && printf 'gitdir: %s\n' "$1" >project/.git
}

@test "E-209 a repository that an archive brings leads to no other one of the caller's" {
	git init -q victim
	git -C victim -c user.name=a -c user.email=a@b.example commit -q --allow-empty -m x
	git -C victim worktree add -q ../tree
	secret=$PWD/victim/.git/secret
	echo original >"$secret"
	# the control: the repository that names this directory is there, and can be written to
	(cd tree && gives 0 sbox -q -p build -- sh -c 'echo changed >"$0"' "$secret")
	equal "$(cat "$secret")" changed
	echo original >"$secret"
	for way in "$PWD/victim/.git" ../victim/.git "$PWD/victim/.git/worktrees/tree" \
		"$PWD/tree" "$PWD" "$PWD/project/../victim/.git" / "$PWD/victim"; do
		led_by "$way"
		(cd project && try sbox -q -p build -- sh -c 'cat "$0"; echo changed >"$0"' "$secret")
		lacks "$out" original
		equal "$(cat "$secret")" original
	done
	# one that names the victim and says of itself that the victim's directory is shared
	led_by "$PWD/evil"
	mkdir evil
	echo "$PWD/project/.git" >evil/gitdir
	echo ../victim/.git >evil/commondir
	(cd project && try sbox -q -p build -- sh -c 'cat "$0"; echo changed >"$0"' "$secret")
	lacks "$out" original
	equal "$(cat "$secret")" original
	# one of its own, which names this project, and all that is above as what it shares
	mkdir -p evil/store.git/worktrees/tree
	echo "$PWD/project/.git" >evil/store.git/worktrees/tree/gitdir
	for up in ../../.. ../../../.. ../../../victim/.git; do
		for way in evil evil/store.git/worktrees/tree; do
			led_by "$PWD/$way"
			echo "$up" >"$way/commondir"
			(cd project && try sbox -q -p build -- sh -c 'cat "$0"; echo changed >"$0"' "$secret")
			lacks "$out" original
			equal "$(cat "$secret")" original
		done
	done
	# files of a repository, unpacked beside others
	mkdir -p worktrees/tree objects refs && echo ref: refs/heads/x >HEAD
	echo "$PWD/project/.git" >worktrees/tree/gitdir
	echo ../.. >worktrees/tree/commondir
	led_by "$PWD/worktrees/tree"
	(cd project && try sbox -q -p build -- sh -c 'cat "$0"; echo changed >"$0"' "$secret")
	lacks "$out" original
	equal "$(cat "$secret")" original
	# a link in the place of the file, and a submodule's name that is a directory up
	rm -rf project/.git && ln -s ../victim/.git project/.git
	(cd project && try sbox -q -p build -- sh -c 'cat "$0"; echo changed >"$0"' "$secret")
	equal "$(cat "$secret")" original
}
