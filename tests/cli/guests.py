"""Guests of a few instructions each, as flat firmware for -bios, assembled by hand."""
import struct

UART, TEST_FINISHER = 0x10000000, 0x100000
ZERO, RA, T0, T1, T2, A0, A1, A2, A3, A4 = 0, 1, 5, 6, 7, 10, 11, 12, 13, 14
MTVEC = 0x305


def lui(rd, value):
    return value & 0xFFFFF000 | rd << 7 | 0x37


def i_type(opcode, funct3, rd, rs1, imm):
    return (imm & 0xFFF) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode


def addi(rd, rs1, imm):
    return i_type(0x13, 0, rd, rs1, imm)


def andi(rd, rs1, imm):
    return i_type(0x13, 7, rd, rs1, imm)


def lbu(rd, rs1, imm):
    return i_type(0x03, 4, rd, rs1, imm)


def lw(rd, rs1, imm):
    return i_type(0x03, 2, rd, rs1, imm)


def store(funct3, rs2, rs1, imm):
    return (imm >> 5 & 0x7F) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (imm & 31) << 7 | 0x23


def beq(rs1, rs2, offset):
    imm = offset & 0x1FFF
    return ((imm >> 12) << 31 | (imm >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 |
            (imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7 | 0x63)


def jal(rd, offset):
    imm = offset & 0x1FFFFF
    return ((imm >> 20) << 31 | (imm >> 1 & 1023) << 21 | (imm >> 11 & 1) << 20 | (imm >> 12 & 255) << 12 |
            rd << 7 | 0x6F)


def auipc(rd, value):
    return value & 0xFFFFF000 | rd << 7 | 0x17


def csrw(csr, rs1):
    return i_type(0x73, 1, ZERO, rs1, csr)


def div(rd, rs1, rs2):
    return 1 << 25 | rs2 << 20 | rs1 << 15 | 4 << 12 | rd << 7 | 0x33


WFI, MRET, RET, FENCE_I = 0x10500073, 0x30200073, 0x8067, 0x100F


# Switches the machine off.
OFF = (lui(A1, TEST_FINISHER), lui(T2, 0x5000), addi(T2, T2, 0x555), store(2, T2, A1, 0), beq(ZERO, ZERO, 0))


def flat(*words):
    return struct.pack(f"<{len(words)}I", *words)


def idle():
    """Waits for interrupts that never come."""
    return flat(WFI, beq(ZERO, ZERO, -4))


def echo():
    """Sends back every byte it gets; Ctrl-D (4) switches the machine off."""
    return flat(
        lui(A0, UART),
        lui(A1, TEST_FINISHER),
        lui(T2, 0x5000), addi(T2, T2, 0x555),
        # loop: wait for a byte
        lbu(T0, A0, 5),
        andi(T0, T0, 1),
        beq(T0, ZERO, -8),
        lbu(T0, A0, 0),
        addi(T1, ZERO, 4),
        beq(T0, T1, 12),
        store(0, T0, A0, 0),
        beq(ZERO, ZERO, -28),
        # off: the board's power switch
        store(2, T2, A1, 0),
        beq(ZERO, ZERO, 0),
    )


def faults(count):
    """Faults so many times in the first of 40 instructions in a row, then switches the machine off."""
    return flat(
        auipc(T0, 0),
        addi(T0, T0, 16),
        csrw(MTVEC, T0),
        beq(ZERO, ZERO, 36),
        # handler, 16 bytes from the start: back to what faulted, or off
        addi(A2, A2, -1),
        beq(A2, ZERO, 8),
        MRET,
        *OFF,
        # behind the jump
        lui(A2, count),
        lbu(T1, ZERO, 0),
        *[addi(T1, T1, 1)] * 39,
        beq(ZERO, ZERO, 0),
    )


def devices(count):
    """Asks a device twice so many times, in two of the three TBs of a loop, then switches the machine off."""
    return flat(
        lui(A0, UART),
        lui(A2, count),
        # loop
        lbu(T0, A0, 5),
        beq(T0, ZERO, 8),
        lbu(T1, A0, 5),
        addi(A2, A2, -1),
        beq(A2, ZERO, 8),
        beq(ZERO, ZERO, -20),
        *OFF,
    )


def across_pages(count):
    """Reads two bytes near each other, but on two pages, so many times, then switches the machine off."""
    return flat(
        auipc(A0, 0x100000),
        addi(A0, A0, -16),
        lui(A2, count),
        # loop
        lbu(T0, A0, 0),
        lbu(T1, A0, 24),
        addi(A2, A2, -1),
        beq(A2, ZERO, 8),
        beq(ZERO, ZERO, -16),
        *OFF,
    )


def two_loops(count):
    """A loop of a thousand TBs so many times, then a small one a thousand times as often, then switches the machine off."""
    body = [addi(T1, T1, 1), addi(T2, T2, 3), beq(T0, ZERO, 4)] * 1000
    return flat(
        lui(A2, count), *body, addi(A2, A2, -1), beq(A2, ZERO, 8), jal(ZERO, -4 * (len(body) + 2)),
        lui(A2, count * 1000), addi(A2, A2, -1), beq(A2, ZERO, 8), beq(ZERO, ZERO, -8),
        *OFF,
    )


def small_loop(count):
    """Two TBs so many times, then switches the machine off."""
    return flat(
        lui(A2, count), addi(A2, A2, -1), beq(A2, ZERO, 8), beq(ZERO, ZERO, -8),
        *OFF,
    )


def rewritten(count, times):
    """
    Five functions of one page, loops that run so many times, one after the other; so many times, with the page rewritten in
    between, some instructions for all of it. Then it switches the machine off.
    """
    functions = range(0x1000, 0x1000 + 5 * 32, 32)
    main = [auipc(A3, 0x1000), addi(A4, ZERO, times)]
    again = 4 * len(main)
    main += [jal(RA, to - 4 * k) for k, to in enumerate(functions, len(main))]
    main += [addi(A4, A4, -1), beq(A4, ZERO, 4 * (3 + 2 * len(functions)))]
    for to in functions:
        main += [lw(T1, A3, to - 0xFFC), store(2, T1, A3, to - 0xFFC)]
    main += [FENCE_I, jal(ZERO, again - 4 * (len(main) + 1)), *OFF]
    function = [lui(T0, count), addi(T0, T0, -1), beq(T0, ZERO, 8), beq(ZERO, ZERO, -8), RET, 0, 0, 0]
    return flat(*main, *[0] * (0x400 - len(main)), *function * len(functions))


def calls(count):
    """Two functions, each called from two places in a loop, so many times; then switches the machine off."""
    return flat(
        lui(A2, count),
        jal(RA, 48), jal(RA, 44), jal(RA, 48), jal(RA, 44), addi(A2, A2, -1), beq(A2, ZERO, 8), jal(ZERO, -24),
        *OFF,
        addi(T0, T0, 1), RET,
        addi(T1, T1, 1), RET,
    )


def long_loop(count):
    """
    A loop that is too much for one function, so many times: its end asks a device each time, its beginning in the second half.
    Then it switches the machine off.
    """
    body = [w for _ in range(14) for w in (*[div(T1, T0, T2)] * 30, beq(T0, ZERO, 4))]
    return flat(
        lui(A3, UART),
        auipc(A0, 0),
        lui(A2, count),
        lui(A4, count // 2),
        # loop
        beq(A2, A4, 8),
        beq(ZERO, ZERO, 8),
        addi(A0, A3, 0),
        lbu(T0, A0, 5),
        beq(T0, ZERO, 4),
        *body,
        lbu(T0, A3, 5),
        beq(T0, ZERO, 4),
        addi(A2, A2, -1),
        beq(A2, ZERO, 8),
        beq(ZERO, ZERO, -4 * (len(body) + 9)),
        *OFF,
    )
