#include <stdio.h>

#include "greeting.h"

int main(int argc, char **argv)
{
	char text[64];

	if (greeting(argc > 1 ? argv[1] : "world", text, sizeof(text)) < 0) {
		fputs("hello: that name is too long\n", stderr);
		return 1;
	}
	puts(text);
	return 0;
}
