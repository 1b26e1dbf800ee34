import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinSettings } from './join-settings.js';
import { loadSettings } from './load-settings.js';
import { fillSecrets } from './secrets.js';
import { SECRET_NAMES } from './settings.js';

describe('fillSecrets', () => {
  let folder: string;
  let dataDir: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-secrets-'));
    dataDir = join(folder, 'not', 'there', 'yet');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const readFileOf = async (): Promise<Record<string, string>> =>
    JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;

  it('generates valid missing secrets and stores them in a private file', async () => {
    const { env, created } = await fillSecrets({ PORT: '1' }, dataDir);
    expect(Object.keys(created).sort()).toEqual([...SECRET_NAMES].sort());
    expect(loadSettings(joinSettings(), env)).toMatchObject({ ...created, PORT: 1 });
    expect(await readFileOf()).toEqual(created);
    expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['secrets.json']);
  });

  it('generates nothing the second time', async () => {
    const first = await fillSecrets({}, dataDir);
    const second = await fillSecrets({}, dataDir);
    expect(second.created).toEqual({});
    expect(second.env).toEqual(first.env);
  });

  it('generates empty secrets and keeps those that are set', async () => {
    const { env, created } = await fillSecrets({ API_TOKEN: 'given', JWT_SECRET_KEY: '' }, dataDir);
    expect(env.API_TOKEN).toBe('given');
    expect(created).not.toHaveProperty('API_TOKEN');
    expect(env.JWT_SECRET_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect(await readFileOf()).not.toHaveProperty('API_TOKEN');
  });

  it('adds secrets that the stored file lacks', async () => {
    const { created } = await fillSecrets({}, dataDir);
    const { ENCRYPTION_KEY: added, ...older } = created;
    await writeFile(join(dataDir, 'secrets.json'), JSON.stringify(older));
    const second = await fillSecrets({}, dataDir);
    expect(Object.keys(second.created)).toEqual(['ENCRYPTION_KEY']);
    expect(second.created.ENCRYPTION_KEY).not.toBe(added);
    expect(await readFileOf()).toEqual({ ...older, ...second.created });
  });

  it('returns the same secrets to processes that start at the same time', async () => {
    const starts = await Promise.all(Array.from({ length: 8 }, () => fillSecrets({}, dataDir)));
    for (const { env } of starts) expect(env).toEqual(await readFileOf());
    expect(await readdir(dataDir)).toEqual(['secrets.json']);
  });

  it('generates nothing in production', async () => {
    expect(await fillSecrets({ NODE_ENV: 'production' }, dataDir)).toEqual({
      env: { NODE_ENV: 'production' },
      created: {},
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not replace an unreadable file', async () => {
    await fillSecrets({}, dataDir);
    await writeFile(join(dataDir, 'secrets.json'), '{ torn');
    await expect(fillSecrets({}, dataDir)).rejects.toThrow(/Cannot read .*secrets\.json/);
    expect(await readFile(join(dataDir, 'secrets.json'), 'utf8')).toBe('{ torn');
  });
});
