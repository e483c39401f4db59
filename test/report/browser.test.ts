/**
 * Faults modelled: a report that is wider than the screen, charts that are empty, texts that are cut off or lie on each other.
 * In a real browser, Debian's chromium; screenshots go to HEADRACE_SCREENSHOTS, or to a temporary directory.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drillReport } from '../../ops/report/drill-report.ts';
import { reports } from './reports.ts';

const kept = process.env['HEADRACE_SCREENSHOTS'];
const root = kept ?? mkdtempSync(join(tmpdir(), 'headrace-report-'));
const BROWSERS = [process.env['HEADRACE_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'];
let browser: Browser;

beforeAll(async () => {
  const executablePath = BROWSERS.find((path) => path && existsSync(path));
  if (!executablePath) {
    throw new Error('no browser: apt-get install chromium, or name one in HEADRACE_CHROMIUM');
  }
  mkdirSync(root, { recursive: true });
  // Containers run tests as root, whom chromium's sandbox refuses; the page is this project's own file.
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  if (!kept) rmSync(root, { recursive: true, force: true });
});

const SCREENS = [
  ['desktop', 1280, 900],
  ['phone', 390, 844],
] as const;
const SCHEMES = ['light', 'dark'] as const;

/** Evaluated in the page: what is wrong with it as it is drawn. */
const LOOK = readFileSync(new URL('./look.js', import.meta.url), 'utf8');
/** What `look.js` finds: texts of the elements at fault. */
interface Seen
  extends Readonly<Record<'charts' | 'empty' | 'outside' | 'cut' | 'small' | 'touching', readonly string[]>> {
  /** Pixels by which the page is wider than the screen. */
  readonly overflow: number;
  readonly background: string;
}

describe.each(reports())('the report of a %s', (name, result, history) => {
  const file = join(root, `${name}.html`);
  beforeAll(() => writeFileSync(file, drillReport(result, history)));

  it.each(
    SCREENS.flatMap(([screen, width, height]) => SCHEMES.map((scheme) => [screen, scheme, width, height] as const)),
  )('is readable on a %s, %s', async (screen, scheme, width, height) => {
    const page = await browser.newPage({
      viewport: { width, height },
      colorScheme: scheme,
      deviceScaleFactor: width < 500 ? 2 : 1,
    });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    const picture = join(root, `${name}-${screen}-${scheme}.png`);
    await page.screenshot({ path: picture, fullPage: true });
    const { background, charts, ...faults } = await page.evaluate<Seen>(LOOK);
    await page.close();
    expect(faults).toEqual({ overflow: 0, empty: [], outside: [], cut: [], small: [], touching: [] });
    expect(charts.slice(0, 2)).toEqual(['Timeline of the drill by region', 'Committed outputs over time by region']);
    expect(requests).toEqual([pathToFileURL(file).href]);
    expect(background).toBe(scheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(15, 20, 26)');
    expect(statSync(picture).size).toBeGreaterThan(20_000);
  });
});
