import { waitForIdleAi } from '../support/ai-idle.js';
import type { ClientApi, Person } from '../support/client-api.js';
import { runSql } from '../support/databases.js';
import { EventSource } from '../support/event-source.js';
import {
  callTools,
  type ModelServer,
  failWith,
  replyWith,
  neverReply,
  startModelServer,
} from '../support/model-server.js';
import type { ParleyProcess } from '../support/parley-process.js';
import { TEST_SECRETS } from '../support/settings.js';
import { respondOk, type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';
import { Deployment } from './deployment.js';

const KEY = 'sk-test-0123456789abcdefghij';
const TOOL_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const STORY = Array.from({ length: 400 }, (_, i) => `word${i}`).join(' ');
/** Tables that must not contain secrets. */
const TABLES = [
  'ai_runs',
  'ai_tool_calls',
  'ai_events',
  'ai_circuits',
  'ai_unsupported_parameters',
  'bot_endpoints',
  'messages',
  'audit_log',
];
/** Covers the lease, the sweep interval of 500 ms, and the start of a process. */
const TAKEN_OVER_MS = 20_000;

interface Chat {
  person: Person;
  id: string;
}

/** Runs the built program as in production: an API process and workers that are replaced. */
describe('AI workers that crash or stop', () => {
  let deployment: Deployment;
  let model: ModelServer;
  let tool: Sink;
  let worker: ParleyProcess;
  let client: ClientApi;
  let botId: string;
  const outputs: ParleyProcess[] = [];

  const replaceWorker = async (): Promise<void> => {
    worker = deployment.workers[0] = await deployment.spawn('worker');
    outputs.push(worker);
  };
  const openChat = async (): Promise<Chat> => {
    const person = await client.logIn('Mia');
    return { person, id: await client.createChat(person, botId) };
  };
  const replies = async ({ person, id }: Chat): Promise<string[]> =>
    (await client.listMessages(person, id)).filter(({ senderId }) => senderId === botId).map(({ body }) => body);
  const replied = (chat: Chat) =>
    waitFor(async () => ((await replies(chat)).length > 0 ? replies(chat) : undefined), {
      what: 'a reply',
      timeoutMs: TAKEN_OVER_MS,
    });
  const runOf = async ({ id }: Chat) =>
    (
      await runSql<{ state: string; reason: string; tries: number }>(
        deployment.databaseUrl,
        `SELECT state, reason, tries FROM ai_runs WHERE chat_id = '${id}' ORDER BY id`,
      )
    )[0];

  const read = async (url: string, init?: RequestInit): Promise<string> => {
    const response = await fetch(url, init);
    expect(response.status).toBe(200);
    return response.text();
  };
  const admin = (method: string, path: string, fields: object = {}): Promise<string> => {
    const headers = { authorization: TEST_SECRETS.ADMIN_SECRET_KEY, 'content-type': 'application/json' };
    const body = method === 'GET' ? undefined : JSON.stringify(fields);
    return read(`${deployment.api.url}/v1/admin-api/${path}`, { method, headers, body });
  };

  beforeAll(async () => {
    [model, tool] = await Promise.all([startModelServer(), startSink()]);
    const env = { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: KEY, AI_LEASE_MS: '1500', LOG_LEVEL: 'debug' };
    deployment = await Deployment.start({ env });
    ({ client } = deployment);
    [worker] = deployment.workers;
    outputs.push(deployment.api, worker);
    botId = (await client.createBot('Oracle')).id;
    const weather = { name: 'weather', description: 'How it is outside.', url: tool.url, secret: TOOL_SECRET };
    await admin('PUT', `bot/${botId}/ai`, { tools: [{ ...weather, parameters: { type: 'object' } }] });
  }, 60_000);

  afterAll(async () => {
    await deployment?.stop();
    await Promise.all([model.close(), tool.close()]);
  });

  it('leave exactly one reply per message, possibly interrupted, when they are killed', async () => {
    const [streaming, thinking, calling, waiting] = [
      await openChat(),
      await openChat(),
      await openChat(),
      await openChat(),
    ];
    const source = await EventSource.open(`${deployment.api.url}/v1/client-api/events`, {
      cookie: streaming.person.cookie,
    });
    model.next(replyWith(STORY, { delayMs: 20 }), neverReply, callTools([['weather', {}]]));
    tool.setBehaviour(() => undefined);
    await client.sendMessage(streaming.person, streaming.id, 'Write a story');
    await source.next('message.delta');
    await client.sendMessage(thinking.person, thinking.id, 'Think hard');
    await waitFor(() => model.calls.length === 2, { what: 'both requests' });
    await client.sendMessage(calling.person, calling.id, 'Is it cold?');
    await waitFor(() => tool.received.length === 1, { what: 'the tool call' });
    const hasCheckpoint = async () =>
      (await runSql(deployment.databaseUrl, `SELECT 1 FROM drafts WHERE chat_id = '${streaming.id}' AND body <> ''`))
        .length > 0;
    await waitFor(hasCheckpoint, { what: 'the stored draft' });
    await worker.program.kill('SIGKILL');
    tool.setBehaviour(respondOk);
    await client.sendMessage(waiting.person, waiting.id, 'Anybody there?');
    await replaceWorker();
    const [story] = await replied(streaming);
    expect(STORY.startsWith(story)).toBe(true);
    expect(await runOf(streaming)).toEqual({ state: 'interrupted', reason: 'worker_lost', tries: 1 });
    expect(await replied(thinking)).toEqual(['You said: Think hard']);
    expect(await runOf(thinking)).toEqual({ state: 'completed', reason: '', tries: 2 });
    expect(await replied(calling)).toEqual(['You said: Is it cold?']);
    const [before, after] = tool.received;
    expect([after.body, after.headers['webhook-id']]).toEqual([before.body, before.headers['webhook-id']]);
    expect(tool.received).toHaveLength(2);
    expect(await replied(waiting)).toEqual(['You said: Anybody there?']);
    for (const chat of [streaming, thinking, calling, waiting]) {
      await waitForIdleAi(deployment.databaseUrl, chat.id);
      expect(await replies(chat)).toHaveLength(1);
    }
    source.close();
  }, 60_000);

  it('finish visible replies on SIGTERM and leave the other runs to other workers', async () => {
    const [streaming, thinking] = [await openChat(), await openChat()];
    model.next(replyWith(STORY.slice(0, 400), { delayMs: 20 }), neverReply);
    const before = model.calls.length;
    const source = await EventSource.open(`${deployment.api.url}/v1/client-api/events`, {
      cookie: streaming.person.cookie,
    });
    await client.sendMessage(streaming.person, streaming.id, 'Write a story');
    await source.next('message.delta');
    await client.sendMessage(thinking.person, thinking.id, 'Think hard');
    await waitFor(() => model.calls.length === before + 2, { what: 'both requests' });
    const stopped = worker.program.kill('SIGTERM');
    await replaceWorker();
    expect(await replied(thinking)).toEqual(['You said: Think hard']);
    expect(await replied(streaming)).toEqual([STORY.slice(0, 400)]);
    expect(await stopped).toMatchObject({ code: 0 });
    expect(await runOf(streaming)).toMatchObject({ state: 'completed', tries: 1 });
    source.close();
  }, 60_000);

  it('never disclose the key', async () => {
    tool.setBehaviour((_callback, response) => void response.writeHead(500).end(tool.url));
    const calling = await openChat();
    model.next(callTools([['weather', {}]]));
    await client.sendMessage(calling.person, calling.id, 'Is it cold?');
    await replied(calling);
    model.next(failWith(401, { message: `Incorrect API key provided: ${KEY}.`, code: 'invalid_api_key' }));
    const chat = await openChat();
    const source = await EventSource.open(`${deployment.api.url}/v1/client-api/events`, { cookie: chat.person.cookie });
    await client.sendMessage(chat.person, chat.id, 'Hello');
    expect(await replied(chat)).toEqual(["I can't answer at the moment."]);
    expect(model.calls.at(-1)!.headers.authorization).toBe(`Bearer ${KEY}`);
    model.refuseKeys = true;
    const tested = await admin('POST', `bot/${botId}/ai/test`);
    model.refuseKeys = false;
    const traces = await admin('GET', 'ai/runs');
    for (const text of [tested, traces]) expect(text).toContain('Incorrect API key');
    const logs = outputs.map(({ program }) => program.output).join('\n');
    expect(logs).toContain('Model unusable (auth)');
    const places = {
      tested,
      traces,
      logs,
      events: await admin('GET', 'ai/events'),
      settings: await admin('GET', `bot/${botId}/ai`),
      audit: await admin('GET', 'audit'),
      messages: JSON.stringify(await client.listMessages(chat.person, chat.id)),
      live: JSON.stringify(source.events),
      metrics: (await Promise.all([deployment.api, worker].map(({ url }) => read(`${url}/metrics`)))).join(''),
      database: JSON.stringify(
        await Promise.all(TABLES.map((table) => runSql(deployment.databaseUrl, `SELECT * FROM ${table}`))),
      ),
    };
    for (const [place, text] of Object.entries(places)) {
      for (const secret of [KEY, TOOL_SECRET]) expect([place, text.includes(secret)]).toEqual([place, false]);
    }
    expect(logs).toContain('Tool call failed: weather (500)');
    expect(logs).not.toContain(tool.url);
    source.close();
  }, 60_000);
});
