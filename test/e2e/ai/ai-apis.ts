import type { AppSettings } from '../../../src/app/settings.js';
import { waitForIdleAi } from '../../support/ai-idle.js';
import { runSql } from '../../support/databases.js';
import { EventSource } from '../../support/event-source.js';
import { type ModelServer, startModelServer } from '../../support/model-server.js';
import { waitFor } from '../../support/wait-for.js';
import { ApiCaller, type ClientApis, type Json, startClientApis, type TestPerson } from '../client/client-caller.js';

/** A realistic API key that must never be disclosed. */
export const MODEL_KEY = 'sk-test-0123456789abcdefghij';

export const words = (count: number): string => Array.from({ length: count }, (_, i) => `word${i}`).join(' ');

/** A personal chat of a user with an AI bot. */
export interface AiChat {
  person: TestPerson;
  botId: string;
  chatId: string;
  send(body: string): Promise<Json>;
  messages(): Promise<Json[]>;
  /** Waits for this many messages of the bot. @returns their bodies */
  waitForReplies(count: number, timeoutMs?: number): Promise<string[]>;
  /** Sends a message and waits for this many messages of the bot, one if not given. @returns their bodies */
  ask(body: string, count?: number): Promise<string[]>;
  openEvents(lastEventId?: string): Promise<EventSource>;
}

/** A running server whose AI bots use the model server of the test. */
export interface AiApis extends ClientApis {
  model: ModelServer;
  platform: ApiCaller;
  createAiBot(ai?: object, fields?: object): Promise<string>;
  openChat(ai?: object): Promise<AiChat>;
  openChatWith(botId: string): Promise<AiChat>;
  runs(chatId: string): Promise<Json[]>;
  /** Waits for a run of the chat in this state. */
  waitForRun(chatId: string, state: string): Promise<Json>;
  /** Waits until no run of the chat is open. */
  waitForIdle(chatId: string): Promise<void>;
  /** Waits for this many model requests. */
  waitForCalls(count: number, timeoutMs?: number): Promise<unknown>;
  /** @returns the prompt of this request, without the system message */
  promptOf(index: number): string[];
  sql<Row extends object>(text: string): Promise<Row[]>;
}

export async function startAi(overrides: Partial<AppSettings> = {}): Promise<AiApis> {
  const model = await startModelServer();
  const apis = await startClientApis({
    ROLES: ['api', 'worker'],
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: MODEL_KEY,
    AI_DEFAULT_MODEL: 'test-model',
    AI_TURNS_PER_MINUTE: 0,
    ...overrides,
  });
  const platform = new ApiCaller(`${apis.url}/v3`, { 'api-token': apis.settings.API_TOKEN });
  const open: EventSource[] = [];
  let bots = 0;
  const runs = async (chatId: string) => (await apis.admin.get(`/ai/runs?chatId=${chatId}`)).body as Json[];

  const createAiBot = async (ai: object = {}, fields: object = {}): Promise<string> => {
    const id = `ai-${++bots}`;
    const bot = { bot_userid: id, bot_nickname: id, bot_profile_url: '', bot_type: '', is_privacy_mode: false };
    const { status, body } = await platform.post('/bots', { ...bot, ai: { backend: 'chatgpt', ...ai }, ...fields });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return id;
  };

  const openChatWith = async (botId: string): Promise<AiChat> => {
    const person = await apis.signUp();
    const chatId = (await person.post('/chat', { botId })).body.id as string;
    const messages = async (): Promise<Json[]> =>
      (await person.get(`/chat/${chatId}/messages?limit=1000`)).body.messages as Json[];
    const ofBot = async () => (await messages()).filter(({ senderId }) => senderId === botId).map(({ body }) => body);
    const send = async (body: string): Promise<Json> => (await person.post('/chat/message', { chatId, body })).body;
    const waitForReplies = (count: number, timeoutMs?: number): Promise<string[]> =>
      waitFor(
        async () => {
          const bodies = (await ofBot()) as string[];
          return bodies.length >= count ? bodies : undefined;
        },
        { what: `${count} replies`, timeoutMs },
      );
    return {
      person,
      botId,
      chatId,
      send,
      messages,
      waitForReplies,
      ask: async (body, count = 1) => {
        await send(body);
        return waitForReplies(count);
      },
      openEvents: async (lastEventId) => {
        const url = `${apis.url}/v1/client-api/events`;
        const source = await EventSource.open(url, { cookie: person.cookie }, lastEventId);
        open.push(source);
        return source;
      },
    };
  };

  return {
    ...apis,
    model,
    platform,
    createAiBot,
    openChatWith,
    openChat: async (ai) => openChatWith(await createAiBot(ai)),
    runs,
    waitForRun: (chatId, state) =>
      waitFor(async () => (await runs(chatId)).find((run: Json) => run.state === state), {
        what: `a run in state ${state}`,
      }),
    waitForIdle: (chatId) => waitForIdleAi(apis.settings.DATABASE_URL!, chatId),
    waitForCalls: (count, timeoutMs) =>
      waitFor(() => model.calls.length >= count, { what: `request ${count} to the model`, timeoutMs }),
    promptOf: (index) =>
      (model.calls[index].body.messages as Json[]).slice(1).map(({ role, content }) => `${role}: ${content}`),
    sql: (text) => runSql(apis.settings.DATABASE_URL!, text),
    close: async () => {
      for (const source of open) source.close();
      await apis.close();
      await model.close();
    },
  };
}

/** Assembles the text of a draft from its events. */
export function textOf(source: EventSource, draftId?: string): string {
  const deltas = source.ofType('message.delta').filter(({ data }) => !draftId || data.draftId === draftId);
  return deltas.reduce((text, { data }) => text.slice(0, data.from as number) + (data.text as string), '');
}
