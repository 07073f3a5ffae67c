/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guard-table.c - the places that other programs take as instructions; see guard-table.h
 */
#include "config.h"

#include <string.h>

#include "plan/guard-table.h"

enum {
	ROW_INCLUDED,
	ROW_HOOKS_PATH,
	ROW_NAMED,
	ROW_MODULE,
	ROW_LINKS,
	ROW_SETTINGS,
};

const struct guard_row guard_table[] = {
	/* these six have their numbers above */
	{ "a file that include.path, includeIf or %include names", "git, hg",
	  "is read like the configuration itself", GUARD_CONFIG, NULL, GUARD_GIT_CONFIG },
	{ "the directory of core.hooksPath", "git", "hooks are run from there",
	  GUARD_CONFIG, NULL, GUARD_SAMPLES },
	{ "a file that another setting names", "git, hg",
	  "a hook, filter, monitor, driver, helper, alias or extension is run",
	  GUARD_CONFIG, NULL, GUARD_NOTHING },
	{ "a directory that an extension or a template is", "hg, git",
	  "its files are loaded or copied, and what Python has compiled of them",
	  GUARD_CONFIG, NULL, GUARD_NOTHING },
	{ "links in .git", "git", "what git writes goes where they lead", GUARD_LINKS,
	  NULL, GUARD_NOTHING },
	{ "a file that GIT_CONFIG_GLOBAL, XDG_CONFIG_HOME or HGRCPATH names", "git, hg",
	  "as ~/.gitconfig or ~/.hgrc", GUARD_CONFIG, NULL, GUARD_GIT_CONFIG },

	{ ".git/config", "git",
	  "core.fsmonitor, filters, aliases and many more name programs", GUARD_GIT,
	  "config", GUARD_GIT_CONFIG },
	{ ".git/config.worktree", "git", "the same, for one worktree", GUARD_GIT,
	  "config.worktree", GUARD_GIT_CONFIG },
	{ ".git/hooks", "git", "each is run by the command that it is named after",
	  GUARD_GIT, "hooks", GUARD_SAMPLES },
	{ ".git/commondir", "git", "says where configuration and hooks are", GUARD_GIT,
	  "commondir", GUARD_COMMONDIR },
	{ ".git/info/attributes", "git", "chooses which filters and drivers are run",
	  GUARD_GIT, "info/attributes", GUARD_NOTHING },
	{ ".git/rebase-merge/git-rebase-todo", "git",
	  "\"git rebase --continue\" runs its exec lines", GUARD_GIT,
	  "rebase-merge/git-rebase-todo", GUARD_TODO },
	{ ".git/rebase-merge/strategy", "git",
	  "\"git rebase --continue\" runs the program git-merge-NAME", GUARD_GIT,
	  "rebase-merge/strategy", GUARD_STRATEGY },
	{ ".git/sequencer/opts", "git", "\"git cherry-pick --continue\" does, too",
	  GUARD_GIT, "sequencer/opts", GUARD_OPTIONS },
	{ ".git/rebase-apply/apply-opt", "git",
	  "\"git am --continue\" and \"--skip\" take options of \"git apply\" from it, "
	  "of "
	  "which some write files",
	  GUARD_GIT, "rebase-apply/apply-opt", GUARD_APPLY },
	{ ".git/MERGE_RR", "git",
	  "\"git commit\" and \"git rerere\" read and write the files that it names, "
	  "wherever they are",
	  GUARD_GIT, "MERGE_RR", GUARD_EMPTY },
	{ ".git/gitweb", "git", "\"git instaweb\" runs what is there", GUARD_GIT,
	  "gitweb", GUARD_ENTRIES },
	{ ".git/pid", "git", "\"git instaweb --stop\" ends the process that it names",
	  GUARD_GIT, "pid", GUARD_NOTHING },
	{ ".git/remotes", "git", "each names a remote, which can be a program", GUARD_GIT,
	  "remotes", GUARD_ENTRIES },
	{ ".git/branches", "git", "the same", GUARD_GIT, "branches", GUARD_ENTRIES },
	{ ".git/lazygit.yml", "lazygit", "custom commands and pagers are programs",
	  GUARD_GIT, "lazygit.yml", GUARD_NOTHING },
	{ ".git (a file or a link)", "git", "says where the repository is", GUARD_ANY,
	  ".git", GUARD_GITFILE },

	{ ".hg/hgrc", "hg", "hooks, extensions and aliases are programs", GUARD_HG,
	  "hgrc", GUARD_HGRC },
	{ ".hg/hgrc-not-shared", "hg", "the same", GUARD_HG, "hgrc-not-shared",
	  GUARD_HGRC },
	{ ".hg/sharedpath", "hg", "says where the repository and its hgrc are", GUARD_HG,
	  "sharedpath", GUARD_NOTHING },
	{ ".hg/requires", "hg", "says which of these are read", GUARD_HG, "requires",
	  GUARD_START },
	{ ".hg/histedit-state", "hg",
	  "\"hg histedit --continue\" loads an old form of it as Python objects",
	  GUARD_HG, "histedit-state", GUARD_HISTEDIT },
	{ ".hg (a link)", "hg", "says where the repository is", GUARD_ANY, ".hg",
	  GUARD_NOTHING },

	{ "hooks of a repository of Subversion", "svn",
	  "\"svn commit\" to a file:// URL runs them", GUARD_SVN, "hooks",
	  GUARD_SAMPLES },
	{ "conf/hooks-env of it", "svn", "sets the environment of its hooks", GUARD_SVN,
	  "conf/hooks-env", GUARD_NOTHING },

	{ ".jj/repo/config.toml", "jj", "aliases, tools and monitors are programs",
	  GUARD_JJ, "repo/config.toml", GUARD_JJ_CONFIG },
	{ ".jj/workspace-config.toml", "jj", "the same", GUARD_JJ,
	  "workspace-config.toml", GUARD_JJ_CONFIG },
	{ ".jj/repo (a file or a link)", "jj", "says where the repository is", GUARD_JJ,
	  "repo", GUARD_NOTHING },
	{ ".jj/repo/store/git_target", "jj", "says where git's directory is", GUARD_JJ,
	  "repo/store/git_target", GUARD_START },
	{ ".jj (a file or a link)", "jj", "says where the repository is", GUARD_ANY,
	  ".jj", GUARD_NOTHING },

	{ ".envrc", "direnv", "is sourced by the shell in this directory", GUARD_TOP,
	  ".envrc", GUARD_NOTHING },
	{ ".vscode", "VS Code", "tasks and settings name programs", GUARD_TOP, ".vscode",
	  GUARD_NOTHING },
	{ ".idea", "JetBrains IDEs", "run configurations name programs", GUARD_TOP,
	  ".idea", GUARD_NOTHING },
	{ ".zed", "Zed", "tasks and settings name programs", GUARD_TOP, ".zed",
	  GUARD_NOTHING },
	{ ".exrc", "vim", "commands, where 'exrc' is set", GUARD_TOP, ".exrc",
	  GUARD_NOTHING },
	{ ".vimrc", "vim", "the same", GUARD_TOP, ".vimrc", GUARD_NOTHING },
	{ ".gvimrc", "gvim", "the same", GUARD_TOP, ".gvimrc", GUARD_NOTHING },
	{ ".nvim.lua", "Neovim", "the same", GUARD_TOP, ".nvim.lua", GUARD_NOTHING },
	{ ".nvimrc", "Neovim", "the same", GUARD_TOP, ".nvimrc", GUARD_NOTHING },
	{ ".dir-locals.el", "Emacs", "local variables and forms to be evaluated",
	  GUARD_TOP, ".dir-locals.el", GUARD_NOTHING },
	{ ".dir-locals-2.el", "Emacs", "the same", GUARD_TOP, ".dir-locals-2.el",
	  GUARD_NOTHING },
	{ ".helix", "Helix", "language servers and formatters are programs", GUARD_TOP,
	  ".helix", GUARD_NOTHING },
	{ ".devcontainer", "development containers",
	  "initializeCommand is run on the host", GUARD_TOP, ".devcontainer",
	  GUARD_NOTHING },
	{ ".devcontainer.json", "development containers", "the same", GUARD_TOP,
	  ".devcontainer.json", GUARD_NOTHING },
	{ ".run", "JetBrains IDEs", "run configurations name programs", GUARD_TOP, ".run",
	  GUARD_NOTHING },
	{ ".lazygit.yml", "lazygit", "custom commands and pagers are programs", GUARD_TOP,
	  ".lazygit.yml", GUARD_NOTHING },
	{ ".claude", "Claude Code", "hooks and settings name programs", GUARD_TOP,
	  ".claude", GUARD_NOTHING },
	{ ".cursor", "Cursor", "rules, servers and settings name programs", GUARD_TOP,
	  ".cursor", GUARD_NOTHING },
	{ ".codex", "Codex", "servers and notifiers are programs", GUARD_TOP, ".codex",
	  GUARD_NOTHING },
	{ ".gemini", "Gemini CLI", "servers and hooks are programs", GUARD_TOP, ".gemini",
	  GUARD_NOTHING },
	{ ".kiro", "Kiro", "servers and hooks are programs", GUARD_TOP, ".kiro",
	  GUARD_NOTHING },
	{ ".roo", "Roo Code", "servers are programs", GUARD_TOP, ".roo", GUARD_NOTHING },
	{ ".opencode", "OpenCode", "plugins are loaded, servers are programs", GUARD_TOP,
	  ".opencode", GUARD_NOTHING },
	{ "opencode.json", "OpenCode", "the same", GUARD_TOP, "opencode.json",
	  GUARD_NOTHING },
	{ "opencode.jsonc", "OpenCode", "the same", GUARD_TOP, "opencode.jsonc",
	  GUARD_NOTHING },
	{ ".mcp.json", "coding agents", "servers are programs", GUARD_TOP, ".mcp.json",
	  GUARD_NOTHING },

	{ ".github/workflows", "GitHub Actions",
	  "steps are commands, with the repository's secrets", GUARD_COMMIT,
	  ".github/workflows", GUARD_NOTHING },
	{ ".github/actions", "GitHub Actions", "the same", GUARD_COMMIT,
	  ".github/actions", GUARD_NOTHING },
	{ ".gitea/workflows", "Gitea Actions", "the same", GUARD_COMMIT,
	  ".gitea/workflows", GUARD_NOTHING },
	{ ".forgejo/workflows", "Forgejo Actions", "the same", GUARD_COMMIT,
	  ".forgejo/workflows", GUARD_NOTHING },
	{ ".gitlab-ci.yml", "GitLab CI", "the same", GUARD_COMMIT, ".gitlab-ci.yml",
	  GUARD_NOTHING },
	{ ".circleci", "CircleCI", "the same", GUARD_COMMIT, ".circleci", GUARD_NOTHING },
	{ ".travis.yml", "Travis CI", "the same", GUARD_COMMIT, ".travis.yml",
	  GUARD_NOTHING },
	{ ".cirrus.yml", "Cirrus CI", "the same", GUARD_COMMIT, ".cirrus.yml",
	  GUARD_NOTHING },
	{ ".drone.yml", "Drone", "the same", GUARD_COMMIT, ".drone.yml", GUARD_NOTHING },
	{ ".woodpecker", "Woodpecker", "the same", GUARD_COMMIT, ".woodpecker",
	  GUARD_NOTHING },
	{ ".woodpecker.yml", "Woodpecker", "the same", GUARD_COMMIT, ".woodpecker.yml",
	  GUARD_NOTHING },
	{ ".buildkite", "Buildkite", "the same", GUARD_COMMIT, ".buildkite",
	  GUARD_NOTHING },
	{ "Jenkinsfile", "Jenkins", "the same", GUARD_COMMIT, "Jenkinsfile",
	  GUARD_NOTHING },
	{ "azure-pipelines.yml", "Azure Pipelines", "the same", GUARD_COMMIT,
	  "azure-pipelines.yml", GUARD_NOTHING },
	{ "bitbucket-pipelines.yml", "Bitbucket Pipelines", "the same", GUARD_COMMIT,
	  "bitbucket-pipelines.yml", GUARD_NOTHING },
	{ "appveyor.yml", "AppVeyor", "the same", GUARD_COMMIT, "appveyor.yml",
	  GUARD_NOTHING },
	{ ".appveyor.yml", "AppVeyor", "the same", GUARD_COMMIT, ".appveyor.yml",
	  GUARD_NOTHING },
	{ ".husky", "husky", "git runs what is there as hooks", GUARD_COMMIT, ".husky",
	  GUARD_NOTHING },
	{ ".pre-commit-config.yaml", "pre-commit",
	  "hooks are programs that it fetches and runs", GUARD_COMMIT,
	  ".pre-commit-config.yaml", GUARD_NOTHING },
	{ "lefthook.yml", "lefthook", "hooks are commands", GUARD_COMMIT, "lefthook.yml",
	  GUARD_NOTHING },

	{ "~/.gitconfig", "git", "as .git/config, for all repositories", GUARD_HOME,
	  ".gitconfig", GUARD_GIT_CONFIG },
	{ "~/.config/git", "git", "the same, and attributes", GUARD_HOME, ".config/git",
	  GUARD_NOTHING },
	{ "~/.hgrc", "hg", "as .hg/hgrc, for all repositories", GUARD_HOME, ".hgrc",
	  GUARD_HGRC },
	{ "~/.config/hg", "hg", "the same", GUARD_HOME, ".config/hg", GUARD_NOTHING },
	{ "~/.subversion", "svn", "editors, diff programs and tunnels are programs",
	  GUARD_HOME, ".subversion", GUARD_START },
	{ "~/.jjconfig.toml", "jj", "as .jj/repo/config.toml", GUARD_HOME,
	  ".jjconfig.toml", GUARD_NOTHING },
	{ "~/.config/jj", "jj", "the same", GUARD_HOME, ".config/jj", GUARD_NOTHING },
	{ 0 },
};

const struct guard_row *const guard_included = &guard_table[ROW_INCLUDED];
const struct guard_row *const guard_hooks_path = &guard_table[ROW_HOOKS_PATH];
const struct guard_row *const guard_named = &guard_table[ROW_NAMED];

const struct guard_row *const guard_module = &guard_table[ROW_MODULE];
const struct guard_row *const guard_links = &guard_table[ROW_LINKS];
const struct guard_row *const guard_settings = &guard_table[ROW_SETTINGS];

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), tail = strlen(end);

	return len >= tail && strcmp(s + len - tail, end) == 0;
}

bool guard_is_dir(const struct guard_row *row)
{
	return row->judge == GUARD_SAMPLES || row->judge == GUARD_ENTRIES;
}

bool guard_is_pending(const struct guard_row *row)
{
	return row->judge == GUARD_ENTRIES || row->judge == GUARD_TODO ||
	       row->judge == GUARD_HISTEDIT || row->judge == GUARD_STRATEGY ||
	       row->judge == GUARD_OPTIONS || row->judge == GUARD_APPLY ||
	       row->judge == GUARD_EMPTY;
}

bool guard_is_sample(const char *name)
{
	return ends_with(name, ".sample") || ends_with(name, ".tmpl");
}
