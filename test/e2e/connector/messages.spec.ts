import type { Person } from '../../support/client-api.js';
import type { ConnectorClient } from '../../support/connector-client.js';
import { type ConnectorApp, type ConnectorBot, startConnectorApp } from './connector-app.js';

describe('a socket bot', () => {
  let app: ConnectorApp;
  let bot: ConnectorBot;
  let alice: Person;
  let chatId: string;
  let client: ConnectorClient;

  beforeAll(async () => {
    app = await startConnectorApp({ CONNECTOR_ACK_TIMEOUT_MS: 400 });
    bot = await app.createBot('Echo');
    alice = await app.api.logIn('Alice');
    client = await app.open(bot);
  });
  afterAll(() => app.close());

  it('is told of a chat that a person opens, and then what is said there', async () => {
    chatId = await app.api.createChat(alice, bot.id);
    expect(await client.next('createP2PChat')).toMatchObject({
      chatId,
      title: 'Alice',
      chatType: 1,
      unreadMessages: 0,
    });
    const sent = await app.api.say(alice, chatId, 'hello');
    expect(await client.next('sendMessage')).toEqual({
      messageId: sent.id,
      chatId,
      timestamp: sent.timestamp,
      replyMessageId: null,
      isEdited: false,
      type: 200,
      author: { id: app.userId(alice), type: 1 },
      box: { id: expect.any(Number), position: '0' },
      content: { text: 'hello', parseMode: 'text' },
      chat: { chatId, chatTitle: 'Alice', chatType: 1 },
    });
  });

  it('answers', async () => {
    const { messageId } = await client.call('sendMessage', {
      chatId,
      replyMessageId: null,
      content: { text: '<b>Hi</b> &amp; bye', parseMode: 'html' },
    });
    const messages = await app.api.messages(alice, chatId);
    expect(messages.at(-1)).toMatchObject({ id: messageId, body: 'Hi & bye' });
  });
});
