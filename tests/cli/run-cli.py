#!/usr/bin/env python3
"""Black-box tests of the emulator's command line, console and end.

    run-cli.py [--guest DIR] [--only TEXT] -- PROGRAM [ARG]...

PROGRAM is build/weft-native, build/weft, or node with its script. DIR (default build/guest) holds
Image and initramfs.cpio.gz; cases that need them are skipped without. One line a case, then
`N passed, N failed, N skipped`.
"""
import argparse
import base64
import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
import guests
from harness import CASES, TIMEOUT, Env, Skip, Terminal, case, check


# ---- bad input ----

@case
def missing_files(env):
    kernel = env.image()
    for option, args in (("kernel", []), ("initrd", ["-kernel", kernel]),
                         ("dtb", ["-kernel", kernel]), ("bios", [])):
        env.refuses(*args, f"-{option}", "/no/such/file",
                    says=["'/no/such/file'", "No such file or directory"])
    env.refuses("-kernel", kernel, "-drive", "file=/no/disk,format=raw,if=virtio",
                says=["'/no/disk'", "No such file"])


@case
def directories(env):
    kernel = env.image()
    env.refuses("-kernel", env.dir, says=[env.dir, "directory"])
    env.refuses("-kernel", kernel, "-initrd", env.dir, says=[env.dir, "directory"])
    env.refuses("-kernel", kernel, "-drive", f"file={env.dir}", says=[env.dir, "directory"])
    env.refuses("-kernel", kernel, "-drive", f"file={env.dir},readonly=on",
                says=[env.dir, "directory"])


@case
def unreadable_files(env):
    if os.geteuid() == 0:
        raise Skip("root reads everything")
    path = env.file("secret", b"x" * 512)
    os.chmod(path, 0)
    env.refuses("-kernel", path, says=["secret", "Permission denied"])
    env.refuses("-bios", env.idle, "-drive", f"file={path}", says=["secret", "Permission denied"])
    os.chmod(path, 0o400)
    env.refuses("-bios", env.idle, "-drive", f"file={path}", says=["secret", "readonly=on"])


@case
def empty_files(env):
    kernel, empty = env.image(), env.file("empty", b"")
    for args in (["-kernel", empty], ["-bios", empty], ["-kernel", kernel, "-initrd", empty],
                 ["-kernel", kernel, "-dtb", empty],
                 ["-bios", env.idle, "-drive", f"file={empty}"]):
        env.refuses(*args, says=["empty'", "the file is empty"])


@case
def truncated_files(env):
    with open(env.image(), "rb") as f:
        head = env.file("head", f.read(65536))
    env.refuses("-kernel", head, says=["head", "truncated"])
    part = env.file("part.gz", gzip.compress(random.Random(1).randbytes(100000))[:5000])
    env.refuses("-kernel", env.image(), "-initrd", part, says=["part.gz"])
    disk = env.file("odd.img", b"x" * 1000)
    env.refuses("-bios", env.idle, "-drive", f"file={disk}", says=["odd.img", "1000 bytes"])


@case
def files_of_the_wrong_kind(env):
    kernel = env.image()
    noise = env.file("noise", random.Random(2).randbytes(100000))
    env.refuses("-kernel", noise, says="noise")
    env.refuses("-kernel", kernel, "-initrd", noise, says="noise")
    env.refuses("-kernel", kernel, "-dtb", noise, says="noise")
    env.refuses("-kernel", kernel, "-dtb", kernel, says="not a device tree")
    env.refuses("-kernel", "/dev/zero", says=["/dev/zero", "not a regular file"])
    env.refuses("-bios", env.idle, "-drive", "file=/dev/null", says="/dev/null")
    fifo = env.path("fifo")
    os.mkfifo(fifo)
    env.refuses("-kernel", fifo, says=["fifo", "not a regular file"])


@case
def ram_too_small_or_too_large(env):
    env.refuses("-kernel", env.image(), "-m", "16M", says=["Image", "16 MiB"])
    env.refuses("-kernel", env.image(), "-m", "32M", says=["Image", "RAM"])
    env.refuses("-bios", env.idle, "-m", "1000000G", says="-m: ")
    env.refuses("-bios", env.idle, "-m", "0", says="-m: '0'")
    env.refuses("-bios", env.idle, "-m", "lots", says="-m: size='lots'")


@case
def unknown_things(env):
    env.refuses("-frobnicate", says="unknown option '-frobnicate'")
    env.refuses("stray", says="unexpected argument 'stray'")
    env.refuses("-kernel", says="'-kernel' needs a value")
    env.refuses("-bios", env.idle, "-bios", env.idle, says="'-bios' is given twice")
    env.refuses("-M", "frob", "-bios", env.idle, says="unknown machine 'frob'")
    env.refuses("-cpu", "frob", "-bios", env.idle, says="'frob'")
    env.refuses("-cpu", "rv64,frob=on", "-bios", env.idle, says="'frob'")
    env.refuses("-cpu", "rv64,zbb=perhaps", "-bios", env.idle, says=["zbb", "perhaps"])
    env.refuses("-device", "frob", "-bios", env.idle, says="unknown device 'frob'")
    env.refuses("-drive", "file=x,frob=1", "-bios", env.idle, says="unknown key 'frob'")
    env.refuses("-accel", "frob", "-bios", env.idle, says="'frob'")
    env.refuses("-d", "frob", "-bios", env.idle, says="'frob'")


@case
def not_supported_yet(env):
    for args in (["-accel", "tcg,thread=multi"], ["-smp", "2"], ["-s"],
                 ["-gdb", "stdio"], ["-netdev", "user,id=n"], ["-display", "gtk"],
                 ["-drive", "file=x,format=qcow2"], ["-device", "virtio-net-device"]):
        env.refuses("-bios", env.idle, *args, says="not supported yet")


@case
def bad_accelerator_options(env):
    for item, says in (("threshold=0", "threshold=0"), ("threshold=soon", "threshold=soon"), ("batch=0", "batch=0"),
                       ("wait=-1", "wait=-1"), ("region=129", "region=129"), ("samples=0", "samples=0"),
                       ("compact=1", "compact=1"), ("worker-after=many", "worker-after=many"),
                       ("max-instances=15", "max-instances=15"), ("code-cache=big", "code-cache='big'"),
                       ("code-cache=63K", "is below 64K"), ("first=0", "first=0"),
                       ("link=loose", "unknown link=loose"), ("compile=later", "unknown compile=later"),
                       ("jit=fast", "jit"), ("names=perhaps", "names=perhaps"), ("speed=9", "unknown key 'speed'")):
        env.refuses("-bios", env.idle, "-accel", "tcg,jit=batch," + item if "jit" not in item else "tcg," + item,
                    says=["-accel: ", says])
    env.refuses("-bios", env.idle, "-test", "refuse=often", says="-test: refuse=often")


@case
def no_engine(env):
    """The native build interprets, and says so when it is asked for more."""
    if "native" not in env.program[0]:
        raise Skip("this build has a WebAssembly engine")
    for mode in ("tb", "batch"):
        env.refuses("-bios", env.idle, "-accel", "tcg,jit=" + mode,
                    says=["jit=" + mode, "no WebAssembly engine", "native"])


@case
def output_files_that_cannot_be(env):
    env.refuses("-bios", env.idle, "-D", "/no/dir/log", says="'/no/dir/log'")
    env.refuses("-bios", env.idle, "-serial", "file:/no/dir/s", says="'/no/dir/s'")
    env.refuses("-bios", env.idle, "-M", "virt,dumpdtb=/no/dir/d", says="'/no/dir/d'")


# ---- texts, files written ----

@case
def help_and_version(env):
    for args, text in ((["-help"], b"-kernel FILE"), (["--help"], b"-icount"),
                       (["-version"], b"Weft version "), (["-d", "help"], b"in_asm"),
                       (["-d", "help"], b"wasm  "), (["-M", "help"], b"virt")):
        r = env.run(*args)
        check(r.returncode == 0 and text in r.stdout and not r.stderr, f"{args}: {r}")


def needs_engine(result):
    """Skips the rest of a case where there is nothing that could run compiled code."""
    if b"this host has no WebAssembly engine" in result.stderr:
        check(result.returncode == 1, result)
        raise Skip("no WebAssembly engine")


def stats_of(env, guest, accel, *more):
    """What -jit-stats tells of a guest (its code) that has come to its end with this -accel and more options."""
    path = env.path("stats.json")
    r = env.run("-bios", env.file("guest.bin", guest), "-nographic", "-accel", "tcg," + accel, "-jit-stats", path, *more)
    needs_engine(r)
    check(r.returncode == 0 and not r.stderr, (accel, r))
    with open(path) as f:
        return json.load(f)


@case
def log_of_wasm(env):
    names = env.file("echo.map", b"0000000080000000 T start\n0000000080000010 T wait\n")
    r = env.run("-bios", env.echo, "-nographic", "-accel", "tcg,jit=tb,threshold=1", "-symbols",
                names, "-d", "wasm", stdin=None, input=b"a\x04")
    needs_engine(r)
    check((r.returncode, r.stdout) == (0, b"a"), r)
    log = r.stderr.decode()
    functions = log.split("WASM: module of 1 function, ")[1:]
    check(len(functions) >= 5, f"{len(functions)} functions: {log}")
    head = r"^\d+ bytes\nWASM: key \d+ phys 0x%x flags 0x\w+ %s\n# \d+ bytes, \d+ locals\n"
    for function, address, name in zip(functions, (0x80000000, 0x80000010, 0x8000001C),
                                       ("start", "wait", r"wait\+0xc")):
        check(re.match(head % (address, name), function), function)
        check(function.endswith("\nend\n"), function)
        for piece in ("local.get $env", "i32.load budget", "i64.load tlb3.load",
                      "i32.load tlb3.addend", "i32.store exit_slot", "i32.store exit_insn"):
            check(piece in function, f"{piece!r} is not in: {function}")
    key = re.search(r"key (\d+) ", functions[1])[1]
    check(f"i32.const {key}; " in functions[0], f"the first TB does not go to {key}")
    check("\n      loop\n" in functions[1], "no loop in the one that goes to itself")


@case
def statistics_count_each_instruction_once(env):
    """Compiled code charges a whole TB at its head; what a fault skips is given back."""
    count = 0x8000
    stats = stats_of(env, guests.faults(count), "jit=tb,threshold=1")
    compiled, interpreted, total = (stats[key] for key in (
        "insns_compiled_code", "insns_interpreted", "guest_insns"))
    check(stats["exceptions"] == count, stats)
    check(3 * count <= total <= 4 * count + 100, stats)
    check(compiled + interpreted == total and compiled <= total, stats)
    check(compiled > 0.9 * total, stats)


@case
def statistics_say_where_time_goes(env):
    """The parts add up to nearly all of the time; what is not there is the main loop's."""
    for accel in "jit=off", "jit=tb", "jit=batch,threshold=10,wait=100,worker-after=0":
        stats = stats_of(env, guests.faults(0x80000), accel + ",profile=on")
        compiled = [stats[key] for key in ("linked_seconds", "jit_seconds")] if "off" not in accel else []
        parts = [stats[key + "_seconds"] for key in ("interpret", "dispatcher", "translate", "idle")] + compiled
        check(min(parts) >= 0 and stats["dispatcher_seconds"] > 0, (accel, stats))
        check(0.5 * stats["wall_seconds"] <= sum(parts) <= stats["wall_seconds"], (accel, sum(parts), stats))
        if compiled:
            check(stats["linked_seconds"] > stats["interpret_seconds"], (accel, stats))
            own = sum(stats[key + "_seconds"] for key in ("generate", "link", "compile", "instantiate", "first_call"))
            check(own - stats["worker_seconds"] <= stats["jit_seconds"] + 1e-4, (accel, stats))
        else:
            check("linked_seconds" not in stats and stats["interpret_seconds"] > 0, stats)


@case
def slow_exits_come_to_an_end(env):
    """What often leaves compiled code for a device is compiled again, with calls, also as a part of a region."""
    count = 0x80000
    for accel in ("jit=tb", "jit=batch,wait=0,compile=inline", "jit=batch,wait=0,compile=inline,first=1",
                  "jit=batch,wait=0,compile=inline,samples=1", "jit=batch"):
        stats = stats_of(env, guests.devices(count), accel + ",threshold=10")
        # A thousand of each TB, and those before the slice of 100,000 instructions ends and the new code is there.
        check(1000 <= stats["slow_exits"] < count / 4, (accel, stats))
        check(stats["insns_compiled_code"] > 0.7 * stats["guest_insns"], (accel, stats))


@case
def slow_exits_between_pages_end(env):
    """What leaves because accesses that share a look-up in the soft TLB are on two pages gets one for each, and no calls."""
    stats_of(env, guests.across_pages(0x1000), "jit=tb")  # without an engine wasm-dir would make modules all the same
    for accel in "jit=tb", "jit=batch,wait=0,compile=inline", "jit=batch", "jit=batch,worker-after=0":
        count = 0x2000000 if "worker" in accel else 0x80000  # the worker takes longer than the guest's first thousands of exits
        for guest, calls in (guests.across_pages(count), False), (guests.devices(count), True):
            modules = tempfile.mkdtemp(dir=env.dir)
            stats = stats_of(env, guest, accel + ",threshold=10", "-test", "wasm-dir=" + modules)
            check(1000 <= stats["slow_exits"] < count / 4, (accel, stats))
            check(stats["insns_compiled_code"] > 0.7 * stats["guest_insns"], (accel, stats))
            imports = []
            for name in os.listdir(modules):
                with open(os.path.join(modules, name), "rb") as f:
                    imports.append(b"\x01h\x010\0" in f.read())  # cpu_ld_mmu: docs/wasm-abi.md, Helpers
            check(any(imports) == calls, (accel, imports))


@case
def slow_exits_of_what_is_too_long_end(env):
    """A region that is too much for one function is made of fewer TBs: what those leave for counts, not what was planned."""
    count = 0x20000
    for accel in ("wait=0,compile=inline,samples=1,first=64", "wait=0,first=64"):
        stats = stats_of(env, guests.long_loop(count), f"jit=batch,{accel},threshold=10")
        check(1000 <= stats["slow_exits"] < count / 4, (accel, stats))


@case
def new_code_in_a_full_cache_stays(env):
    """What has not been sampled yet is not the first to go."""
    stats = stats_of(env, guests.two_loops(0x8000), "jit=batch,threshold=10,code-cache=128K")
    check(stats["insns_compiled_code"] > 0.6 * stats["guest_insns"], stats)


@case
def a_page_that_is_rewritten_again_and_again_is_held(env):
    """Then it is interpreted for a while; but not after it was rewritten once, however many modules have code of it."""
    for times, held in (2, False), (12, True):
        stats = stats_of(env, guests.rewritten(0x10000, times), "jit=batch,wait=0,compile=inline,threshold=10")
        check((stats["pages_held"] > 0) == held, (times, stats))
        check((stats["insns_compiled_code"] > 0.8 * stats["guest_insns"]) != held, (times, stats))


@case
def a_region_is_not_made_again_in_vain(env):
    """Samples find a loop that is whole already: its code stays, which the engine may have optimised."""
    stats = stats_of(env, guests.small_loop(0x100000), "jit=batch,wait=0,compile=inline,threshold=10,samples=1")
    # each of the two TBs may have become an entry
    check(stats["objects_compiled"] <= 2 and stats["insns_compiled_code"] > 0.9 * stats["guest_insns"], stats)


@case
def returns_lead_to_their_own_callers(env):
    """Inside a region a return looks for the places its function was called from, two here, not for all such places."""
    guest = env.file("calls.bin", guests.calls(0x40000))
    r = env.run("-bios", guest, "-nographic", "-accel", "tcg,jit=batch,wait=0,compile=inline,threshold=10,samples=1",
                "-d", "wasm")
    needs_engine(r)
    check(r.returncode == 0, r)
    region = max(r.stderr.split(b"WASM: key"), key=len)
    check(region.count(b"i64.eqz; br_if") >= 2 and b"br_table" not in region, region)


@case
def accelerator_options(env):
    """Each in its extremes; the guest runs, and is compiled."""
    for items in ("", "link=none", "link=slot", "compile=inline,batch=1", "worker-after=0", "region=1", "code-cache=1",
                  "region=128,samples=1", "first=1", "first=128", "compact=2,max-instances=16", "batch=65536,wait=1000000000",
                  "names=on"):
        count = 0x80000 if items == "worker-after=0" else 0x8000  # so that the worker has the time to make something
        accel = ",".join(filter(None, ("jit=batch,threshold=1", "" if "wait" in items else "wait=0", items)))
        stats = stats_of(env, guests.faults(count), accel)
        check(stats["jit"] == "batch" and stats["exceptions"] == count, (accel, stats))
        check((stats["modules"] > 0) == ("wait=1000000000" not in items), (accel, stats))


@case
def dumpdtb(env):
    out = env.path("out.dtb")
    r = env.run("-M", f"virt,dumpdtb={out}", "-bios", env.idle)
    check(r.returncode == 0 and not r.stderr, r)
    with open(out, "rb") as f:
        check(f.read(4) == b"\xd0\x0d\xfe\xed", "no device tree")


@case
def firmware_on_the_search_path(env):
    os.makedirs(env.path("fw/none"), exist_ok=True)
    env.file("fw/echo-fw.bin", guests.echo())
    args = ["-L", env.path("fw/none"), "-L", env.path("fw"), "-bios", "echo-fw.bin", "-nographic"]
    r = env.run(*args, stdin=None, input=b"found\x04")
    check(r.returncode == 0 and r.stdout == b"found", r)


@case
def serial_to_a_file(env):
    out = env.path("serial.txt")
    p = env.start("-bios", env.echo, "-chardev", f"file,id=f,path={out}", "-serial", "chardev:f",
                  "-monitor", "stdio", "-jit-stats", env.path("stats.json"))
    stdout, _ = p.communicate(b"info status\nquit\n", timeout=TIMEOUT)
    check(p.returncode == 0 and b"VM status: running" in stdout, (p.returncode, stdout))
    check(os.path.getsize(out) == 0, "the file has bytes that nobody wrote")
    with open(env.path("stats.json")) as f:
        check(json.load(f)["guest_insns"] >= 0, "no statistics")


@case
def icount_repeats(env):
    outs = []
    for name in ("hash1", "hash2"):
        r = env.run("-bios", env.echo, "-nographic", "-icount", "shift=2", "-test",
                    f"max-insns=300000,state-hash={env.path(name)}")
        check(r.returncode == 0, r)
        with open(env.path(name)) as f:
            outs.append(f.read())
    check(len(outs[0]) == 65 and outs[0] == outs[1], outs)


# ---- pipes ----

@case
def power_off(env):
    r = env.run("-bios", env.echo, "-nographic", stdin=None, input=b"hello\n\x04")
    check((r.returncode, r.stdout, r.stderr) == (0, b"hello\n", b""), r)


def paste(env, text, read):
    """Feeds text through the echoing guest while `read` takes the output; then switches off."""
    p = env.start("-bios", env.echo, "-nographic")
    pid = os.fork()
    if pid == 0:
        try:
            p.stdin.write(text + b"\x04")
            p.stdin.close()
        finally:
            os._exit(0)
    p.stdin.close()
    out = read(p.stdout)
    os.waitpid(pid, 0)
    check(p.wait(timeout=TIMEOUT) == 0, f"status {p.returncode}: {p.stderr.read()}")
    p.stdout.close()
    p.stderr.close()
    check(out == text, f"{len(text)} bytes went in, {len(out)} came out")


@case
def paste_of_1_mib(env):
    text = base64.b64encode(random.Random(3).randbytes(768 * 1024))
    paste(env, text, lambda f: f.read())


@case
def slow_reader(env):
    def read(f):
        out = b""
        time.sleep(0.5)
        while data := os.read(f.fileno(), 8192):
            out += data
            time.sleep(0.004)
        return out

    paste(env, base64.b64encode(random.Random(4).randbytes(384 * 1024)), read)


@case
def closed_output_ends_quietly(env):
    p = env.start("-bios", env.echo, "-nographic")
    p.stdout.close()
    p.stdin.write(b"somebody there?\n" * 100)
    p.stdin.flush()
    status = p.wait(timeout=TIMEOUT)
    err = p.stderr.read()
    check(status == 141 and err == b"", f"status {status}: {err}")
    p.stdin.close()
    p.stderr.close()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@case
def idle_guest_with_stdin_at_its_end(env):
    p = env.start("-bios", env.idle, "-nographic", stdin=subprocess.DEVNULL)
    try:
        time.sleep(2)
        check(p.poll() is None, f"ended by itself: {p.returncode}")
        before = cpu_seconds(p.pid)
        time.sleep(3)
        used = cpu_seconds(p.pid) - before
        check(used < 0.09, f"{used:.2f} s of CPU time in 3 s")
    finally:
        p.terminate()
    check(p.wait(timeout=TIMEOUT) == 128 + signal.SIGTERM, f"status {p.returncode}")
    check(p.stderr.read() == b"weft: terminating on signal 15\n", "message")
    p.stdout.close()
    p.stderr.close()


@case
def signals_end_a_busy_guest(env):
    # SIGINT is ignored by what a shell starts in the background; here it is not.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        p = env.start("-bios", env.echo, "-nographic")
        p.stdin.write(b"x")
        p.stdin.flush()
        check(p.stdout.read(1) == b"x", "no echo")
        p.send_signal(number)
        status = p.wait(timeout=TIMEOUT)
        err = p.stderr.read()
        check(status == 128 + number, f"{number.name}: status {status}: {err}")
        check(err == b"weft: terminating on signal %d\n" % number, f"{number.name}: {err}")
        for f in (p.stdin, p.stdout, p.stderr):
            f.close()


@case
def signals_at_once_are_one_request(env):
    path = env.path("signals.json")
    p = env.start("-bios", env.echo, "-nographic", "-jit-stats", path)
    p.stdin.write(b"x")
    p.stdin.flush()
    check(p.stdout.read(1) == b"x", "no echo")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        p.send_signal(number)
    status = p.wait(timeout=TIMEOUT)
    err = p.stderr.read()
    check(status > 128 and err == b"weft: terminating on signal %d\n" % (status - 128), f"status {status}: {err}")
    with open(path) as f:
        check("guest_insns" in json.load(f), "what was to be written at the end is lost")
    for f in (p.stdin, p.stdout, p.stderr):
        f.close()


@case
def statistics_on_sigusr1(env):
    path = env.path("usr1.json")
    p = env.start("-bios", env.idle, "-nographic", "-accel", "tcg,jit=off", "-jit-stats", path, stdin=subprocess.PIPE)
    try:
        # Its banner would tell that it runs; an idle guest says nothing.
        time.sleep(2)
        p.send_signal(signal.SIGUSR1)
        end = time.monotonic() + TIMEOUT
        while not (os.path.exists(path) and os.path.getsize(path)):
            check(time.monotonic() < end and p.poll() is None, f"no statistics ({p.returncode})")
            time.sleep(0.05)
        time.sleep(0.1)
        with open(path) as f:
            check(json.load(f)["jit"] == "off", "not the statistics")
    finally:
        p.kill()
        p.communicate()


# ---- terminals ----

@case
def terminal_escape_x(env):
    with Terminal(env, "-bios", env.echo, "-nographic") as t:
        t.wait_raw()
        t.send(b"hi")
        t.expect(b"hi")
        t.send(b"\x01x")
        t.ends(0, "after Ctrl-A x")


@case
def terminal_escapes_even_if_the_guest_does_not_read(env):
    with Terminal(env, "-bios", env.idle, "-nographic") as t:
        t.wait_raw()
        t.send(b"k" * 1000)
        t.send(b"\x01x")
        t.ends(0, "after Ctrl-A x")


@case
def terminal_keys_reach_the_guest(env):
    with Terminal(env, "-bios", env.echo, "-nographic") as t:
        t.wait_raw()
        # Ctrl-C, Ctrl-Z, Ctrl-S, Ctrl-Q, Ctrl-\, carriage return, Ctrl-A, a byte above 127
        t.send(b"[\x03\x1a\x13\x11\x1c\r\x01\x01\xff]")
        t.expect(b"[\x03\x1a\x13\x11\x1c\r\x01\xff]")
        t.send(b"\x04")
        t.ends(0, "after power-off")


@case
def terminal_monitor(env):
    with Terminal(env, "-bios", env.echo, "-nographic") as t:
        t.wait_raw()
        t.send(b"\x01h")
        t.expect(b"Ctrl-A x")
        t.send(b"\x01c")
        t.expect(b"(weft) ")
        t.send(b"info  status\r")
        t.expect(b"VM status: running")
        t.send(b"stop\rinfo status\r")
        t.expect(b"VM status: paused")
        for command, answer in ((b"info registers", b"pc"), (b"info mtree", b"80000000"),
                                (b"info jit", b"\r\n"), (b"help", b"info mtree"),
                                (b"frobnicate", b"unknown command: 'frobnicate'"),
                                (b"infx\x7fo status", b"VM status")):
            t.send(command + b"\r")
            t.expect(answer)
        t.send(b"cont\r")
        t.expect(b"(weft) ")
        t.send(b"\x01cback")
        t.expect(b"back")
        t.send(b"\x01c")
        t.expect(b"(weft) ")
        t.send(b"system_reset\rquit\r")
        t.ends(0, "after quit")


@case
def terminal_start_stopped(env):
    with Terminal(env, "-bios", env.echo, "-nographic", "-S") as t:
        t.wait_raw()
        t.send(b"\x01c")
        t.expect(b"(weft) ")
        t.send(b"info status\r")
        t.expect(b"VM status: paused")
        t.send(b"c\r\x01cgo")
        t.expect(b"go")
        t.send(b"\x01x")
        t.ends(0, "after Ctrl-A x")


@case
def terminal_restored_after_signals(env):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with Terminal(env, "-bios", env.idle, "-nographic") as t:
            t.wait_raw()
            t.process.send_signal(number)
            t.ends(128 + number, f"after {number.name}")
            check(b"weft: terminating on signal %d" % number in t.output, t.output)


@case
def terminal_restored_after_a_crash(env):
    with Terminal(env, "-bios", env.idle, "-nographic", "-test", "crash=on") as t:
        t.ends(None, "after a crash")


@case
def terminal_interrupt_without_mux(env):
    with Terminal(env, "-bios", env.echo, "-serial", "stdio") as t:
        t.wait_raw()
        t.send(b"\x01x")
        t.expect(b"\x01x")
        t.send(b"\x03")
        t.ends(130, "after Ctrl-C")


@case
def terminal_stop_and_continue(env):
    with Terminal(env, "-bios", env.echo, "-nographic") as t:
        t.wait_raw()
        t.send(b"one")
        t.expect(b"one")
        t.process.send_signal(signal.SIGTSTP)
        end = time.monotonic() + TIMEOUT
        while termios.tcgetattr(t.slave) != t.before:
            check(time.monotonic() < end, "terminal not restored by SIGTSTP")
            time.sleep(0.02)
        time.sleep(0.2)
        t.process.send_signal(signal.SIGCONT)
        t.wait_raw()
        t.send(b"two")
        t.expect(b"two")
        t.send(b"\x01x")
        t.ends(0, "after Ctrl-A x")


# ---- the driver ----

def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--guest", default="build/guest")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("program", nargs="+")
    args = parser.parse_args()
    # A shell starts what runs in the background with SIGINT ignored, and programs inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="weft-cli-") as directory:
        env = Env(args.program, args.guest, directory)
        for name, function in CASES:
            if args.only not in name:
                continue
            try:
                function(env)
                passed += 1
                print(f"ok   {name}", flush=True)
            except Skip as e:
                skipped += 1
                print(f"skip {name}: {e}", flush=True)
            except (AssertionError, subprocess.TimeoutExpired, OSError, ValueError) as e:
                failed += 1
                print(f"FAIL {name}: {e}", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
