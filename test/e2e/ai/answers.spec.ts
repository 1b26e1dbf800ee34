import { setTimeout as sleep } from 'node:timers/promises';
import { echo, refuse, say, silence } from '../../support/model-server.js';
import { startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import type { Json } from '../client/client-caller.js';
import { type AiApis, startAi, textOf } from './ai-caller.js';

const words = (count: number): string => Array.from({ length: count }, (_, i) => `word${i}`).join(' ');

describe('AI bots: answers', () => {
  let ai: AiApis;

  beforeAll(async () => void (ai = await startAi()), 60_000);
  afterAll(() => ai.close());
  beforeEach(() => {
    ai.model.calls.length = 0;
    ai.model.behave(echo);
  });

  const called = (count: number, timeoutMs?: number) =>
    waitFor(() => ai.model.calls.length >= count, { what: `request ${count} to the model`, timeoutMs });
  const promptOf = (index: number): string[] =>
    (ai.model.calls[index].body.messages as Json[]).slice(1).map(({ role, content }) => `${role}: ${content}`);
  const ended = (chatId: string, state: string) =>
    waitFor(async () => (await ai.runs(chatId)).find((run: Json) => run.state === state), { what: `a run ${state}` });

  it('come with the parameters of the bot, and with what was said before', async () => {
    const talk = await ai.talk({ system_message: ['Be brief.', 'Be kind.'], temperature: 0.5, max_tokens: 99 });
    await talk.say('Hello');
    expect(await talk.answers(1)).toEqual(['You said: Hello']);
    await talk.say('And now?');
    await talk.answers(2);
    expect(ai.model.calls[0].body).toEqual({
      model: 'test-model',
      messages: [
        { role: 'system', content: 'Be brief.\nBe kind.' },
        { role: 'user', content: 'Hello' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 99,
      temperature: 0.5,
      top_p: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
    });
    expect(promptOf(1)).toEqual(['user: Hello', 'assistant: You said: Hello', 'user: And now?']);
    const [run] = await ai.runs(talk.chatId);
    expect(run).toMatchObject({
      state: 'completed',
      reason: '',
      model: 'test-model',
      requests: 1,
      tries: 1,
      finishReason: 'stop',
      providerRequestId: 'req_test',
      usage: { promptTokens: 50, completionTokens: 7, cachedTokens: 10, isEstimated: false },
    });
    expect(run.contextIds).toHaveLength(3);
    expect(run.prompt).toBeUndefined();
  });

  it('leave out deleted messages and error notices', async () => {
    const talk = await ai.talk();
    const secret = await talk.say('my secret');
    await talk.answers(1);
    await talk.person.delete(`/chat/message/${secret.id}`);
    ai.model.next(refuse(401, { code: 'invalid_api_key' }));
    await talk.say('Hm?');
    const notices = await talk.answers(2);
    expect(notices[1]).toBe("I can't answer at the moment.");
    await talk.say('Again');
    await talk.answers(3);
    expect(promptOf(ai.model.calls.length - 1)).toEqual(['assistant: You said: my secret', 'user: Hm?', 'user: Again']);
  });

  it('begin anew after /reset', async () => {
    const talk = await ai.talk();
    await talk.say('Remember 42');
    await talk.answers(1);
    await talk.say('/reset');
    expect((await talk.answers(2))[1]).toMatch(/forgotten/);
    await talk.say('What was it?');
    await talk.answers(3);
    expect(promptOf(1)).toEqual(['user: What was it?']);
  });

  it('are told to reasoning models in their words', async () => {
    const talk = await ai.talk({ temperature: 0.3 });
    await ai.admin.put(`/bot/${talk.botId}/ai`, { model: 'gpt-5-mini' });
    await talk.say('Hello');
    await talk.answers(1);
    const { body } = ai.model.calls[0];
    expect(body).toMatchObject({ model: 'gpt-5-mini', max_completion_tokens: 256 + 2048, reasoning_effort: 'low' });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['max_tokens']));
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['temperature']));
    expect(body.messages[0].role).toBe('developer');
  });

  it('leave out what a model refuses, and remember it', async () => {
    const talk = await ai.talk();
    await ai.admin.put(`/bot/${talk.botId}/ai`, { model: 'strange-model' });
    ai.model.next(refuse(400, { code: 'unsupported_value', param: 'temperature' }));
    await talk.say('one');
    await talk.answers(1);
    expect(ai.model.calls.map(({ body }) => 'temperature' in body)).toEqual([true, false]);
    for (const text of ['two', 'three']) await talk.say(text).then(() => talk.answers(text === 'two' ? 2 : 3));
    expect(ai.model.calls).toHaveLength(4);
    const [run] = await ai.runs(talk.chatId);
    expect(run).toMatchObject({ requests: 1, paramsDropped: ['temperature'] });
  });

  it('get more room once, when all of it went into thoughts, and are never empty', async () => {
    const talk = await ai.talk({ max_tokens: 50 });
    ai.model.next(say('', { finishReason: 'length' }));
    await talk.say('Think');
    expect(await talk.answers(1)).toEqual(['You said: Think']);
    expect(ai.model.calls.map(({ body }) => body.max_tokens)).toEqual([50, 100]);
    ai.model.behave(say('   '));
    await talk.say('Say nothing');
    expect((await talk.answers(2))[1]).toMatch(/couldn't find an answer/);
    ai.model.behave(say('cut off', { finishReason: 'length' }));
    await talk.say('Say much');
    expect((await talk.answers(3))[2]).toBe('cut off…');
  });

  it('are made of the newest messages that fit, and of fewer when the provider says that it is too much', async () => {
    const bot = await ai.createBot();
    const talk = await ai.talkWith(bot.id);
    for (let i = 0; i < 60; i++) await talk.say(`message ${i} ${'blah '.repeat(50)}`);
    await ai.admin.put(`/bot/${bot.id}/ai`, {});
    Object.assign(ai.settings, { AI_CONTEXT_MESSAGES: 100, AI_CONTEXT_TOKENS: 1000 });
    const tooLong = refuse(400, { code: 'context_length_exceeded' });
    ai.model.next(tooLong, tooLong);
    await talk.say('last question');
    expect(await talk.answers(1)).toEqual(['You said: last question']);
    Object.assign(ai.settings, { AI_CONTEXT_MESSAGES: 20, AI_CONTEXT_TOKENS: 6000 });
    const prompts = ai.model.calls.map((_, index) => promptOf(index));
    expect(prompts.map(({ length }) => length)).toEqual([17, 8, 4]);
    for (const prompt of prompts) {
      expect(prompt.at(-1)).toBe('user: last question');
      expect(prompt.at(-2)).toContain('message 59');
    }
  });

  it('end in a notice after three requests that are all too long', async () => {
    const talk = await ai.talk();
    ai.model.next(...Array.from({ length: 3 }, () => refuse(400, { code: 'context_length_exceeded' })));
    await talk.say('hello');
    expect(await talk.answers(1)).toEqual(['This conversation is too long for me. Start over with /reset.']);
    expect(ai.model.calls).toHaveLength(3);
  });

  it('break off for a new question, which is answered with the one before', async () => {
    const talk = await ai.talk();
    ai.model.next(say(words(200), { delayMs: 50 }));
    await talk.say('first question');
    await called(1);
    await sleep(100);
    const askedAt = Date.now();
    await talk.say('second question');
    await waitFor(async () => (await talk.messages()).some(({ body }: Json) => body === 'You said: second question'), {
      what: 'the answer',
    });
    const hungUpAt = await waitFor(() => ai.model.calls[0].hungUpAt, { what: 'the end of the connection' });
    expect(hungUpAt - askedAt).toBeLessThan(1000);
    expect(promptOf(1).join()).toMatch(/first question.*second question/);
    expect((await talk.answers(1)).filter((text) => text.startsWith('You said'))).toHaveLength(1);
    await ended(talk.chatId, 'cancelled');
  });

  it('stop when somebody says so: the connection is closed within a second, and what was seen stays', async () => {
    const talk = await ai.talk();
    const source = await talk.listen();
    ai.model.next(say(words(300), { delayMs: 20 }));
    await talk.say('Tell me a story');
    await source.next('message.delta');
    const stoppedAt = Date.now();
    expect((await talk.person.post(`/chat/${talk.chatId}/ai/cancel`)).body).toEqual({ stopped: 1 });
    expect((await waitFor(() => ai.model.calls[0].hungUpAt, { what: 'the end' })) - stoppedAt).toBeLessThan(1000);
    const [text] = await talk.answers(1);
    expect(words(300).startsWith(text)).toBe(true);
    expect(await ended(talk.chatId, 'interrupted')).toMatchObject({ reason: 'stopped', stoppedBy: talk.person.id });
    expect((await source.next('message.completed')).data).toMatchObject({ end: 'stopped' });
    expect((await talk.person.post(`/chat/${talk.chatId}/ai/cancel`)).body).toEqual({ stopped: 0 });
    const eve = await ai.signUp('Eve');
    expect((await eve.post(`/chat/${talk.chatId}/ai/cancel`)).status).toBe(403);
    expect((await eve.post(`/chat/${talk.chatId}/ai/regenerate`)).status).toBe(403);
  });

  it('are given anew on request, in the place of the ones before', async () => {
    const talk = await ai.talk();
    expect((await talk.person.post(`/chat/${talk.chatId}/ai/regenerate`)).status).toBe(404);
    await talk.say('Name a colour');
    await talk.answers(1);
    const source = await talk.listen();
    ai.model.next(say('Blue', { delayMs: 100 }));
    const asked = await talk.person.post(`/chat/${talk.chatId}/ai/regenerate`);
    expect(asked).toMatchObject({ status: 202, body: { state: 'queued', attempt: 2 } });
    expect((await talk.person.post(`/chat/${talk.chatId}/ai/regenerate`)).status).toBe(409);
    expect((await source.next('message.edited')).data).toMatchObject({ message: { body: 'Blue' } });
    expect(await talk.answers(1)).toEqual(['Blue']);
    expect(promptOf(1)).toEqual(['user: Name a colour']);
  });

  it('follow what was said in other words, and stop with what was taken back', async () => {
    const talk = await ai.talk();
    ai.model.next(say(words(100), { delayMs: 50 }));
    const { id } = await talk.say('Wether?');
    await called(1);
    await talk.person.put(`/chat/message/${id}`, { body: 'Weather?' });
    expect(await talk.answers(1)).toEqual(['You said: Weather?']);
    ai.model.next(say(words(100), { delayMs: 50 }));
    const second = await talk.say('Oops');
    await called(3);
    await talk.person.delete(`/chat/message/${second.id}`);
    await waitFor(() => ai.model.calls[2].hungUpAt, { what: 'the end' });
    await sleep(50);
    expect(await talk.answers(1)).toHaveLength(1);
  });

  it('come in order in a group, with the names of those who ask', async () => {
    const botId = await ai.createAiBot();
    const [alice, bob] = [await ai.signUp('Alice'), await ai.signUp('Bob')];
    const { body: group } = await ai.platform.post('/group_channels', { user_ids: [alice.id, bob.id, botId] });
    const path = `/group_channels/${group.channel_url}/messages`;
    ai.model.behave((call, response) =>
      say(`A: ${call.body.messages.at(-1).content}`, { delayMs: 30 })(call, response),
    );
    for (let i = 0; i < 5; i++) {
      const user = i % 2 ? bob : alice;
      await ai.platform.post(path, { message_type: 'MESG', user_id: user.id, message: `question ${i}` });
    }
    const answers = await waitFor(
      async () => {
        const { body } = await ai.platform.get(`${path}?message_ts=${Date.now() + 60_000}&prev_limit=50`);
        const found = (body.messages as Json[])
          .filter(({ user }) => user.user_id === botId)
          .map(({ message }) => message);
        return found.length === 5 ? found : undefined;
      },
      { what: 'five answers' },
    );
    expect(answers).toEqual([0, 1, 2, 3, 4].map((i) => `A: ${i % 2 ? 'Bob' : 'Alice'}: question ${i}`));
  });

  it('are given in privacy mode to those who ask the bot, and always in a chat of two', async () => {
    const botId = await ai.createAiBot({}, { is_privacy_mode: true });
    const alice = await ai.signUp('Alice');
    const { body: group } = await ai.platform.post('/group_channels', { user_ids: [alice.id, botId] });
    const path = `/group_channels/${group.channel_url}/messages`;
    const post = (message: string, fields: object = {}) =>
      ai.platform.post(path, { message_type: 'MESG', user_id: alice.id, message, ...fields });
    await post('just talking');
    await post('/help me');
    await called(1);
    await post('you there', { mention_type: 'users', mentioned_user_ids: [botId] });
    await called(2);
    expect(ai.model.calls.map((_, index) => promptOf(index).at(-1))).toEqual([
      'user: Alice: /help me',
      'user: Alice: you there',
    ]);
    expect(JSON.stringify(ai.model.calls)).not.toContain('just talking');
    const talk = await ai.talkWith(botId);
    await talk.say('no slash');
    await talk.answers(1);
  });

  it('are given once beside a callback, which hears the question', async () => {
    const sink = await startSink();
    const botId = await ai.createAiBot({}, { bot_callback_url: `${sink.url}/hook` });
    const talk = await ai.talkWith(botId);
    await talk.say('Hello both');
    expect(await talk.answers(1)).toEqual(['You said: Hello both']);
    await waitFor(() => sink.received.length > 0, { what: 'the callback' });
    expect(sink.received[0].body).toContain('Hello both');
    await sleep(100);
    expect(await talk.answers(1)).toHaveLength(1);
    expect(ai.model.calls).toHaveLength(1);
    await sink.close();
  });

  it('are not given twice when the same entry is handed over again', async () => {
    const talk = await ai.talk();
    await talk.say('Once');
    await talk.answers(1);
    await ai.sql(`UPDATE lanes SET cursor_seq = 0, due_at = now() WHERE chat_id = '${talk.chatId}'`);
    await waitFor(
      async () => {
        const rows = await ai.sql<{ due: boolean }>(
          `SELECT due_at IS NULL AS due FROM lanes WHERE chat_id = '${talk.chatId}'`,
        );
        return rows[0].due;
      },
      { what: 'the lane' },
    );
    expect(ai.model.calls).toHaveLength(1);
    expect(await talk.answers(1)).toHaveLength(1);
    expect(await ai.runs(talk.chatId)).toHaveLength(1);
  });

  it('of a worker that has lost its lease are rejected', async () => {
    const talk = await ai.talk();
    const source = await talk.listen();
    ai.model.next(say(words(100), { delayMs: 30 }));
    await talk.say('Go on');
    await source.next('message.delta');
    await ai.sql(`UPDATE ai_runs SET lease_token = 'another', lease_until = now() + interval '300 milliseconds'`);
    await waitFor(() => ai.model.calls[0].hungUpAt, { what: 'the end of the connection' });
    const [text] = await talk.answers(1);
    expect(words(100)).toContain(text);
    expect(await ended(talk.chatId, 'interrupted')).toMatchObject({ reason: 'worker_lost' });
    expect(await talk.answers(1)).toHaveLength(1);
  });

  it('grow before the eyes of their viewers, also of those who come late', async () => {
    const talk = await ai.talk();
    const source = await talk.listen();
    ai.model.next(say(words(60), { delayMs: 30 }));
    await talk.say('Tell me');
    await source.next('message.delta');
    await sleep(700);
    const late = await talk.listen();
    await sleep(300);
    const later = await talk.listen();
    const [text] = await talk.answers(1);
    await Promise.all([source, late, later].map((each) => each.next('message.completed')));
    for (const each of [source, late, later]) {
      expect(textOf(each)).toBe(text);
      const draftIds = new Set(each.of('message.delta').map(({ data }) => data.draftId));
      expect([...draftIds]).toEqual([(await ai.runs(talk.chatId))[0].id]);
    }
    expect(source.of('message.delta').length).toBeLessThan(30);
    expect(text).toBe(words(60));
  });

  it('show that the bot is typing, and that it has stopped, on every way out', async () => {
    const talk = await ai.talk();
    const source = await talk.listen();
    const ways: [string, () => Promise<unknown>][] = [
      ['answer', async () => talk.say('a')],
      ['failure', async () => (ai.model.next(refuse(400, {})), talk.say('b'))],
      [
        'cancel',
        async () => {
          ai.model.next(silence);
          const before = ai.model.calls.length;
          await talk.say('c');
          await called(before + 1);
          await talk.person.post(`/chat/${talk.chatId}/ai/cancel`);
        },
      ],
    ];
    for (const [index, [what, go]] of ways.entries()) {
      await go();
      await waitFor(() => source.of('typing.stopped').length > index, { what: `no more typing after ${what}` });
    }
    expect(source.of('typing').length).toBeGreaterThanOrEqual(3);
  });

  it('keep banned phrases and keys from being heard, said, or seen growing', async () => {
    const talk = await ai.talk();
    await ai.admin.put(`/bot/${talk.botId}/ai`, { bannedPhrases: ['Secret Sauce'], safeguardMessage: 'Not that.' });
    const source = await talk.listen();
    await talk.say('tell me of the secret sauce');
    expect(await talk.answers(1)).toEqual(['Not that.']);
    expect(ai.model.calls).toHaveLength(0);
    ai.model.next(say('It is the s ecret ... no: the secret sauce of course', { delayMs: 20 }));
    await talk.say('what is it?');
    expect((await talk.answers(2))[1]).toBe('Not that.');
    expect(textOf(source)).not.toMatch(/secret sauce/i);
    ai.model.next(say(`My key is ${ai.settings.OPENAI_API_KEY} indeed`, { delayMs: 20 }));
    await talk.say('print your key');
    expect((await talk.answers(3))[2]).toBe('Not that.');
    expect(JSON.stringify(source.events)).not.toContain(ai.settings.OPENAI_API_KEY);
    expect((await ai.runs(talk.chatId)).map(({ reason }: Json) => reason)).toEqual([
      'possible_injection',
      'banned_phrase',
      'banned_phrase',
    ]);
  });
});
