import { createHash } from 'node:crypto';
import { Database, statement } from '../../src/core/database/database.js';
import { SYSTEM_ACTOR } from '../../src/modules/auth/index.js';
import { BotEndpointsService, BotsService } from '../../src/modules/bots/index.js';
import { ChatsService } from '../../src/modules/chats/index.js';
import { SubscriptionLeases, type Lease } from '../../src/modules/deliveries/subscription-leases.js';
import type { SubscriptionKey } from '../../src/modules/deliveries/subscriptions.repository.js';
import { MessagesService } from '../../src/modules/messages/index.js';
import { UsersService } from '../../src/modules/users/index.js';
import type { RunningDomain } from '../support/domain.js';
import type { Sink } from '../support/sink.js';

/** Creates bots with webhooks at the sink and chats with them, and reads their deliveries. */
export function deliveryFixtures(domain: () => RunningDomain, sink: () => Sink) {
  let counter = 0;

  const get = <T>(type: new (...args: never[]) => T): T => domain().module.get(type as never, { strict: false });

  const query = <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
    get(Database).query<Row>(statement(`test.${createHash('md5').update(text).digest('hex')}`, text), values);

  /** Creates a person, a bot with a webhook, and their personal chat. */
  async function aChat(options: { path?: string; isPrivacyMode?: boolean } = {}) {
    const id = ++counter;
    const path = options.path ?? `/bot-${id}`;
    const { bot } = await get(BotsService).create(SYSTEM_ACTOR, {
      nickname: `Bot ${id}`,
      isPrivacyMode: options.isPrivacyMode,
    });
    const endpoint = await get(BotEndpointsService).set(SYSTEM_ACTOR, bot.id, {
      transport: 'callback',
      format: 'client',
      url: sink().url + path,
      authorization: 'open sesame',
    });
    const person = await get(UsersService).create({ kind: 'person', nickname: 'Mia' });
    const actor = { kind: 'user', id: person.id, scopes: [] } as const;
    const chat = await get(ChatsService).createPersonal(actor, bot.id);
    const say = (body: string) => get(MessagesService).send(actor, { chatId: chat.id, senderId: person.id, body });
    return { bot, endpoint, person, chat, path, say };
  }

  const deliveriesOf = (chatId: string) =>
    query<{ seq: number; status: string; reason: string; attempts: number }>(
      'SELECT seq, status, reason, attempts FROM deliveries WHERE chat_id = $1 ORDER BY seq',
      [chatId],
    );

  const at = (path: string) => sink().received.filter((callback) => callback.path === path);

  /** Leases a due cursor, as a worker does. */
  async function lease({ endpointId, chatId }: SubscriptionKey, leaseMs = 60_000): Promise<Lease | undefined> {
    const { leases } = await get(SubscriptionLeases).claim({ endpointId, slots: 100, maxLeases: 100, leaseMs });
    return leases.find((found) => found.chatId === chatId);
  }

  return { get, query, lease, aChat, deliveriesOf, at };
}
