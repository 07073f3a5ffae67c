# tests/escape: attacks from inside, each with a positive control outside
ESCAPE_TESTS += \
	tests/escape/bwrap.bats \
	tests/escape/caches.bats \
	tests/escape/changes-commit.bats \
	tests/escape/changes.bats \
	tests/escape/covers.bats \
	tests/escape/descriptors.bats \
	tests/escape/door.bats \
	tests/escape/egress.bats \
	tests/escape/exec.bats \
	tests/escape/faults.bats \
	tests/escape/filesystem.bats \
	tests/escape/guard.bats \
	tests/escape/guard-ways.bats \
	tests/escape/input.bats \
	tests/escape/ipc-identity.bats \
	tests/escape/join.bats \
	tests/escape/learn.bats \
	tests/escape/network.bats \
	tests/escape/observe.bats \
	tests/escape/outside.bats \
	tests/escape/processes.bats \
	tests/escape/syscalls.bats \
	tests/escape/terminal.bats
check_PROGRAMS += tests/escape/probe tests/escape/fault
tests_escape_probe_SOURCES = \
	tests/escape/probe.c tests/escape/probe.h \
	tests/escape/probe-cover.c \
	tests/escape/probe-fd.c \
	tests/escape/probe-foreign.c \
	tests/escape/probe-legacy.c \
	tests/escape/probe-host.c \
	tests/escape/probe-id.c \
	tests/escape/probe-init.c \
	tests/escape/probe-ipc.c \
	tests/escape/probe-mount.c \
	tests/escape/probe-outside.c \
	tests/escape/probe-path.c \
	tests/escape/probe-process.c \
	tests/escape/probe-syscall.c \
	tests/escape/probe-tty.c
# Without the sanitizers, which do not survive what the probe does to itself.
tests_escape_probe_CFLAGS = $(WARN_CFLAGS) $(HARDEN_CFLAGS)
tests_escape_probe_LDFLAGS = $(PIE_LDFLAGS) $(HARDEN_LDFLAGS)
tests_escape_probe_LDADD =
tests_escape_fault_SOURCES = tests/escape/fault.c
tests_escape_fault_LDADD = libfilter.a $(SECCOMP_LIBS)
EXTRA_DIST += tests/escape/door.py tests/escape/egress.py tests/escape/faults-explained tests/lib.bash tests/escape/lib.bash \
	tests/escape/guard.bash tests/escape/via-exec.bash

# make escape: all attempts of the suite, and what each of them is stopped by, as a table;
# those on the machine's resources and on what is left behind are among the tests of limits.
# In a virtual machine, which takes an hour: SBOX_TEST_SCALE=10 SBOX_TEST_SLOW=5
# tests/vm/run --timeout=120m make escape
escape: all
	$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
	$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/tests/escape/table.sh $(ESCAPE_TESTS) \
		tests/cli/cgroup.bats tests/cli/limits.bats

# make faults: each system call of a start fails once, with each of three errors
faults: all
	$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)
	$(AM_TESTS_ENVIRONMENT) SBOX_TEST_FAULTS=all bats --tap $(srcdir)/tests/escape/faults.bats
.PHONY: escape faults
EXTRA_DIST += tests/escape/table.sh tests/escape/compare.sh
