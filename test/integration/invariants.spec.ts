import { Metrics } from '../../src/core/health/metrics.js';
import { Database } from '../../src/core/database/database.js';
import { SYSTEM_ACTOR } from '../../src/modules/auth/index.js';
import { ChatLog, GroupsService, MembershipsService } from '../../src/modules/chats/index.js';
import { RemovedEndpointsRepository } from '../../src/modules/deliveries/housekeeping/housekeeping.repository.js';
import {
  type Invariant,
  InvariantsRepository,
} from '../../src/modules/deliveries/housekeeping/invariants.repository.js';
import { SubscriptionLeases } from '../../src/modules/deliveries/subscription-leases.js';
import { SubscriptionsRepository } from '../../src/modules/deliveries/subscriptions.repository.js';
import { InvariantChecker } from '../../src/modules/deliveries/worker/invariant-checker.js';
import { MessagesService } from '../../src/modules/messages/index.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { type Sink, startSink } from '../support/sink.js';
import { deliveryFixtures } from './delivery-fixtures.js';

describe('the invariant checker', () => {
  let domain: RunningDomain;
  let sink: Sink;
  let metrics: Metrics;
  let checker: InvariantChecker;
  const { get, query, lease, aChat } = deliveryFixtures(
    () => domain,
    () => sink,
  );

  beforeAll(async () => {
    sink = await startSink();
    domain = await startDomain(); // no workers, which would repair rows too
    metrics = new Metrics();
    checker = new InvariantChecker(
      get(InvariantsRepository),
      get(Database),
      get(ChatLog),
      get(RemovedEndpointsRepository),
      metrics,
    );
    await checker.check(); // begins the walks
  });

  afterAll(async () => {
    await domain.close();
    await sink.close();
  });

  /** Creates a group with a bot, and records its only message as delivered. */
  async function aGroup() {
    const { bot, endpoint, person } = await aChat();
    const group = await get(GroupsService).create(SYSTEM_ACTOR, { title: 'Group', userIds: [person.id, bot.id] });
    const actor = { kind: 'user', id: person.id, scopes: [] } as const;
    const say = (body: string) => get(MessagesService).send(actor, { chatId: group.id, senderId: person.id, body });
    const dispatch = () =>
      get(SubscriptionsRepository).dispatch([group.id], get(ChatLog).clearPendingQuery([group.id]));
    const { seq: cursorSeq } = await say('hello');
    await dispatch();
    const key = { endpointId: endpoint.id, chatId: group.id };
    const held = (await lease(key))!;
    const nothing = { headAttempts: 0, headBody: null, gapSeq: null, deliveries: [], attempts: [] };
    await get(SubscriptionLeases).record(held, { ...nothing, cursorSeq, step: { kind: 'finish' } }, 60_000);
    return { bot, group, key, say, dispatch, cursorSeq };
  }
  type Group = Awaited<ReturnType<typeof aGroup>>;

  /** The repairs so far, from the metric. */
  async function repairs(): Promise<Partial<Record<Invariant, number>>> {
    const metric = await metrics.registry.getSingleMetric('parley_invariant_repairs_total')!.get();
    return Object.fromEntries(metric.values.map(({ labels, value }) => [labels.invariant, value]));
  }

  /** Checks all rows: a walk starts again after the last page. */
  async function checkAll(): Promise<number> {
    await query(`UPDATE invariant_walks SET endpoint_id = '', chat_id = '', seq = 0`);
    return checker.check();
  }

  it('finds nothing in consistent rows during dispatch, delivery, leaving and joining', async () => {
    const { say, dispatch, key, bot, group } = await aGroup();
    expect(await checkAll()).toBe(0);
    await say('not dispatched');
    expect(await checkAll()).toBe(0);
    await dispatch();
    expect(await checkAll()).toBe(0);
    await lease(key);
    expect(await checkAll()).toBe(0);
    await get(MembershipsService).leave(SYSTEM_ACTOR, group.id, [bot.id]);
    expect(await checkAll()).toBe(0);
    await get(MembershipsService).addBot(SYSTEM_ACTOR, bot.id, [group.id]);
    expect(await checkAll()).toBe(0);
  });

  const update = (sql: string) => (group: Group) => query(sql, [group.key.endpointId, group.key.chatId]);
  const OF_SUBSCRIPTION = 'WHERE endpoint_id = $1 AND chat_id = $2';
  const isTrue = (condition: string) => async (group: Group) =>
    (await query(`SELECT 1 WHERE $1 <> $2 AND (${condition})`, [group.key.endpointId, group.key.chatId])).length === 1;
  const isDue = isTrue(`SELECT due_at IS NOT NULL FROM subscriptions ${OF_SUBSCRIPTION}`);

  it.each<[Invariant, (group: Group) => Promise<unknown>, (group: Group) => Promise<boolean>]>([
    [
      'cursor_behind',
      async (group) => {
        await group.say('lost');
        await query('UPDATE chats SET pending_since = NULL, dispatched_seq = last_seq WHERE id = $1', [group.group.id]);
      },
      isDue,
    ],
    [
      'cursor_missing',
      async (group) => {
        await update(`DELETE FROM subscriptions ${OF_SUBSCRIPTION}`)(group);
        await query(`UPDATE bot_endpoints SET created_at = now() - interval '1 day' WHERE id = $1`, [
          group.key.endpointId,
        ]);
      },
      isTrue('SELECT pending_since IS NOT NULL FROM chats WHERE id = $2'),
    ],
    [
      'chat_not_pending',
      async (group) => {
        await group.say('lost');
        await query('UPDATE chats SET pending_since = NULL WHERE id = $1', [group.group.id]);
        await update(`UPDATE subscriptions SET cursor_seq = cursor_seq + 1 ${OF_SUBSCRIPTION}`)(group);
      },
      isTrue('SELECT pending_since IS NOT NULL FROM chats WHERE id = $2'),
    ],
    [
      'lease_without_due',
      update(`UPDATE subscriptions SET lease_token = 'gone', lease_until = now() ${OF_SUBSCRIPTION}`),
      isDue,
    ],
    ['redelivery_without_due', update(`UPDATE subscriptions SET has_redeliveries = true ${OF_SUBSCRIPTION}`), isDue],
    [
      'redelivery_unflagged',
      update('INSERT INTO redeliveries (endpoint_id, chat_id, seq) VALUES ($1, $2, 1)'),
      isTrue(`SELECT has_redeliveries AND due_at IS NOT NULL FROM subscriptions ${OF_SUBSCRIPTION}`),
    ],
    [
      'closed_for_member',
      update(`UPDATE subscriptions SET ends_seq = cursor_seq ${OF_SUBSCRIPTION}`),
      isTrue(`SELECT ends_seq IS NULL AND due_at IS NOT NULL FROM subscriptions ${OF_SUBSCRIPTION}`),
    ],
    [
      'open_without_member',
      ({ bot, group }) => query('DELETE FROM members WHERE chat_id = $1 AND user_id = $2', [group.id, bot.id]),
      isTrue(`SELECT ends_seq = cursor_seq FROM subscriptions ${OF_SUBSCRIPTION}`),
    ],
    [
      'endpoint_gone',
      ({ key }) => query('DELETE FROM bot_endpoints WHERE id = $1', [key.endpointId]),
      isTrue('SELECT true FROM removed_endpoints WHERE endpoint_id = $1'),
    ],
    [
      'bot_unmarked',
      ({ bot, group }) =>
        query('UPDATE members SET is_bot = false WHERE chat_id = $1 AND user_id = $2', [group.id, bot.id]),
      isTrue('SELECT is_bot FROM members JOIN bot_endpoints e ON e.bot_id = user_id WHERE e.id = $1 AND chat_id = $2'),
    ],
  ])('repairs, counts and reports %s', async (invariant, corrupt, isRepaired) => {
    const group = await aGroup();
    expect(await checkAll()).toBe(0);
    const before = (await repairs())[invariant] ?? 0;
    await corrupt(group);
    expect(await isRepaired(group)).toBe(false);
    expect(await checkAll()).toBe(1);
    expect(await isRepaired(group)).toBe(true);
    expect((await repairs())[invariant]).toBe(before + 1);
    const [event] = await query<{ type: string; details: object }>(
      'SELECT type, details FROM delivery_events ORDER BY id DESC LIMIT 1',
    );
    expect(event).toEqual({ type: 'invariant.repaired', details: { invariant, chatId: group.group.id, count: 1 } });
    expect(await checkAll()).toBe(0);
  });

  it('walks a table in pages, one process at a time, and starts again after the last page', async () => {
    await Promise.all([aGroup(), aGroup(), aGroup()]);
    await query(`UPDATE invariant_walks SET endpoint_id = '', chat_id = '', seq = 0`);
    const [{ count }] = await query<{ count: number }>('SELECT count(*) AS count FROM subscriptions');
    const position = async () =>
      (
        await query<{ at: string }>(
          `SELECT endpoint_id || chat_id AS at FROM invariant_walks WHERE name = 'subscriptions'`,
        )
      )[0].at;
    const seen = new Set<string>();
    const next = () => get(Database).transaction(() => get(InvariantsRepository).nextPage('subscriptions', 2));
    do {
      await next();
      seen.add(await position());
    } while ((await position()) !== '');
    expect(seen.size).toBe(Math.ceil(count / 2) + 1);

    await get(Database).transaction(async () => {
      await get(InvariantsRepository).nextPage('subscriptions', 2);
      const mine = await position();
      expect(mine).not.toBe('');
    });
    const reached = await position();
    await Promise.all([next(), next()]);
    expect(await position()).not.toBe(reached);
  });
});
