/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* observe.c - the observer, as the supervisor starts and ends it; see observe.h */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box/observe/observe.h"

/* A message without a text says that it is ready; if it is gone it has said why. */
static int wait_until_ready(struct observation *o, int ready, struct error *err)
{
	struct error said;

	if (!error_recv(&said, ready))
		(void)error_set(err, "--observe: the observer has ended before it was "
				     "ready");
	else if (said.msg[0] == '\0')
		return 0;
	else
		*err = said;
	while (waitpid(o->pid, NULL, 0) < 0 && errno == EINTR)
		;
	o->pid = 0;
	return -1;
}

int observe_begin(struct observation *o, enum observe_mode mode,
		  struct observe_command command, int (*drop)(struct error *err),
		  struct error *err)
{
	_cleanup_fd_ int proc = -1, ready = -1, said = -1;
	int pipe[2];
	pid_t pid;

	if (command.pid <= 0)
		return error_set(err, "--observe: the kernel does not say which process "
				      "the command's is (CONFIG_PROC_CHILDREN)");
	o->mode = mode;
	o->table = observe_table_make(err);
	if (o->table < 0)
		return -1;
	proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || pipe2(pipe, O_CLOEXEC) < 0)
		return error_sys(err, "--observe: /proc");
	said = pipe[0];
	ready = pipe[1];
	pid = fork();
	if (pid < 0)
		return error_sys(err, "--observe: fork");
	if (pid == 0)
		tracer_main(&(struct tracer_start){
			.mode = mode,
			.command = command,
			.table = o->table,
			.proc = proc,
			.ready = ready,
			.drop = drop,
		});
	o->pid = pid;
	(void)close(take_fd(&ready));
	return wait_until_ready(o, said, err);
}

const struct observe_table *observe_end(struct observation *o, struct arena *arena)
{
	const struct observe_table *table = NULL;

	if (o->mode == OBSERVE_OFF)
		return NULL;
	/* it ends with the last process that it traces, and all are dead */
	while (o->pid > 0 && waitpid(o->pid, NULL, 0) < 0 && errno == EINTR)
		;
	o->pid = 0;
	if (o->table >= 0)
		table = observe_table_read(o->table, arena);
	fd_drop(&o->table);
	return table;
}
