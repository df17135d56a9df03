/* Starts a headless browser by puppeteer-core: for these tests and for the benchmarks. */
import { createRequire } from 'node:module';

const CHROMIUM = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
                  '--disable-component-update', '--disable-sync'];

/*
 * Browsers keep the bodies of what they tell the driver of, 13 MiB for each machine's files: they are to tell nothing of the
 * network.
 */
const SILENT = { networkEnabled: false };

/*
 * browser: 'chromium' or 'firefox'; executable; modules: the directory with node_modules/puppeteer-core;
 * profile: an empty directory; more: further options of puppeteer's launch(). Returns puppeteer's Browser.
 */
export function launch({ browser, executable, modules, profile }, more = {}) {
  const puppeteer = createRequire(`${modules}/node_modules/`)('puppeteer-core');
  const firefox = browser === 'firefox';
  return puppeteer.launch({
    browser: firefox ? 'firefox' : 'chrome',
    executablePath: executable,
    headless: true,
    userDataDir: profile,
    args: firefox ? [] : CHROMIUM,
    protocolTimeout: 400000,
    ...SILENT,
    ...more,
  });
}
