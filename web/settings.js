/* What a machine is made of, and its form in the page's address: only what differs from the default. */

const text = (value) => ({ value, parse: (given) => given });
const oneOf = (...values) => ({
  value: values[0],
  parse: (given) => (values.includes(given) ? given : undefined),
  expected: values.join(', '),
});
const flag = (value) => ({
  value,
  parse: (given) => (given === '1' ? true : given === '0' ? false : undefined),
  expected: '1 or 0',
});
const integer = (value, least, most) => ({
  value,
  // In all the ways in which a number may be typed in the form.
  parse: (given) => (/^[\d.][\d.eE+-]*$/.test(given) && Number.isInteger(Number(given)) && given >= least && given <= most
    ? Number(given) : undefined),
  expected: `a whole number from ${least} to ${most}`,
});

/* By name, which is also that of the form's field. */
const FIELDS = {
  kernel: text('guest/Image.gz'),
  initrd: text('guest/initramfs.cpio.gz'),
  disk: text(''),
  append: text('earlycon console=ttyS0 cryptomgr.notests'),
  memory: integer(512, 16, 3072),
  view: oneOf('one', 'both'),
  mode: oneOf('batch', 'tb', 'off'),
  threads: oneOf('auto', 'yes', 'no'),
  reader: flag(false),
  autostart: flag(true),
};

const written = (value) => (typeof value === 'boolean' ? Number(value) : value);

/* { settings, problems: [text] } of an address's query. A bad value is told, and the default taken. */
export function parseSettings(query) {
  const given = new URLSearchParams(query);
  const settings = {};
  const problems = [];
  for (const [name, field] of Object.entries(FIELDS)) {
    settings[name] = field.value;
    if (given.has(name)) {
      const value = field.parse(given.get(name));
      if (value === undefined) {
        problems.push(`The address says ${name}=${given.get(name)}, expected is ${field.expected}. ` +
                      `Taken instead: ${written(field.value)}.`);
      } else {
        settings[name] = value;
      }
    }
  }
  for (const name of new Set(given.keys())) {
    if (!Object.hasOwn(FIELDS, name)) {
      problems.push(`The address has an unknown setting: ${name}.`);
    }
  }
  return { settings, problems };
}

/* The query for these settings, with its question mark; '' where everything is the default. */
export function settingsQuery(settings) {
  const query = new URLSearchParams();
  for (const [name, field] of Object.entries(FIELDS)) {
    const value = settings[name];
    if (value !== field.value) {
      query.set(name, written(value));
    }
  }
  return query.size ? `?${query}` : '';
}

/* Options of Weft.create() for these settings; `files`: the user's own, by name, in place of addresses. */
export function machineOptions(settings, files) {
  const kernel = files.kernel ?? settings.kernel;
  const initrd = files.initrd ?? settings.initrd;
  const disk = files.disk ?? settings.disk;
  return {
    memory: settings.memory,
    accel: `tcg,jit=${settings.mode}`,
    ...(kernel && { kernel }),
    ...(initrd && { initrd }),
    ...(disk && { drives: [disk] }),
    ...(settings.append && { append: settings.append }),
    ...(settings.threads !== 'auto' && { threads: settings.threads === 'yes' }),
  };
}
