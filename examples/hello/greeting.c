#include <stdio.h>

#include "greeting.h"

int greeting(const char *name, char *buf, size_t size)
{
	int n = snprintf(buf, size, "hello, %s", name);

	return n >= 0 && (size_t)n < size ? 0 : -1;
}
