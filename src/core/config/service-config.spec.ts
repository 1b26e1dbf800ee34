import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingsError } from './load-settings.js';
import { loadServiceConfig, ServiceConfig } from './service-config.js';

describe('loadServiceConfig', () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-config-'));
    file = join(folder, 'config.json');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function load(content: unknown): Promise<ServiceConfig> {
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return loadServiceConfig(file);
  }

  async function faultsOf(content: unknown): Promise<string[]> {
    const error: unknown = await load(content).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).faults;
  }

  it('returns the defaults without a file', async () => {
    expect(await loadServiceConfig(undefined)).toEqual(new ServiceConfig());
  });

  it('keeps the defaults of fields that the file omits', async () => {
    const config = await load({ service: { name: 'Tavern' }, limits: { user: { maxNicknameLength: 20 } } });
    const expected = new ServiceConfig();
    expected.service.name = 'Tavern';
    expected.limits.user.maxNicknameLength = 20;
    expect(config).toEqual(expected);
  });

  it('reads links', async () => {
    const socials = [{ title: 'Forum', url: 'https://forum.example' }];
    expect((await load({ service: { socials } })).service.socials).toEqual(socials);
  });

  it('reports all faults at once, each with its file and path', async () => {
    const faults = await faultsOf({
      service: { name: 7, socials: [{ title: 'Forum', url: 'not a link' }, 'nonsense'] },
      limits: { user: { minNicknameLength: 0 }, message: { maxBodyLength: '4096', maxAttachedFiles: 1.5 } },
    });
    for (const fault of faults) expect(fault).toContain(`CONFIG_FILE ${file}: `);
    const places = ['service.name', 'service.socials.0.url', 'service.socials.1', 'limits.user.minNicknameLength'];
    for (const place of [...places, 'limits.message.maxBodyLength', 'limits.message.maxAttachedFiles']) {
      expect(faults).toContainEqual(expect.stringContaining(`: ${place}`));
    }
  });

  it('rejects unknown fields', async () => {
    const faults = await faultsOf({ limits: { user: { maxNickLength: 8 } }, servise: {} });
    expect(faults).toEqual([
      expect.stringContaining('servise: property servise should not exist'),
      expect.stringContaining('limits.user.maxNickLength: property maxNickLength should not exist'),
    ]);
  });

  it('treats an empty avatar as none', async () => {
    expect((await load({ service: { avatar: '' } })).service.avatar).toBe('');
  });

  it('rejects a minimum nickname length above the maximum', async () => {
    const faults = await faultsOf({ limits: { user: { minNicknameLength: 9, maxNicknameLength: 8 } } });
    expect(faults).toEqual([expect.stringContaining('minNicknameLength must not be greater')]);
  });

  it.each([
    ['no JSON', '{ "service": '],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['a service that is none', '{"service": null}'],
    ['limits that are none', '{"limits": 5}'],
  ])('refuses %s', async (_what, content) => {
    expect(await faultsOf(content)).not.toEqual([]);
  });

  it('reports a missing file', async () => {
    const missing = join(folder, 'nothing.json');
    await expect(loadServiceConfig(missing)).rejects.toThrow(new RegExp(`CONFIG_FILE ${missing}.*ENOENT`));
  });
});
