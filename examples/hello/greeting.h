#ifndef GREETING_H
#define GREETING_H

#include <stddef.h>

/* Writes "hello, NAME" to buf; returns 0, or -1 if it does not fit. */
int greeting(const char *name, char *buf, size_t size);

#endif
