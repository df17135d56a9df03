"""Runs the emulators of the tests: Weft's builds and the reference (QEMU 10 or newer)."""
import os
import signal
import subprocess

import stress

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# The reference with exactly the extensions that Weft has, so that reserved encodings and CSRs agree.
REF_CPU = ("rv64i,m=on,a=on,f=on,d=on,c=on,s=on,u=on,zicsr=on,zifencei=on,zicntr=on,zihpm=off,pmu-mask=0,"
           "zba=on,zbb=on,zbs=on,sstc=on,svadu=on,sv39=on,sv48=on,mmu=on,pmp=on,debug=off,priv_spec=v1.13.0")


class Unavailable(Exception):
    """An emulator that cannot be had; the text says why."""


class Emulator:
    def __init__(self, name, command, timeout_factor=1):
        self.name, self.command, self.timeout_factor = name, command, timeout_factor

    def run(self, arguments, timeout, stdin=b""):
        """(status, console output). status is None after a timeout."""
        return run_command(self.command + arguments, timeout * self.timeout_factor, stdin)

    def run_elf(self, elf, timeout, extra=()):
        """A guest program in M-mode, without firmware."""
        return self.run(["-M", "virt", "-m", "64M", "-nographic", "-bios", "none", "-kernel", elf, *extra],
                        timeout)


def run_command(command, timeout, stdin=b""):
    """(status, standard output). What a run that fails says on standard error is appended."""
    # A QEMU run through its own ld.so must not load the system's modules.
    environment = dict(os.environ, QEMU_MODULE_DIR=os.devnull)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True, env=environment) as process:
        try:
            output, errors = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            return None, output + errors
    return process.returncode, output + (errors if process.returncode else b"")


def reference():
    """QEMU as the reference. Raises Unavailable. WEFT_REFERENCE names another qemu-system-riscv64."""
    path = os.environ.get("WEFT_REFERENCE")
    if path and not os.access(path, os.X_OK):
        raise Unavailable("no reference emulator: WEFT_REFERENCE=%s cannot be run" % path)
    if not path:
        script = os.path.join(ROOT, "scripts", "qemu-ref.sh")
        try:
            result = subprocess.run([script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True, check=False)
        except OSError as e:
            raise Unavailable("no reference emulator: %s" % e) from e
        if result.returncode:
            reason = result.stderr.strip().splitlines()
            raise Unavailable("no reference emulator: " + (reason[-1] if reason else script))
        path = result.stdout.strip()
    return Emulator("reference", [path])


def reference_cpu(extra=""):
    return ["-cpu", REF_CPU + extra]


def weft(path, factor=1, accel=None, extra=()):
    """A build of Weft. Raises Unavailable when it has not been built."""
    if not os.access(path, os.X_OK):
        raise Unavailable("%s has not been built" % os.path.relpath(path))
    return Emulator(os.path.relpath(path, ROOT), [path, *accelerator(accel), *extra], factor)


def add_options(parser):
    """What all runners can be told about the emulator under test."""
    parser.add_argument("--accel", metavar="OPTIONS", help="-accel for Weft, such as tcg,jit=tb,threshold=1")
    parser.add_argument("--host", choices=("wasm64l", "wasm64"), help="which of the Node builds (WEFT_HOST)")
    parser.add_argument("--stress", choices=stress.SETTINGS, help="a setting of stress.py, over what --accel says")
    parser.set_defaults(test_options=[])


def use_options(options):
    """From here on build/weft is the build of --host; --stress becomes part of options.accel and test_options."""
    if options.host:
        os.environ["WEFT_HOST"] = options.host
    if options.stress:
        options.accel, options.test_options = stress.apply(options.stress, options.accel)


def accelerator(accel):
    return ["-accel", accel] if accel else []
