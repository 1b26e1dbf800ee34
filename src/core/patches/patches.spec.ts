import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = readdirSync(__dirname, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? entry.name : [],
);
const read = (...path: string[]) => readFileSync(join(__dirname, ...path), 'utf8');

describe('patches', () => {
  const { dependencies } = JSON.parse(read('../../../package.json')) as { dependencies: Record<string, string> };
  const index = read('README.md');

  it.each(FOLDERS)('%s explains itself, and was checked with the installed version', (folder) => {
    const text = read(folder, 'README.md');
    const parts = ['Why', 'Upstream', 'Guarded by', 'Can go'];
    expect(parts.filter((part) => !text.includes(`\n**${part}.** `))).toEqual([]);
    const [, name, version] = /^Patches: (?:Node\.js|`(.+)` (\S+))$/m.exec(text) ?? ['', 'none', 'none'];
    expect(version).toBe(name && dependencies[name]);
    expect(index).toContain(`](${folder}/README.md)`);
  });
});
