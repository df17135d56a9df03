/*
 * Files of one machine: the program's open(), read() and write() in the host worker. A file is
 * bytes in memory, or a Blob that is read where it lies and whose changes are kept in memory. Under
 * Node.js every other path is the file system's.
 *
 * These files in host/ are appended to the program's ES module, in the order that
 * runtime/meson.build gives: they share one scope. Errors have a `code`, as those of Node.js.
 */
class WeftError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/* Bytes that can grow. */
class WeftMemoryFile {
  constructor(bytes = new Uint8Array(0)) {
    this.bytes = bytes;
    this.size = bytes.length;
  }

  read(into, position) {
    const n = Math.max(0, Math.min(into.length, this.size - position));
    into.set(this.bytes.subarray(position, position + n));
    return n;
  }

  write(bytes, position) {
    const end = position + bytes.length;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      larger.set(this.bytes.subarray(0, this.size));
      this.bytes = larger;
    }
    this.bytes.set(bytes, position);
    this.size = Math.max(this.size, end);
    return bytes.length;
  }

  contents() {
    return new Blob([this.bytes.subarray(0, this.size)]);
  }
}

/* A Blob and what was written since, in blocks. Only workers of a page can read a Blob at once. */
class WeftBlobFile {
  static BLOCK = 1 << 16;

  constructor(blob) {
    this.blob = blob;
    this.size = blob.size;
    this.changed = new Map();
  }

  block(index) {
    const start = index * WeftBlobFile.BLOCK;
    const part = this.blob.slice(start, start + WeftBlobFile.BLOCK);
    return new Uint8Array(new FileReaderSync().readAsArrayBuffer(part));
  }

  // Calls fn(block index, offset in the block, offset in the range, length) for all of a range.
  pieces(position, length, fn) {
    for (let done = 0; done < length;) {
      const at = position + done;
      const offset = at % WeftBlobFile.BLOCK;
      const n = Math.min(length - done, WeftBlobFile.BLOCK - offset);
      fn((at - offset) / WeftBlobFile.BLOCK, offset, done, n);
      done += n;
    }
  }

  read(into, position) {
    const length = Math.max(0, Math.min(into.length, this.size - position));
    // At once what is asked for, then what has changed of it.
    const part = this.blob.slice(position, position + length);
    into.set(new Uint8Array(new FileReaderSync().readAsArrayBuffer(part)));
    if (this.changed.size) {
      this.pieces(position, length, (index, offset, done, n) => {
        const block = this.changed.get(index);
        if (block) {
          into.set(block.subarray(offset, offset + n), done);
        }
      });
    }
    return length;
  }

  write(bytes, position) {
    const length = Math.max(0, Math.min(bytes.length, this.size - position));
    this.pieces(position, length, (index, offset, done, n) => {
      let block = this.changed.get(index);
      if (!block) {
        block = this.block(index);
        this.changed.set(index, block);
      }
      block.set(bytes.subarray(done, done + n), offset);
    });
    return length;
  }

  contents() {
    const parts = [];
    let end = 0; // of what is in parts
    for (const index of [...this.changed.keys()].sort((a, b) => a - b)) {
      const start = index * WeftBlobFile.BLOCK;
      parts.push(this.blob.slice(end, start), this.changed.get(index));
      end = start + this.changed.get(index).length;
    }
    return new Blob([...parts, this.blob.slice(end)]);
  }
}

class WeftFiles {
  static FIRST = 16; // handles below are the console's

  constructor(system) {
    this.system = system; // Node's `fs`, or null
    this.byPath = new Map();
    this.open_ = new Map();
    this.next = WeftFiles.FIRST;
    this.onClosed = new Map(); // by path: called with the bytes of a file that was written
  }

  add(path, file, once = false) {
    file.once = once; // read by the program at the start, and never again
    this.byPath.set(path, file);
  }

  // mode: host.h's HostOpen.
  open(path, mode) {
    let file = this.byPath.get(path);
    if (mode === 2 && (file || !this.system || path.startsWith('/weft/') || this.onClosed.has(path))) {
      file = new WeftMemoryFile();
      file.written = true;
      this.byPath.set(path, file);
    }
    if (!file && !this.system) {
      throw new WeftError(path, 'ENOENT');
    }
    const fd = this.next++;
    this.open_.set(fd, { path, file: file ?? this.openSystem(path, mode), written: mode === 2 });
    return fd;
  }

  openSystem(path, mode) {
    const fs = this.system;
    const fd = fs.openSync(path, ['r', 'r+', 'w'][mode]);
    const stat = fs.fstatSync(fd);
    if (stat.isDirectory()) {
      fs.closeSync(fd);
      throw new WeftError(path, 'EISDIR');
    }
    return {
      get size() {
        if (!stat.isFile()) {
          throw new WeftError(path, 'ESPIPE');
        }
        return fs.fstatSync(fd).size;
      },
      read: (into, position) => fs.readSync(fd, into, 0, into.length, position),
      // A pipe or a terminal takes no position.
      write: (bytes, position, next) => fs.writeSync(fd, bytes, 0, bytes.length, next ? null : position),
      sync: () => fs.fdatasyncSync(fd),
      close: () => fs.closeSync(fd),
    };
  }

  at(fd) {
    const open = this.open_.get(fd);
    if (!open) {
      throw new WeftError(`handle ${fd}`, 'EBADF');
    }
    return open;
  }

  size(fd) {
    return this.at(fd).file.size;
  }

  read(fd, into, position) {
    const open = this.at(fd);
    open.complete = position + into.length >= open.file.size;
    return open.file.read(into, position);
  }

  // position < 0: where this handle has written up to.
  write(fd, bytes, position) {
    const open = this.at(fd);
    const next = position < 0;
    const at = next ? open.end ?? 0 : position;
    const n = open.file.write(bytes, at, next);
    if (next) {
      open.end = at + n;
    }
    open.file.written = true;
    return n;
  }

  sync(fd) {
    this.at(fd).file.sync?.();
    return 0;
  }

  close(fd) {
    const { path, file, written, complete } = this.at(fd);
    this.open_.delete(fd);
    file.close?.();
    if (file.once && complete) {
      // The program has its own copy: this one may be large.
      this.byPath.delete(path);
    }
    if (written) {
      this.onClosed.get(path)?.(file);
    }
  }

  // By path: as Blobs, those of our files that the program has written.
  written() {
    const changed = [...this.byPath].filter(([, file]) => file.written);
    return new Map(changed.map(([path, file]) => [path, file.contents()]));
  }

  contents(path) {
    const file = this.byPath.get(path);
    if (!file) {
      throw new WeftError(`there is no file '${path}'`, 'ENOENT');
    }
    return file.contents();
  }
}
