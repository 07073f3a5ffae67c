# tests/cli: bats files that drive the real program, one for each feature
CLI_TESTS += \
	tests/cli/agent.bats \
	tests/cli/apparmor.bats \
	tests/cli/builds.bats \
	tests/cli/bwrap.bats \
	tests/cli/cache.bats \
	tests/cli/caps.bats \
	tests/cli/causes.bats \
	tests/cli/cgroup.bats \
	tests/cli/changes-oracle.bats \
	tests/cli/changes-run.bats \
	tests/cli/changes.bats \
	tests/cli/companion.bats \
	tests/cli/completions.bats \
	tests/cli/cookbook.bats \
	tests/cli/denials.bats \
	tests/cli/descriptors.bats \
	tests/cli/doctor.bats \
	tests/cli/egress-clients.bats \
	tests/cli/egress.bats \
	tests/cli/environment.bats \
	tests/cli/exec.bats \
	tests/cli/explain.bats \
	tests/cli/fidelity.bats \
	tests/cli/filesystem.bats \
	tests/cli/handed.bats \
	tests/cli/block.bats \
	tests/cli/hold.bats \
	tests/cli/home.bats \
	tests/cli/identity.bats \
	tests/cli/join.bats \
	tests/cli/learn.bats \
	tests/cli/lifetime.bats \
	tests/cli/limits.bats \
	tests/cli/manual.bats \
	tests/cli/namespaces.bats \
	tests/cli/network.bats \
	tests/cli/observe.bats \
	tests/cli/plans.bats \
	tests/cli/process.bats \
	tests/cli/profile.bats \
	tests/cli/profiles.bats \
	tests/cli/relay.bats \
	tests/cli/report.bats \
	tests/cli/running.bats \
	tests/cli/runs.bats \
	tests/cli/running-exec.bats \
	tests/cli/seccomp.bats \
	tests/cli/scripts.bats \
	tests/cli/seeds.bats \
	tests/cli/programs.bats \
	tests/cli/signals.bats \
	tests/cli/smoke.bats \
	tests/cli/terminal.bats \
	tests/cli/usage.bats \
	tests/cli/variables.bats \
	tests/cli/why.bats
check_PROGRAMS += tests/cli/reaper tests/cli/refuse
tests_cli_reaper_SOURCES = tests/cli/reaper.c
tests_cli_reaper_LDADD =
tests_cli_refuse_SOURCES = tests/cli/refuse.c
tests_cli_refuse_LDADD =
EXTRA_DIST += tests/cli/compile-filter.py tests/cli/egresslab.bash tests/cli/egresslab.py tests/cli/lib.bash tests/cli/pairings.py tests/cli/typist.py tests/cli/netlab.bash \
	tests/cli/netlab.py tests/cli/plans.py tests/cli/relay.py tests/cli/validate.py docs/report.schema.json \
	docs/doctor.schema.json
