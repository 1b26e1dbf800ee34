import { BotsService } from '../../../src/modules/bots/index.js';
import { ChatsService } from '../../../src/modules/chats/index.js';
import { PubSub } from '../../../src/core/pubsub/pubsub.js';
import { ChatFeed, chatTopic } from '../../../src/modules/messages/index.js';
import { ConversationLoader } from '../../../src/modules/ai/generation/context/conversation-loader.js';
import type { Person } from '../../support/client-api.js';
import type { ConnectorClient } from '../../support/connector-client.js';
import { waitFor } from '../../support/wait-for.js';
import { FORM_TYPE, formBody } from '../files/files-caller.js';
import { type ConnectorApp, type ConnectorBot, startConnectorApp } from './connector-app.js';

const SECRET = 'what was said before';

let app: ConnectorApp;
let host: ConnectorClient;
let alice: Person;
/** The readers: a user, a bot and a bot in privacy mode. */
let carol: Person;
let bot: ConnectorBot;
let shy: ConnectorBot;
let botClient: ConnectorClient;
let shyClient: ConnectorClient;

beforeAll(async () => {
  app = await startConnectorApp();
  [alice, carol] = [await app.api.logIn('Alice'), await app.api.logIn('Carol')];
  const [hostBot, ...readers] = [await app.createBot('Host'), await app.createBot('Bot'), await app.createBot('Shy')];
  [bot, shy] = readers;
  await app.platform('PUT', `/bots/${shy.id}`, { is_privacy_mode: true });
  [host, botClient, shyClient] = [await app.open(hostBot), await app.open(bot), await app.open(shy)];
});

afterAll(() => app.close());

interface Place {
  chatId: string;
  /** The tested message and its file. */
  oldId: string;
  oldNum: number;
  fileId: string;
  /** A later reply that mentions all. */
  replyId: string;
}

/* eslint-disable @typescript-eslint/no-explicit-any -- a test looks into whatever came back */
async function call(path: string, headers: Record<string, string>, method = 'GET', body?: object): Promise<any> {
  const response = await fetch(app.url + path, {
    method,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  expect(response.status).toBeLessThan(500);
  return response.ok ? answer : undefined;
}
/* eslint-enable */

const add = (chatId: string, userId: string, displayHistory?: boolean) =>
  host.call('addChatParticipant', { chatId, userId: `${userId}@chat.example.org`, displayHistory });
const remove = (chatId: string, userId: string) =>
  host.call('removeChatParticipant', { chatId, userId: `${userId}@chat.example.org` });

async function uploadAs(headers: Record<string, string>): Promise<string> {
  const body = new Uint8Array(formBody([{ name: 'plan.txt', content: 'a secret plan' }]));
  const response = await fetch(`${app.url}/v1/client-api/files`, {
    method: 'POST',
    headers: { 'content-type': FORM_TYPE, ...headers },
    body,
  });
  return ((await response.json()) as { id: string }[])[0].id;
}

/** A group: Alice sends a message with a file, then membership changes, then the host replies. */
async function arrange(readerId: string, history: History): Promise<Place> {
  const { chatId } = await host.call('createGroupChat', { title: 'Group' });
  await add(chatId, alice.id);
  if (!history.joinsLater) await add(chatId, readerId);
  const fileId = await uploadAs({ cookie: alice.cookie });
  const said = { chatId, body: SECRET, attachmentIds: [fileId] };
  const { id: oldId } = await call('/v1/client-api/chat/message', { cookie: alice.cookie }, 'POST', said);
  await history.happen?.({ chatId, readerId, oldId });
  const [{ num }] = await app.sql<{ num: string }>(`SELECT num FROM messages WHERE id = '${oldId}'`);
  const content = { text: '/answer', parseMode: 'text' };
  const { messageId: replyId } = await host.call('sendMessage', { chatId, replyMessageId: oldId, content });
  return { chatId, oldId, oldNum: Number(num), fileId, replyId };
}

interface History {
  joinsLater?: boolean;
  happen?: (place: { chatId: string; readerId: string; oldId: string }) => Promise<unknown>;
  isVisible: boolean;
  /** Whether the model context contains it. Messages before the bot joined are excluded. */
  isHeard?: boolean;
  /** Sockets only. */
  onlyBots?: boolean;
}

const resetHistory = ({ chatId, readerId }: { chatId: string; readerId: string }) =>
  app.platform('PUT', `/group_channels/${chatId}/reset_user_history`, { user_id: readerId });

const HISTORIES: Record<string, History> = {
  'that is whole': { isVisible: true },
  'of one who joined later and was shown it': {
    joinsLater: true,
    happen: ({ chatId, readerId }) => add(chatId, readerId, true),
    isVisible: true,
    isHeard: false,
  },
  'of one who joined later without it': {
    joinsLater: true,
    happen: ({ chatId, readerId }) => add(chatId, readerId, false),
    isVisible: false,
  },
  'that an operator has reset': { happen: resetHistory, isVisible: false },
  'that the reader has cleared': {
    happen: ({ chatId }) => botClient.call('clearHistory', { chatId, forAll: false }),
    isVisible: false,
    onlyBots: true,
  },
  'of which the reader has hidden the message': {
    happen: ({ oldId }) => botClient.call('removeMessage', { messageId: oldId, forAll: false }),
    isVisible: false,
    onlyBots: true,
  },
  'of one who has left': {
    happen: ({ chatId, readerId }) => remove(chatId, readerId),
    isVisible: false,
  },
  'of one who was removed and came back to it': {
    happen: async ({ chatId, readerId }) => {
      await remove(chatId, readerId);
      await add(chatId, readerId, true);
    },
    isVisible: true,
    isHeard: false,
  },
  'of one who was removed and came back without it': {
    happen: async ({ chatId, readerId }) => {
      await remove(chatId, readerId);
      await add(chatId, readerId, false);
    },
    isVisible: false,
  },
};

const holds = (value: unknown): boolean => JSON.stringify(value ?? null).includes(SECRET);
const totalOf = (page: { total: number } | undefined): number => page?.total ?? 0;

/** @returns the HTTP endpoints that return the old message */
async function seenOverRest(api: string, headers: Record<string, string>, place: Place) {
  const { chatId, oldId, fileId } = place;
  const get = (path: string) => call(`${api}${path}`, headers);
  const page = await get(`/chat/${chatId}/messages?limit=50`);
  const pageOfSender = await get(`/chat/${chatId}/messages?limit=50&sender_id=${alice.id}`);
  const pageSince = await get(`/chat/${chatId}/messages?limit=50&since=1`);
  const pagesOfOne = await Promise.all([1, 2, 3].map((n) => get(`/chat/${chatId}/messages?limit=1&page=${n}`)));
  const read = await call(`${api}/chat/message/${oldId}/read`, headers, 'PUT');
  const stolen = await call(`${api}/chat/message`, headers, 'POST', { chatId, body: '/x', attachmentIds: [fileId] });
  return {
    page: holds(page),
    pageOfSender: holds(pageOfSender),
    pageSince: holds(pageSince),
    pagesOfOne: holds(pagesOfOne),
    totalOfSender: totalOf(pageOfSender) > 0,
    totalCountsWhatIsShown: totalOf(page) === (page?.messages.length ?? 0),
    read: read !== undefined,
    file: (stolen?.attachments ?? []).length > 0,
  };
}

/** @returns the other bot interfaces that return it */
async function seenOverSocket(client: ConnectorClient, { key, id }: ConnectorBot, place: Place) {
  const { chatId, oldId, fileId, replyId } = place;
  const ask = async (method: string, payload: object) => {
    const answer = await client.request(method, payload);
    return answer?.errorCode ? undefined : answer;
  };
  const headers = { authorization: key };
  const { bot: profile } = await app.app.get(BotsService).get(id);
  const chat = await app.app.get(ChatsService).get(chatId);
  const recollection = await app.app
    .get(ConversationLoader, { strict: false })
    .loadWithSummary({ bot: profile, chat, ai: { contextMessages: 10 } as never }, 10);
  const begin = await call('/v1/bot-api/events?wait=0', headers);
  await call(`/v1/client-api/chat/message/${oldId}`, { cookie: alice.cookie }, 'PUT', { body: `${SECRET}, edited` });
  await app.api.sendMessage(alice, chatId, '/mark');
  const socketEdits = () => client.payloadsOf('editMessage').some(({ messageId }) => messageId === oldId);
  return {
    byId: holds(await call(`/v1/bot-api/chat/message/${oldId}`, headers)),
    history: holds(await ask('getChatHistory', { chatId, count: 50, fromMessageId: null })),
    message: holds(await ask('getMessageById', { messageId: oldId })),
    parentOfReply: holds(await ask('getMessageById', { messageId: replyId })),
    forward: (await ask('forwardMessage', { messageId: oldId, chatId })) !== undefined,
    reply:
      (await ask('sendMessage', { chatId, replyMessageId: oldId, content: { text: '/re', parseMode: 'text' } })) !==
      undefined,
    fileInfo: (await ask('getFileInfo', { fileId })) !== undefined,
    fileProgress: (await ask('subscribeFileProgress', { fileId })) !== undefined,
    context: holds(recollection.conversation.messages),
    events: holds(await eventsUntilMark(headers, begin.cursor, chatId)),
    socketEdits: await settled(client, chatId, socketEdits),
  };
}

/** All events of a bot after the cursor, up to the marker if the bot is a member. */
async function eventsUntilMark(headers: Record<string, string>, cursor: string, chatId: string): Promise<unknown[]> {
  const [{ joined }] = await app.sql<{ joined: boolean }>(
    `SELECT EXISTS (SELECT FROM members WHERE chat_id = '${chatId}' AND user_id IN ('${bot.id}', '${shy.id}')) AS joined`,
  );
  const events: unknown[] = [];
  let after = cursor;
  await waitFor(
    async () => {
      const page = await call(`/v1/bot-api/events?wait=0&after=${encodeURIComponent(after)}`, headers);
      after = page.cursor;
      events.push(...page.events);
      return !joined || JSON.stringify(events).includes('/mark');
    },
    { what: 'the marker event' },
  );
  return events;
}

/** The events of a socket up to the marker. A removed member receives none. */
async function settled(client: ConnectorClient, chatId: string, look: () => boolean): Promise<boolean> {
  const isMarked = () =>
    client.payloadsOf('sendMessage').some((payload) => payload.chatId === chatId && payload.content.text === '/mark');
  const userId = client.userId.split('@')[0];
  const [{ joined }] = await app.sql<{ joined: boolean }>(
    `SELECT EXISTS (SELECT FROM members WHERE chat_id = '${chatId}' AND user_id = '${userId}') AS joined`,
  );
  if (joined) await waitFor(isMarked, { what: 'the marker on the socket' });
  return look();
}

/** All interfaces agree; totals count every shown message. */
const everywhere = <T extends object>(ways: T, isSeen: boolean) =>
  Object.fromEntries(Object.keys(ways).map((way) => [way, way === 'totalCountsWhatIsShown' || isSeen]));

describe.each(Object.entries(HISTORIES))('a history %s', (_title, history) => {
  if (!history.onlyBots) {
    it(`${history.isVisible ? 'shows' : 'does not show'} an old message to a user by any interface`, async () => {
      const place = await arrange(carol.id, history);
      const ways = await seenOverRest('/v1/client-api', { cookie: carol.cookie }, place);
      expect(ways).toEqual(everywhere(ways, history.isVisible));
    });
  }

  it(`${history.isVisible ? 'shows' : 'does not show'} an old message to a bot by any interface`, async () => {
    const place = await arrange(bot.id, history);
    const overRest = await seenOverRest('/v1/bot-api', { authorization: bot.key }, place);
    const ways = { ...overRest, ...(await seenOverSocket(botClient, bot, place)) };
    const { isVisible, isHeard = isVisible } = history;
    expect(ways).toEqual({ ...everywhere(ways, isVisible), context: isHeard });
  });

  it('shows all messages to the Platform API', async () => {
    const { chatId, oldNum } = await arrange(bot.id, history);
    expect(holds(await app.platform('GET', `/group_channels/${chatId}/messages/${oldNum}`))).toBe(true);
    const list = `/group_channels/${chatId}/messages?message_ts=0&next_limit=10`;
    expect(holds(await app.platform('GET', list))).toBe(true);
  });
});

describe('a bot in privacy mode', () => {
  it('sees no message that is not addressed to it, by any interface', async () => {
    const place = await arrange(shy.id, { isVisible: false });
    const overRest = await seenOverRest('/v1/bot-api', { authorization: shy.key }, place);
    const ways = { ...overRest, ...(await seenOverSocket(shyClient, shy, place)) };
    expect(ways).toEqual(everywhere(ways, false));
  });

  it('sees and counts only messages addressed to it and its own', async () => {
    const { chatId } = await host.call('createGroupChat', { title: 'Group' });
    const absent = await app.createBot('Absent');
    await app.platform('PUT', `/bots/${absent.id}`, { is_privacy_mode: true });
    for (const { id } of [alice, shy, absent]) await add(chatId, id);
    for (const body of ['plain', '/command', 'more', 'last']) await app.api.sendMessage(alice, chatId, body);
    const unread = `/group_channels/${chatId}/messages/unread_count?user_ids=${absent.id}`;
    expect(await app.platform('GET', unread)).toEqual({ unread: { [absent.id]: 1 } });
    await app.api.sendMessageAsBot(shy.key, chatId, 'mine');
    const page = await call(`/v1/bot-api/chat/${chatId}/messages?limit=1&page=2`, { authorization: shy.key });
    expect(page).toMatchObject({ total: 2, messages: [{ body: '/command' }] });
    const { messages } = await shyClient.call('getChatHistory', { chatId, count: 2, fromMessageId: null });
    expect(messages.map(({ content }: { content: { text: string } }) => content.text)).toEqual(['mine', '/command']);
    await app.api.sendMessage(alice, chatId, 'the newest');
    expect((await shyClient.call('getChatByID', { chatId })).lastMessage.content.text).toBe('mine');
  });

  it('receives no drafts or typing indicators of others in a group', async () => {
    const { chatId } = await host.call('createGroupChat', { title: 'Group' });
    for (const { id } of [alice, bot, shy]) await add(chatId, id);
    const feed = app.app.get(ChatFeed);
    const live = app.app.get(PubSub);
    const stop = new AbortController();
    const heard: Record<string, string[]> = { [bot.id]: [], [shy.id]: [] };
    const follow = async (userId: string) => {
      for await (const { signals } of feed.follow(userId, await feed.now(), 50, stop.signal)) {
        heard[userId].push(...signals.filter((signal) => signal.chatId === chatId).map(({ type }) => type));
      }
    };
    const ends = [follow(bot.id), follow(shy.id)];
    let from = 0;
    await waitFor(
      () => {
        const hint = { draftId: 'draft', userId: 'model', kind: 'delta', from: from++, text: 'x' };
        live.publish(chatTopic(chatId), hint);
        live.publish(chatTopic(chatId), { kind: 'typing', userId: alice.id });
        return heard[bot.id].includes('message.delta') && heard[shy.id].includes('typing');
      },
      { what: 'signals' },
    );
    stop.abort();
    await Promise.all(ends);
    expect(heard[shy.id]).not.toContain('message.delta');
  });

  it('sees all of a personal chat', async () => {
    const chatId = await app.api.createChat(alice, shy.id);
    await app.api.sendMessage(alice, chatId, 'plain');
    const page = await call(`/v1/bot-api/chat/${chatId}/messages`, { authorization: shy.key });
    expect(page).toMatchObject({ total: 1, messages: [{ body: 'plain' }] });
  });
});

it('does not return files of one bot to another', async () => {
  const task = await botClient.call('uploadFile', { fileSize: 5, fileName: 'a.txt' });
  const response = await fetch(`${app.url}/bridge/api/client/v1/files`, {
    method: 'POST',
    headers: { 'content-type': FORM_TYPE, 'upload-task-id': task.uploadTaskId },
    body: new Uint8Array(formBody([{ name: 'a.txt', content: 'hello' }])),
  });
  expect(response.status).toBe(200);
  const [{ id }] = await app.sql<{ id: string }>(`SELECT id FROM files WHERE owner_id = '${bot.id}' ORDER BY id DESC`);
  expect(await botClient.call('getFileInfo', { fileId: id })).toMatchObject({ name: 'a.txt' });
  const refused = await shyClient.request('getFileInfo', { fileId: id });
  expect(refused).toEqual(await shyClient.request('getFileInfo', { fileId: 'unknown' }));
  expect(refused.errorCode).toBe(308);
});
