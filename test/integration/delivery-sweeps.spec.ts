import pg from 'pg';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { respondOk, type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';
import { deliveryFixtures } from './delivery-fixtures.js';

describe('deliveries during faults', () => {
  let domain: RunningDomain;
  let sink: Sink;
  let client: pg.Client;
  const { query, aChat, deliveriesOf, at } = deliveryFixtures(
    () => domain,
    () => sink,
  );

  beforeAll(async () => {
    sink = await startSink();
    domain = await startDomain({ worker: true, CALLBACK_TIMEOUT_MS: 500 });
    client = new pg.Client(domain.settings.DATABASE_URL);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await domain.close();
    await sink.close();
  });
  beforeEach(() => sink.setBehaviour(respondOk));

  const isWaiting = async () =>
    (await query('SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted')).length > 0 ||
    (await query(`SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`)).length > 0;

  it('continue in other chats and endpoints while a pending chat is locked, and in that chat afterwards', async () => {
    const [locked, lost, other] = await Promise.all([aChat(), aChat(), aChat()]);
    for (const { say, chat } of [locked, lost]) {
      await say('first');
      await waitFor(async () => (await deliveriesOf(chat.id)).length === 1, { what: 'the first delivery' });
    }
    // The subscription is behind again, and the chat is overdue once its row is locked.
    await query('UPDATE subscriptions SET cursor_seq = 0 WHERE chat_id = $1', [locked.chat.id]);
    await query(`UPDATE chats SET pending_since = now() + interval '1 second' WHERE id = $1`, [locked.chat.id]);
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM chats WHERE id = $1 FOR UPDATE', [locked.chat.id]);
    try {
      await waitFor(isWaiting, { what: 'the blocked dispatch' });
      await other.say('hello');
      await waitFor(() => at(other.path).length === 1, { what: 'the other chat' });
      await query('UPDATE subscriptions SET cursor_seq = 0, due_at = now() WHERE chat_id = $1', [lost.chat.id]); // no wake-up
      await waitFor(() => at(lost.path).length === 2, { what: 'the endpoint without a wake-up' });
      expect(at(locked.path)).toHaveLength(1);
    } finally {
      await client.query('ROLLBACK');
    }
    await waitFor(() => at(locked.path).length === 2, { what: 'the locked chat' });
  });

  it('proceed to the next entry after a response that is truncated within a character', async () => {
    const { chat, path, say } = await aChat();
    sink.setBehaviour((_callback, response) => void response.writeHead(200).end(`${'x'.repeat(2047)}😀\0`));
    await say('first');
    await say('second');
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 2, { what: 'both deliveries' });
    expect(await deliveriesOf(chat.id)).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }]);
    expect(at(path)).toHaveLength(2);
    const heads = await query('SELECT DISTINCT response_head AS head FROM attempts WHERE chat_id = $1', [chat.id]);
    expect(heads).toEqual([{ head: 'x'.repeat(2047) }]);
  });
});
