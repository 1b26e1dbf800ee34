import { rotateEncryptionKey } from '../../src/app/rotate-encryption-key.js';
import { AiSettingsService } from '../../src/modules/ai/index.js';
import { SYSTEM_ACTOR } from '../../src/modules/auth/index.js';
import { BotEndpointsService, BotsService } from '../../src/modules/bots/index.js';
import { runSql } from '../support/databases.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { createMigratedDatabase } from '../support/migrated-database.js';

const [OLD, NEW] = ['the old key of this installation, long', 'the new key of this installation, long'];
const WEBHOOK = ['callback', 'client'] as const;

describe('rotateEncryptionKey', () => {
  const open = (DATABASE_URL: string, ENCRYPTION_KEY: string): Promise<RunningDomain> =>
    startDomain({ DATABASE_URL, ENCRYPTION_KEY });

  /** Decrypts all secrets of a bot. */
  const reveal = async ({ module }: RunningDomain, botId: string) => {
    const endpoints = module.get(BotEndpointsService, { strict: false });
    const endpoint = await endpoints.get(SYSTEM_ACTOR, botId, ...WEBHOOK);
    const { token } = await module.get(BotsService, { strict: false }).getWithToken(SYSTEM_ACTOR, botId);
    const authorization = endpoints.revealAuthorization(endpoint);
    return { token, authorization, signingSecret: endpoints.revealSigningSecret(endpoint) };
  };

  it('encrypts every stored secret with the new key, or none of them', async () => {
    const database = await createMigratedDatabase();
    let domain = await open(database.url, OLD);
    try {
      const { bot, token } = await domain.module
        .get(BotsService, { strict: false })
        .create(SYSTEM_ACTOR, { nickname: 'Bot' });
      const [transport, format] = WEBHOOK;
      const endpoint = { transport, format, url: 'http://127.0.0.1:9999/x', authorization: 'a secret' };
      await domain.module.get(BotEndpointsService, { strict: false }).set(SYSTEM_ACTOR, bot.id, endpoint);
      const tool = { name: 't', description: 'd', url: 'https://127.0.0.1/t', parameters: { type: 'object' } };
      const change = { apiKey: 'sk-0123', tools: [tool], fallback: [{ model: 'm', apiKey: 'sk-4567' }] };
      await domain.module.get(AiSettingsService, { strict: false }).set(SYSTEM_ACTOR, bot.id, change);
      const before = await reveal(domain, bot.id);
      expect(before).toMatchObject({ token, authorization: 'a secret' });
      await domain.close();

      const stored = () => runSql(database.url, 'SELECT * FROM bot_endpoints ORDER BY id');
      const old = await stored();
      await expect(rotateEncryptionKey(database.url, 'not the old key of this installation', NEW)).rejects.toThrow();
      expect(await stored()).toEqual(old);
      // One token, one Authorization header, two signing secrets; two keys of models and the secret of a tool.
      expect(await rotateEncryptionKey(database.url, OLD, NEW)).toBe(7);
      await expect(rotateEncryptionKey(database.url, OLD, NEW)).rejects.toThrow();

      domain = await open(database.url, NEW);
      expect(await reveal(domain, bot.id)).toEqual(before);
      // The model keys in the AI settings are encrypted with the new key too.
      expect(await rotateEncryptionKey(database.url, NEW, OLD)).toBe(7);
    } finally {
      await domain.close();
      await database.drop();
    }
  });
});
