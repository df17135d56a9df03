"""Makes batches of random guest programs: assembly text for the harness. Deterministic by (seed, index).

A program is a list of units; a unit is a list of lines that stands alone (a branch with what it skips, a
loop, a call with its function). So any selection of the units of a program is a program too."""
import random

import instructions as I

READ = ["x%d" % n for n in range(32)]
# sp, s0, s1 are the scratch memory; x30 and x31 count loops
WRITE = ["x%d" % n for n in [1, 3, 4, 5, 6, 7, *range(10, 30)]]
SHORT = ["x%d" % n for n in range(10, 16)]
SHORT_READ = ["x%d" % n for n in range(8, 16)]
FREGS = ["f%d" % n for n in range(32)]
SHORT_FREGS = ["f%d" % n for n in range(8, 16)]
MODES = [3, 3, 3, 1, 0]


class Program:
    def __init__(self, seed, index, fp):
        self.index = index
        self.rng = random.Random("%d/%d/%d" % (seed, index, fp))
        self.fp = fp
        self.mode = self.rng.choice(MODES)
        self.fs_off = self.rng.random() < (0.02 if fp else 0.05)
        self.start = self.rng.getrandbits(64)
        self.norvc = self.rng.random() < 0.2
        self.labels = 0
        self.depth = 0
        self.links = []
        self.functions = []
        self.units = []
        budget = self.rng.randint(30, 100)
        while budget > 0:
            self.functions = []
            unit = self.unit()
            self.units.append((unit, self.functions))
            budget -= len(unit)

    # ---- operands ----
    def label(self):
        self.labels += 1
        return ".L%d_%d" % (self.index, self.labels)

    def rd(self):
        r = self.rng.choice(WRITE)
        while r in self.links:
            r = self.rng.choice(WRITE)
        return r if self.rng.random() < 0.98 else "x0"

    def rs(self):
        return self.rng.choice(READ)

    def f(self):
        return self.rng.choice(FREGS)

    def rm(self):
        return self.rng.choice(I.ROUNDING)

    def imm(self):
        r = self.rng.random()
        if r < 0.3:
            return self.rng.randint(-32, 31)
        if r < 0.4:
            return self.rng.choice([-2048, 2047, -1, 0, 1, 1024])
        return self.rng.randint(-2048, 2047)

    def address(self, size, align=None):
        """offset(base) inside the window that is hashed."""
        base = self.rng.choice(["sp", "s0", "s0", "s1"])
        low, high = (-512, 504) if base == "s1" else (-1024, 1016)
        r = self.rng.random()
        off = self.rng.randint(-12, 12) if r < 0.15 else self.rng.randint(low, high)
        if align or (align is None and r < 0.75):
            off &= -size
        return off, base

    # ---- units ----
    def unit(self):
        if self.fp and self.rng.random() < 0.65:
            return self.rng.choices(self.FP_KINDS, self.FP_WEIGHTS)[0](self)
        return self.rng.choices(self.KINDS, self.WEIGHTS)[0](self)

    def block(self, n):
        lines = []
        self.depth += 1
        while len(lines) < n:
            lines += self.unit()
        self.depth -= 1
        return lines

    def reg_reg(self):
        op = self.rng.choice(I.REG_REG)
        return ["%s %s, %s, %s" % (op, self.rd(), self.rs(), self.rs())]

    def mul_div(self):
        return ["%s %s, %s, %s" % (self.rng.choice(I.MUL_DIV), self.rd(), self.rs(), self.rs())]

    def unary(self):
        return ["%s %s, %s" % (self.rng.choice(I.UNARY), self.rd(), self.rs())]

    def reg_imm(self):
        r = self.rng.random()
        if r < 0.5:
            op, imm = self.rng.choice(I.IMM12), self.imm()
        elif r < 0.8:
            op, imm = self.rng.choice(I.SHIFT6), self.rng.randint(0, 63)
        else:
            op, imm = self.rng.choice(I.SHIFT5), self.rng.randint(0, 31)
        return ["%s %s, %s, %d" % (op, self.rd(), self.rs(), imm)]

    def upper(self):
        return ["%s %s, %d" % (self.rng.choice(["lui", "lui", "auipc"]), self.rd(),
                               self.rng.choice([0, 1, 0x7ffff, 0x80000, 0xfffff, self.rng.getrandbits(20)]))]

    def load(self):
        op = self.rng.choice(list(I.LOADS))
        return ["%s %s, %d(%s)" % (op, self.rd(), *self.address(I.LOADS[op]))]

    def store(self):
        op = self.rng.choice(list(I.STORES))
        return ["%s %s, %d(%s)" % (op, self.rs(), *self.address(I.STORES[op]))]

    def load_address(self):
        """A load or store whose address is computed, and maybe indexed."""
        off, base = self.address(8)
        t = self.rng.choice(["x28", "x29"])
        if t in self.links:
            return self.load()
        lines = ["addi %s, %s, %d" % (t, base, off)]
        if self.rng.random() < 0.5:
            op = self.rng.choice(list(I.LOADS))
            lines.append("%s %s, 0(%s)" % (op, self.rng.choice([t, self.rd()]), t))
        else:
            lines.append("%s %s, 0(%s)" % (self.rng.choice(list(I.STORES)), self.rs(), t))
        return lines

    def wild_access(self):
        """At whatever a register holds: nearly always a page fault, so only where addresses are translated."""
        if self.mode == 3:
            return self.load()
        op = self.rng.choice(list(I.LOADS) + list(I.STORES))
        return ["%s %s, %d(%s)" % (op, self.rd() if op in I.LOADS else self.rs(), self.imm(),
                                   self.rng.choice(WRITE))]

    def compressed(self):
        r, c = self.rng, self.rng.choice
        rd = c(WRITE)
        if rd in self.links:
            rd = "x10"
        s, t = c(SHORT), c(SHORT_READ)
        kind = r.randrange(20)
        if kind < 6:
            return ["c.%s %s, %s" % (c(["sub", "xor", "or", "and", "subw", "addw"]), s, t)]
        if kind == 6:
            return ["c.%s %s, %s" % (c(["mv", "add"]), rd, c(READ[1:]))]
        if kind == 7:
            return ["c.addi %s, %d" % (rd, c([-32, -1, 1, 31]))]
        if kind == 8:
            return ["c.addiw %s, %d" % (rd, r.randint(-32, 31))]
        if kind == 9:
            return ["c.li %s, %d" % (rd, r.randint(-32, 31))]
        if kind == 10:
            return ["c.lui %s, %d" % (rd, c([1, 31, 0xfffe0, 0xfffff]))]
        if kind == 11:
            return ["c.andi %s, %d" % (s, r.randint(-32, 31))]
        if kind == 12:
            return ["c.slli %s, %d" % (rd, r.randint(1, 63))]
        if kind == 13:
            return ["c.%s %s, %d" % (c(["srli", "srai"]), s, r.randint(1, 63))]
        if kind == 14:
            return ["c.addi4spn %s, sp, %d" % (s, 4 * r.randint(1, 255))]
        base = c(["s0", "s1"])
        if kind == 15:
            return ["c.lw %s, %d(%s)" % (s, 4 * r.randint(0, 31), base), "c.sw %s, %d(%s)" % (t, 4 * r.randint(0, 31), base)]
        if kind == 16:
            return ["c.ld %s, %d(%s)" % (s, 8 * r.randint(0, 31), base), "c.sd %s, %d(%s)" % (t, 8 * r.randint(0, 31), base)]
        if kind == 17:
            return ["c.lwsp %s, %d(sp)" % (rd, 4 * r.randint(0, 63)), "c.swsp %s, %d(sp)" % (c(READ), 4 * r.randint(0, 63))]
        if kind == 18:
            return ["c.ldsp %s, %d(sp)" % (rd, 8 * r.randint(0, 63)), "c.sdsp %s, %d(sp)" % (c(READ), 8 * r.randint(0, 63))]
        return ["c.nop"]

    def branch(self):
        if self.depth > 3:
            return self.reg_reg()
        a, b = self.rs(), self.rs()
        if self.rng.random() < 0.2:
            b = a
        label = self.label()
        r = self.rng.random()
        if r < 0.12:
            first = "c.%s %s, %s" % (self.rng.choice(["beqz", "bnez"]), self.rng.choice(SHORT_READ), label)
        elif r < 0.2:
            first = self.rng.choice(["j ", "c.j ", "jal x0, "]) + label
        else:
            first = "%s %s, %s, %s" % (self.rng.choice(I.BRANCHES), a, b, label)
        lines = [first] + self.block(self.rng.randint(1, 4)) + [label + ":"]
        return lines

    def if_else(self):
        if self.depth > 2:
            return self.reg_imm()
        other, end = self.label(), self.label()
        return (["%s %s, %s, %s" % (self.rng.choice(I.BRANCHES), self.rs(), self.rs(), other)]
                + self.block(self.rng.randint(1, 3)) + ["j " + end, other + ":"]
                + self.block(self.rng.randint(1, 3)) + [end + ":"])

    def loop(self):
        counter = {0: "x31", 1: "x30"}.get(sum(r in self.links for r in ("x30", "x31")))
        if self.depth > 2 or not counter:
            return self.mul_div()
        top = self.label()
        rounds = self.rng.choice([2, 3, 5, 9, 20]) if counter == "x31" else self.rng.choice([2, 3, 7])
        if counter == "x31" and self.rng.random() < 0.05:
            rounds = 150
        self.links.append(counter)
        body = self.block(self.rng.randint(2, 8))
        self.links.pop()
        if self.rng.random() < 0.5:
            end = ["addi %s, %s, -1" % (counter, counter), "bnez %s, %s" % (counter, top)]
        else:
            end = ["addi %s, %s, -1" % (counter, counter), "bgt %s, x0, %s" % (counter, top)]
        return ["li %s, %d" % (counter, rounds), top + ":"] + body + end

    def call(self):
        free = [r for r in ("x1", "x5") if r not in self.links]
        if self.depth > 2 or not free:
            return self.reg_reg()
        link, label = self.rng.choice(free), self.label()
        self.links.append(link)
        body = self.block(self.rng.randint(1, 5))
        self.links.pop()
        self.functions.append([label + ":"] + body + ["jr " + link])
        kind = self.rng.randrange(4)
        target = "x28" if "x28" not in self.links else "x29"
        if kind < 2:
            return ["jal %s, %s" % (link, label)]
        if kind == 2:
            return ["la %s, %s" % (target, label), "jalr %s, %s" % (link, target)]
        off = self.rng.randint(-2048, 2047)
        return ["la %s, %s" % (link, label), "addi %s, %s, %d" % (link, link, -off) if off > -2048 else "nop",
                "jalr %s, %d(%s)" % (link, off if off > -2048 else 0, link)]

    def atomic(self):
        op = self.rng.choice(I.AMOS)
        size = 4 if op.endswith("w") else 8
        off, base = self.address(size, self.rng.random() < 0.95)
        return ["addi x29, %s, %d" % (base, off),
                "%s%s %s, %s, (x29)" % (op, self.rng.choice(I.ORDER), self.rd(), self.rs())]

    def reservation(self):
        """LR, a few register instructions, SC: to the same place, or to one far away, or without LR."""
        size = self.rng.choice(["w", "d"])
        off, base = self.address(8 if size == "d" else 4, True)
        if base == "s1":
            off = -abs(off) & -8 or -8  # behind s1 is the read-only page
        lines = ["addi x29, %s, %d" % (base, off)]
        if self.rng.random() < 0.9:
            lines.append("lr.%s%s x27, (x29)" % (size, self.rng.choice(I.ORDER)))
            for _ in range(self.rng.randint(0, 3)):
                lines.append("%s %s, %s, %s" % (self.rng.choice(["add", "xor", "sub", "min"]),
                                                self.rng.choice(["x26", "x27", "x28"]), self.rs(), self.rs()))
        else:
            lines.append("sc.%s x27, x28, (x29)" % size)  # no reservation: fails
        if self.rng.random() < 0.1:
            lines.append("addi x29, %s, %d" % (base, -64 if off > -64 else -256))
        rd = self.rd()
        lines.append("sc.%s%s %s, %s, (x29)" % (size, self.rng.choice(I.ORDER), rd, self.rs()))
        # not where nothing is mapped: whether an SC faults that fails anyway is up to the hart
        if rd != "x29" and self.rng.random() < 0.2:
            lines.append("sc.%s %s, %s, (x29)" % (size, self.rd(), self.rs()))
        return lines

    def fp_csr(self):
        csr = self.rng.choice(["fcsr", "frm", "fflags", "fflags", "frm"])
        r = self.rng.random()
        if r < 0.3:  # flags are sticky: what raised them shows only if they are cleared often
            return ["csrrw %s, fflags, x0" % self.rd()]
        if r < 0.45:
            return ["csrr %s, %s" % (self.rd(), csr)]
        if r < 0.65:  # mostly a valid mode
            return ["csrrwi %s, %s, %d" % (self.rd(), csr, self.rng.randint(0, 4 if self.rng.random() < 0.9 else 7))]
        op = self.rng.choice(["csrrw", "csrrs", "csrrc", "csrrsi", "csrrci"])
        if op.endswith("i"):
            return ["%s %s, %s, %d" % (op, self.rd(), csr, self.rng.randint(0, 31))]
        if csr != "fflags":
            return ["csrwi frm, %d" % self.rng.randint(0, 4)]
        return ["%s %s, %s, %s" % (op, self.rd(), csr, self.rs())]

    def system(self):
        r = self.rng.random()
        if r < 0.25:
            return [self.rng.choice(["fence", "fence rw, w", "fence.i", "fence.tso", ".4byte 0x0100000f"])]
        if r < 0.4:
            return [self.rng.choice(["ecall", "ebreak", "c.ebreak"])]
        if r < 0.7:
            return [".4byte %#x" % self.rng.choice(I.ILLEGAL)]
        if r < 0.85:
            return [".2byte %#x" % self.rng.choice(I.ILLEGAL_COMPRESSED)]
        if self.mode != 3:
            return [self.rng.choice(["csrr %s, mstatus", "csrw mscratch, %s", "csrrs %s, cycle, x0",
                                     "csrrw x0, instret, %s"]) % self.rng.choice(WRITE[1:10])]
        return ["csrrw x0, mhartid, x0"]

    # ---- floating point ----
    def fp_binary(self):
        return ["%s.%s %s, %s, %s, %s" % (self.rng.choice(I.FP_BINARY), self.rng.choice("sd"), self.f(),
                                          self.f(), self.f(), self.rm())]

    def fp_sqrt(self):
        return ["fsqrt.%s %s, %s, %s" % (self.rng.choice("sd"), self.f(), self.f(), self.rm())]

    def fp_fused(self):
        return ["%s.%s %s, %s, %s, %s, %s" % (self.rng.choice(I.FP_FUSED), self.rng.choice("sd"), self.f(),
                                              self.f(), self.f(), self.f(), self.rm())]

    def fp_residue(self):
        """The rounding error of a product, quotient or root: fused operations with cancellation."""
        t, a, b, q, r = self.rng.choice("sd"), self.f(), self.f(), self.f(), self.f()
        kind = self.rng.randrange(3)
        if kind == 0:
            return ["fmul.%s %s, %s, %s, %s" % (t, q, a, b, self.rm()),
                    "fmsub.%s %s, %s, %s, %s, %s" % (t, r, a, b, q, self.rm())]
        if kind == 1:
            return ["fdiv.%s %s, %s, %s, %s" % (t, q, a, b, self.rm()),
                    "fnmsub.%s %s, %s, %s, %s, %s" % (t, r, q, b, a, self.rm())]
        return ["fsqrt.%s %s, %s, %s" % (t, q, a, self.rm()),
                "fnmsub.%s %s, %s, %s, %s, %s" % (t, r, q, q, a, self.rm())]

    def fp_sign(self):
        return ["%s.%s %s, %s, %s" % (self.rng.choice(I.FP_SIGN), self.rng.choice("sd"), self.f(), self.f(),
                                      self.f())]

    def fp_compare(self):
        return ["%s.%s %s, %s, %s" % (self.rng.choice(I.FP_COMPARE), self.rng.choice("sd"), self.rd(),
                                      self.f(), self.f())]

    def fp_convert(self):
        r = self.rng.random()
        if r < 0.4:
            return ["%s %s, %s, %s" % (self.rng.choice(I.FP_TO_INT), self.rd(), self.f(), self.rm())]
        if r < 0.7:
            return ["%s %s, %s, %s" % (self.rng.choice(I.INT_TO_FP), self.f(), self.rs(), self.rm())]
        if r < 0.8:
            return ["%s %s, %s" % (self.rng.choice(I.INT_TO_FP_EXACT), self.f(), self.rs())]
        if r < 0.9:
            return ["fcvt.s.d %s, %s, %s" % (self.f(), self.f(), self.rm())]
        return ["fcvt.d.s %s, %s" % (self.f(), self.f())]

    def fp_move(self):
        op = self.rng.choice(["fmv.x.w", "fmv.x.d", "fclass.s", "fclass.d"])
        if self.rng.random() < 0.6:
            return ["%s %s, %s" % (op, self.rd(), self.f())]
        return ["%s %s, %s" % (self.rng.choice(["fmv.w.x", "fmv.d.x"]), self.f(), self.rs())]

    def fp_memory(self):
        r = self.rng.random()
        if r < 0.25:
            return ["flw %s, %d(%s)" % (self.f(), *self.address(4))]
        if r < 0.55:
            return ["fld %s, %d(%s)" % (self.f(), *self.address(8))]
        if r < 0.7:
            return ["fsw %s, %d(%s)" % (self.f(), *self.address(4))]
        if r < 0.85:
            return ["fsd %s, %d(%s)" % (self.f(), *self.address(8))]
        op = self.rng.choice(["c.fld", "c.fsd", "c.fldsp", "c.fsdsp"])
        if op.endswith("sp"):
            return ["%s %s, %d(sp)" % (op, self.f(), 8 * self.rng.randint(0, 63))]
        return ["%s %s, %d(%s)" % (op, self.rng.choice(SHORT_FREGS), 8 * self.rng.randint(0, 31),
                                   self.rng.choice(["s0", "s1"]))]

    KINDS, WEIGHTS = zip(*[
        (reg_reg, 20), (mul_div, 7), (unary, 4), (reg_imm, 14), (upper, 3), (load, 9), (store, 7),
        (load_address, 3), (wild_access, 1), (compressed, 14), (branch, 8), (if_else, 2), (loop, 3),
        (call, 3), (atomic, 3), (reservation, 2), (fp_csr, 0.5), (system, 0.7)])
    FP_KINDS, FP_WEIGHTS = zip(*[
        (fp_binary, 20), (fp_sqrt, 4), (fp_fused, 12), (fp_residue, 5), (fp_sign, 7), (fp_compare, 6),
        (fp_convert, 14), (fp_move, 5), (fp_memory, 14), (fp_csr, 9)])

    # ---- text ----
    def text(self, keep=None):
        """Assembly; keep: which units (indices), all when None."""
        units = [u for i, u in enumerate(self.units) if keep is None or i in keep]
        lines = [".option push", ".option " + ("norvc" if self.norvc else "rvc"), "prog_%d:" % self.index]
        for unit, _ in units:
            lines += unit
        lines += ["prog_%d_end:" % self.index, "ecall"]
        for _, functions in units:
            for function in functions:
                lines += function
        if self.norvc:  # what is compressed by name stays so
            lines = [".option rvc\n%s\n.option norvc" % x if x.startswith("c.") else x for x in lines]
        return "\n".join(lines + [".option pop", ""])

    def row(self):
        kind = self.mode | (4 if self.fs_off else 0) | (8 if self.fp else 0)
        return ".quad prog_%d, prog_%d_end, %#x, %d\n" % (self.index, self.index, self.start, kind)


def batch(programs, dump=-1, keep=None, passes=1):
    """The assembly file of a batch, in which each program runs so many times."""
    parts = [".text\n.option norelax\n"]
    parts += [p.text(keep) for p in programs]
    parts.append(".section .rodata\n.balign 8\n.globl programs, programs_end\nprograms:\n")
    parts += [p.row() for p in programs]
    parts.append("programs_end:\n.globl first_index, dump_index, passes\n")
    parts.append("first_index: .quad %d\ndump_index: .quad %d\npasses: .quad %d\n"
                 % (programs[0].index, dump, passes))
    return "".join(parts)
