import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** @returns the path of a Chromium that is installed here; CHROMIUM_PATH, when it is set, goes before */
export function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.CHROMIUM_PATH ?? '', ...candidates].find((path) => path !== '' && isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** `describe` where there is a Chromium to start; elsewhere the tests are skipped, and the run says so. */
export function describeWithBrowser(name: string, tests: (executablePath: string) => void): void {
  const path = findBrowser();
  if (path) return describe(name, () => tests(path));
  process.stderr.write(`Skipped "${name}": none of ${NAMES.join(', ')} is on PATH\n`);
  describe.skip(name, () => tests(''));
}
