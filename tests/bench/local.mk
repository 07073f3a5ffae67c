# tests/bench: what sbox costs; "make bench", and a run of a few rounds in "make check"
check_PROGRAMS += tests/bench/command tests/bench/filters
tests_bench_command_SOURCES = tests/bench/command.c
tests_bench_command_CFLAGS = $(WARN_CFLAGS) $(HARDEN_CFLAGS)
tests_bench_command_LDFLAGS = $(HARDEN_LDFLAGS) $(STATIC_LDFLAGS)
tests_bench_command_LDADD =
tests_bench_filters_SOURCES = tests/bench/filters.c $(scmp_oracle)
tests_bench_filters_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tools
tests_bench_filters_CFLAGS = $(AM_CFLAGS) $(SECCOMP_CFLAGS)
tests_bench_filters_LDADD = $(LDADD) $(SECCOMP_LIBS)
BENCH_TESTS = tests/bench/smoke.py
EXTRA_DIST += tests/bench/bench.py tests/bench/changes.py tests/bench/egress.py tests/bench/measure.py tests/bench/observe.py tests/bench/rows.py tests/bench/steps.py
