import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { Database } from '../../src/core/database/database.js';
import { SYSTEM_ACTOR } from '../../src/modules/auth/index.js';
import { BotEndpointsService, BotsService } from '../../src/modules/bots/index.js';
import { ChatLog, ChatsService, GroupsService, MembershipsService } from '../../src/modules/chats/index.js';
import {
  RemovedEndpointsRepository,
  RetentionRepository,
} from '../../src/modules/deliveries/housekeeping/housekeeping.repository.js';
import { RedeliveriesRepository } from '../../src/modules/deliveries/inspection/redeliveries.repository.js';
import {
  SubscriptionLeases,
  type SubscriptionProgress,
  type Lease,
} from '../../src/modules/deliveries/subscription-leases.js';
import {
  type SubscriptionKey,
  SubscriptionsRepository,
} from '../../src/modules/deliveries/subscriptions.repository.js';
import { MessageEditor, MessagesService } from '../../src/modules/messages/index.js';
import { UsersService } from '../../src/modules/users/index.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { respondOk, type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';
import { deliveryFixtures } from './delivery-fixtures.js';

const LEASE_MS = 60_000;

describe('subscriptions', () => {
  let domain: RunningDomain;
  let sink: Sink;
  const {
    get,
    query,
    lease: leaseOf,
    aChat,
    deliveriesOf,
    at,
  } = deliveryFixtures(
    () => domain,
    () => sink,
  );

  /** Creates a group of a person and a bot. */
  async function aGroup() {
    const { bot, endpoint, path, person } = await aChat();
    const group = await get(GroupsService).create(SYSTEM_ACTOR, { title: 'Group', userIds: [person.id, bot.id] });
    const actor = { kind: 'user', id: person.id, scopes: [] } as const;
    const say = (body: string) => get(MessagesService).send(actor, { chatId: group.id, senderId: person.id, body });
    const leave = () => get(MembershipsService).leave(SYSTEM_ACTOR, group.id, [bot.id]);
    const rejoin = () => get(MembershipsService).addBot(SYSTEM_ACTOR, bot.id, [group.id]);
    return {
      bot,
      endpoint,
      path,
      person,
      group,
      key: { endpointId: endpoint.id, chatId: group.id },
      say,
      leave,
      rejoin,
    };
  }

  const subscriptionOf = async ({ endpointId, chatId }: SubscriptionKey) => {
    const [subscription] = await query<{
      cursor: number;
      ends: number | null;
      due: boolean;
      leased: boolean;
      attempts: number;
      body: boolean;
    }>(
      `SELECT cursor_seq AS cursor, ends_seq AS ends, due_at IS NOT NULL AS due, lease_token IS NOT NULL AS leased,
              head_attempts AS attempts, head_body IS NOT NULL AS body FROM subscriptions WHERE endpoint_id = $1 AND chat_id = $2`,
      [endpointId, chatId],
    );
    return subscription;
  };

  const dispatch = async (chatId: string): Promise<SubscriptionKey[]> => {
    const subscriptions = await get(SubscriptionsRepository).dispatch(
      [chatId],
      get(ChatLog).clearPendingQuery([chatId]),
    );
    return subscriptions.map(({ endpointId }) => ({ endpointId, chatId }));
  };
  const lease = async (key: SubscriptionKey): Promise<Lease> => (await leaseOf(key, LEASE_MS))!;
  const record = (held: Lease, progress: Partial<SubscriptionProgress>) => {
    const { cursorSeq, gapSeq } = held;
    const nothing = { cursorSeq, gapSeq, headAttempts: 0, headBody: null, deliveries: [], attempts: [] };
    return get(SubscriptionLeases).record(held, { ...nothing, step: { kind: 'finish' }, ...progress }, LEASE_MS);
  };
  const expireLease = ({ endpointId, chatId }: SubscriptionKey) =>
    query('UPDATE subscriptions SET lease_until = now() WHERE endpoint_id = $1 AND chat_id = $2', [endpointId, chatId]);
  const addEndpoint = (botId: string) =>
    get(BotEndpointsService).set(SYSTEM_ACTOR, botId, {
      transport: 'callback',
      format: 'platform',
      url: `${sink.url}/second`,
    });

  /** Runs `work` while another transaction locks the row of the chat. */
  async function whileLocked(chatId: string, work: () => Promise<unknown>): Promise<void> {
    const locker = new pg.Client(domain.settings.databaseUrl);
    await locker.connect();
    try {
      await locker.query('BEGIN');
      await locker.query('SELECT 1 FROM chats WHERE id = $1 FOR UPDATE', [chatId]);
      await work();
    } finally {
      await locker.end();
    }
  }

  beforeAll(async () => void (sink = await startSink()));
  afterAll(() => sink.close());

  describe('without workers', () => {
    beforeAll(async () => void (domain = await startDomain()));
    afterAll(() => domain.close());

    it('are created by the first dispatch, starting with the entry of the joining', async () => {
      const { group, key, say } = await aGroup();
      await say('hello');
      expect(await subscriptionOf(key)).toBeUndefined();
      expect(await dispatch(group.id)).toEqual([key]);
      expect(await subscriptionOf(key)).toMatchObject({ cursor: 0, ends: null, due: true });
    });

    it('start at the end of the log for a new endpoint, which waits for no lock of a chat', async () => {
      const { bot, group, say } = await aGroup();
      const { seq } = await say('before');
      await dispatch(group.id);
      let endpointId = '';
      await whileLocked(group.id, async () => ({ id: endpointId } = await addEndpoint(bot.id)));
      const key = { endpointId, chatId: group.id };
      expect(await subscriptionOf(key)).toBeUndefined();
      await say('after');
      await dispatch(group.id);
      expect(await subscriptionOf(key)).toMatchObject({ cursor: seq, due: true });
    });

    it('are neither created nor dispatched without an endpoint, and then start at the end of the log', async () => {
      const { bot } = await get(BotsService).create(SYSTEM_ACTOR, { nickname: 'Silent' });
      const person = await get(UsersService).create({ kind: 'person', nickname: 'Mia' });
      const actor = { kind: 'user', id: person.id, scopes: [] } as const;
      const chat = await get(ChatsService).createPersonal(actor, bot.id);
      const say = (body: string) => get(MessagesService).send(actor, { chatId: chat.id, senderId: person.id, body });
      const { seq } = await say('before');
      expect(await query('SELECT pending_since FROM chats WHERE id = $1', [chat.id])).toEqual([
        { pending_since: null },
      ]);
      const key = { endpointId: (await addEndpoint(bot.id)).id, chatId: chat.id };
      await say('after');
      expect(await dispatch(chat.id)).toEqual([key]);
      expect(await subscriptionOf(key)).toMatchObject({ cursor: seq, due: true });
    });

    it('cover a chat that the bot joins while its endpoint is added', async () => {
      const { bot, group, person } = await aGroup();
      const other = await get(GroupsService).create(SYSTEM_ACTOR, { title: 'Other', userIds: [person.id] });
      let endpointId = '';
      const outside = AsyncLocalStorage.snapshot();
      await get(Database).transaction(async () => {
        ({ id: endpointId } = await addEndpoint(bot.id));
        await outside(async () => {
          await get(MembershipsService).addBot(SYSTEM_ACTOR, bot.id, [other.id]);
          await dispatch(other.id);
        });
      });
      const actor = { kind: 'user', id: person.id, scopes: [] } as const;
      const { seq } = await get(MessagesService).send(actor, { chatId: other.id, senderId: person.id, body: 'hi' });
      const key = { endpointId, chatId: other.id };
      expect(await dispatch(other.id)).toEqual([key]); // the subscription of the first endpoint is due already
      expect(await subscriptionOf(key)).toMatchObject({ cursor: seq - 1, due: true });
      expect(await subscriptionOf({ endpointId, chatId: group.id })).toBeUndefined();
    });

    it('are created for a bot that leaves before the first dispatch, and end with its leaving', async () => {
      const { group, key, say, leave } = await aGroup();
      const { seq } = await say('hello');
      await leave();
      expect(await subscriptionOf(key)).toEqual({
        cursor: 0,
        ends: seq + 1,
        due: false,
        leased: false,
        attempts: 0,
        body: false,
      });
      expect(await dispatch(group.id)).toEqual([key]);
      await say('after the leaving');
      expect(await query('SELECT 1 FROM chats WHERE id = $1 AND pending_since IS NOT NULL', [group.id])).toEqual([]);
    });

    it('are not dispatched beyond their end', async () => {
      const { group, key, say, leave } = await aGroup();
      const { bot: other } = await aChat();
      await get(MembershipsService).addBot(SYSTEM_ACTOR, other.id, [group.id]);
      await leave();
      await dispatch(group.id);
      const held = await lease(key);
      await record(held, { cursorSeq: held.endsSeq! });
      await say('to the other one');
      const dispatched = await dispatch(group.id);
      expect(dispatched.map(({ endpointId }) => endpointId)).not.toContain(key.endpointId);
      expect(await subscriptionOf(key)).toMatchObject({ due: false, leased: false });
    });

    it('are dispatched also if the lease has expired and its worker continues', async () => {
      const { group, key, say } = await aGroup();
      const { seq } = await say('first');
      await dispatch(group.id);
      const held = await lease(key);
      await expireLease(key); // the worker has read the log up to here and waits for a lock
      await say('second');
      expect(await dispatch(group.id)).toEqual([key]);
      expect(await record(held, { cursorSeq: seq })).toBe('held');
      expect(await subscriptionOf(key)).toMatchObject({ cursor: seq, due: true });
    });

    it('are due for a redelivery also if the lease has expired and its worker continues', async () => {
      const { group, key, say } = await aGroup();
      const { seq } = await say('first');
      await dispatch(group.id);
      await record(await lease(key), { cursorSeq: seq });
      await say('second');
      await dispatch(group.id);
      const held = await lease(key);
      await expireLease(key);
      expect(await get(RedeliveriesRepository).addOne(key, seq)).toBe(true);
      await record(held, { cursorSeq: seq + 1, allRedelivered: true });
      expect(await subscriptionOf(key)).toMatchObject({ due: true });
      expect(
        await query('SELECT 1 FROM subscriptions WHERE endpoint_id = $1 AND has_redeliveries', [key.endpointId]),
      ).toHaveLength(1);
    });

    it('keep the attempts of an entry only while the cursor is before it', async () => {
      const { group, key, say } = await aGroup();
      const { seq } = await say('first');
      await dispatch(group.id);
      const held = await lease(key);
      await query('UPDATE subscriptions SET cursor_seq = $2 WHERE endpoint_id = $1', [key.endpointId, seq]);
      const failed = { headAttempts: 1, headBody: Buffer.from('first'), gapSeq: 1 };
      await record(held, { ...failed, cursorSeq: seq - 1, step: { kind: 'later', delayMs: 0 } });
      expect(await subscriptionOf(key)).toMatchObject({ cursor: seq, attempts: 0, body: false, leased: false });
      expect(
        await query('SELECT 1 FROM subscriptions WHERE endpoint_id = $1 AND gap_seq IS NOT NULL', [key.endpointId]),
      ).toEqual([]);
    });

    it('restart without earlier attempts when the bot rejoins', async () => {
      const { group, key, say, leave, rejoin } = await aGroup();
      await leave();
      await dispatch(group.id);
      const held = await lease(key);
      const failed = { headAttempts: 1, headBody: Buffer.from('left'), gapSeq: 1 };
      await record(held, { ...failed, cursorSeq: held.endsSeq! });
      const { seq } = await say('while away');
      await rejoin();
      expect(await subscriptionOf(key)).toMatchObject({ cursor: seq, ends: null, attempts: 0, body: false });
    });

    it('continue at their cursor when the bot rejoins before all is delivered', async () => {
      const { group, key, say, leave, rejoin } = await aGroup();
      await say('first');
      await dispatch(group.id);
      const body = Buffer.from('first');
      await record(await lease(key), {
        cursorSeq: 1,
        headAttempts: 1,
        headBody: body,
        step: { kind: 'later', delayMs: 0 },
      });
      await leave();
      await say('while away');
      await rejoin();
      expect(await subscriptionOf(key)).toMatchObject({ cursor: 1, ends: null, due: true, attempts: 1, body: true });
    });

    it('of a removed endpoint are deleted later in batches, and are not dispatched until then', async () => {
      const { bot, group, key, say } = await aGroup();
      await addEndpoint(bot.id);
      const { seq } = await say('hello');
      await dispatch(group.id);
      const row = { eventId: 'evt', reason: '', attempts: 1 };
      await record(await lease(key), { cursorSeq: seq, deliveries: [{ ...row, seq, status: 'delivered' }] });
      await whileLocked(group.id, () => get(BotEndpointsService).remove(SYSTEM_ACTOR, bot.id, 'callback', 'client'));
      expect(await subscriptionOf(key)).toMatchObject({ cursor: seq });
      await say('to the other endpoint');
      expect((await dispatch(group.id)).map(({ endpointId }) => endpointId)).not.toContain(key.endpointId);
      expect(await get(RemovedEndpointsRepository).removeBatch()).toBe(2);
      expect(await get(RemovedEndpointsRepository).removeBatch()).toBeUndefined();
      expect(await subscriptionOf(key)).toBeUndefined();
      expect(await query('SELECT 1 FROM deliveries WHERE endpoint_id = $1', [key.endpointId])).toEqual([]);
    });

    it('record a removed message also while being leased', async () => {
      const { group, key, say } = await aGroup();
      const message = await say('secret');
      await dispatch(group.id);
      const leasing = new pg.Client(domain.settings.databaseUrl);
      await leasing.connect();
      await leasing.query('BEGIN');
      await leasing.query(
        `UPDATE subscriptions SET lease_token = 'other', lease_until = now() + interval '1 minute' WHERE endpoint_id = $1`,
        [key.endpointId],
      );
      const removing = get(MessageEditor).delete(SYSTEM_ACTOR, message.id);
      const isWaiting = async () =>
        (await leasing.query('SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))')).rows
          .length;
      await Promise.race([removing, waitFor(async () => (await isWaiting()) > 0, { what: 'the removal to wait' })]);
      await leasing.query('COMMIT');
      await leasing.end();
      await removing;
      const erased = await query('SELECT 1 FROM subscriptions WHERE endpoint_id = $1 AND $2 = ANY(erased_seqs)', [
        key.endpointId,
        message.seq,
      ]);
      expect(erased).toHaveLength(1);
    });
  });

  describe('with a worker', () => {
    beforeAll(async () => {
      domain = await startDomain({ worker: true, CALLBACK_TIMEOUT_MS: 5000 });
    });
    afterAll(() => domain.close());
    beforeEach(() => sink.setBehaviour(respondOk));

    const isDone = (key: SubscriptionKey) => async () => {
      const subscription = await subscriptionOf(key);
      return subscription && !subscription.due && !subscription.leased && subscription.cursor === subscription.ends;
    };

    it('deliver the messages before the removal of the bot, and none after it', async () => {
      const { group, key, path, say, leave } = await aGroup();
      const held: (() => void)[] = [];
      sink.setBehaviour((callback, response) => void held.push(() => respondOk(callback, response)));
      for (let n = 1; n <= 10; n++) await say(`message ${n}`);
      await waitFor(() => held.length > 0, { what: 'the first callback' });
      await leave();
      await say('later');
      sink.setBehaviour(respondOk);
      held.forEach((respond) => respond());
      await waitFor(isDone(key), { what: 'all deliveries', timeoutMs: 10_000 });
      expect(at(path)).toHaveLength(10);
      const rows = await deliveriesOf(group.id);
      expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(10);
      expect(rows.filter(({ reason }) => reason === 'not_member')).toEqual([]);
    });

    it('are kept until the rows of their deliveries are removed', async () => {
      const { group, key, say, leave } = await aGroup();
      await say('hello');
      await leave();
      await waitFor(isDone(key), { what: 'all deliveries' });
      await get(RetentionRepository).removeEnded();
      expect(await subscriptionOf(key)).toBeDefined();
      await query('DELETE FROM deliveries WHERE chat_id = $1', [group.id]);
      expect(await get(RetentionRepository).removeEnded()).toBeGreaterThan(0);
      expect(await subscriptionOf(key)).toBeUndefined();
    });
  });
});
