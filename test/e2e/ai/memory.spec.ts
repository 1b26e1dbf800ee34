import { echo, failWith, replyWith } from '../../support/model-server.js';
import { waitFor } from '../../support/wait-for.js';
import type { Json } from '../client/client-caller.js';
import { type AiApis, startAi, type AiChat } from './ai-apis.js';

/** The last message of the bot, from the Client API. */
const lastOf = async ({ messages, botId }: AiChat): Promise<Json> =>
  (await messages()).filter(({ senderId }) => senderId === botId).at(-1)!;

describe('AI bots: notices, continuations and context', () => {
  let ai: AiApis;
  let keys = 0;

  beforeAll(async () => void (ai = await startAi()), 60_000);
  afterAll(() => ai.close());
  beforeEach(() => {
    ai.model.calls.length = 0;
    ai.model.behave(echo);
  });

  /** With its own key, whose circuit no other test has opened. */
  const openFreshChat = async (settings: object = {}): Promise<AiChat> => {
    const aiChat = await ai.openChat();
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { apiKey: `sk-test-of-its-own-${++keys}`, ...settings });
    return aiChat;
  };
  /** Waits until the last message of the bot has this body. */
  const waitForLast = (aiChat: AiChat, body: string): Promise<Json> =>
    waitFor(
      async () => {
        const last = await lastOf(aiChat);
        return last?.body === body ? last : undefined;
      },
      { what: `"${body}"` },
    );
  const noQuota = failWith(429, { code: 'insufficient_quota' });

  describe('notices', () => {
    it('are in the preferred language of the user', async () => {
      const botId = await ai.createAiBot();
      const users = { anna: ['de-AT'], boris: ['xx', 'ru'], mia: [] };
      for (const [user_id, preferred_languages] of Object.entries(users)) {
        const user = { user_id: `${user_id}-speaks`, nickname: user_id, profile_url: '' };
        await ai.platform.post('/users', user);
        await ai.platform.put(`/users/${user.user_id}`, { preferred_languages });
        const { body: group } = await ai.platform.post('/group_channels', { user_ids: [user.user_id, botId] });
        const path = `/group_channels/${group.channel_url}/messages`;
        await ai.platform.post(path, { message_type: 'MESG', user_id: user.user_id, message: '/reset' });
        const text = await waitFor(
          async () => {
            const { body } = await ai.platform.get(`${path}?message_ts=${Date.now() + 60_000}&prev_limit=5`);
            return (body.messages as Json[]).find(({ custom_type }) => custom_type === 'ai_notice')?.message as string;
          },
          { what: 'the notice' },
        );
        const expected = { anna: /^Ich habe vergessen/, boris: /^Я забыл/, mia: /^I've forgotten/ };
        expect(text).toMatch(expected[user_id as keyof typeof expected]);
      }
    });

    it('use the custom texts of the bot', async () => {
      const own = { ai_unavailable: 'Gone fishing.', ai_timeout: 'Once more?' };
      const aiChat = await openFreshChat({ notices: own });
      ai.model.next(noQuota);
      expect(await aiChat.ask('Hello')).toEqual(['Gone fishing.']);
      const path = `/bot/${aiChat.botId}/ai`;
      expect((await ai.admin.put(path, { notices: { ai_timeout: '' } })).body.notices).toEqual({
        ai_unavailable: 'Gone fishing.',
      });
      for (const [bad, message] of [
        [{ nothing: 'x' }, /no nothing: its codes are ai_busy, /],
        [{ ai_safeguard: 'x' }, /no ai_safeguard/],
        [{ ai_timeout: 5 }, /ai_timeout must be a string/],
        [{ ai_timeout: 'x'.repeat(1001) }, /shorter than or equal to 1000/],
        ['x', /must be an object/],
        [['x'], /must be an object/],
      ] as const) {
        expect(await ai.admin.put(path, { notices: bad })).toMatchObject({
          status: 400,
          body: { message: expect.stringMatching(message) },
        });
      }
    });

    it('are replaced by the reply or notice of a regeneration', async () => {
      const aiChat = await openFreshChat();
      ai.model.next(failWith(429, { code: 'rate_limit_exceeded' }, { 'retry-after': '90' }));
      await aiChat.ask('First');
      const { answer: busy, id } = await lastOf(aiChat);
      expect(busy).toMatchObject({ state: 'notice', code: 'ai_rate_limited', actions: [{ type: 'regenerate' }] });
      const { notBefore } = busy.actions[0];
      expect(notBefore - Date.now()).toBeGreaterThan(60_000);
      const again = (draftId: string) => aiChat.person.post(`/chat/${aiChat.chatId}/ai/regenerate?draftId=${draftId}`);
      expect(await again(busy.draftId)).toMatchObject({ status: 202, body: { attempt: 2, isContinued: false } });
      await waitFor(async () => (await lastOf(aiChat)).answer.draftId !== busy.draftId, { what: 'another notice' });
      expect(await aiChat.waitForReplies(1)).toHaveLength(1);
      await ai.admin.put(`/bot/${aiChat.botId}/ai`, { apiKey: `sk-test-of-its-own-${++keys}` });
      expect((await aiChat.ask('Second', 2))[1]).toBe('You said: Second');
      expect((await again(busy.draftId)).body).toMatchObject({ attempt: 3 });
      await waitFor(async () => (await aiChat.waitForReplies(1))[0] === 'You said: First', { what: 'the first reply' });
      const [first] = (await aiChat.messages()).filter(({ senderId }) => senderId === aiChat.botId);
      expect(first).toMatchObject({ id, answer: { state: 'completed' } });
      expect(first.answer).not.toHaveProperty('actions');
      expect(JSON.stringify(ai.model.calls.at(-1)!.body.messages)).not.toContain('Second');
      const [row] = await ai.sql<Json>(`SELECT custom_type, data FROM messages WHERE id = '${id}'`);
      expect(row).toEqual({ custom_type: '', data: '' });
    });

    it('offer no action when a retry does not help', async () => {
      const aiChat = await openFreshChat();
      ai.model.next(noQuota);
      await aiChat.ask('Hello');
      expect((await lastOf(aiChat)).answer).toEqual({
        draftId: expect.any(String),
        state: 'notice',
        code: 'ai_unavailable',
      });
    });
  });

  describe('an incomplete reply', () => {
    it('is continued in the same message after it was truncated', async () => {
      const aiChat = await ai.openChat();
      ai.model.next(replyWith('Once upon a', { finishReason: 'length' }));
      await aiChat.send('Write a story');
      const { answer, id } = await waitForLast(aiChat, 'Once upon a…');
      expect(answer).toMatchObject({ state: 'completed', actions: [{ type: 'continue' }] });
      ai.model.next(replyWith('time. The', { finishReason: 'length' }));
      const continueReply = (query: string) => aiChat.person.post(`/chat/${aiChat.chatId}/ai/continue${query}`);
      expect(await continueReply(`?draftId=${answer.draftId}`)).toMatchObject({
        status: 202,
        body: { isContinued: true },
      });
      await waitForLast(aiChat, 'Once upon a time. The…');
      expect(ai.promptOf(1)).toEqual([
        'user: Write a story',
        'assistant: Once upon a',
        expect.stringMatching(/^user: Go on exactly/),
      ]);
      ai.model.next(replyWith('end.'));
      expect((await continueReply('')).status).toBe(202);
      const { answer: whole, ...last } = await waitForLast(aiChat, 'Once upon a time. The end.');
      expect(last.id).toBe(id);
      expect(whole).not.toHaveProperty('actions');
      expect(await continueReply('')).toMatchObject({
        status: 409,
        body: { message: expect.stringContaining('cannot be continued') },
      });
      expect((await continueReply('?draftId=nothing')).status).toBe(404);
      const other = await ai.openChatWith(aiChat.botId);
      expect((await other.person.post(`/chat/${other.chatId}/ai/continue?draftId=${answer.draftId}`)).status).toBe(404);
      expect((await other.person.post(`/chat/${other.chatId}/ai/continue`)).status).toBe(404);
    });

    it('is regenerated or continued after an interruption, also by the Admin API', async () => {
      const aiChat = await openFreshChat();
      ai.model.next(replyWith('one two three four', { breakAfter: 2, delayMs: 5 }));
      await aiChat.send('Count');
      const { answer, id } = await waitForLast(aiChat, 'one two');
      expect(answer).toMatchObject({ state: 'interrupted', actions: [{ type: 'regenerate' }, { type: 'continue' }] });
      const [row] = await ai.sql<Json>(`SELECT data FROM messages WHERE id = '${id}'`);
      expect(JSON.parse(row.data)).toEqual({
        ai_actions: ['regenerate', 'continue'].map((type) => ({ type, run_id: answer.draftId })),
      });
      ai.model.next(replyWith('three'));
      expect((await ai.admin.post(`/ai/runs/${answer.draftId}/continue`)).status).toBe(202);
      await waitForLast(aiChat, 'one two three');
      ai.model.next(replyWith('1 2 3'));
      expect((await ai.admin.post(`/ai/runs/${answer.draftId}/regenerate`)).body).toMatchObject({ attempt: 3 });
      await waitForLast(aiChat, '1 2 3');
      expect(await aiChat.waitForReplies(1)).toHaveLength(1);
      expect((await ai.admin.post('/ai/runs/nothing/regenerate')).status).toBe(404);
    });
  });

  describe('the context', () => {
    /** The prompt of the last request. */
    const lastPrompt = (): string[] =>
      (ai.model.calls.at(-1)!.body.messages as Json[]).map(({ role, content }) => `${role}: ${content}`);

    it('follows the settings for names, start time and messages of other bots', async () => {
      const [botId, otherId] = [await ai.createAiBot(), await ai.createAiBot()];
      await ai.platform.put(`/bots/${otherId}`, { ai: null, bot_callback_url: 'https://127.0.0.1/hook' });
      const mia = await ai.signUp('Mia');
      const { body: group } = await ai.platform.post('/group_channels', { user_ids: [mia.id, botId, otherId] });
      const channel_url = group.channel_url as string;
      const set = (settings: object) => ai.admin.put(`/bot/${botId}/ai`, settings);
      const ask = async (message: string) => {
        const asked = ai.model.calls.length;
        const path = `/group_channels/${channel_url}/messages`;
        await ai.platform.post(path, { message_type: 'MESG', user_id: mia.id, message });
        await ai.waitForCalls(asked + 1);
        await waitFor(async () => (await ai.runs(channel_url)).every(({ state }) => state === 'completed'), {
          what: 'the reply',
        });
      };
      await set({ contextBots: true, systemMessage: ['A', 'B'], systemJoin: 'separate' });
      await ai.platform.post(`/bots/${otherId}/send`, { channel_url, message: 'Beep' });
      await ask('One');
      expect(lastPrompt()).toEqual(['system: A', 'system: B', `user: ${otherId}: Beep`, 'user: Mia: One']);
      await set({ contextSince: Date.now(), contextNames: 'never', systemJoin: 'single' });
      await ask('Two');
      expect(lastPrompt()).toEqual(['system: A\n\nB', 'user: Two']);
      await ai.sql(`UPDATE messages SET created_at = created_at - interval '1 hour' WHERE chat_id = '${channel_url}'`);
      await set({ contextSince: 0, contextMaxAge: 600, contextNames: 'groups' });
      await ask('Three');
      expect(lastPrompt().slice(1)).toEqual(['user: Mia: Three']);
      await set({ contextMaxAge: 0, contextBots: false });
      await ask('Four');
      expect(lastPrompt()).toHaveLength(8);
      expect(lastPrompt().join()).not.toContain('Beep');
    });

    it('never exceeds the context window of the model', async () => {
      const aiChat = await ai.openChat({ max_tokens: 2048 });
      await ai.admin.put(`/bot/${aiChat.botId}/ai`, { model: 'gpt-3.5-turbo-instruct', contextTokens: 100_000 });
      for (const count of [1, 2]) await aiChat.send('blah '.repeat(800)).then(() => aiChat.waitForReplies(count));
      expect(lastPrompt().map((line) => line.slice(0, 9))).toEqual(['system: Y', 'assistant', 'user: bla']);
      await ai.admin.put(`/bot/${aiChat.botId}/ai`, { model: 'gpt-4.1' });
      await aiChat.send('And now?').then(() => aiChat.waitForReplies(3));
      expect(lastPrompt()).toHaveLength(6);
    });

    it('is smaller if the model counts more tokens than the server', async () => {
      const aiChat = await ai.openChat();
      await ai.admin.put(`/bot/${aiChat.botId}/ai`, { model: 'counts-more', contextTokens: 2000 });
      const usage = { prompt_tokens: 1500, completion_tokens: 1, total_tokens: 1501 };
      ai.model.behave((call, response) => replyWith('Well.', { usage })(call, response));
      for (const count of [1, 2]) await aiChat.send('blah '.repeat(700)).then(() => aiChat.waitForReplies(count));
      const [{ factor }] = await ai.sql<Json>(
        `SELECT factor FROM ai_token_count_calibrations WHERE model = 'counts-more'`,
      );
      expect(factor).toBeGreaterThan(1.5);
      expect(lastPrompt()).toHaveLength(3); // the second message, without the first
    });

    it('starts with a summary of older messages, until one of them is deleted', async () => {
      const aiChat = await ai.openChat();
      const { botId, chatId } = aiChat;
      await ai.admin.put(`/bot/${botId}/ai`, { contextSummary: true, contextMessages: 4 });
      const isSummaryRequest = ({ body }: { body: Json }) => /^You keep the memory/.test(body.messages[0].content);
      const summaryPrompts = () =>
        ai.model.calls.filter(isSummaryRequest).map(({ body }) => body.messages[1].content as string);
      let summary = 'Notes one.';
      let isFailing = true;
      let mayRespond = Promise.resolve();
      ai.model.behave(async (call, response) => {
        if (!isSummaryRequest(call)) return echo(call, response);
        await mayRespond;
        return (isFailing ? failWith(400) : replyWith(summary))(call, response);
      });
      const stored = async (): Promise<Json> =>
        (
          await ai.sql<Json>(
            `SELECT *, lease_until > now() AS "isDelayed" FROM ai_summaries WHERE chat_id = '${chatId}'`,
          )
        )[0];
      const untilStored = (what: string, is: (row: Json) => boolean): Promise<Json> =>
        waitFor(
          async () => {
            const row = await stored();
            return row && is(row) ? row : undefined;
          },
          { what },
        );
      let count = 0;
      /** Sends a message of about 700 tokens. @returns the shortened prompt of the reply */
      const ask = async (body: string): Promise<string[]> => {
        const { id } = await aiChat.send(`${body} ${'blah '.repeat(700)}`);
        await aiChat.waitForReplies(++count);
        const { body: request } = ai.model.calls.findLast((call) => !isSummaryRequest(call))!;
        ids.set(body, id as string);
        return (request.messages as Json[]).slice(1).map(({ role, content }) => `${role}: ${content.slice(0, 50)}`);
      };
      const ids = new Map<string, string>();
      // A failed summary does not affect replies, and is not retried for a while.
      for (const question of ['one', 'two', 'three', 'four']) await ask(question);
      expect(await untilStored('a delay', ({ isDelayed, lease_token }) => isDelayed && !lease_token)).toMatchObject({
        body: '',
        reserved_tokens: 0,
      });
      expect(summaryPrompts()).toHaveLength(1);
      isFailing = false;
      // A dead worker has left a reservation.
      await ai.sql(`UPDATE ai_budgets SET reserved = reserved + 99 WHERE bot_id = '${botId}'`);
      const lost = `lease_token = 'gone', lease_until = now(), reserved_tokens = 99, reserved_day = (now() AT TIME ZONE 'UTC')::date`;
      await ai.sql(`UPDATE ai_summaries SET ${lost} WHERE chat_id = '${chatId}'`);
      await ask('five');
      expect(
        await untilStored('the summary', ({ body, lease_token }) => body === 'Notes one.' && !lease_token),
      ).toMatchObject({
        used_tokens: '57',
        reserved_tokens: 0,
      });
      const [{ reserved }] = await ai.sql<Json>(`SELECT reserved FROM ai_budgets WHERE bot_id = '${botId}'`);
      expect(reserved).toBe('0');
      expect(summaryPrompts()[1]).toMatch(
        /^Notes so far:\n\(none\)\n\nSaid since:\nUser: one .*Assistant: You said: one /s,
      );
      const six = await ask('six');
      expect(six[0]).toMatch(/^user: \[Summary of what was said before\]\nNotes one\./);
      expect(six.slice(1).map((line) => line.slice(0, 24))).toEqual([
        'user: five blah blah bla',
        'assistant: You said: fiv',
        'user: six blah blah blah',
      ]);
      summary = 'Notes two.';
      // A new summary may be generated from now on.
      let release = (): void => undefined;
      mayRespond = new Promise((resolve) => (release = resolve));
      await aiChat.person.delete(`/chat/message/${ids.get('one')}`);
      expect(await stored()).toMatchObject({ body: '', up_to_seq: '0' });
      expect((await ask('seven')).join()).not.toContain('Notes');
      release();
      await untilStored('the new summary', ({ body }) => body === 'Notes two.');
      expect(summaryPrompts().slice(2).join()).not.toMatch(/User: one |Notes one/);
      expect((await ask('eight'))[0]).toMatch(/Notes two\./);
      await aiChat.send('/reset');
      await aiChat.waitForReplies(++count);
      expect(await stored()).toMatchObject({ body: '' });
      expect(await ask('nine')).toHaveLength(1);
    });
  });
});
