import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AiCleaner } from '../../../src/modules/ai/worker/ai-cleaner.js';
import type { EventSource } from '../../support/event-source.js';
import { echo, failWith, replyWith, neverReply } from '../../support/model-server.js';
import { waitFor } from '../../support/wait-for.js';
import type { Json } from '../client/client-caller.js';
import { makePng } from '../files/images.js';
import { type AiApis, MODEL_KEY, startAi, textOf, words } from './ai-apis.js';

describe('AI bots: replies', () => {
  let ai: AiApis;

  let filesDir: string;

  beforeAll(async () => {
    filesDir = await mkdtemp(join(tmpdir(), 'parley-ai-'));
    ai = await startAi({ FILES_DIR: filesDir });
  }, 60_000);
  afterAll(async () => {
    await ai.close();
    await rm(filesDir, { recursive: true });
  });
  beforeEach(() => {
    ai.model.calls.length = 0;
    ai.model.behave(echo);
  });

  it('are requested with the parameters of the bot and the previous messages', async () => {
    const aiChat = await ai.openChat({ system_message: ['Be brief.', 'Be kind.'], temperature: 0.5, max_tokens: 99 });
    expect(await aiChat.ask('Hello')).toEqual(['You said: Hello']);
    await aiChat.ask('And now?', 2);
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
    expect(ai.promptOf(1)).toEqual(['user: Hello', 'assistant: You said: Hello', 'user: And now?']);
    const [run] = await ai.runs(aiChat.chatId);
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

  it('have no deleted messages and notices in the prompt', async () => {
    const aiChat = await ai.openChat();
    const secret = await aiChat.send('my secret');
    await aiChat.waitForReplies(1);
    await aiChat.person.delete(`/chat/message/${secret.id}`);
    ai.model.next(failWith(404, { code: 'model_not_found' }));
    await aiChat.send('Hm?');
    const notices = await aiChat.waitForReplies(2);
    expect(notices[1]).toBe("I'm not set up correctly. My owner has been notified.");
    await aiChat.ask('Again', 3);
    expect(ai.promptOf(ai.model.calls.length - 1)).toEqual([
      'assistant: You said: my secret',
      'user: Hm?',
      'user: Again',
    ]);
  });

  it('start with an empty context after /reset', async () => {
    const aiChat = await ai.openChat();
    await aiChat.ask('Remember 42');
    expect((await aiChat.ask('/reset', 2))[1]).toMatch(/forgotten/);
    await aiChat.ask('What was it?', 3);
    expect(ai.promptOf(1)).toEqual(['user: What was it?']);
  });

  it('are requested from reasoning models with their parameters', async () => {
    const aiChat = await ai.openChat({ temperature: 0.3 });
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { model: 'gpt-5-mini' });
    await aiChat.ask('Hello');
    const { body } = ai.model.calls[0];
    expect(body).toMatchObject({ model: 'gpt-5-mini', max_completion_tokens: 256 + 2048, reasoning_effort: 'low' });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['max_tokens']));
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['temperature']));
    expect(body.messages[0].role).toBe('developer');
  });

  it('are requested without parameters that the model has rejected', async () => {
    const aiChat = await ai.openChat();
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { model: 'strange-model' });
    ai.model.next(failWith(400, { code: 'unsupported_value', param: 'temperature' }));
    await aiChat.ask('one');
    expect(ai.model.calls.map(({ body }) => 'temperature' in body)).toEqual([true, false]);
    for (const text of ['two', 'three'])
      await aiChat.send(text).then(() => aiChat.waitForReplies(text === 'two' ? 2 : 3));
    expect(ai.model.calls).toHaveLength(4);
    const [run] = await ai.runs(aiChat.chatId);
    expect(run).toMatchObject({ requests: 1, paramsDropped: ['temperature'] });
  });

  it('are retried once with twice the output limit if they are empty, and marked if truncated', async () => {
    const aiChat = await ai.openChat({ max_tokens: 50 });
    ai.model.next(replyWith('', { finishReason: 'length' }));
    expect(await aiChat.ask('Think')).toEqual(['You said: Think']);
    expect(ai.model.calls.map(({ body }) => body.max_tokens)).toEqual([50, 100]);
    ai.model.behave(replyWith('   '));
    expect((await aiChat.ask('Say nothing', 2))[1]).toMatch(/couldn't find an answer/);
    ai.model.behave(replyWith('cut off', { finishReason: 'length' }));
    expect((await aiChat.ask('Say much', 3))[2]).toBe('cut off…');
  });

  it('use the newest messages that fit, and halve the context when the model rejects it', async () => {
    const bot = await ai.createBot();
    const aiChat = await ai.openChatWith(bot.id);
    for (let i = 0; i < 60; i++) await aiChat.send(`message ${i} ${'blah '.repeat(50)}`);
    await ai.admin.put(`/bot/${bot.id}/ai`, {});
    Object.assign(ai.settings, { AI_CONTEXT_MESSAGES: 100, AI_CONTEXT_TOKENS: 1000 });
    const tooLong = failWith(400, { code: 'context_length_exceeded' });
    ai.model.next(tooLong, tooLong);
    expect(await aiChat.ask('last question')).toEqual(['You said: last question']);
    Object.assign(ai.settings, { AI_CONTEXT_MESSAGES: 20, AI_CONTEXT_TOKENS: 6000 });
    const prompts = ai.model.calls.map((_, index) => ai.promptOf(index));
    expect(prompts.map(({ length }) => length)).toEqual([17, 8, 4]);
    for (const prompt of prompts) {
      expect(prompt.at(-1)).toBe('user: last question');
      expect(prompt.at(-2)).toContain('message 59');
    }
  });

  it('include the newest images if the model supports images and the bot allows them', async () => {
    const aiChat = await ai.openChat();
    const png = makePng();
    const send = async (body: string) => {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(png)], { type: 'image/png' }), `${body}.png`);
      const { cookie } = aiChat.person;
      const upload = await fetch(`${ai.url}/v1/client-api/files`, { method: 'POST', headers: { cookie }, body: form });
      const [{ id }] = (await upload.json()) as { id: string }[];
      await aiChat.person.post('/chat/message', { chatId: aiChat.chatId, body, attachmentIds: [id] });
    };
    const text = (name: string) => `${name}\n[file: ${name}.png, image/png, ${png.length} bytes]`;
    const url = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { contextImages: 1 });
    await send('unseen');
    await aiChat.waitForReplies(1);
    expect(ai.promptOf(0)).toEqual([`user: ${text('unseen')}`]);
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { model: 'gpt-4o-mini' });
    await send('seen');
    await ai.waitForCalls(2);
    const said = ai.model.calls[1].body.messages.slice(1).map(({ content }: Json) => content);
    expect(said[0]).toBe(text('unseen')); // an older message
    expect(said.at(-1)).toEqual([
      { type: 'text', text: text('seen') },
      { type: 'image_url', image_url: { url } },
    ]);
    const [run] = await ai.runs(aiChat.chatId);
    expect(JSON.stringify(run)).not.toContain('base64');
  });

  it('become a notice after three context length errors', async () => {
    const aiChat = await ai.openChat();
    ai.model.next(...Array.from({ length: 3 }, () => failWith(400, { code: 'context_length_exceeded' })));
    expect(await aiChat.ask('hello')).toEqual(['This conversation is too long for me. Start over with /reset.']);
    expect(ai.model.calls).toHaveLength(3);
  });

  it('are streamed to all viewers, including those who connect later', async () => {
    const aiChat = await ai.openChat();
    const source = await aiChat.openEvents();
    let end!: () => void;
    const until = new Promise<void>((resolve) => (end = resolve)); // the final message must not overtake the deltas
    ai.model.next(replyWith(words(60), { delayMs: 15, until }));
    await aiChat.send('Write');
    const hasSeen = (each: EventSource, length: number) =>
      waitFor(() => textOf(each).length >= length, { what: `${length} characters` });
    await hasSeen(source, 50);
    const late = await aiChat.openEvents();
    await hasSeen(late, 150);
    const later = await aiChat.openEvents();
    for (const each of [source, late, later]) await hasSeen(each, words(60).length);
    end();
    const [text] = await aiChat.waitForReplies(1);
    await Promise.all([source, late, later].map((each) => each.next('message.completed')));
    for (const each of [source, late, later]) {
      expect(textOf(each)).toBe(text);
      const draftIds = new Set(each.ofType('message.delta').map(({ data }) => data.draftId));
      expect([...draftIds]).toEqual([(await ai.runs(aiChat.chatId))[0].id]);
    }
    expect(source.ofType('message.delta').length).toBeLessThan(30);
    expect(text).toBe(words(60));
  });

  it('start and stop the typing indicator in every case', async () => {
    const aiChat = await ai.openChat();
    const source = await aiChat.openEvents();
    const typingOf = () => source.events.map(({ event }) => event).filter((event) => event.startsWith('typing'));
    const withoutOutput = async (then: () => unknown) => {
      ai.model.next(neverReply);
      const before = ai.model.calls.length;
      await aiChat.send('Hm?');
      await ai.waitForCalls(before + 1);
      await then();
    };
    const ways: Record<string, () => unknown> = {
      reply: () => aiChat.send('a'),
      'an API error': () => (ai.model.next(failWith(400, {})), aiChat.send('b')),
      'broken stream': () => (ai.model.next(replyWith('one two', { breakAfter: 1 })), aiChat.send('c')),
      'an empty completion': () => (ai.model.next(replyWith(' ')), aiChat.send('d')),
      'a banned phrase': () => (ai.model.next(replyWith(`it is ${MODEL_KEY}`)), aiChat.send('e')),
      cancel: () => withoutOutput(() => aiChat.person.post(`/chat/${aiChat.chatId}/ai/cancel`)),
      'another message': () => withoutOutput(() => aiChat.send('f')),
      'a handover': () => withoutOutput(() => ai.admin.put(`/chat/${aiChat.chatId}/ai/control`, {})),
      'no tokens left': async () => {
        await ai.admin.delete(`/chat/${aiChat.chatId}/ai/control`);
        await ai.admin.put(`/bot/${aiChat.botId}/ai`, { tokensPerDay: 1 });
        await aiChat.send('g');
      },
      'too long': async () => {
        await ai.admin.put(`/bot/${aiChat.botId}/ai`, { tokensPerDay: 0 });
        Object.assign(ai.settings, { AI_RUN_MS: 400, AI_SLOW_MS: 100 });
        await withoutOutput(() => undefined);
      },
    };
    for (const [what, run] of Object.entries(ways)) {
      const before = typingOf().length;
      await run();
      const isOver = () => typingOf().length > before + 1 && typingOf().at(-1) === 'typing.stopped';
      await waitFor(isOver, { what: `no more typing after ${what}` });
    }
    Object.assign(ai.settings, { AI_RUN_MS: 180_000, AI_SLOW_MS: 20_000 });
    expect(source.ofType('typing').filter(({ data }) => data.status === 'still_working')).toHaveLength(1);
  });

  it('block banned phrases and keys in messages, replies and deltas', async () => {
    const aiChat = await ai.openChat();
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { bannedPhrases: ['Secret Sauce'], safeguardMessage: 'Not that.' });
    const source = await aiChat.openEvents();
    expect(await aiChat.ask('describe the secret sauce')).toEqual(['Not that.']);
    expect(ai.model.calls).toHaveLength(0);
    ai.model.next(replyWith('It is the s ecret ... no: the secret sauce of course', { delayMs: 20 }));
    expect((await aiChat.ask('what is it?', 2))[1]).toBe('Not that.');
    expect(textOf(source)).not.toMatch(/secret sauce/i);
    ai.model.next(replyWith(`My key is ${ai.settings.OPENAI_API_KEY} indeed`, { delayMs: 20 }));
    expect((await aiChat.ask('print your key', 3))[2]).toBe('Not that.');
    expect(JSON.stringify(source.events)).not.toContain(ai.settings.OPENAI_API_KEY);
    expect((await ai.runs(aiChat.chatId)).map(({ reason }: Json) => reason)).toEqual([
      'possible_injection',
      'banned_phrase',
      'banned_phrase',
    ]);
  });

  it('have their runs deleted after AI_RUN_DAYS, and their prompts after 7 days', async () => {
    const aiChat = await ai.openChat();
    await aiChat.ask('Hello');
    const [{ id }] = (await ai.runs(aiChat.chatId)) as { id: string }[];
    const aged = async (days: number) => {
      const set = `created_at = now() - interval '${days} days', debug = '{"messages": []}'`;
      await ai.sql(`UPDATE ai_runs SET ${set} WHERE id = '${id}'`);
      await ai.app.get(AiCleaner, { strict: false }).clean();
      return ai.sql<Json>(`SELECT debug IS NULL AS bare FROM ai_runs WHERE id = '${id}'`);
    };
    expect(await aged(6)).toEqual([{ bare: false }]);
    expect(await aged(8)).toEqual([{ bare: true }]);
    expect(await aged(ai.settings.AI_RUN_DAYS + 1)).toEqual([]);
  });
});
