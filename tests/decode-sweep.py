#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares Weft's RISC-V disassembler with LLVM's: all 16-bit encodings, and random 32-bit ones.

usage: decode-sweep.py TEST_DECODE [--count N] [--seed N]

TEST_DECODE is the program made of tests/unit/test-decode.c. Both legality and text must agree, but
for the differences listed in known_difference(). Ends with status 77 (skipped) without llvm-mc.
"""

import argparse
import random
import re
import shutil
import subprocess
import sys

LLVM = ["llvm-mc", "--disassemble", "-triple=riscv64", "-mattr=+m,+a,+f,+d,+c,+zba,+zbb,+zbs", "-M", "no-aliases"]
OPCODES = [0x03, 0x07, 0x0F, 0x13, 0x17, 0x1B, 0x23, 0x27, 0x2F, 0x33, 0x37, 0x3B, 0x43, 0x47, 0x4B, 0x4F]
OPCODES += [0x53, 0x63, 0x67, 0x6F, 0x73]


def length(bits):
    return 4 if bits & 3 == 3 else 2


def run_llvm(encodings):
    """Text of each encoding, None where it is not an instruction."""
    lines = []
    for bits in encodings:
        raw = bits.to_bytes(length(bits), "little")
        lines.append("[" + " ".join(f"0x{b:02x}" for b in raw) + "]")
    done = subprocess.run(LLVM, input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    invalid = {int(n) for n in re.findall(r"^<stdin>:(\d+):\d+: warning: invalid", done.stderr, re.M)}
    texts = [t.strip() for t in done.stdout.splitlines()]
    texts = iter(t for t in texts if t and t != ".text")
    result = [None if i + 1 in invalid else next(texts) for i in range(len(encodings))]
    if next(texts, None) is not None:
        sys.exit("llvm-mc printed more instructions than were given")
    return result


def run_weft(program, encodings):
    done = subprocess.run(
        [program, "--disas"], input="\n".join(f"{b:x}" for b in encodings), capture_output=True, text=True, check=True
    )
    texts = done.stdout.splitlines()
    if len(texts) != len(encodings):
        sys.exit(f"{program}: {len(texts)} lines for {len(encodings)} encodings")
    return [None if t.startswith(".") else t for t in texts]


def normal(text):
    """One spelling for both: numbers as 64-bit decimals, one space, no dynamic rounding mode."""
    text = re.sub(r"\s+", " ", text).replace(", dyn", "").strip()
    # Register lists of fences: LLVM writes an empty set as "0" or "unknown".
    text = text.replace("unknown", "0")

    def number(m):
        return str(int(m.group(), 0) & 0xFFFFFFFFFFFFFFFF)

    return re.sub(r"(?<![\w.])-?(0x[0-9a-f]+|\d+)\b", number, text)


def known_difference(bits, llvm, weft):
    """A reason why the two may differ on this encoding, or None."""
    opcode, funct3 = bits & 0x7F, bits >> 12 & 7
    if bits == 0 and weft is None:
        return "LLVM names the instruction that is defined to be illegal (c.unimp)"
    if opcode == 0x0F and weft and llvm is None:
        return "reserved fields of FENCE and FENCE.I are to be ignored; LLVM refuses them"
    if bits == 0xC0001073 and llvm == "unimp":
        return "LLVM's name for a write to cycle, which always traps"
    if opcode == 0x53 and weft and (bits >> 25 == 0x21 or bits >> 25 == 0x69 and bits >> 20 & 31 < 2):
        if llvm is None and funct3 or llvm and weft == llvm + ", rne":
            return "exact conversions have a rounding mode in the specification; LLVM 14 wants and hides 0"
    if bits & 0xF07F == 0x6001 and weft is None:
        return "C.LUI with immediate 0 is reserved; LLVM 14 takes it"
    if opcode == 0x73 and funct3 in (1, 2, 3, 5, 6, 7) and weft and llvm:
        # LLVM knows names of more CSRs; registers and operation have to be the same.
        csr = re.compile(r"^(\S+ \S+, )[^,]+(, .*)$")
        a, b = csr.match(weft), csr.match(llvm)
        if a and b and a.groups() == b.groups():
            return "name of a CSR"
    if weft is None and llvm and llvm.split()[0] in (
        "uret", "dret", "hfence.vvma", "hfence.gvma", "sinval.vma", "hinval.vvma", "hinval.gvma",
        "sfence.w.inval", "sfence.inval.ir", "hlv.b", "hlv.bu", "hlv.h", "hlv.hu", "hlv.w", "hlv.wu", "hlv.d",
        "hlvx.hu", "hlvx.wu", "hsv.b", "hsv.h", "hsv.w", "hsv.d",
    ):
        return "an extension that the machine has not"
    if weft and llvm and length(bits) == 2:
        # HINTs: writes to x0, or that change nothing. LLVM has spellings of its own for some.
        if weft.split()[0] in ("c.addi", "c.nop", "c.slli", "c.srli", "c.srai", "c.li", "c.lui", "c.mv", "c.add"):
            hint = (bits >> 7 & 31) == 0 or (bits >> 2 & 31) == 0 and not bits >> 12 & 1
            if hint and llvm.split()[0] in (weft.split()[0], "c.nop", "c.slli64", "c.srli64", "c.srai64"):
                return "spelling of a HINT"
    return None


def grid(rng):
    """Every funct7 and funct3 of each major opcode; every rs2 where that is part of the operation."""
    for opcode in OPCODES:
        for funct in range(1024):
            bits = (funct >> 3) << 25 | (funct & 7) << 12 | opcode
            for rs2 in range(32) if opcode in (0x13, 0x1B, 0x53) else [0, rng.randrange(32)]:
                yield bits | rs2 << 20 | rng.getrandbits(5) << 15 | rng.getrandbits(5) << 7


def candidates(rng, count):
    """Random words; two in three near an instruction: with a major opcode and few wild fields."""
    for _ in range(count):
        bits = rng.getrandbits(32) | 3
        kind = rng.randrange(3)
        if kind:
            bits = bits & ~0x7F | rng.choice(OPCODES)
        if kind == 2:
            bits = bits & ~0x01F00000 | rng.choice([0, 0, 1, 2, 3, 4, 5, 7, 24]) << 20
            if rng.random() < 0.5:
                bits &= 0x01FFFFFF
                bits |= rng.choice([0, 1, 4, 5, 8, 9, 0x0C, 0x0D, 0x10, 0x14, 0x18, 0x20, 0x24, 0x30, 0x34]) << 25
            if rng.random() < 0.2:
                bits &= 0xFFF0707F
        yield bits


def privileged():
    """Everything around ECALL to WFI: all of funct12, and each other field."""
    for funct12 in range(4096):
        yield funct12 << 20 | 0x73
    for funct12 in (0, 1, 0x102, 0x105, 0x120, 0x302):
        for field in range(1, 32):
            yield funct12 << 20 | field << 15 | 0x73
            yield funct12 << 20 | field << 7 | 0x73


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=200000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    args = parser.parse_args()
    if not shutil.which(LLVM[0]):
        print("skipped: no llvm-mc")
        sys.exit(77)

    encodings = [b for b in range(0x10000) if b & 3 != 3]
    encodings += privileged()
    rng = random.Random(args.seed)
    encodings += grid(rng)
    encodings += candidates(rng, args.count)
    llvm, weft = run_llvm(encodings), run_weft(args.program, encodings)
    reasons, failures, legal = {}, 0, 0
    for bits, theirs, ours in zip(encodings, llvm, weft):
        theirs, ours = theirs and normal(theirs), ours and normal(ours)
        legal += ours is not None
        if theirs == ours:
            continue
        why = known_difference(bits, theirs, ours)
        if why:
            reasons[why] = reasons.get(why, 0) + 1
            continue
        failures += 1
        if failures <= 40:
            print(f"{bits:08x}: LLVM {theirs or 'illegal'!r}, Weft {ours or 'illegal'!r}")
    for why, n in sorted(reasons.items()):
        print(f"known difference, {n} times: {why}")
    print(f"seed {args.seed}: {len(encodings)} encodings, {legal} legal, {failures} disagree")
    sys.exit(failures != 0)


if __name__ == "__main__":
    main()
