import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileRemover } from '../../src/modules/files/file-remover.js';
import { runSql } from '../support/databases.js';
import { deletionRunner } from '../support/deletions.js';
import type { Json, TestBot, TestPerson } from './client/client-caller.js';
import { makePng } from './files/images.js';
import { type FilesApp, formBody, startFiles } from './files/files-caller.js';

/** Part of all content and of the nickname of the person. */
const MARK = 'Zanzibar';
/** The columns that contain it before the erasure, and those that contain the id of the person. */
const CONTENT = [
  ...['ai_runs.debug', 'ai_runs.error_detail', 'ai_summaries.body', 'ai_tool_calls.arguments', 'ai_tool_calls.result'],
  ...[
    'ai_tool_calls.preceding_text',
    'attempts.response_head',
    'drafts.body',
    'files.name',
    'subscriptions.head_body',
    'messages.body',
  ],
  ...['messages.custom_type', 'messages.data', 'messages.dedup_key', 'messages.extras', 'survey_answers.answer'],
  ...['upload_tasks.name', 'users.metadata', 'users.nickname'],
];
const IDS = [
  ...['ai_runs.stopped_by', 'ai_runs.user_id', 'audit_log.subject_id', 'chat_events.actor_id', 'chat_events.details'],
  ...['chats.created_by_id', 'chats.user_id', 'drafts.sender_id', 'file_image_uses.holder', 'file_quotas.owner_id'],
  ...['files.owner_id', 'hidden_messages.user_id', 'members.inviter_id', 'members.user_id', 'messages.mentioned_ids'],
  ...['messages.sender_id', 'survey_answers.user_id', 'upload_tasks.owner_id', 'users.id'],
];
const SEARCHED = `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
  WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'ARRAY', 'bytea', 'character varying', 'json')
    AND table_name NOT LIKE 'bullmq%'`;

describe('the erasure of a person', () => {
  let app: FilesApp;
  let bot: TestBot;
  let others = 0;

  beforeAll(async () => {
    app = await startFiles({ DELETION_BATCH: 3 });
    bot = await app.createBot();
  });

  afterAll(() => app.close());

  const sql = <T extends object>(text: string): Promise<T[]> => runSql<T>(app.settings.databaseUrl, text);

  async function platform(method: string, path: string, body?: object): Promise<{ status: number; body: Json }> {
    const headers = { 'api-token': app.settings.API_TOKEN, 'content-type': 'application/json' };
    const response = await fetch(`${app.url}/v3/${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  }

  /** The columns and stored files that contain a word. */
  async function placesOf(word: string): Promise<string[]> {
    const columns = await sql<{ table: string; column: string }>(SEARCHED);
    const searches = columns.map(({ table, column }) => {
      const value = column === 'head_body' ? `encode("${column}", 'escape')` : `"${column}"::text`;
      return `SELECT '${table}.${column}' AS place WHERE EXISTS (SELECT FROM "${table}" WHERE ${value} ILIKE '%${word}%')`;
    });
    const found = (await sql<{ place: string }>(searches.join(' UNION ALL '))).map(({ place }) => place);
    for (const path of await app.onDisk()) {
      const content = await readFile(join(app.folder, path));
      if (content.includes(word)) found.push(path);
    }
    return found.toSorted();
  }

  async function upload(person: TestPerson, name: string): Promise<Json> {
    const isText = name.endsWith('.txt');
    const content = isText ? `${MARK} wrote a letter.` : makePng();
    const body = formBody([{ name, type: isText ? 'text/plain' : 'image/png', content }]);
    return (await app.upload('/v1/client-api/files', { cookie: person.cookie }, body)).body[0];
  }

  /** Creates a person with data in all tables, and another member of the same group. */
  async function createPerson() {
    const person = await app.signUp(`${MARK} Smith`);
    const other = await app.signUp(`Other ${++others}`);
    const chat = await person.post('/chat', { botId: bot.id });
    const file = await upload(person, `${MARK}.txt`);
    await upload(person, `${MARK}.png`);
    const image = await upload(other, 'portrait.png');
    await upload(person, `${MARK} unused.txt`);
    await person.post('/chat/message', { chatId: chat.body.id, body: `${MARK} to the bot`, attachmentIds: [file.id] });
    await platform('PUT', `users/${person.id}`, { profile_url: `${app.settings.publicUrl}/${image.path}` });
    await platform('POST', `users/${person.id}/metadata`, { metadata: { home: MARK } });

    const number = others;
    const groupId = `group_${number}`;
    const members = { user_ids: [person.id, other.id, bot.id], operator_ids: [person.id], inviter_id: person.id };
    await platform('POST', 'group_channels', { channel_url: groupId, ...members });
    const grouped = await person.post(
      '/chat/message',
      { chatId: groupId, body: `${MARK} to all`, attachmentIds: [file.id] },
      { headers: { 'idempotency-key': MARK } },
    );
    for (let n = 0; n < 10; n++) await person.post('/chat/message', { chatId: groupId, body: `${MARK} ${n}` });
    const removed = await person.post('/chat/message', { chatId: groupId, body: `${MARK} removed` });
    await person.delete(`/chat/message/${removed.body.id}`);
    const mention = { mention_type: 'users', mentioned_user_ids: [person.id] };
    await platform('POST', `group_channels/${groupId}/messages`, {
      message_type: 'MESG',
      user_id: person.id,
      message: `${MARK} to myself`,
      custom_type: MARK,
      data: MARK,
      sorted_metaarray: [{ key: 'home', value: [MARK] }],
      ...mention,
    });
    await platform('DELETE', `group_channels/${groupId}/operators?operator_ids=${person.id}`);
    const kept = await other.post('/chat/message', { chatId: groupId, body: 'messages of others remain' });
    await sql(
      `INSERT INTO surveys VALUES ('campaign_${number}', '${bot.id}', 'Title', false, now());
       INSERT INTO survey_answers VALUES ('campaign_${number}', '\\x01', '${person.id}', '${MARK}', now());
       INSERT INTO ai_runs (id, bot_id, chat_id, trigger_id, trigger_seq, user_id, stopped_by, state, context_ids, debug,
                            error_detail)
       SELECT id, '${bot.id}', '${groupId}', trigger_id, 1, '${person.id}', '${person.id}', 'completed', context_ids,
              '{"messages":[{"role":"user","content":"${MARK}"}]}', '${MARK}'
       FROM (VALUES ('run_${number}', '${grouped.body.id}', ARRAY['${grouped.body.id}']),
                    ('older_run_${number}', 'unknown_${number}', '{}')) AS run (id, trigger_id, context_ids);
       INSERT INTO ai_tool_calls (id, run_id, round, position, call_id, tool, arguments, preceding_text, result, created_at)
       SELECT 'call_of_' || run_id, run_id, 1, 1, 'c', 'search', '"${MARK}"', '${MARK}', '${MARK}', now()
       FROM (VALUES ('run_${number}'), ('older_run_${number}')) AS run (run_id);
       INSERT INTO ai_summaries (chat_id, bot_id, body, up_to_seq) VALUES ('${groupId}', '${bot.id}', '${MARK}', 1000);
       INSERT INTO subscriptions (endpoint_id, chat_id, bot_id, cursor_seq, head_attempts, head_body)
       SELECT 'endpoint_${number}', chat_id, '${bot.id}', seq - 1, 1, '${MARK}' FROM messages WHERE id = '${grouped.body.id}';
       INSERT INTO attempts (endpoint_id, chat_id, seq, number, duration_ms, response_head)
       SELECT 'endpoint_${number}', chat_id, seq, 1, 1, '${MARK}' FROM messages WHERE id = '${grouped.body.id}';
       INSERT INTO hidden_messages VALUES ('${person.id}', '${kept.body.id}', now());
       INSERT INTO drafts VALUES ('draft_${number}', '${groupId}', '${person.id}', 'token', '${MARK}');
       INSERT INTO upload_tasks VALUES (sha256('${number}'), '${person.id}', '${MARK}', 1, now() + interval '1 hour')`,
    );
    await app.admin.delete(`/user/${person.id}/sessions`);
    const again = await platform('POST', `users/${person.id}/token`, {});
    const session = app.withCookie(`token=${again.body.token}`);
    return {
      person,
      other,
      chatId: chat.body.id as string,
      groupId,
      file,
      messageId: grouped.body.id as string,
      kept,
      session,
    };
  }

  it.each([
    ['by the person itself', 'own'],
    ['by a service', 'service'],
  ])('%s removes all content and the nickname', async (_, by) => {
    const { person, other, chatId, groupId, file, messageId, session } = await createPerson();
    expect(await placesOf(MARK)).toEqual(expect.arrayContaining([...CONTENT, file.path]));
    expect(await placesOf(person.id)).toEqual(expect.arrayContaining(IDS));

    if (by === 'own') {
      const gone = await session.delete('/user');
      expect(gone).toMatchObject({ status: 200, body: { message: 'Account deleted.' } });
      expect(gone.headers.getSetCookie()[0]).toMatch(/^token=; Expires=Thu, 01 Jan 1970/);
    } else {
      expect(await platform('DELETE', `users/${person.id}?erase=true`)).toMatchObject({ status: 200, body: {} });
    }
    // At once, before any worker runs.
    expect((await platform('GET', `users/${person.id}`)).status).toBe(400);
    expect((await bot.get(`/chat/${chatId}/messages`)).status).toBe(404);
    const page = await other.get(`/chat/${groupId}/messages`);
    expect(page.body.messages.map(({ body }: Json) => body)).toEqual(['messages of others remain']);
    expect((await bot.get(`/chat/message/${messageId}`)).status).toBe(404);
    expect((await fetch(`${app.url}/${file.path}`)).status).toBe(404);

    await deletionRunner(app.app).run();
    await app.app.get(FileRemover).clean();
    expect(await placesOf(MARK)).toEqual([]);
    // Processes poll the end of this user's access for a while.
    expect(await placesOf(person.id)).toEqual(['session_changes.user_id']);
    expect(await sql('SELECT FROM deletion_tasks')).toEqual([]);
    const removal = `SELECT type FROM chat_events WHERE chat_id = '${groupId}' AND subject_id = '${messageId}'`;
    expect(await sql(removal)).toEqual([{ type: 'message.removed' }]);
    expect((await other.get(`/chat/${groupId}/messages`)).body).toMatchObject({ total: 1 });
    expect(await sql(`SELECT FROM audit_log WHERE action = 'user.erased'`)).not.toEqual([]);
  });

  it('is not part of a plain deletion: messages in groups remain', async () => {
    const { person, groupId, messageId } = await createPerson();
    expect((await platform('DELETE', `users/${person.id}`)).status).toBe(200);
    await deletionRunner(app.app).run();
    expect((await bot.get(`/chat/message/${messageId}`)).body).toMatchObject({ body: `${MARK} to all` });
    expect((await bot.get(`/chat/${groupId}/messages`)).status).toBe(200);
  });

  it('is rejected without authentication, for bots and for unknown users', async () => {
    expect((await app.anonymous.delete('/user')).status).toBe(401);
    expect((await platform('DELETE', 'users/missing?erase=true')).status).toBe(400);
    expect((await platform('DELETE', `users/${bot.id}?erase=true`)).status).toBe(400);
    expect((await platform('DELETE', `users/missing?erase=perhaps`)).status).toBe(400);
    const { cookie, id } = await app.signUp();
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    const foreign = await fetch(`${app.url}/v1/client-api/user`, { method: 'DELETE', headers });
    expect(foreign.status).toBe(403);
    expect((await platform('GET', `users/${id}`)).status).toBe(200);
  });
});
