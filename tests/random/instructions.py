"""The instructions that random programs are made of."""

REG_REG = ("add sub sll srl sra slt sltu xor or and addw subw sllw srlw sraw "
           "sh1add sh2add sh3add add.uw sh1add.uw sh2add.uw sh3add.uw "
           "andn orn xnor max maxu min minu rol ror rolw rorw bclr bext binv bset").split()
MUL_DIV = "mul mulh mulhu mulhsu mulw div divu rem remu divw divuw remw remuw".split()
UNARY = "clz clzw ctz ctzw cpop cpopw sext.b sext.h zext.h orc.b rev8".split()
IMM12 = "addi addiw slti sltiu xori ori andi".split()
SHIFT6 = "slli srli srai slli.uw rori bclri bexti binvi bseti".split()
SHIFT5 = "slliw srliw sraiw roriw".split()
LOADS = {"lb": 1, "lbu": 1, "lh": 2, "lhu": 2, "lw": 4, "lwu": 4, "ld": 8}
STORES = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}
BRANCHES = "beq bne blt bge bltu bgeu".split()
AMOS = [op + size for op in "amoswap amoadd amoxor amoand amoor amomin amomax amominu amomaxu".split()
        for size in (".w", ".d")]
ORDER = ["", "", "", ".aq", ".rl", ".aqrl"]

ROUNDING = ["rne", "rtz", "rdn", "rup", "rmm", "dyn", "dyn", "dyn"]
FP_BINARY = ["fadd", "fsub", "fmul", "fdiv"]
FP_FUSED = ["fmadd", "fmsub", "fnmsub", "fnmadd"]
FP_SIGN = ["fsgnj", "fsgnjn", "fsgnjx", "fmin", "fmax"]
FP_COMPARE = ["feq", "flt", "fle"]
FP_TO_INT = [op + t for op in ("fcvt.w", "fcvt.wu", "fcvt.l", "fcvt.lu") for t in (".s", ".d")]
INT_TO_FP = ["fcvt.s.w", "fcvt.s.wu", "fcvt.s.l", "fcvt.s.lu", "fcvt.d.l", "fcvt.d.lu"]
INT_TO_FP_EXACT = ["fcvt.d.w", "fcvt.d.wu"]

# Reserved or absent here and on the reference, in M, S and U mode alike.
ILLEGAL = [0x00000000, 0x0000000b, 0x0000005b, 0x0000007b, 0x00057003, 0x00b57023, 0x00052063,
           0x04051513, 0x0205151b, 0x04b50533, 0x02b5153b, 0x0ab51533, 0x0eb55533, 0x60351513,
           0x0005002f, 0x10b5202f, 0x2805202f, 0x58157553, 0x04b57553, 0x20b53553, 0xa0b53553,
           0xe0152553, 0x00051587, 0x00004073, 0x7ff01073, 0xc0001073, 0x00b55553, 0x02b56553]
ILLEGAL_COMPRESSED = [0x0000, 0x0004, 0x8000, 0x9c41, 0x2001, 0x6501, 0x4002, 0x6002, 0x8002]
