import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../../src/core/config/load-settings.js';
import { AppSettings } from '../../src/app/settings.js';
import { SECRET_NAMES } from '../../src/core/config/settings.js';

interface Line {
  name: string;
  value: string;
  /** The comment directly above. */
  meaning: string;
}

const lines = parse(readFileSync(join(__dirname, '../../.env.example'), 'utf8'));
const names = Object.keys(new AppSettings());

describe('.env.example', () => {
  it('lists every setting exactly once', () => {
    expect(lines.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  it('describes each setting in a sentence', () => {
    expect(lines.filter(({ meaning }) => !/^\S.{10,}\.$/.test(meaning)).map(({ name }) => name)).toEqual([]);
  });

  it('shows the default of each setting, and no secret', () => {
    const secrets = Object.fromEntries(SECRET_NAMES.map((name) => [name, 'long enough for each of them'.repeat(2)]));
    const defaults = loadSettings(AppSettings, secrets) as unknown as Record<string, unknown>;
    const isSecret = (name: string) => (SECRET_NAMES as readonly string[]).includes(name);
    const shown = Object.fromEntries(lines.map(({ name, value }) => [name, value]));
    const expected = Object.fromEntries(
      names.map((name) => [name, isSecret(name) ? '' : String(defaults[name] ?? '')]),
    );
    expect(shown).toEqual(expected);
  });
});

function parse(text: string): Line[] {
  const rows = text.split('\n');
  return rows.flatMap((row, index) => {
    const [, name, value] = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(row) ?? [];
    if (name === undefined) return [];
    return [{ name, value, meaning: (rows[index - 1] ?? '').replace(/^#\s*/, '') }];
  });
}
