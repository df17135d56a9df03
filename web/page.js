/* The page: settings and their address, start, one machine or two. */
import { UserFiles } from './files.js';
import { sizeText } from './format.js';
import { machineOptions, parseSettings, settingsQuery } from './settings.js';

/* Machines by view: title, and what differs from the settings. */
const VIEWS = {
  one: [['Machine', {}]],
  both: [['Module per block', { mode: 'tb' }], ['Batches', { mode: 'batch' }]],
};
const SLOT_WORDS = { kernel: 'Kernel', initrd: 'Initial ramdisk', disk: 'Disk image' };

const form = document.getElementById('settings');
const place = document.getElementById('machines');
const startButton = document.getElementById('start');
const optionsBox = document.getElementById('options');
const notice = document.getElementById('notice');
const problem = document.getElementById('problem');

let machines = [];
let shown = null; // of which settings `machines` is the view

function say(text) {
  notice.textContent = text;
}

// ---- settings, form and address ----

function fillForm(settings) {
  for (const [name, value] of Object.entries(settings)) {
    const field = form.elements[name];
    field[field.type === 'checkbox' ? 'checked' : 'value'] = value;
  }
}

function readForm() {
  const query = new URLSearchParams();
  for (const field of form.elements) {
    if (field.name) {
      query.set(field.name, field.type === 'checkbox' ? Number(field.checked) : field.value.trim());
    }
  }
  return parseSettings(query).settings;
}

/* The form has changed: the address says so, and while nothing runs the machines are shown as they will be. */
function takeSettings() {
  const settings = readForm();
  form.elements.mode.disabled = settings.view === 'both';
  history.replaceState(null, '', settingsQuery(settings) || location.pathname);
  if (machines.every((machine) => machine.state === 'off')) {
    showMachines(settings);
  } else {
    say('It is for the next start.');
  }
}

const userFiles = new UserFiles(form, (slot, file) => {
  say(file ? `${SLOT_WORDS[slot]}: ${file.name}, ${sizeText(file.size)}. It is not part of the link.`
    : `${SLOT_WORDS[slot]}: its address`);
});

// ---- machines ----

function showMachines({ view, reader }) {
  const wanted = `${view} ${reader}`;
  if (shown === wanted) {
    return;
  }
  shown = wanted;
  for (const machine of machines) {
    machine.remove();
  }
  place.dataset.view = view;
  machines = [];
  for (const [title] of VIEWS[view]) {
    machines.push(new MachineView(place, title, { screenReader: reader, onState: showStart, peers: machines }));
  }
}

function showStart() {
  startButton.disabled = machines.some((machine) => machine.state !== 'off');
}

function start() {
  if (startButton.disabled) {
    return;
  }
  const settings = readForm();
  showMachines(settings);
  optionsBox.open = false;
  problem.textContent = '';
  say('');
  VIEWS[settings.view].forEach(([, own], i) =>
    machines[i].start(machineOptions({ ...settings, ...own }, userFiles.files)));
  machines[0].terminal.focus();
}

// ---- at once ----

form.addEventListener('submit', (event) => {
  event.preventDefault();
  start();
});
startButton.disabled = true;
const { settings, problems } = parseSettings(location.search);
problem.textContent = problems.join(' ');
fillForm(settings);
form.elements.mode.disabled = settings.view === 'both';
optionsBox.open = !settings.autostart || problems.length > 0;

// The terminal's code, its first layout and the start are tasks of their own, so that none is long.
const nextTask = () => new Promise((done) => setTimeout(done));
const { MachineView } = await import('./machine-view.js').catch((error) => {
  problem.textContent = `The page is not complete: ${error.message}`;
  throw error;
});
await nextTask();
showMachines(readForm());
showStart();

// ---- events ----

form.addEventListener('invalid', () => { optionsBox.open = true; }, true);
form.addEventListener('change', takeSettings);
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  machines[0].terminal.focus();
});
document.getElementById('link').addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(location.href);
    say('The link to this machine is on the clipboard.');
  } catch {
    say(`The link to this machine: ${location.href}`);
  }
});

document.addEventListener('dragover', (event) => {
  if (event.dataTransfer.types.includes('Files')) {
    event.preventDefault();
    document.body.classList.add('dropping');
  }
});
document.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) {
    document.body.classList.remove('dropping');
  }
});
document.addEventListener('drop', async (event) => {
  document.body.classList.remove('dropping');
  if (event.dataTransfer.files.length) {
    event.preventDefault();
    optionsBox.open = true;
    await userFiles.drop([...event.dataTransfer.files], event.target.closest?.('[data-slot]')?.dataset.slot);
  }
});

// For scripts and tests: weftPage.machines[0].terminal, .vm, .times, .state
globalThis.weftPage = { get machines() { return machines; } };
if (settings.autostart && !problems.length) {
  await nextTask();
  start();
}
