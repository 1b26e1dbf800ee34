import { UserEntity } from '../../../users/index.js';
import { AI_DEFAULTS } from '../../ai-settings.js';
import { BotEndpointEntity, BotEntity } from '../../bot.entity.js';
import { PlatformUpdateBotDto } from './bots.platform.requests.dto.js';
import { toPlatformBot, toUpdateBot } from './bots.platform.mapper.js';

const endpoint = (fields: Partial<BotEndpointEntity>) => Object.assign(new BotEndpointEntity(), fields);

function aBot(endpoints: BotEndpointEntity[]) {
  const bot = Object.assign(new BotEntity(), { id: 'b', type: '', createdAt: new Date(1_790_000_000_999), endpoints });
  return { bot, user: Object.assign(new UserEntity(), { id: 'b', nickname: 'B', profileUrl: '', metadata: {} }) };
}

describe('toPlatformBot', () => {
  it('maps times to whole seconds', () => {
    expect(toPlatformBot({ ...aBot([]), token: 't' }).created_at).toBe(1_790_000_000);
  });

  it('maps only the callback of the Platform API', () => {
    const client = endpoint({ transport: 'callback', format: 'client', url: 'https://client.example' });
    const platform = endpoint({ transport: 'callback', format: 'platform', url: 'https://platform.example' });
    expect(toPlatformBot({ ...aBot([client]), token: 't' }).bot_callback_url).toBe('');
    expect(toPlatformBot({ ...aBot([client, platform]), token: 't' }).bot_callback_url).toBe(
      'https://platform.example',
    );
  });

  it('maps ai only for AI bots', () => {
    expect(toPlatformBot({ ...aBot([]), token: 't' })).not.toHaveProperty('ai');
    const ai = endpoint({ transport: 'ai', format: 'none', ai: AI_DEFAULTS });
    expect(toPlatformBot({ ...aBot([ai]), token: 't' }).ai).toMatchObject({ backend: 'chatgpt', max_tokens: 256 });
  });
});

it('toUpdateBot maps only the given ai settings', () => {
  const body = Object.assign(new PlatformUpdateBotDto(), { ai: { temperature: 0, top_p: undefined } });
  expect(toUpdateBot(body).ai).toEqual({ temperature: 0 });
  expect(toUpdateBot(new PlatformUpdateBotDto()).ai).toBeUndefined();
});
