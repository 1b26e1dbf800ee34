import pg from 'pg';
import { SYSTEM_ACTOR } from '../../src/modules/auth/index.js';
import { BotsService } from '../../src/modules/bots/index.js';
import { ChatsService } from '../../src/modules/chats/index.js';
import { MessageEditor, MessagesService } from '../../src/modules/messages/index.js';
import { UsersService } from '../../src/modules/users/index.js';
import { runSql } from '../support/databases.js';
import { type RunningDomain, startDomain } from '../support/domain.js';

const TRY_AGAIN = { kind: 'unavailable', code: 'try_again', details: { retryAfterSeconds: 1 } };

describe('sends', () => {
  let domain: RunningDomain;
  let locker: pg.Client;

  beforeAll(async () => {
    domain = await startDomain();
    locker = new pg.Client({ connectionString: domain.settings.databaseUrl });
    await locker.connect();
  });

  afterEach(() => locker.query('ROLLBACK'));

  afterAll(async () => {
    await locker.end();
    await domain.close();
  });

  const get = <T>(type: new (...args: never[]) => T): T => domain.module.get(type as never, { strict: false });

  async function aChat() {
    const { bot } = await get(BotsService).create(SYSTEM_ACTOR, { nickname: 'Bot' });
    const person = await get(UsersService).create({ kind: 'person', nickname: 'Mia' });
    const actor = { kind: 'user', id: person.id, scopes: [] } as const;
    const { id } = await get(ChatsService).createPersonal(actor, bot.id);
    const send = (body: string, dedupKey?: string) =>
      get(MessagesService).send(actor, { chatId: id, senderId: person.id, body, dedupKey });
    const edit = (messageId: string) => get(MessageEditor).edit(actor, messageId, { body: 'edited' });
    return { id, personId: person.id, send, edit };
  }

  const bodies = async (chatId: string): Promise<string[]> =>
    (
      await runSql<{ body: string }>(
        domain.settings.databaseUrl,
        `SELECT body FROM messages WHERE chat_id = '${chatId}' ORDER BY seq`,
      )
    ).map(({ body }) => body);

  const lock = async (chatId: string): Promise<void> => {
    await locker.query('BEGIN');
    await locker.query('SELECT 1 FROM chats WHERE id = $1 FOR UPDATE', [chatId]);
  };

  it('continue in other chats while one chat is locked, and fail in that one without a later write', async () => {
    const [locked, ...others] = await Promise.all([1, 2, 3, 4, 5].map(aChat));
    const early = await locked.send('early');
    await lock(locked.id);
    const events: string[] = [];
    const failed = Promise.all(
      Array.from({ length: 20 }, (_, i) => locked.send(`late ${i}`, `key ${i}`)).map((sent) =>
        expect(sent).rejects.toMatchObject(TRY_AGAIN),
      ),
    ).then(() => events.push('failed'));
    const edited = expect(locked.edit(early.id)).rejects.toMatchObject({ code: '55P03' }); // also reported as try_again
    for (let round = 0; round < 10; round++) {
      await Promise.all(others.map(({ send }) => send(`round ${round}`)));
      events.push('round');
    }
    await Promise.all([failed, edited]);
    expect(events).toEqual([...Array<string>(10).fill('round'), 'failed']);

    await locker.query('ROLLBACK');
    expect((await locked.send('again', 'key 0')).seq).toBe(2);
    expect(await locked.send('again', 'key 0')).toMatchObject({ seq: 2 });
    expect(await bodies(locked.id)).toEqual(['early', 'again']);
  });

  it('to a chat are written in their order after its lock is released', async () => {
    const [locked, other] = await Promise.all([aChat(), aChat()]);
    await lock(locked.id);
    const expected = Array.from({ length: 30 }, (_, i) => `message ${i}`);
    const sent = expected.slice(0, 10).map((body) => locked.send(body));
    await other.send('in its own batch from here on');
    await other.send('next');
    sent.push(...expected.slice(10, 20).map((body) => locked.send(body)));
    await other.send('free');
    await locker.query('ROLLBACK');
    sent.push(...expected.slice(20).map((body) => locked.send(body)));
    await Promise.all(sent);
    expect(await bodies(locked.id)).toEqual(expected);
  });

  it('are written before a send of the same batch that waits for another lock than its chat', async () => {
    const [slow, other] = await Promise.all([aChat(), aChat()]);
    await slow.send('first');
    await locker.query('BEGIN');
    const TAKE_KEY = `INSERT INTO messages SELECT (jsonb_populate_record(message, $1)).* FROM messages message WHERE chat_id = $2`;
    await locker.query(TAKE_KEY, [
      { id: 'taken', num: 1e9, seq: 1e9, created_at: '2020-01-01', dedup_key: 'taken' },
      slow.id,
    ]);
    const events: string[] = [];
    const waiting = slow.send('second', 'taken').then(() => events.push('slow'));
    await other.send('second').then(() => events.push('other'));
    await locker.query('ROLLBACK');
    await waiting;
    expect(events).toEqual(['other', 'slow']);
  });

  it('to an unknown chat fail with chat.not_found while another chat is locked', async () => {
    const locked = await aChat();
    await lock(locked.id);
    const waiting = locked.send('late');
    const actor = { kind: 'user', id: locked.personId, scopes: [] } as const;
    const lost = get(MessagesService).send(actor, { chatId: 'nowhere', senderId: locked.personId, body: 'lost' });
    await expect(lost).rejects.toMatchObject({ code: 'chat.not_found' });
    await locker.query('ROLLBACK');
    await waiting;
  });
});
