// Runs v86 under Node.js like a command: the guest's serial port is standard output, and the process ends when the
// guest has powered off.
//
//     node v86.mjs V86-DIR BZIMAGE INITRD MEMORY-MIB COMMAND-LINE
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [dir, kernel, initrd, memory, commandLine] = process.argv.slice(2);
if (!commandLine) {
    console.error("usage: v86.mjs V86-DIR BZIMAGE INITRD MEMORY-MIB COMMAND-LINE");
    process.exit(2);
}
const build = join(dir, "node_modules", "v86", "build");
const { V86 } = await import(pathToFileURL(join(build, "libv86.mjs")));

const file = (path) => ({ buffer: new Uint8Array(readFileSync(path)).buffer });
const emulator = new V86({
    wasm_path: join(build, "v86.wasm"),
    bios: file(join(dir, "bios.bin")),
    vga_bios: file(join(dir, "vgabios.bin")),
    bzimage: file(kernel),
    initrd: file(initrd),
    cmdline: commandLine,
    memory_size: Number(memory) << 20,
    vga_memory_size: 2 << 20,
    autostart: true,
    disable_keyboard: true,
    disable_mouse: true,
    disable_speaker: true,
});

// A whole line at a time, as it is complete: who reads takes the time of its arrival.
let line = [];
emulator.add_listener("serial0-output-byte", (byte) => {
    line.push(byte);
    if (byte !== 10) {
        return;
    }
    const bytes = Buffer.from(line);
    line = [];
    writeSync(1, bytes);
    // Without ACPI the machine cannot be switched off: the kernel halts, and says so.
    if (/reboot: (Power down|System halted)/.test(bytes.toString("latin1"))) {
        process.exit(0);
    }
});
