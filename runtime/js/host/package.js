/*
 * Data packages of Emscripten's file_packager: a script that names files by their place in one data
 * file. Only its facts are read, the script is not run.
 */
class WeftPackage {
  // The JSON object that a script hands to loadPackage(), or that --separate-metadata wrote.
  static metadata(text, what) {
    const call = text.match(/loadPackage\s*\(\s*\{/);
    const start = call ? call.index + call[0].length - 1 : text.search(/\{/);
    if (start < 0) {
      throw new WeftError(`${what}: no data package of file_packager`, 'EINVAL');
    }
    let depth = 0, quoted = false, end = start;
    for (; end < text.length; end++) {
      const c = text[end];
      if (quoted) {
        if (c === '\\') {
          end++;
        }
        quoted = c !== '"';
      } else if (c === '"') {
        quoted = true;
      } else if (c === '{' || c === '[') {
        depth++;
      } else if ((c === '}' || c === ']') && --depth === 0) {
        break;
      }
    }
    let facts;
    try {
      facts = JSON.parse(text.slice(start, end + 1));
    } catch {
      throw new WeftError(`${what}: the list of files cannot be read (no data package?)`, 'EINVAL');
    }
    if (!Array.isArray(facts.files)) {
      throw new WeftError(`${what}: no data package of file_packager`, 'EINVAL');
    }
    if (facts.LZ4 || /\bLZ4\b/.test(text)) {
      throw new WeftError(`${what}: packages with LZ4 are not supported`, 'EINVAL');
    }
    return facts;
  }

  // Name of the data file that a script asks for, relative to itself.
  static dataName(text, what) {
    const name = text.match(/REMOTE_PACKAGE_BASE\s*=\s*["']([^"']+)["']/);
    if (!name) {
      throw new WeftError(`${what}: does not name its data file: give it as \`data\``, 'EINVAL');
    }
    return name[1];
  }

  static addTo(files, facts, data, what) {
    for (const { filename, start, end } of facts.files) {
      if (!(start >= 0 && end >= start && end <= data.length)) {
        throw new WeftError(`${what}: '${filename}' lies outside the data of ${data.length} bytes`,
                            'EINVAL');
      }
      files.add(filename, new WeftMemoryFile(data.slice(start, end)));
    }
  }
}
