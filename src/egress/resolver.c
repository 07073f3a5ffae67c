/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* resolver.c - the processes that look names up; see resolve.h */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "egress/fence.h"
#include "egress/resolve.h"

static bool take_address(const struct addrinfo *info, struct net_addr *ret)
{
	const void *at = info->ai_addr;

	*ret = (struct net_addr){ .family = info->ai_family };
	if (info->ai_family == AF_INET)
		memcpy(ret->bytes, &((const struct sockaddr_in *)at)->sin_addr, 4);
	else if (info->ai_family == AF_INET6)
		memcpy(ret->bytes, &((const struct sockaddr_in6 *)at)->sin6_addr, 16);
	else
		return false;
	return true;
}

static void find_addresses_of(const char *name, struct resolve_answer *answer)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found = NULL;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return;
	for (const struct addrinfo *info = found; info && answer->len < RESOLVE_ADDRESSES;
	     info = info->ai_next)
		if (take_address(info, &answer->addrs[answer->len]))
			answer->len++;
	freeaddrinfo(found);
}

/* Only a name is a name here, whatever the asking process has become. */
static bool is_clean(const struct resolve_question *question)
{
	char name[HOSTNAME_MAX + 1];
	const size_t len = strnlen(question->name, sizeof question->name);

	return len < sizeof question->name &&
	       hostname_parse(question->name, len, name) == NULL &&
	       strcmp(name, question->name) == 0;
}

static bool answer_one(int fd)
{
	struct resolve_question question;
	struct resolve_answer answer = { 0 };
	ssize_t n = recv(fd, &question, sizeof question, 0);

	if (n < 0 && errno == EINTR)
		return true;
	if (n != (ssize_t)sizeof question)
		return false;
	answer.id = question.id;
	if (is_clean(&question))
		find_addresses_of(question.name, &answer);
	return send(fd, &answer, sizeof answer, MSG_NOSIGNAL) == (ssize_t)sizeof answer;
}

/* Others beside this one, at the same socket, so that a slow name holds up no other. */
static void add_resolvers(void)
{
	const pid_t first = getpid();

	for (int i = 1; i < RESOLVERS; i++)
		if (fork() == 0) {
			if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
			    getppid() != first)
				_exit(EXIT_SBOX);
			return;
		}
}

/* Waits for the first question; most sandboxes of a test suite never ask one. */
static bool is_asked_at_all(int fd)
{
	char byte;
	ssize_t n;

	do
		n = recv(fd, &byte, 1, MSG_PEEK);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

_Noreturn void resolver_main(int fd, pid_t parent)
{
	struct error err = { .status = EXIT_SBOX };

	(void)prctl(PR_SET_NAME, "sbox-resolver", 0, 0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent ||
	    !is_asked_at_all(fd))
		_exit(0);
	add_resolvers();
	if (fence_resolver(&err) < 0) {
		(void)!write(STDERR_FILENO, err.msg, strnlen(err.msg, sizeof err.msg));
		_exit(EXIT_SBOX);
	}
	while (answer_one(fd))
		;
	_exit(0);
}
