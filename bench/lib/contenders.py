"""Who takes part. Each class makes the processes (jobs) that measure the workloads it is asked for."""
import json
import os
import re
import shutil
from dataclasses import dataclass

import measure
import programs
import session
from common import BENCH, GUEST, OUT, ROOT, Failure, Missing, find_script, first_line
from workloads import SYSTEM, THREE

KERNEL_OPTIONS = "console=ttyS0 earlycon=%s cryptomgr.notests -- %s"
RISCV_EARLYCON = "sbi"
I386_EARLYCON = "uart8250,io,0x3f8,115200n8"
FIRST_LINE = re.compile(r"Linux version")
READY = re.compile(r"GUEST-READY")
DONE = re.compile(r"GUEST-RC (\d+)")
# The set-up of browsers.
IN_PAGE = ("The web build with threads, headless, each time with an empty profile. Times are from the navigation to the page until"
           " the machine has ended; CPU seconds and memory are those of all processes of the browser.")
# What -jit-stats says that the report uses.
STATS = ["wall_seconds", "guest_insns", "insns_interpreted", "insns_compiled_code", "tbs_translated", "tbs_compiled", "modules",
         "modules_most_live", "wasm_bytes", "links_direct", "links_slot", "links_guarded", "dispatcher_returns", "tlb_misses",
         "idle_seconds", "translate_seconds", "generate_seconds", "link_seconds", "compile_seconds", "instantiate_seconds",
         "first_call_seconds", "interpret_seconds", "linked_seconds", "dispatcher_seconds", "jit_seconds", "worker_seconds"]


@dataclass
class Job:
    """A process. name: which turn of a round it is part of. read(Run) gives {workload: sample}, a sample being a dict with
    `seconds`, or raises Failure."""
    name: str
    command: list
    read: object
    environment: dict = None
    timeout: int = 600


@dataclass
class Wants:
    """What programs and kernels have to print, by the native run and, for the microbenchmarks, by who was first."""
    cpu: dict
    micro: dict


def check_status(run):
    text = " ".join((run.output[-300:] + " " + run.errors[-300:]).split())
    if run.late:
        raise Failure("did not end in time: " + text)
    if run.status != 0:
        raise Failure("status %d: %s" % (run.status, text))


def read_boot(run):
    check_status(run)
    times = {}
    for seconds, text in run.lines:
        for name, pattern in (("first_line", FIRST_LINE), ("ready", READY), ("done", DONE)):
            if name not in times and pattern.search(text):
                times[name] = seconds
    done = DONE.search(run.output)
    if len(times) < 3 or done[1] != "0":
        raise Failure("the guest did not boot: " + " ".join(run.output[-300:].split()))
    phases = {"load": times["first_line"], "kernel": times["ready"] - times["first_line"], "end": run.wall - times["ready"]}
    return {"boot": {"seconds": run.wall, "phases": phases}}


def read_profile(run):
    """A boot for its statistics alone: those of the vCPU's time are not free."""
    read_boot(run)
    return {}


def read_program(name, want):
    """One program of the CPU suite in a process of its own."""
    def read(run):
        check_status(run)
        if run.output != want:
            raise Failure("printed '%s', natively '%s'" % (run.output[-100:], want))
        return {"cpu/" + name: {"seconds": run.wall}}
    return read


def read_parts(run, group, names):
    """{name: Part} of a guest that did several things; all of them, each with status 0 and the clock right."""
    check_status(run)
    found = session.parts(run.lines)
    for name in names:
        if name not in found:
            raise Failure("%s/%s did not end: %s" % (group, name, " ".join(run.output[-200:].split())))
        part = found[name]
        if part.status != 0:
            raise Failure("%s/%s ended with status %d: %s" % (group, name, part.status, " ".join(part.words)))
    drift = session.drift(found)
    if drift:
        raise Failure("%s: %s" % (group, drift))
    return found


def read_micro(names, wants):
    def read(run):
        found, samples = read_parts(run, "micro", names), {}
        for name in names:
            operations, checksum = found[name].words
            if wants.micro.setdefault(name, checksum) != checksum:
                raise Failure("micro/%s: checksum %s, elsewhere %s" % (name, checksum, wants.micro[name]))
            samples["micro/" + name] = {"seconds": found[name].seconds, "operations": int(operations)}
        return samples
    return read


def read_system(names):
    """All of it is always done, and checked; the samples are of `names`."""
    def read(run):
        found, samples = read_parts(run, "system", list(SYSTEM)), {}
        if "@same" not in run.output:
            raise Failure("system/gunzip: the data is not what was compressed")
        for name, (operations, _, pattern) in SYSTEM.items():
            said = " ".join(found[name].words)
            if not re.fullmatch(pattern, said):
                raise Failure("system/%s printed '%s', not %s" % (name, said, pattern))
            if name in names:
                samples["system/" + name] = {"seconds": found[name].seconds, "operations": operations or int(said)}
        return samples
    return read


def read_cpu_parts(names, wants):
    """The CPU suite under Linux, all programs in one guest."""
    def read(run):
        found, samples = read_parts(run, "cpu", names), {}
        for name in names:
            said = " ".join(found[name].words)
            if said != wants.cpu["cpu/" + name]:
                raise Failure("cpu/%s printed '%s', natively '%s'" % (name, said, wants.cpu["cpu/" + name]))
            samples["cpu/" + name] = {"seconds": found[name].seconds}
        return samples
    return read


class Contender:
    """name: on the command line and in the results. short: boot and three programs only, unless everything is asked for.
    note: the set-up, for docs/benchmarks.md."""
    groups = ("boot", "cpu", "micro", "system")
    has_empty = True  # each program is a process: what starting one costs is measured and taken off

    def __init__(self, name, title, note, short=False):
        self.name, self.title, self.note, self.short = name, title, note, short
        self.version = None

    def prepare(self, wanted):
        """Finds or builds what it needs for these workloads and sets `version`. Missing, Failure."""
        raise NotImplementedError

    def jobs(self, wanted, wants):
        raise NotImplementedError

    def takes(self, workload, everything):
        return workload.group in self.groups and (everything or not self.short or workload.name in ["boot", *THREE])

    def describe(self):
        return {"title": self.title, "version": self.version, "note": self.note, "short": self.short,
                "kind": type(self).__name__.lower()}


class Riscv(Contender):
    """An emulator with QEMU's command line. `command` is set by prepare()."""
    environment = None
    accel = None  # Weft's -accel in the command
    built = {}  # what prepare() has built, for all of them

    def find(self):
        """Sets command and version."""
        raise NotImplementedError

    def prepare(self, wanted):
        self.find()
        if not os.path.exists(os.path.join(GUEST, "Image")):
            raise Missing("build/guest has no kernel: make guest")
        for kind, build in (("cpu", lambda: programs.cpu_guest([*programs.programs(), "empty"])),
                            ("micro", programs.micro), ("system", programs.guest_riscv)):
            if kind not in self.built and any(w.startswith(kind + "/") for w in wanted):
                self.built[kind] = build()

    def linux(self, initrd, command):
        return [*self.command, "-M", "virt", "-m", "512M", "-nographic", "-kernel", os.path.join(GUEST, "Image"), "-initrd",
                initrd, "-append", KERNEL_OPTIONS % (RISCV_EARLYCON, command)]

    def bare(self, elf, memory="64M"):
        return [*self.command, "-M", "virt", "-m", memory, "-nographic", "-bios", "none", "-kernel", elf]

    def job(self, name, command, read):
        return Job(name, command, read, self.environment)

    def jobs(self, wanted, wants):
        found = []
        if "boot" in wanted:
            command = self.linux(os.path.join(GUEST, "initramfs.cpio.gz"), "uname -m")
            found.append(self.job("boot", command, read_boot))
            if self.accel:
                profiled = [w + ",profile=on" if w == self.accel else w for w in command]
                found.append(self.job("profile", profiled, read_profile))
        for name in wanted:
            if name.startswith("cpu/"):
                found.append(self.job(name, self.bare(self.built["cpu"][name[4:]]), read_program(name[4:], wants.cpu[name])))
        micro = [name[6:] for name in wanted if name.startswith("micro/")]
        if micro:
            found.append(self.job("micro", self.bare(self.built["micro"], "256M"), read_micro(micro, wants)))
        system = [name[7:] for name in wanted if name.startswith("system/")]
        if system:
            found.append(self.job("system", self.linux(self.built["system"], "sh /bench/system.sh"), read_system(system)))
        return found


def chosen(stats):
    return {key: stats[key] for key in STATS if key in stats}


class Weft(Riscv):
    def __init__(self, name, title, program, accel, host=None, short=False, note=""):
        super().__init__(name, title, note, short)
        self.program, self.accel, self.host = program, accel, host
        self.environment = {"WEFT_HOST": host} if host else None

    def find(self):
        path = os.path.join(ROOT, self.program)
        if not os.path.exists(path):
            raise Missing("%s does not exist: make %s" % (self.program, "native" if "native" in self.program else "wasm"))
        if self.host and not os.path.exists(os.path.join(ROOT, "build", self.host, "runtime", "weft-node.js")):
            raise Missing("the %s build does not exist: make wasm64" % self.host)
        self.command = [self.program, "-accel", self.accel]
        self.version = first_line([path, "--version"], dict(os.environ, **(self.environment or {})))

    def job(self, name, command, read):
        path = os.path.join(OUT, "stats-%s.json" % self.name)

        def with_stats(run):
            samples = read(run)
            try:
                with open(path, encoding="utf-8") as f:
                    stats = json.load(f)
                os.unlink(path)
            except (OSError, ValueError) as e:
                raise Failure("no statistics: %s" % e) from e
            run.stats = chosen(stats)
            return samples

        return Job(name, [*command, "-jit-stats", path], with_stats, self.environment)


class Qemu(Riscv):
    def __init__(self, name, title, find_program, environment, note):
        super().__init__(name, title, note)
        self.find_program, self.environment = find_program, environment

    def find(self):
        self.command = [self.find_program()]
        self.version = first_line([*self.command, "--version"], dict(os.environ, **(self.environment or {})))


class Native(Contender):
    groups = ("cpu",)

    def prepare(self, wanted):
        self.paths = programs.cpu_host([w[4:] for w in wanted] + ["empty"])
        self.version = first_line([programs.clang(), "--version"])

    def jobs(self, wanted, wants):
        return [Job(name, [self.paths[name[4:]]], read_program(name[4:], wants.cpu[name])) for name in wanted]


class V86(Contender):
    groups = ("boot", "cpu", "system")
    has_empty = False

    def prepare(self, wanted):
        self.folder = find_script("v86.sh")
        self.node = node()
        self.kernel, self.initrd = programs.guest_i386()
        self.plain = os.path.join(os.path.dirname(self.kernel), "initramfs.cpio.gz")
        with open(os.path.join(self.folder, "node_modules", "v86", "package.json"), encoding="utf-8") as f:
            self.version = "v86 " + json.load(f)["version"]
        with open(os.path.join(os.path.dirname(self.kernel), "version"), encoding="utf-8") as f:
            self.version += ", guest " + f.read().strip()

    def linux(self, initrd, command):
        return [self.node, os.path.join(BENCH, "peers", "v86.mjs"), self.folder, self.kernel, initrd, "512",
                KERNEL_OPTIONS % (I386_EARLYCON, command)]

    def jobs(self, wanted, wants):
        found = []
        if "boot" in wanted:
            found.append(Job("boot", self.linux(self.plain, "uname -m"), read_boot))
        names = [w[4:] for w in wanted if w.startswith("cpu/")]
        if names:
            found.append(Job("cpu", self.linux(self.initrd, "sh /bench/cpu.sh"), read_cpu_parts(names, wants)))
        system = [w[7:] for w in wanted if w.startswith("system/")]
        if system:
            found.append(Job("system", self.linux(self.initrd, "sh /bench/system.sh"), read_system(system)))
        return found


def in_page(run):
    """(Run, object) of what bench/browser/run.mjs printed: the machine's run, with times since the page's navigation, and what
    the last line says of it."""
    check_status(run)
    found = [re.fullmatch(r"(\d+\.\d+) (.*)", text) for _, text in run.lines]
    lines = [(float(m[1]), m[2].rstrip("\r")) for m in found if m]
    last = run.lines[-1][1] if run.lines else ""
    if not last.startswith("@browser "):
        raise Failure("the browser's last line is '%s'" % last[-300:])
    said = json.loads(last.split(" ", 1)[1])
    return measure.Run(said["seconds"], said["cpu_seconds"], said["peak_mib"], 0, lines, run.errors), said


class Browser(Riscv):
    """The web build in a headless browser. The clock runs from the navigation to the page until the machine has ended."""

    def __init__(self, name, title, executables, note):
        super().__init__(name, title, note, short=True)
        self.executables, self.accel = executables, "tcg,jit=batch"

    def find(self):
        for path in ("web/weft.mjs", "serve"):
            if not os.path.exists(os.path.join(ROOT, "build", path)):
                raise Missing("build/%s does not exist: make web" % path)
        found = [path for path in map(shutil.which, self.executables) if path]
        if not found:
            raise Missing("%s is not installed: make bench-deps" % self.executables[0])
        self.driver = [node(), "bench/browser/run.mjs", self.name, found[0], find_script("puppeteer.sh")]
        self.command = ["bench/browser/run.mjs", self.name, "-accel", self.accel]
        self.version = first_line([found[0], "--version"]).strip()

    def job(self, name, command, read):
        def from_page(run):
            inside, said = in_page(run)
            samples = read(inside)
            if "boot" in samples:
                samples["boot"]["phases"]["launch"] = said["launch"]
            run.cpu, run.peak_mib, run.stats = inside.cpu, inside.peak_mib, chosen(said["stats"])
            return samples

        return Job(name, [*self.driver, *command[2:]], from_page)


def node():
    try:
        return first_line([os.path.join(ROOT, "scripts", "toolchain", "node.sh"), "--find"])
    except Failure as e:
        raise Missing("no Node.js: make wasm") from e


def distribution_qemu():
    path = shutil.which("qemu-system-riscv64")
    if not path:
        raise Missing("qemu-system-riscv64 is not installed: make bench-deps")
    return path


def linker_with(keys):
    """Weft's linker with other options of -accel, `keys`; its name is these."""
    return Weft(keys, "Weft, " + keys, "build/weft", "tcg,jit=batch," + keys, note="The linker with these options.")


def contenders():
    """All, in the order of the report."""
    weft = "build/weft"
    return [
        Weft("batch", "Weft, linker", weft, "tcg,jit=batch", note="Weft's default under Node.js."),
        Weft("tb", "Weft, module per TB", weft, "tcg,jit=tb", note="One WebAssembly module for each hot TB, under Node.js."),
        Weft("off", "Weft, interpreter", weft, "tcg,jit=off", note="The interpreter alone, under Node.js."),
        Weft("link-slot", "Weft, link=slot", weft, "tcg,jit=batch,link=slot", short=True,
             note="The linker without direct calls: every goto goes through its slot of the table."),
        Weft("link-none", "Weft, link=none", weft, "tcg,jit=batch,link=none", short=True,
             note="Batches, but every TB returns to the dispatcher."),
        Weft("wasm64", "Weft, linker, memory64", weft, "tcg,jit=batch", "wasm64", short=True,
             note="The memory64 build, for guests of more than 3.5 GiB, under Node.js."),
        Weft("native", "Weft, native interpreter", "build/weft-native", "tcg,jit=off", short=True,
             note="The native build, which only interprets."),
        Browser("chromium", "Weft, Chromium", ["chromium"], IN_PAGE),
        Browser("firefox", "Weft, Firefox", ["firefox-esr", "firefox"], IN_PAGE),
        Qemu("qemu", "QEMU, distribution's", distribution_qemu, None,
             "The distribution's package. Its own CPU model and firmware, otherwise Weft's options."),
        # Run through its own ld.so, it must not load the system's modules.
        Qemu("qemu-newest", "QEMU, newest", lambda: find_script("qemu-newest.sh"), {"QEMU_MODULE_DIR": os.devnull},
             "That of Debian sid, with its own libraries. Its own CPU model and firmware, otherwise Weft's options."),
        V86("v86", "v86", "From npm, under Weft's Node.js, with Debian's SeaBIOS, and with Debian bookworm's i386 kernel and"
            " busybox (no later Debian has an i386 kernel). The same /init, kernel options and C programs, these built for"
            " i386 with SSE2; each runs in the booted guest, and its time is by the guest's clock."),
        Native("host", "native", "The same C, the same compiler and options, for this machine; no emulation."),
    ]
