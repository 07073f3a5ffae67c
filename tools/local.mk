# tools: targets for who works on sbox; CONTRIBUTING.md says which are for what

BENCH = $(AM_TESTS_ENVIRONMENT) $(PYTHON) $(srcdir)/tests/bench
BENCH_NEEDS = sbox$(EXEEXT) tests/bench/command$(EXEEXT) tests/bench/filters$(EXEEXT)
bench: $(BENCH_NEEDS)
	$(BENCH)/bench.py --json=bench.json
bench-changes: all
	$(BENCH)/changes.py
bench-egress: $(BENCH_NEEDS) sbox-egress$(EXEEXT)
	$(BENCH)/egress.py
bench-observe: all
	$(BENCH)/observe.py
bench-steps: $(BENCH_NEEDS)
	$(BENCH)/steps.py
# The order of the code in sbox, by what its starts execute: for an ordinary user, on an
# optimized build, when functions have come or gone. The result is committed.
EXTRA_PROGRAMS += tools/startup-trace
startup-order: tools/startup-trace$(EXEEXT)
	rm -f sbox$(EXEEXT)
	$(MAKE) $(AM_MAKEFLAGS) sbox$(EXEEXT) LDFLAGS='$(LDFLAGS) -Wl,-Map=startup.map'
	$(PYTHON) $(srcdir)/tools/startup-order tools/startup-trace ./sbox$(EXEEXT) startup.map \
		$(srcdir)/profiles >startup.ld
	mv startup.ld $(srcdir)/tools/startup.ld
CLEANFILES += startup.map tools/startup-trace$(EXEEXT)
C_FILES = $(srcdir)/src/*/*.[ch] $(srcdir)/src/box/*/*.[ch] $(srcdir)/tools/*.c $(srcdir)/tests/*/*.[ch]
format:
	clang-format -i $(C_FILES)

# What is said to a linter; tools/lint.mk keeps what it has found good already.
LINT_FLAGS = $(DEFS) $(AM_CPPFLAGS) -I. $(CAPNG_CFLAGS) $(NL_CFLAGS) $(SYSTEMD_CFLAGS) -std=gnu11
lint: src/box/fence/stock-filters.h
	clang-format --dry-run -Werror $(C_FILES)
	@$(MKDIR_P) lint-passed && set -- $(LINT_FLAGS) && printf '%s\n' "$$@" >lint-passed/flags.new
	@cmp -s lint-passed/flags.new lint-passed/flags || mv lint-passed/flags.new lint-passed/flags
	$(MAKE) -f $(srcdir)/tools/lint.mk -k -j "$$(nproc)" --no-print-directory srcdir='$(srcdir)'
	mandoc -T lint -W warning $(srcdir)/man/*.[15]
	srcdir='$(srcdir)' sh $(srcdir)/tests/lint/shell.sh

# Half a minute: the build, what is fast of the tests, and a few of the real thing.
SLOW_TESTS = tests/unit/test-filter-programs tests/unit/test-filter-random \
	tests/lint/headers.sh tests/lint/elf.sh tests/lint/shell.sh tests/lint/promises.sh
quick:
	$(MAKE) $(AM_MAKEFLAGS) -j "$$(nproc)" all
	tests=; for test in $(UNIT_TESTS) $(LINT_TESTS) tests/cli/smoke.bats; do \
		case " $(SLOW_TESTS) " in *" $$test "*) ;; *) tests="$$tests $$test" ;; esac; \
	done; $(MAKE) $(AM_MAKEFLAGS) -j "$$(nproc)" check TESTS="$$tests"

# The tests of what was changed since the last commit, or by it: see tools/near.
near:
	$(MAKE) $(AM_MAKEFLAGS) -j "$$(nproc)" all
	tests=`cd $(srcdir) && tools/near $(NEAR)` && echo "near: $$tests" && \
		$(MAKE) $(AM_MAKEFLAGS) -j "$$(nproc)" check TESTS="$$tests"

# On a build of configure --enable-coverage: how much of each room the tests pass through.
COVERAGE_TESTS = $(UNIT_TESTS)
coverage:
	@test -n "$(COVERAGE_CFLAGS)" || { echo "make coverage: configure --enable-coverage first"; exit 1; }
	find . -name '*.gcda' -exec rm -f {} +
	-$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(COVERAGE_TESTS)'
	$(PYTHON) $(srcdir)/tools/coverage .
CLEANFILES += */*.gcda */*.gcno */*/*.gcda */*/*.gcno */*/*/*.gcda */*/*/*.gcno

.PHONY: bench bench-changes bench-egress bench-observe bench-steps coverage format lint near quick startup-order
EXTRA_DIST += tools/link tools/near tools/lint.mk tools/coverage scripts/pre-commit scripts/release \
	scripts/reproducible .editorconfig .codespellrc
