/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sbox-scope.c - asks systemd for a delegated scope around a process
 *
 *     sbox-scope NAME.scope PID
 *
 * For sbox, see src/box/cgroup/scope.c. PID is that of its parent. The caller's own
 * manager is asked, or, for root, the system's. It ends with 0 when the process is in
 * the scope; else one line on standard error says why not. Nothing is left of a scope
 * that could not be made, and the scope goes with its last process.
 *
 * It enters the scope too, until it ends. systemd learns that a scope is empty by its
 * becoming so; if the parent has been killed by the time that systemd moves it, the scope
 * has never had a process, and would stay for ever.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>
#include <time.h>
#include <unistd.h>

#define MANAGER "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"

/* The manager's answers come within milliseconds, if they come. */
#define TIMEOUT_USEC (UINT64_C(10) * 1000 * 1000)

struct request {
	sd_bus *bus;
	const char *unit;
	uint32_t pid;
	char *slice;     /* where we are now: the limits of the slice stay ours */
	const char *job; /* that starts the scope; NULL: not known yet */
	char result[32]; /* of the job, "": it has not ended */
};

static int complain(const char *what, int error, const sd_bus_error *said)
{
	(void)fprintf(stderr, "%s: %s\n", what,
		      said && said->message ? said->message : strerror(-error));
	return -1;
}

static int on_job_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct request *r = data;
	const char *job, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(m, "uoss", &id, &job, &unit, &result) < 0)
		return 0;
	if (r->job && strcmp(job, r->job) == 0)
		(void)snprintf(r->result, sizeof r->result, "%s", result);
	return 0;
}

/*
 * The bus must know us by the number that we know ourselves by: in another PID namespace
 * the manager would move a stranger.
 */
static int check_pid(struct request *r)
{
	const char *name;
	sd_bus_creds *creds = NULL;
	pid_t pid = -1;
	int ret = sd_bus_get_unique_name(r->bus, &name);

	if (ret >= 0)
		ret = sd_bus_get_name_creds(r->bus, name, SD_BUS_CREDS_PID, &creds);
	if (ret >= 0)
		ret = sd_bus_creds_get_pid(creds, &pid);
	sd_bus_creds_unref(creds);
	if (ret < 0)
		return complain("the bus does not tell who we are", ret, NULL);
	if (pid != getpid()) {
		(void)fprintf(stderr, "systemd's manager is in another PID namespace\n");
		return -1;
	}
	return 0;
}

static int open_bus(struct request *r)
{
	int ret = getuid() == 0 ? sd_bus_open_system(&r->bus) : sd_bus_open_user(&r->bus);

	if (ret < 0)
		return complain("cannot reach the bus of systemd's user manager", ret,
				NULL);
	(void)sd_bus_set_method_call_timeout(r->bus, TIMEOUT_USEC);
	/* asked for before the job is there, lest its end is missed */
	ret = sd_bus_match_signal(r->bus, NULL, MANAGER, MANAGER_PATH, MANAGER_INTERFACE,
				  "JobRemoved", on_job_removed, r);
	if (ret < 0)
		return complain("cannot watch the jobs of systemd", ret, NULL);
	return check_pid(r);
}

static int add_properties(sd_bus_message *m, const struct request *r)
{
	int ret =
		sd_bus_message_append(m, "(sv)", "Description", "s", "a sandbox of sbox");

	if (ret >= 0)
		ret = sd_bus_message_append(m, "(sv)", "Delegate", "b", 1);
	/* a scope that failed would stay until somebody looks */
	if (ret >= 0)
		ret = sd_bus_message_append(m, "(sv)", "CollectMode", "s",
					    "inactive-or-failed");
	/* outside of any slice of the manager, it knows a better one */
	if (ret >= 0 && r->slice && strcmp(r->slice, "-.slice") != 0)
		ret = sd_bus_message_append(m, "(sv)", "Slice", "s", r->slice);
	if (ret >= 0)
		ret = sd_bus_message_append(m, "(sv)", "PIDs", "au", 2, r->pid,
					    (uint32_t)getpid());
	return ret;
}

static int compose(const struct request *r, sd_bus_message **ret_message)
{
	sd_bus_message *m = NULL;
	int ret = sd_bus_message_new_method_call(r->bus, &m, MANAGER, MANAGER_PATH,
						 MANAGER_INTERFACE, "StartTransientUnit");

	*ret_message = m;
	if (ret >= 0)
		ret = sd_bus_message_append(m, "ss", r->unit, "fail");
	if (ret >= 0)
		ret = sd_bus_message_open_container(m, 'a', "(sv)");
	if (ret >= 0)
		ret = add_properties(m, r);
	if (ret >= 0)
		ret = sd_bus_message_close_container(m);
	if (ret >= 0)
		ret = sd_bus_message_append(m, "a(sa(sv))", 0);
	return ret;
}

static uint64_t now_usec(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int wait_for_job(struct request *r)
{
	uint64_t end = now_usec() + TIMEOUT_USEC, now;
	int ret;

	while (*r->result == '\0') {
		ret = sd_bus_process(r->bus, NULL);
		if (ret < 0)
			return complain("the bus was closed", ret, NULL);
		if (ret > 0)
			continue;
		now = now_usec();
		if (now >= end)
			return complain("systemd did not start the scope", -ETIMEDOUT,
					NULL);
		(void)sd_bus_wait(r->bus, end - now);
	}
	if (strcmp(r->result, "done") == 0)
		return 0;
	(void)fprintf(stderr, "systemd could not start the scope: %s\n", r->result);
	return -1;
}

static int start_scope(struct request *r)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL, *reply = NULL;
	int ret = compose(r, &m);

	if (ret >= 0)
		ret = sd_bus_call(r->bus, m, 0, &error, &reply);
	if (ret >= 0)
		ret = sd_bus_message_read(reply, "o", &r->job);
	if (ret < 0)
		ret = complain("systemd refused the scope", ret, &error);
	else
		ret = wait_for_job(r);
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	sd_bus_message_unref(reply);
	return ret;
}

int main(int argc, char **argv)
{
	struct request r = { 0 };
	int ret;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: sbox-scope NAME.scope PID (for sbox)\n");
		return EXIT_FAILURE;
	}
	r.unit = argv[1];
	r.pid = (uint32_t)strtoul(argv[2], NULL, 10);
	if ((pid_t)r.pid != getppid()) { /* it has been killed: the number is free */
		(void)fprintf(stderr, "process %s is not the parent\n", argv[2]);
		return EXIT_FAILURE;
	}
	if (getuid() == 0)
		(void)sd_pid_get_slice((pid_t)r.pid, &r.slice);
	else
		(void)sd_pid_get_user_slice((pid_t)r.pid, &r.slice);
	ret = open_bus(&r);
	if (ret == 0)
		ret = start_scope(&r);
	free(r.slice);
	sd_bus_unref(r.bus);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
