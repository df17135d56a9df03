/*
 * Runs the cases in one browser: node browser.mjs SETTINGS (JSON: browser, executable, modules, sites,
 * profile, only, full). Prints TAP.
 */
import { cases } from './cases.mjs';
import { launch } from './launch.mjs';
import { cases as pageCases } from './page.test.mjs';

const settings = JSON.parse(process.argv[2]);
// It is for us to end the browser when we are ended.
const browser = await launch(settings, { handleSIGTERM: true });

async function runCase(test) {
  const page = await browser.newPage();
  const said = [];
  page.on('pageerror', (e) => said.push(e.message));
  const open = (site, path = '/pages/blank.html') => page.goto(site + path);
  try {
    return { remark: await test.run({ page, sites: settings.sites, open, browser, full: settings.full }) };
  } catch (error) {
    return { error: [error.stack ?? String(error), ...said].join('\n') };
  } finally {
    await page.close().catch(() => {});
  }
}

let n = 0, failed = 0;
try {
  for (const test of [...cases, ...pageCases]) {
    const browsers = (settings.full || settings.only ? null : test.sample) ?? test.browsers ?? [settings.browser];
    if (!browsers.includes(settings.browser) ||
        settings.only && !test.name.includes(settings.only)) {
      continue;
    }
    const start = Date.now();
    const { remark, error } = await runCase(test);
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    console.log(`${error ? 'not ok' : 'ok'} ${++n} - ${test.name} (${seconds} s)${remark ? `: ${remark}` : ''}`);
    if (error) {
      failed++;
      console.log(error.replace(/^/gm, '#   '));
    }
  }
} finally {
  await browser.close();
}
console.log(`1..${n}`);
process.exitCode = failed ? 1 : 0;
