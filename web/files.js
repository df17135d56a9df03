/* Files of the user: chosen in the form or dropped on the page. Of a dropped file is found out what it is. */

const SLOTS = ['kernel', 'initrd', 'disk'];
const CPIO = ['070701', '070702'];
const NAMES = [[/initr|cpio/i, 'initrd'], [/^(vm)?linu[xz]|^image\b|kernel/i, 'kernel']];

/* The first bytes, unpacked if they are of a gzip file. */
async function head(file) {
  let stream = file.slice(0, 65536).stream();
  const [a, b] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (a === 0x1f && b === 0x8b && typeof DecompressionStream === 'function') {
    stream = stream.pipeThrough(new DecompressionStream('gzip'));
  }
  // One piece is enough; the rest is cut off in its middle, which is no error here.
  const reader = stream.getReader();
  const { value } = await reader.read();
  reader.cancel().catch(() => {});
  return value ?? new Uint8Array();
}

/* 'kernel', 'initrd' or 'disk': by its content, or else by its name. */
export async function kindOf(file) {
  const bytes = await head(file).catch(() => new Uint8Array());
  const text = (from, to) => String.fromCharCode(...bytes.subarray(from, to));
  // The header of a RISC-V Image has its magic number at byte 0x38.
  if (text(0x38, 0x3c) === 'RSC\x05') {
    return 'kernel';
  }
  if (CPIO.includes(text(0, 6))) {
    return 'initrd';
  }
  return NAMES.find(([pattern]) => pattern.test(file.name))?.[1] ?? 'disk';
}

export class UserFiles {
  #slots;
  #onChange;

  /* root holds the .slot elements; onChange(slot, file or null). */
  constructor(root, onChange) {
    this.#onChange = onChange;
    this.#slots = new Map(SLOTS.map((name) => {
      const slot = root.querySelector(`[data-slot=${name}]`);
      const address = slot.querySelector('input:not([type])');
      const input = slot.querySelector('input[type=file]');
      const button = slot.querySelector('button');
      input.addEventListener('change', () => this.#show(name));
      button.addEventListener('click', () => {
        input.value = '';
        this.#show(name);
        address.focus();
      });
      return [name, { address, input, button }];
    }));
  }

  #show(name) {
    const { address, input, button } = this.#slots.get(name);
    const file = input.files[0] ?? null;
    address.disabled = Boolean(file);
    button.hidden = !file;
    this.#onChange(name, file);
  }

  /* By slot, those that there are. */
  get files() {
    const chosen = [...this.#slots].map(([name, { input }]) => [name, input.files[0]]);
    return Object.fromEntries(chosen.filter(([, file]) => file));
  }

  /* Takes dropped files, into the slot they were dropped on or where they belong. */
  async drop(files, slot) {
    for (const file of files) {
      const name = slot ?? await kindOf(file);
      const transfer = new DataTransfer();
      transfer.items.add(file);
      this.#slots.get(name).input.files = transfer.files;
      this.#show(name);
    }
  }
}
