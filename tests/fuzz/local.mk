# tests/fuzz: libFuzzer targets, one for each text input; `make check` replays their corpus
FUZZ_TARGETS = toml profile options bwrap filter units-forms host json door guard changes egress
replay_programs = \
	tests/fuzz/replay-toml \
	tests/fuzz/replay-profile \
	tests/fuzz/replay-options \
	tests/fuzz/replay-bwrap \
	tests/fuzz/replay-filter \
	tests/fuzz/replay-units-forms \
	tests/fuzz/replay-host \
	tests/fuzz/replay-json \
	tests/fuzz/replay-door \
	tests/fuzz/replay-guard \
	tests/fuzz/replay-changes \
	tests/fuzz/replay-egress
check_PROGRAMS += $(replay_programs)
UNIT_TESTS += $(replay_programs)
json_check = tests/fuzz/json-check.c tests/fuzz/json-check.h
tests_fuzz_replay_toml_SOURCES = tests/fuzz/fuzz-toml.c tests/fuzz/replay.c
tests_fuzz_replay_toml_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"toml"'
tests_fuzz_replay_profile_SOURCES = tests/fuzz/fuzz-profile.c tests/fuzz/replay.c \
	$(json_check)
tests_fuzz_replay_profile_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"profile"'
tests_fuzz_replay_options_SOURCES = tests/fuzz/fuzz-options.c tests/fuzz/replay.c
tests_fuzz_replay_options_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"options"'
tests_fuzz_replay_bwrap_SOURCES = tests/fuzz/fuzz-bwrap.c tests/fuzz/replay.c
tests_fuzz_replay_bwrap_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"bwrap"'
tests_fuzz_replay_filter_SOURCES = tests/fuzz/fuzz-filter.c tests/fuzz/replay.c
tests_fuzz_replay_filter_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"filter"'
tests_fuzz_replay_units_forms_SOURCES = tests/fuzz/fuzz-units-forms.c tests/fuzz/replay.c
tests_fuzz_replay_units_forms_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"units-forms"'
tests_fuzz_replay_host_SOURCES = tests/fuzz/fuzz-host.c tests/fuzz/replay.c
tests_fuzz_replay_host_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"host"'
tests_fuzz_replay_json_SOURCES = tests/fuzz/fuzz-json.c tests/fuzz/replay.c $(json_check)
tests_fuzz_replay_json_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"json"'
tests_fuzz_replay_door_SOURCES = tests/fuzz/fuzz-door.c tests/fuzz/replay.c
tests_fuzz_replay_door_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"door"'
tests_fuzz_replay_guard_SOURCES = tests/fuzz/fuzz-guard.c tests/fuzz/replay.c
tests_fuzz_replay_guard_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"guard"'
tests_fuzz_replay_changes_SOURCES = tests/fuzz/fuzz-changes.c tests/fuzz/replay.c
tests_fuzz_replay_changes_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"changes"'
tests_fuzz_replay_egress_SOURCES = tests/fuzz/fuzz-egress.c tests/fuzz/replay.c
tests_fuzz_replay_egress_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"egress"'
EXTRA_DIST += tests/fuzz/corpus

# make fuzz [FUZZ_SECONDS=60] [FUZZ_TARGETS="toml ..."]: what is found stays in $(fuzz_dir)
FUZZ_CC = clang
FUZZ_SECONDS = 60
FUZZ_FLAGS = -std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
fuzz_dir = tests/fuzz/run
fuzz_compile = $(FUZZ_CC) $(FUZZ_FLAGS) $(DEFS) -I$(abs_builddir) -I$(abs_srcdir)/src \
	$(SECCOMP_CFLAGS) $(CAPNG_CFLAGS) $(NL_CFLAGS)
fuzz_sources = $(srcdir)/src/base/*.c $(srcdir)/src/toml/*.c $(srcdir)/src/seccomp/*.c \
	$(srcdir)/src/policy/*.c $(srcdir)/src/plan/*.c $(srcdir)/src/cli/options.c $(srcdir)/src/cli/foreign.c $(srcdir)/src/cli/own.c $(srcdir)/src/cli/parser.c $(srcdir)/src/cli/take.c \
	$(srcdir)/src/box/door/*.c $(srcdir)/src/box/guard/conf.c \
	$(srcdir)/src/box/guard/judge.c $(srcdir)/src/run/report.c \
	$(srcdir)/src/run/observed.c $(srcdir)/src/run/observed-around.c $(srcdir)/src/run/observed-calls.c \
	$(srcdir)/src/run/observed-fix.c $(srcdir)/src/run/hints.c $(srcdir)/src/run/observed-objection.c $(srcdir)/src/run/project.c \
	$(srcdir)/src/box/observe/calls.c $(srcdir)/src/verdict/*.c \
	$(srcdir)/src/bwrap/operations.c $(srcdir)/src/bwrap/options.c $(srcdir)/src/bwrap/steps.c \
	$(srcdir)/src/egress/dns.c $(srcdir)/src/egress/hello.c $(srcdir)/src/egress/http.c \
	$(srcdir)/src/egress/http-body.c $(srcdir)/src/egress/socks.c \
	$(srcdir)/src/changes/about.c $(srcdir)/src/changes/encode.c $(srcdir)/src/changes/journal.c $(srcdir)/tests/fuzz/json-check.c
fuzz:
	@for file in $(fuzz_sources); do \
		name=$${file#$(srcdir)/} && object=$(fuzz_dir)/objects/$${name%.c}.o && \
		$(MKDIR_P) $${object%/*} && $(fuzz_compile) -c -o $$object $$file \
			-fsanitize=fuzzer-no-link,address,undefined || exit 1; \
	done
	@for target in $(FUZZ_TARGETS); do \
		fuzzer=$(fuzz_dir)/fuzz-$$target; \
		$(MKDIR_P) $(fuzz_dir)/$$target && \
		$(fuzz_compile) -fsanitize=fuzzer,address,undefined -o $$fuzzer \
			$(srcdir)/tests/fuzz/fuzz-$$target.c $$(find $(fuzz_dir)/objects -name '*.o') \
			$(LIBS_ALL) && \
		echo "== $$target: $(FUZZ_SECONDS) seconds" && \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=4096 \
			-print_final_stats=1 -artifact_prefix=$(fuzz_dir)/$$target- \
			$(fuzz_dir)/$$target $(srcdir)/tests/fuzz/corpus/$$target || exit 1; \
	done
clean-local:
	rm -rf $(fuzz_dir) lint-passed
.PHONY: fuzz
