import { type Actor, SYSTEM_ACTOR } from '../../src/modules/auth/index.js';
import { BotEndpointsService, BotsService } from '../../src/modules/bots/index.js';
import { type RunningDomain, startDomain } from '../support/domain.js';

describe('the endpoints of a bot', () => {
  let domain: RunningDomain;
  beforeAll(async () => void (domain = await startDomain()));
  afterAll(() => domain.close());

  it('rejects a callback of the platform format, which the API token signs, from the bot itself', async () => {
    const { bot } = await domain.module.get(BotsService, { strict: false }).create(SYSTEM_ACTOR, { nickname: 'Bot' });
    const endpoints = domain.module.get(BotEndpointsService, { strict: false });
    const actor: Actor = { kind: 'bot', id: bot.id, scopes: [] };
    const at = { transport: 'callback', url: 'http://127.0.0.1:9999/x' } as const;
    await expect(endpoints.set(actor, bot.id, { ...at, format: 'platform' })).rejects.toMatchObject({
      code: 'auth.operator_only',
    });
    expect(await endpoints.set(actor, bot.id, { ...at, format: 'client' })).toMatchObject({ format: 'client' });
    expect(await endpoints.set(SYSTEM_ACTOR, bot.id, { ...at, format: 'platform' })).toMatchObject({
      format: 'platform',
    });
  });
});
