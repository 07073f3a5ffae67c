/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bpf.c - an interpreter for the classic BPF of seccomp; see bpf.h */
#include "config.h"

#include <string.h>

#include "seccomp/bpf.h"

struct machine {
	uint32_t a, x, mem[BPF_MEMWORDS];
	const struct seccomp_data *call;
	uint32_t result;
};

enum step { STEP_NEXT, STEP_RETURN, STEP_FAULT };

/* seccomp allows aligned words of the data only (seccomp_check_filter()). */
static enum step load_word(struct machine *machine, uint32_t offset)
{
	if (offset % 4 || offset >= sizeof *machine->call)
		return STEP_FAULT;
	memcpy(&machine->a, (const char *)machine->call + offset, sizeof machine->a);
	return STEP_NEXT;
}

static enum step load_step(struct machine *machine, const struct sock_filter *insn)
{
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return load_word(machine, insn->k);
	case BPF_LD | BPF_IMM:
		machine->a = insn->k;
		return STEP_NEXT;
	case BPF_LDX | BPF_IMM:
		machine->x = insn->k;
		return STEP_NEXT;
	case BPF_LD | BPF_W | BPF_LEN:
		machine->a = sizeof *machine->call;
		return STEP_NEXT;
	case BPF_LDX | BPF_W | BPF_LEN:
		machine->x = sizeof *machine->call;
		return STEP_NEXT;
	case BPF_MISC | BPF_TAX:
		machine->x = machine->a;
		return STEP_NEXT;
	case BPF_MISC | BPF_TXA:
		machine->a = machine->x;
		return STEP_NEXT;
	default:
		break;
	}
	if (insn->k >= BPF_MEMWORDS)
		return STEP_FAULT;
	switch (insn->code) {
	case BPF_LD | BPF_MEM:
		machine->a = machine->mem[insn->k];
		return STEP_NEXT;
	case BPF_LDX | BPF_MEM:
		machine->x = machine->mem[insn->k];
		return STEP_NEXT;
	case BPF_ST:
		machine->mem[insn->k] = machine->a;
		return STEP_NEXT;
	case BPF_STX:
		machine->mem[insn->k] = machine->x;
		return STEP_NEXT;
	default:
		return STEP_FAULT;
	}
}

static enum step alu_step(struct machine *machine, const struct sock_filter *insn)
{
	uint32_t operand = BPF_SRC(insn->code) == BPF_X ? machine->x : insn->k;

	switch (BPF_OP(insn->code)) {
	case BPF_AND:
		machine->a &= operand;
		return STEP_NEXT;
	case BPF_OR:
		machine->a |= operand;
		return STEP_NEXT;
	case BPF_XOR:
		machine->a ^= operand;
		return STEP_NEXT;
	case BPF_ADD:
		machine->a += operand;
		return STEP_NEXT;
	case BPF_SUB:
		machine->a -= operand;
		return STEP_NEXT;
	case BPF_MUL:
		machine->a *= operand;
		return STEP_NEXT;
	case BPF_DIV:
		if (operand == 0) { /* the program ends with 0, which is KILL_THREAD */
			machine->result = 0;
			return STEP_RETURN;
		}
		machine->a /= operand;
		return STEP_NEXT;
	case BPF_LSH: /* as the machine of the kernel masks it */
		machine->a <<= operand % 32;
		return STEP_NEXT;
	case BPF_RSH:
		machine->a >>= operand % 32;
		return STEP_NEXT;
	case BPF_NEG:
		machine->a = -machine->a;
		return STEP_NEXT;
	default:
		return STEP_FAULT;
	}
}

/* Sets *@skip to the number of instructions that are jumped over. */
static enum step jump_step(const struct machine *machine, const struct sock_filter *insn,
			   uint32_t *skip)
{
	uint32_t operand = BPF_SRC(insn->code) == BPF_X ? machine->x : insn->k;
	bool taken;

	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		*skip = insn->k;
		return STEP_NEXT;
	case BPF_JEQ:
		taken = machine->a == operand;
		break;
	case BPF_JGT:
		taken = machine->a > operand;
		break;
	case BPF_JGE:
		taken = machine->a >= operand;
		break;
	case BPF_JSET:
		taken = (machine->a & operand) != 0;
		break;
	default:
		return STEP_FAULT;
	}
	*skip = taken ? insn->jt : insn->jf;
	return STEP_NEXT;
}

static enum step insn_step(struct machine *machine, const struct sock_filter *insn,
			   uint32_t *skip)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
		return alu_step(machine, insn);
	case BPF_JMP:
		return jump_step(machine, insn, skip);
	case BPF_RET:
		machine->result = BPF_RVAL(insn->code) == BPF_A ? machine->a : insn->k;
		return STEP_RETURN;
	default:
		return load_step(machine, insn);
	}
}

bool bpf_run(const struct bpf_program *program, const struct seccomp_data *call,
	     uint32_t *ret)
{
	struct machine machine = { .call = call };

	for (uint32_t at = 0; at < program->len;) {
		uint32_t skip = 0;
		enum step step = insn_step(&machine, &program->insns[at], &skip);

		if (step == STEP_FAULT || skip >= program->len - at)
			return false;
		if (step == STEP_RETURN) {
			*ret = machine.result;
			return true;
		}
		at += skip + 1;
	}
	return false;
}

bool bpf_run_stacked(const struct bpf_program *programs, unsigned len,
		     const struct seccomp_data *call, uint32_t *ret)
{
	uint32_t strictest = SECCOMP_RET_ALLOW;

	for (unsigned i = len; i-- > 0;) {
		uint32_t answer;

		if (programs[i].len == 0)
			continue;
		if (!bpf_run(&programs[i], call, &answer))
			return false;
		if ((int32_t)(answer & SECCOMP_RET_ACTION_FULL) <
		    (int32_t)(strictest & SECCOMP_RET_ACTION_FULL))
			strictest = answer;
	}
	*ret = strictest;
	return true;
}
