import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** @returns the path of an installed Chromium; CHROMIUM_PATH has precedence */
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

/** `describe` if Chromium is installed; otherwise the tests are skipped, and the run reports it. */
export function describeWithBrowser(name: string, tests: (executablePath: string) => void): void {
  const path = findBrowser();
  if (path) return describe(name, () => tests(path));
  process.stderr.write(`Skipped "${name}": none of ${NAMES.join(', ')} is on PATH\n`);
  describe.skip(name, () => tests(''));
}
