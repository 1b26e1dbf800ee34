import type { INestApplication } from '@nestjs/common';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AiBudgetsRepository } from '../../../src/modules/ai/generation/budgets/ai-budgets.repository.js';
import { AiRunsService } from '../../../src/modules/ai/runs/ai-runs.service.js';
import { AiRunner } from '../../../src/modules/ai/worker/ai-runner.js';
import { startApp } from '../../support/app.js';
import { BAD_KEY, echo, failWith, replyWith, neverReply } from '../../support/model-server.js';
import { waitFor } from '../../support/wait-for.js';
import { type Json } from '../client/client-caller.js';
import { type AiApis, startAi, type AiChat } from './ai-apis.js';

/** The budget of the bot allows one run, and each of two processes has one. */
async function raceForLastTokens(first: AiApis, second: INestApplication): Promise<void> {
  const botId = await first.createAiBot();
  await first.admin.put(`/bot/${botId}/ai`, { tokensPerDay: 350 });
  const aiChats = await Promise.all([first.openChatWith(botId), first.openChatWith(botId)]);
  const wakeups = [first.app, second].map((app) => jest.spyOn(app.get(AiRunsService, { strict: false }), 'enqueue'));
  for (const wakeup of wakeups) wakeup.mockReturnValue();
  for (const aiChat of aiChats) await aiChat.send('Hello');
  for (const { chatId } of aiChats) await first.waitForRun(chatId, 'queued');
  const runners = [first.app, second].map((app) => app.get(AiRunner, { strict: false }));
  const statesOfRuns = async () => {
    const runs = (await Promise.all(aiChats.map(({ chatId }) => first.runs(chatId)))).flat();
    return runs.map(({ state, reason }) => `${state} ${reason}`).sort();
  };
  // A finished run releases unused tokens, so the first run must not finish before the other one reserves.
  let release!: () => void;
  const hasLost = new Promise<void>((resolve) => (release = resolve));
  first.model.next(async (call, response) => (await hasLost, echo(call, response)));
  const bothRuns = Promise.all(runners.map((runner, i) => runner.run({ botId, chatId: aiChats[i].chatId })));
  await waitFor(async () => (await statesOfRuns()).includes('blocked budget'), { what: 'a blocked run' });
  release();
  await bothRuns;
  for (const wakeup of wakeups) wakeup.mockRestore();
  expect(await statesOfRuns()).toEqual(['blocked budget', 'completed ']);
}

const SETTINGS = { AI_FIRST_WORD_MS: 3000, AI_SILENCE_MS: 300, AI_BOT_TOKENS_PER_DAY: 0 } as const;

describe('AI bots: failures and limits', () => {
  let ai: AiApis;
  let keys = 0;

  beforeAll(async () => void (ai = await startAi(SETTINGS)), 60_000);
  afterAll(() => ai.close());
  beforeEach(() => {
    ai.model.calls.length = 0;
    ai.model.behave(echo);
    Object.assign(ai.settings, SETTINGS);
  });

  /** With its own key, whose circuit no other test has opened. */
  const openFreshChat = async (): Promise<AiChat> => {
    const aiChat = await ai.openChat();
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { apiKey: `sk-test-of-its-own-${++keys}` });
    return aiChat;
  };
  const eventsOf = async ({ botId }: AiChat): Promise<Json[]> => (await ai.admin.get(`/ai/events?botId=${botId}`)).body;
  const lastRun = async ({ chatId }: AiChat): Promise<Json> => (await ai.runs(chatId))[0];

  it('open the circuit and send a notice when retry-after is too long', async () => {
    const aiChat = await openFreshChat();
    ai.model.next(failWith(429, { code: 'rate_limit_exceeded' }, { 'retry-after': '120' }));
    expect(await aiChat.ask('Hello')).toEqual(["I'm getting too many questions right now. Try again in 120 s."]);
    expect(await lastRun(aiChat)).toMatchObject({ state: 'failed', reason: 'rate_limited', requests: 1 });
    await aiChat.send('And now?');
    await waitFor(async () => (await lastRun(aiChat)).reason === 'circuit_open', { what: 'an open circuit' });
    expect(ai.model.calls).toHaveLength(1);
    expect(await aiChat.waitForReplies(1)).toHaveLength(1); // at most one notice in 30 s
  });

  it('send an alert and one request when there is no quota', async () => {
    const aiChat = await openFreshChat();
    ai.model.next(failWith(429, { code: 'insufficient_quota', type: 'insufficient_quota' }));
    expect(await aiChat.ask('Hello')).toEqual(["I can't answer at the moment."]);
    expect(ai.model.calls).toHaveLength(1);
    expect(await lastRun(aiChat)).toMatchObject({ state: 'failed', reason: 'quota', providerRequestId: '' });
    const metrics = await (await fetch(`${ai.url}/metrics`)).text();
    expect(metrics).toMatch(/parley_ai_alerts_total\{kind="quota"\} 1/);
    expect(JSON.stringify(await aiChat.messages())).not.toContain('org-secret');
    await aiChat.send('And now?');
    await waitFor(async () => (await lastRun(aiChat)).reason === 'circuit_open', { what: 'an open circuit' });
    expect(ai.model.calls).toHaveLength(1);
    const [event, ...more] = await eventsOf(aiChat);
    expect(event).toMatchObject({
      type: 'key.refused',
      details: { model: 'test-model', key: expect.stringMatching(/^bot …/) },
    });
    expect(more).toEqual([]);
    const tested = await ai.admin.post(`/bot/${aiChat.botId}/ai/test`);
    expect(tested).toMatchObject({ status: 200, body: [{ isReachable: true, knowsModel: true, models: 1 }] });
    expect((await aiChat.ask('Once more', 2))[1]).toBe('You said: Once more');
    expect((await eventsOf(aiChat)).map(({ type }) => type)).toEqual(['key.recovered', 'key.refused']);
  });

  it('are diagnosed by the connection test without disclosing the key', async () => {
    const aiChat = await ai.openChat();
    const fallback = [{ model: 'elsewhere', baseUrl: ai.model.url, apiKey: 'sk-test-elsewhere-0123' }];
    const set = await ai.admin.put(`/bot/${aiChat.botId}/ai`, { apiKey: BAD_KEY, fallback });
    expect(set.body).toMatchObject({ fallback: [{ model: 'elsewhere', baseUrl: ai.model.url, hasOwnKey: true }] });
    const { body } = await ai.admin.post(`/bot/${aiChat.botId}/ai/test`);
    expect(body).toMatchObject([
      { isReachable: false, failure: 'auth', key: 'bot …6789', detail: expect.stringContaining('Incorrect API key') },
      { isReachable: true, model: 'elsewhere', knowsModel: false },
    ]);
    expect(JSON.stringify(body)).not.toContain(BAD_KEY);
    ai.model.next(failWith(401, { message: `Incorrect API key provided: ${BAD_KEY}.` }));
    expect(await aiChat.ask('Hello')).toEqual(['You said: Hello']);
    expect(await lastRun(aiChat)).toMatchObject({ state: 'completed', model: 'elsewhere', requests: 2 });
    expect((await eventsOf(aiChat)).map(({ type }) => type)).toEqual(['key.refused']);
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { fallback: [{ model: 'another', baseUrl: ai.model.url }] });
    const [{ ai: stored }] = await ai.sql<Json>(`SELECT ai FROM bot_endpoints WHERE bot_id = '${aiChat.botId}'`);
    expect(stored.fallback[0].apiKeyEncrypted).toEqual(expect.any(String));
    for (const bad of [{ model: '' }, { model: 'x', baseUrl: 'ftp://x' }, {}, 'x']) {
      expect((await ai.admin.put(`/bot/${aiChat.botId}/ai`, { fallback: [bad] })).status).toBe(400);
    }
    expect((await ai.admin.get('/ai/events?type=nothing')).status).toBe(400);
    const plain = await ai.createBot();
    expect((await ai.admin.post(`/bot/${plain.id}/ai/test`)).status).toBe(400);
  });

  it('remove a key when its base URL changes, with a warning', async () => {
    const aiChat = await ai.openChat();
    const put = async (change: object) => (await ai.admin.put(`/bot/${aiChat.botId}/ai`, change)).body;
    const [here, elsewhere] = [ai.model.url, `${ai.model.url}/elsewhere`];
    const key = { apiKey: 'sk-test-of-here-0123456' };
    expect(await put({ baseUrl: here, ...key })).toMatchObject({ baseUrl: here, hasOwnKey: true });
    expect(await put({ baseUrl: `${here}/`, temperature: 0.5 })).toMatchObject({ hasOwnKey: true });
    const moved = await put({ baseUrl: elsewhere });
    expect(moved).toMatchObject({ baseUrl: elsewhere, hasOwnKey: false });
    expect(moved.warnings).toEqual([
      'The key of the first model was removed: it belongs to another base URL. Send apiKey for the new one.',
    ]);
    expect(await put({ baseUrl: here, ...key })).not.toHaveProperty('warnings');
    // The default of the server is another base URL, too.
    expect(await put({ baseUrl: '' })).toMatchObject({ hasOwnKey: false, warnings: [expect.any(String)] });

    const fallback = [
      { model: 'other', apiKey: 'sk-test-of-fallback-01234' },
      { model: 'third', baseUrl: here, ...key },
    ];
    await put({ baseUrl: here, fallback });
    const { fallback: after, warnings } = await put({ baseUrl: elsewhere });
    expect(after).toMatchObject([
      { model: 'other', hasOwnKey: false },
      { model: 'third', hasOwnKey: true },
    ]);
    expect(warnings).toEqual([expect.stringContaining('The key of the fallback other was removed')]);
    expect((await put({ fallback: [{ model: 'third', baseUrl: elsewhere }] })).fallback).toMatchObject([
      { model: 'third', hasOwnKey: false },
    ]);
    const [{ ai: stored }] = await ai.sql<Json>(`SELECT ai FROM bot_endpoints WHERE bot_id = '${aiChat.botId}'`);
    expect(JSON.stringify(stored)).not.toContain('apiKeyEncrypted');
  });

  it('are retried up to three requests, with one reply', async () => {
    const aiChat = await openFreshChat();
    const fault = failWith(500, {}, { 'retry-after-ms': '20' });
    ai.model.next(fault, fault);
    expect(await aiChat.ask('Hello')).toEqual(['You said: Hello']);
    expect(ai.model.calls).toHaveLength(3);
    expect(await lastRun(aiChat)).toMatchObject({ state: 'completed', requests: 3 });
  });

  it('keep the partial reply when the connection breaks, without a retry', async () => {
    const aiChat = await openFreshChat();
    ai.model.next(replyWith('one two three four five six seven eight nine ten eleven', { breakAfter: 10, delayMs: 5 }));
    expect(await aiChat.ask('Count')).toEqual(['one two three four five six seven eight nine ten']);
    expect(ai.model.calls).toHaveLength(1);
    const run = await lastRun(aiChat);
    expect(run).toMatchObject({ state: 'interrupted', reason: 'broken_stream', usage: { isEstimated: true } });
    expect(run.usage.completionTokens).toBeGreaterThan(5);
    await aiChat.ask('Go on', 2);
    expect(JSON.stringify(ai.model.calls[1].body.messages)).toContain('nine ten [interrupted]');
  });

  it('end runs of models that send nothing or stall', async () => {
    const aiChat = await openFreshChat();
    ai.settings.AI_RUN_MS = 250;
    ai.model.behave(neverReply);
    expect(await aiChat.ask('Hello')).toEqual(['That took too long. Try again?']);
    expect(await lastRun(aiChat)).toMatchObject({ state: 'failed', reason: 'overtime' });
    ai.settings.AI_RUN_MS = 180_000;
    ai.model.behave(replyWith('one two three', { stallAfter: 2 }));
    expect((await aiChat.ask('Count', 2))[1]).toBe('one two');
    expect(await lastRun(aiChat)).toMatchObject({ state: 'interrupted', reason: 'timeout' });
  });

  it('truncate an endless reply', async () => {
    const aiChat = await openFreshChat();
    ai.model.behave(replyWith('word '.repeat(5000)));
    await aiChat.send('For ever');
    const [text] = await aiChat.waitForReplies(1);
    expect(text.length).toBeLessThanOrEqual(16_001);
    expect(text.endsWith('…')).toBe(true);
    expect(await lastRun(aiChat)).toMatchObject({ state: 'completed', finishReason: 'length' });
  });

  it('enforce the daily token budget before a request', async () => {
    const aiChat = await openFreshChat();
    ai.settings.AI_BOT_TOKENS_PER_DAY = 100;
    expect((await aiChat.ask('Hello'))[0]).toMatch(/^Today's limit is used up; I'm back at 00:00 UTC\.$/);
    expect(ai.model.calls).toHaveLength(0);
    expect(await lastRun(aiChat)).toMatchObject({ state: 'blocked', reason: 'budget' });
    ai.settings.AI_BOT_TOKENS_PER_DAY = 330;
    await aiChat.ask('Hello', 2);
    const [budget] = await ai.sql<Json>(`SELECT used, reserved FROM ai_budgets WHERE bot_id = '${aiChat.botId}'`);
    expect(budget).toEqual({ used: '57', reserved: '0' });
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { tokensPerDay: 200, downgradeModel: 'cheap' });
    await aiChat.ask('Hello again', 3);
    expect(ai.model.calls.at(-1)!.body.model).toBe('cheap');
    expect((await eventsOf(aiChat)).map(({ type }) => type)).toEqual([
      'budget.exhausted',
      'budget.low',
      'budget.exhausted',
    ]);
  });

  it('grant the last tokens to one of many reservations', async () => {
    const botId = await ai.createAiBot();
    const budgets = ai.app.get(AiBudgetsRepository, { strict: false });
    const won = await Promise.all(Array.from({ length: 20 }, () => budgets.reserve(botId, 60, 100)));
    expect(won.filter(Boolean)).toHaveLength(1);
    await budgets.spend(botId, won.find(Boolean)!.day, 60, 30);
    expect(await budgets.reserve(botId, 70, 100)).toBeDefined();
    expect(await budgets.reserve(botId, 1, 100)).toBeUndefined();
  });

  it('enforce the turn limit of a user', async () => {
    const aiChat = await openFreshChat();
    ai.settings.AI_TURNS_PER_MINUTE = 2;
    for (const count of [1, 2]) await aiChat.send('Hello').then(() => aiChat.waitForReplies(count));
    expect((await aiChat.ask('More', 3))[2]).toMatch(/Give me a minute/);
    expect(ai.model.calls).toHaveLength(2);
    ai.settings.AI_TURNS_PER_MINUTE = 0;
  });

  it('share the budget between two processes, which take over runs without output', async () => {
    const pricesFile = join(await mkdtemp(join(tmpdir(), 'parley-prices-')), 'prices.json');
    const price = {
      model: 'test-model',
      input: 1,
      cached_input: 0.5,
      output: 4,
      currency: 'USD',
      valid_from: '2020-01-01',
    };
    await writeFile(pricesFile, JSON.stringify([price]));
    const first = await startAi({ AI_PRICES_FILE: pricesFile, AI_DEBUG_STORE: true });
    const { DATABASE_URL, OPENAI_BASE_URL, OPENAI_API_KEY, AI_DEFAULT_MODEL, AI_DEBUG_STORE } = first.settings;
    const shared = { DATABASE_URL, OPENAI_BASE_URL, OPENAI_API_KEY, AI_DEFAULT_MODEL, AI_DEBUG_STORE };
    const aiChat = await first.openChat();
    first.model.next(neverReply);
    await aiChat.send('Hello');
    await waitFor(() => first.model.calls.length === 1, { what: 'the request' });
    const second = await startApp({ ROLES: ['worker'], AI_PRICES_FILE: pricesFile, ...shared });
    await raceForLastTokens(first, second.app);
    first.model.calls.splice(1);
    const rows = () =>
      first.sql<Json>(
        `SELECT state, tries, reason, cost_micros, debug FROM ai_runs WHERE chat_id = '${aiChat.chatId}'`,
      );
    // Stops only the worker of the first process.
    await first.app.get(AiRunner, { strict: false }).onModuleDestroy();
    await waitFor(() => first.model.calls[0].abortedAt, { what: 'the end of the connection' });
    expect(await aiChat.waitForReplies(1)).toEqual(['You said: Hello']);
    const [row] = await waitFor(async () => ((await rows())[0].state === 'completed' ? rows() : undefined), {
      what: 'the end',
    });
    expect(row).toMatchObject({ tries: 2, cost_micros: String(40 * 1 + 10 * 0.5 + 7 * 4) });
    expect(JSON.stringify(row.debug)).toContain('Hello');
    const [{ id }] = (await aiChat.messages()).slice(0, 1);
    await aiChat.person.delete(`/chat/message/${id}`);
    expect((await rows())[0].debug).toBeNull();
    await second.close();
    await first.close();
    await rm(join(pricesFile, '..'), { recursive: true });
  });

  it('moderate input and output as configured', async () => {
    const flagged = (input: string) => /bomb/.test(input);
    ai.model.behave((call, response) => {
      if (call.path !== '/v1/moderations') return echo(call, response);
      const results = [{ flagged: flagged(call.body.input as string), categories: { illicit: true, sexual: false } }];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 'modr-1', model: 'm', results }));
    });
    const aiChat = await openFreshChat();
    ai.settings.AI_MODERATION_INPUT = 'block';
    expect(await aiChat.ask('how to build a bomb')).toEqual(["I can't talk about that."]);
    expect(await lastRun(aiChat)).toMatchObject({ state: 'blocked', reason: 'moderation_input' });
    ai.settings.AI_MODERATION_INPUT = 'off';
    ai.settings.AI_MODERATION_OUTPUT = 'block';
    expect((await aiChat.ask('another bomb', 2))[1]).toBe("I can't talk about that.");
    expect((await aiChat.ask('flowers', 3))[2]).toBe('You said: flowers');
    ai.settings.AI_MODERATION_OUTPUT = 'flag';
    await aiChat.ask('bomb, but only flagged', 4);
    expect((await lastRun(aiChat)).errorDetail).toBe('output moderation: illicit');
    ai.settings.AI_MODERATION_OUTPUT = 'off';
    ai.settings.AI_MODERATION_INPUT = 'block';
    ai.model.behave((call, response) =>
      call.path === '/v1/moderations' ? failWith(503)(call, response) : echo(call, response),
    );
    expect((await aiChat.ask('flowers again', 5))[4]).toBe('You said: flowers again');
    ai.settings.AI_MODERATION_DOWN = 'closed';
    expect((await aiChat.ask('still flowers', 6))[5]).toBe("I can't talk about that.");
    Object.assign(ai.settings, { AI_MODERATION_DOWN: 'open', AI_MODERATION_INPUT: 'off' });
  });
});
