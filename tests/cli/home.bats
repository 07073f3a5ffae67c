#!/usr/bin/env bats
# home.bats - a home directory as the current one: what is never visible there, and what is
# never writable

# shellcheck source=tests/cli/lib.bash
. "$BATS_TEST_DIRNAME/lib.bash"

# Of each kind, as somebody else would list them; a slash at the end: a directory.
secrets='.ssh/ .gnupg/ .pki/ .password-store/ .local/share/keyrings/ .local/share/kwalletd/
.netrc .authinfo .git-credentials .config/git/credentials .config/gh/ .config/glab-cli/ .subversion/auth/
.npmrc .yarnrc .yarnrc.yml .pypirc .config/pip/ .config/pypoetry/ .cargo/credentials .cargo/credentials.toml
.gem/credentials .bundle/config .composer/auth.json .config/composer/auth.json .m2/settings.xml
.m2/settings-security.xml .gradle/gradle.properties .nuget/NuGet/ .cabal/config .condarc
.aws/ .azure/ .config/gcloud/ .boto .s3cfg .oci/ .config/doctl/ .config/hcloud/ .config/rclone/ .fly/
.config/configstore/ .terraform.d/ .terraformrc .pulumi/ .vault-token .huggingface/ .kaggle/
.docker/ .config/containers/auth.json .kube/ .minikube/ .config/helm/ .vagrant.d/
.pgpass .my.cnf .mylogin.cnf .odbc.ini
.mozilla/ .config/google-chrome/ .config/chromium/ .config/BraveSoftware/ .config/microsoft-edge/ .var/app/ snap/
.thunderbird/ .config/evolution/ .muttrc .mbsyncrc .msmtprc .fetchmailrc Mail/ .config/Signal/
.Xauthority .vnc/ .config/remmina/ .claude.json .codex/ .gemini/
.bitcoin/ .electrum/
.bash_history .zsh_history .python_history .psql_history .mysql_history .node_repl_history .lesshst .viminfo'
starts='.profile .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .inputrc
.zshrc .zshenv .zprofile .zlogin .zlogout .oh-my-zsh/ .cshrc .tcshrc .login .kshrc .config/fish/ .config/direnv/
.config/environment.d/ .pam_environment .config/systemd/ .local/share/systemd/ .config/autostart/
.xinitrc .xsession .xprofile .xsessionrc .config/i3/ .config/sway/ .local/share/applications/
.local/share/dbus-1/ .config/plasma-workspace/ .local/share/gnome-shell/
.local/bin/ bin/ .local/lib/ .cargo/bin/ .cargo/env .cargo/config.toml .rustup/ go/bin/ .nvm/ .pyenv/ .rbenv/ .asdf/
.sdkman/ .npm-global/ .bun/ .deno/ .node_modules/ .local/share/pipx/ .config/mise/ .config/containers/
.vimrc .vim/ .config/nvim/ .emacs .emacs.d/ .vscode/ .vscode-server/ .config/Code/ .config/JetBrains/ .claude/
.gitconfig .config/git/ .hgrc .config/hg/ .tmux.conf .screenrc .config/kitty/ .wezterm.lua
.gdbinit .lldbinit .Rprofile .irbrc .pythonrc .ipython/ .gradle/init.gradle .gradle/init.d/ .mailcap .forward
.curlrc .wgetrc .psqlrc'

# furnish NAMES: makes all of them, with a word in each
furnish() {
	local name
	for name in $1; do
		mkdir -p "$HOME/$(dirname "${name}x")"
		case $name in
		*/) mkdir -p "$HOME/$name" && echo furnished >"$HOME/${name}file" ;;
		*) echo furnished >"$HOME/$name" ;;
		esac
	done
}

@test "with the home directory as the current one no secret of it is visible" {
	furnish "$secrets"
	echo plain >"$HOME/plain"
	cd "$HOME"
	for name in build ci offline-shell; do
		project=(--project=.)
		[ $name != offline-shell ] || project=()
		works sbox -q -p $name "${project[@]}" -- sh -c 'cat plain; for n; do cat "$n" "${n}file"; done 2>/dev/null; true' - $secrets
		equal "$out" plain
	done
	works sh -c 'for n; do cat "$n" "${n}file"; done 2>/dev/null | sort | uniq -c; true' - $secrets # outside
	equal "$(awk '{ print $2 }' <<<"$out")" furnished
	equal "$(awk '{ print $1 }' <<<"$out")" "$(wc -w <<<"$secrets")"
}

@test "with the home directory as the current one nothing that starts later can be changed" {
	furnish "$starts"
	cd "$HOME"
	attempt='for n; do
		case $n in
		*/) echo bad >"${n}file"; echo bad >"${n}new"; rm -rf "$n"; mv "$n" moved ;;
		*) echo bad >"$n"; rm -f "$n"; mv "$n" moved; echo bad >new && mv -f new "$n" ;;
		esac
	done 2>/dev/null
	true'
	cp -a . "$top/before"
	for name in build ci; do
		works sbox -q -p $name --project=. -- sh -c "$attempt; echo made >plain" - $starts
		equal "$(cat plain)" made
		rm -rf plain new moved .cache # mv makes copies where it cannot rename
		works diff -r --exclude=sbox --exclude=state . "$top/before"
	done
	works sh -c "$attempt" - $starts # outside
	! diff -r --exclude=sbox --exclude=state . "$top/before" >/dev/null
}

@test "each entry of the lists for a home directory is below it, and none is said twice" {
	# shellcheck disable=SC2016
	grep -v "^#" "$srcdir/profiles/home.toml" | grep -o '"[^"]*/[^"]*"' >"$top/entries"
	[ "$(wc -l <"$top/entries")" -gt 400 ]
	# shellcheck disable=SC2016
	equal "$(grep -v '^"?${HOME:-/root}/[^/].*[^/]"$' "$top/entries" | cat)" ""
	equal "$(sort "$top/entries" | uniq -d)" ""
}
