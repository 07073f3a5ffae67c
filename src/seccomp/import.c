/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* import.c - seccomp programs that somebody else has compiled; see import.h */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "seccomp/import.h"

/* What an instruction's code lets its other members be. */
enum operand {
	OPERAND_NONE,    /* no program for seccomp has this code */
	OPERAND_ANY,     /* all */
	OPERAND_DATA,    /* k: the offset of a word of struct seccomp_data */
	OPERAND_MEMORY,  /* k: a word of the scratch memory */
	OPERAND_DIVISOR, /* k: not 0 */
	OPERAND_SHIFT,   /* k: fewer than 32 */
	OPERAND_AHEAD,   /* k: an instruction behind it */
	OPERAND_BRANCH,  /* jt, jf: instructions behind it */
};

/* The codes that seccomp(2) takes (Linux 3.5): no packets are loaded from. */
static enum operand operand_of(uint16_t code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return OPERAND_DATA;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return OPERAND_MEMORY;
	case BPF_ALU | BPF_DIV | BPF_K:
		return OPERAND_DIVISOR;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return OPERAND_SHIFT;
	case BPF_JMP | BPF_JA:
		return OPERAND_AHEAD;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
		return OPERAND_BRANCH;
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_ALU | BPF_ADD | BPF_K:
	case BPF_ALU | BPF_ADD | BPF_X:
	case BPF_ALU | BPF_SUB | BPF_K:
	case BPF_ALU | BPF_SUB | BPF_X:
	case BPF_ALU | BPF_MUL | BPF_K:
	case BPF_ALU | BPF_MUL | BPF_X:
	case BPF_ALU | BPF_DIV | BPF_X:
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_ALU | BPF_AND | BPF_X:
	case BPF_ALU | BPF_OR | BPF_K:
	case BPF_ALU | BPF_OR | BPF_X:
	case BPF_ALU | BPF_XOR | BPF_K:
	case BPF_ALU | BPF_XOR | BPF_X:
	case BPF_ALU | BPF_LSH | BPF_X:
	case BPF_ALU | BPF_RSH | BPF_X:
	case BPF_ALU | BPF_NEG:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
		return OPERAND_ANY;
	default:
		return OPERAND_NONE;
	}
}

/* Why the instruction, behind which there are @behind, cannot be; NULL: it can. */
static const char *flaw_of(const struct sock_filter *insn, uint32_t behind)
{
	switch (operand_of(insn->code)) {
	case OPERAND_NONE:
		return "is none that seccomp takes";
	case OPERAND_DATA:
		return insn->k % 4 || insn->k >= sizeof(struct seccomp_data)
			       ? "loads what is no word of a system call"
			       : NULL;
	case OPERAND_MEMORY:
		return insn->k >= BPF_MEMWORDS ? "is about memory that is not there"
					       : NULL;
	case OPERAND_DIVISOR:
		return insn->k == 0 ? "divides by 0" : NULL;
	case OPERAND_SHIFT:
		return insn->k >= 32 ? "shifts by more than a word" : NULL;
	case OPERAND_AHEAD:
		return insn->k >= behind ? "jumps behind the end" : NULL;
	case OPERAND_BRANCH:
		return insn->jt >= behind || insn->jf >= behind ? "jumps behind the end"
								: NULL;
	case OPERAND_ANY:
		break;
	}
	return NULL;
}

/*
 * Whether an instruction loads a word of the scratch memory that not every way to it has
 * stored before: the number of the first one, from 1; 0: none does. Jumps lead ahead, so
 * one pass knows for each instruction what all ways have stored.
 */
static size_t loads_unstored(struct arena *arena, const struct sock_filter *insns,
			     size_t len)
{
	uint16_t *at = arena_alloc(arena, (len + 1) * sizeof *at), stored = 0;

	memset(at, 0xff, (len + 1) * sizeof *at);
	for (size_t i = 0; i < len; i++) {
		const struct sock_filter *insn = &insns[i];

		stored &= at[i];
		switch (insn->code) {
		case BPF_ST:
		case BPF_STX:
			stored |= (uint16_t)(1U << insn->k);
			break;
		case BPF_LD | BPF_MEM:
		case BPF_LDX | BPF_MEM:
			if (!(stored & 1U << insn->k))
				return i + 1;
			break;
		case BPF_JMP | BPF_JA:
			at[i + 1 + insn->k] &= stored;
			stored = UINT16_MAX;
			break;
		default:
			if (BPF_CLASS(insn->code) != BPF_JMP)
				break;
			at[i + 1 + insn->jt] &= stored;
			at[i + 1 + insn->jf] &= stored;
			stored = UINT16_MAX;
			break;
		}
	}
	return 0;
}

const char *import_read(struct arena *arena, const void *bytes, size_t size,
			struct bpf_program *ret)
{
	const struct sock_filter *insns = bytes;
	const size_t len = size / sizeof *insns;
	size_t unstored;

	if (size == 0)
		return "it is empty";
	if (size > IMPORT_SIZE_MAX)
		return "it is longer than the 4096 instructions that the kernel takes";
	if (size % sizeof *insns != 0)
		return arena_printf(arena,
				    "its %zu bytes are not whole instructions of %zu",
				    size, sizeof *insns);
	for (size_t i = 0; i < len; i++) {
		const char *flaw = flaw_of(&insns[i], (uint32_t)(len - 1 - i));

		if (flaw)
			return arena_printf(arena, "its instruction %zu %s", i + 1, flaw);
	}
	if (BPF_CLASS(insns[len - 1].code) != BPF_RET)
		return "its last instruction is no answer (BPF_RET)";
	unstored = loads_unstored(arena, insns, len);
	if (unstored > 0)
		return arena_printf(
			arena,
			"its instruction %zu loads memory that was not stored "
			"to before",
			unstored);
	*ret = (struct bpf_program){ insns, (unsigned)len };
	return NULL;
}

/* Whether some answer of the program is one of those that @wanted takes. */
static bool may_answer(const struct bpf_program *program, bool (*wanted)(uint32_t action))
{
	for (unsigned i = 0; i < program->len; i++) {
		const struct sock_filter *insn = &program->insns[i];

		if (BPF_CLASS(insn->code) == BPF_RET &&
		    (BPF_RVAL(insn->code) == BPF_A ||
		     wanted(insn->k & SECCOMP_RET_ACTION_FULL)))
			return true;
	}
	return false;
}

static bool asks_tracer(uint32_t action)
{
	return action == SECCOMP_RET_TRACE;
}

/* The kernel kills for an action that it does not know as well. */
static bool sends_signal(uint32_t action)
{
	return action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG &&
	       action != SECCOMP_RET_ERRNO && action != SECCOMP_RET_TRACE &&
	       action != SECCOMP_RET_USER_NOTIF;
}

bool import_may_trace(const struct bpf_program *program)
{
	return may_answer(program, asks_tracer);
}

bool import_may_kill(const struct bpf_program *program)
{
	return may_answer(program, sends_signal);
}
