import { UserEntity } from '../../../users/index.js';
import { BotEndpointEntity, BotEntity } from '../../bot.entity.js';
import { toClientBot, toClientCreatedBot, toClientWebhook, toCreateBot } from './bots.client.mapper.js';

const aProfile = (bot: Partial<BotEntity> = {}, user: Partial<UserEntity> = {}) => ({
  bot: Object.assign(new BotEntity(), { id: 'b1', type: 'x', description: '', isDisabled: false }, bot),
  user: Object.assign(new UserEntity(), { id: 'b1', nickname: 'Bot', profileUrl: '', metadata: { a: 'b' } }, user),
});
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('Client API bot mapper', () => {
  it('maps the fields of the contract and omits empty ones', () => {
    expect(asJson(toClientBot(aProfile()))).toEqual({ id: 'b1', name: 'Bot' });
    const full = aProfile({ description: 'd' }, { profileUrl: 'https://x/a.png' });
    expect(asJson(toClientBot(full))).toEqual({ id: 'b1', name: 'Bot', description: 'd', avatar: 'https://x/a.png' });
  });

  it('maps a created bot with its key', () => {
    expect(asJson(toClientCreatedBot({ ...aProfile(), token: 'secret' }))).toEqual({
      bot: { id: 'b1', name: 'Bot' },
      key: 'b1:secret',
    });
  });

  it.each<[object, object]>([
    [{ description: 'd'.repeat(512) }, { description: 'd'.repeat(512) }],
    [{ description: 'd'.repeat(513) }, { description: undefined }],
    [{ description: 'é'.repeat(257) }, { description: undefined }],
    [{ avatar: 'https://x/a.png' }, { profileUrl: 'https://x/a.png' }],
    [{ avatar: `https://x/${'a'.repeat(247)}` }, { profileUrl: undefined }],
    [{ avatar: '%zz' }, { profileUrl: undefined }],
  ])('ignores invalid fields of a new bot: %#', (fields, expected) => {
    expect(toCreateBot({ name: 'Bot', ...fields })).toMatchObject({ nickname: 'Bot', uniqueName: true, ...expected });
  });

  it('maps a webhook with its secrets', () => {
    const endpoint = Object.assign(new BotEndpointEntity(), { id: 'e', botId: 'b1', url: 'https://x', generation: 2 });
    const reveal = { revealAuthorization: () => undefined, revealSigningSecret: () => 'whsec_x' };
    expect(asJson(toClientWebhook(endpoint, reveal))).toEqual({
      botId: 'b1',
      url: 'https://x',
      signingSecret: 'whsec_x',
    });
    const withSecret = { ...reveal, revealAuthorization: () => 's' };
    expect(toClientWebhook(endpoint, withSecret)).toMatchObject({ secret: 's' });
  });
});
