# lint.mk - the linters that look at one file at a time, each file only when it has changed
#
# Called by "make lint", which says $(srcdir) and writes what the compiler is told, a word a
# line, to lint-passed/flags. lint-passed/FILE.ok means that FILE, as it is with the headers
# that it includes (FILE.d), was found good by clang-tidy and by gcc's analyzer. (With several files the analyzer of clang 14 forgets va_start().)
sources := $(wildcard $(srcdir)/src/*/*.c $(srcdir)/src/box/*/*.c)
with_flags := tr '\n' '\0' <lint-passed/flags | xargs -0
passed := $(sources:$(srcdir)/%.c=lint-passed/%.ok)

all: $(passed) lint-passed/cppcheck.ok

lint-passed/%.ok: $(srcdir)/%.c $(srcdir)/.clang-tidy lint-passed/flags
	@mkdir -p $(@D)
	@echo "  LINT     $*.c"
	@$(with_flags) clang-tidy --quiet $< --
	@$(with_flags) gcc -fanalyzer -Werror -O1 -c -o /dev/null -MMD -MP -MF $(@:.ok=.d) -MT $@ $<
	@touch $@

lint-passed/cppcheck.ok: $(sources) $(wildcard $(srcdir)/src/*/*.h $(srcdir)/src/box/*/*.h)
	@mkdir -p lint-passed/cppcheck
	@echo "  CPPCHECK src"
	@cppcheck --quiet --std=c11 --error-exitcode=1 --enable=warning,portability --inline-suppr \
		--cppcheck-build-dir=lint-passed/cppcheck -I$(srcdir)/src $(srcdir)/src
	@touch $@

-include $(passed:.ok=.d)
.PHONY: all
