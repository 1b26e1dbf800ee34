import { ChatOverviewsService } from '../../../src/modules/connector/chat-overviews.service.js';
import { SocketNoticesRepository } from '../../../src/modules/connector/socket-notices.repository.js';
import { SocketRegistry } from '../../../src/modules/connector/socket-registry.js';
import type { Person } from '../../support/client-api.js';
import type { ConnectorClient, ConnectorFrame } from '../../support/connector-client.js';
import { waitFor } from '../../support/wait-for.js';
import { type ConnectorApp, type ConnectorBot, startConnectorApp } from './connector-app.js';
import { COVERED, StrictReader } from './strict-reader.js';

const MAX_BOT_MESSAGES = 8;

/** All received payloads are checked against the strictest client version. */
describe('the chats of a socket bot', () => {
  const reader = new StrictReader();
  let app: ConnectorApp;
  let bot: ConnectorBot;
  let alice: Person;
  let bob: Person;
  /** The chat of the bot and Alice. */
  let chatId: string;
  let client: ConnectorClient;
  /** Another session of the same bot. */
  let other: ConnectorClient;

  const text = (content: string, parseMode = 'text') => ({ text: content, parseMode });
  const refusal = async (method: string, payload: object): Promise<number> => {
    const answer = await client.request(method, payload);
    return answer?.errorCode ?? 0;
  };
  beforeAll(async () => {
    app = await startConnectorApp({ CONNECTOR_BOT_MESSAGES_PER_MINUTE: MAX_BOT_MESSAGES });
    bot = await app.createBot('Echo');
    [alice, bob] = [await app.api.logIn('Alice'), await app.api.logIn('Bob')];
    client = await app.open(bot, { reader });
    other = await app.open(bot, { reader, receiveSystemMessageEnvelopes: true });
    chatId = await app.api.createChat(alice, bot.id);
  });
  afterEach(() => expect([...client.readErrors, ...other.readErrors]).toEqual([]));
  afterAll(() => app.close());

  describe('in groups and channels', () => {
    let groupId: string;
    const participant = (person: Person) => ({ chatId: groupId, userId: app.userId(person) });

    it('creates a group and notifies its other sessions', async () => {
      ({ chatId: groupId } = await client.call('createGroupChat', { title: 'Ops' }));
      expect(await other.next('createGroupChat')).toMatchObject({ chatId: groupId, title: 'Ops', chatType: 2 });
      expect(await client.call('getChatByID', { chatId: groupId })).toMatchObject({
        title: 'Ops',
        lastMessage: { type: 110, content: { userId: bot.userId, role: 'owner' } },
      });
      expect(await refusal('createGroupChat', { title: 'x'.repeat(257) })).toBe(399);
      expect(await refusal('createGroupChat', { title: ' ' })).toBe(399);
    });

    it('adds participants, who can read and write', async () => {
      await client.call('addChatParticipant', { ...participant(alice), displayHistory: true });
      expect(await other.next('addChatParticipant')).toMatchObject({
        ...participant(alice),
        addedBy: { id: bot.userId, type: 1 },
      });
      expect(await other.next('sendMessage', ({ type }) => type === 1)).toMatchObject({
        content: { userId: app.userId(alice) },
      });
      await client.call('addChatParticipant', participant(bob));
      await app.api.sendMessage(alice, groupId, 'in the group');
      expect(await client.next('sendMessage', (payload) => payload.chatId === groupId)).toMatchObject({
        content: text('in the group'),
        chat: { chatTitle: 'Ops', chatType: 2 },
      });
      expect(await refusal('addChatParticipant', participant(alice))).toBe(309);
      expect(await refusal('addChatParticipant', { chatId: groupId, userId: 'missing' })).toBe(305);
      expect(await refusal('addChatParticipant', { chatId: 'none', userId: bob.id })).toBe(304);
      expect(await refusal('addChatParticipant', { chatId, userId: bob.id })).toBe(303);
    });

    it('lists participants with their roles', async () => {
      expect(await client.call('hasChatParticipant', participant(alice))).toEqual({ result: true });
      expect(await client.call('hasChatParticipant', { chatId: groupId, userId: 'missing' })).toEqual({
        result: false,
      });
      const page = (pageNumber: number) =>
        client.call('getChatParticipants', { chatId: groupId, pageSize: 2, pageNumber });
      const people = [...(await page(1)).participants, ...(await page(2)).participants];
      expect(people.map(({ userId, role }: { userId: string; role: string }) => [userId, role])).toEqual([
        [bot.userId, 'owner'],
        [app.userId(alice), 'user'],
        [app.userId(bob), 'user'],
      ]);
      expect(await client.call('getChatParticipant', participant(bob))).toMatchObject({ role: 'user', type: 1 });
      expect(await refusal('getChatParticipant', { chatId: groupId, userId: 'missing' })).toBe(305);
    });

    it('changes roles and sends events', async () => {
      await client.call('changeParticipantRole', { ...participant(alice), role: 'admin' });
      expect(await other.next('changeParticipantRole')).toMatchObject({ ...participant(alice), role: 'admin' });
      expect(await client.call('getChatParticipant', participant(alice))).toMatchObject({ role: 'admin' });
      expect(await refusal('changeParticipantRole', { ...participant(alice), role: 'king' })).toBe(312);
      expect(await refusal('changeParticipantRole', { ...participant(alice), role: 'writer' })).toBe(312);
      expect(await refusal('changeParticipantRole', { chatId: groupId, userId: 'missing', role: 'admin' })).toBe(305);
    });

    it('removes messages of others for all as the owner', async () => {
      const { id } = await app.api.sendMessage(bob, groupId, 'rude');
      await client.call('removeMessage', { messageId: id, forAll: true });
      expect(await other.next('removeMessage')).toMatchObject({ messageId: id, removedBy: { id: bot.userId } });
      expect((await app.api.listMessages(bob, groupId)).map((message) => message.id)).not.toContain(id);
    });

    it('changes title and avatar', async () => {
      const { timestamp } = await client.call('editChatTitle', { chatId: groupId, title: 'Operations' });
      expect(timestamp).toBeGreaterThan(0);
      expect(await other.next('editChatTitle')).toEqual({ chatId: groupId, title: 'Operations' });
      expect(await other.next('sendMessage', ({ type }) => type === 21)).toMatchObject({
        content: { title: 'Operations' },
      });
      expect(await refusal('editChatTitle', { chatId, title: 'mine' })).toBe(303);
      expect(await refusal('editChatTitle', { chatId: 'none', title: 'x' })).toBe(304);
      for (const title of ['', ' ', 'x'.repeat(257)])
        expect(await refusal('editChatTitle', { chatId: groupId, title })).toBe(399);
    });

    it('removes participants and receives an event when one leaves', async () => {
      await client.call('removeChatParticipant', { ...participant(bob), clearHistory: true });
      expect(await other.next('removeChatParticipant')).toMatchObject({
        ...participant(bob),
        removedBy: { id: bot.userId },
      });
      expect(await client.call('hasChatParticipant', participant(bob))).toEqual({ result: false });
      expect(await refusal('removeChatParticipant', participant(bob))).toBe(305);
    });

    it('clears the history for itself and for all', async () => {
      await client.call('clearHistory', { chatId: groupId, forAll: false });
      expect(await other.next('clearHistory')).toEqual({ chatId: groupId, forAll: false });
      expect((await client.call('getChatHistory', { chatId: groupId, count: 10 })).count).toBe(1);
      expect((await app.api.listMessages(alice, groupId)).length).toBeGreaterThan(0);
      await client.call('clearHistory', { chatId: groupId, forAll: true });
      expect(await other.next('clearHistory')).toEqual({ chatId: groupId, forAll: true });
      expect(await app.api.listMessages(alice, groupId)).toEqual([]);
      expect(await refusal('clearHistory', { chatId: 'none', forAll: true })).toBe(304);
    });

    it('transfers ownership, and only the owner removes the chat', async () => {
      const second = await app.createBot('Second');
      const successor = await app.open(second, { reader });
      await client.call('addChatParticipant', { chatId: groupId, userId: second.userId });
      expect(await successor.next('addChatParticipant')).toMatchObject({ userId: second.userId });
      await client.call('changeParticipantRole', { chatId: groupId, userId: second.userId, role: 'owner' });
      await successor.next('changeParticipantRole', ({ userId, role }) => userId === second.userId && role === 'owner');
      expect(successor.payloadsOf('changeParticipantRole')).toContainEqual(
        expect.objectContaining({ userId: bot.userId, role: 'admin' }),
      );
      expect(await refusal('removeChat', { chatId: groupId })).toBe(303);
      expect(await refusal('removeChatParticipant', { chatId: groupId, userId: second.userId })).toBe(303);
      expect(await successor.call('removeChat', { chatId: groupId })).toEqual({ chatId: groupId });
      expect(await client.next('removeChat')).toEqual({ chatId: groupId });
      expect(await refusal('getChatByID', { chatId: groupId })).toBe(304);
      expect(successor.readErrors).toEqual([]);
      await successor.close();
    });

    it('writes in a channel that others only read until they become writers', async () => {
      const { chatId: channelId } = await client.call('createChannel', { title: 'News' });
      expect(await other.next('createChannel')).toMatchObject({ chatId: channelId, chatType: 6 });
      await client.call('addChatParticipant', { chatId: channelId, userId: alice.id });
      await client.call('sendMessage', { chatId: channelId, content: text('news') });
      await expect(app.api.sendMessage(alice, channelId, 'me too')).rejects.toThrow('403');
      await client.call('changeParticipantRole', { chatId: channelId, userId: alice.id, role: 'writer' });
      await app.api.sendMessage(alice, channelId, 'now I may');
      expect(await client.next('sendMessage', (payload) => payload.chatId === channelId)).toMatchObject({
        content: text('now I may'),
      });
    });

    it('cannot write and receives no events after its removal', async () => {
      const guest = await app.createBot('Guest');
      const session = await app.open(guest, { reader });
      const { chatId: channelId } = await client.call('createChannel', { title: 'For a while' });
      const of = { chatId: channelId, userId: guest.userId };
      const say = (content: string) => session.request('sendMessage', { chatId: channelId, content: text(content) });
      await client.call('addChatParticipant', of);
      await client.call('changeParticipantRole', { ...of, role: 'writer' });
      expect(await say('as a writer')).toMatchObject({ chatId: channelId });
      await client.call('changeParticipantRole', { ...of, role: 'user' });
      expect(await say('as a reader')).toMatchObject({ errorCode: 303 });
      await client.call('removeChatParticipant', of);
      await session.next('removeChatParticipant', ({ userId }) => userId === guest.userId, 1000);
      expect(await say('as a former member')).toMatchObject({ errorCode: 302 });
      await client.call('sendMessage', { chatId: channelId, content: text('behind its back') });
      const { chatId: own } = await session.call('createP2PChat', { userId: alice.id });
      await app.api.sendMessage(alice, own, 'still there?');
      await session.next('sendMessage', ({ content }) => content.text === 'still there?');
      expect(session.payloadsOf('sendMessage').map((envelope) => envelope.chatId)).not.toContain(channelId);
      expect(session.readErrors).toEqual([]);
      await session.close();
    });

    it('has a favorites chat', async () => {
      const { chatId: favorites } = await client.call('createFavoritesChat');
      expect(await client.call('createFavoritesChat')).toEqual({ chatId: favorites });
      expect(await other.next('createFavoritesChat')).toMatchObject({ chatId: favorites, chatType: 5 });
      await client.call('sendMessage', { chatId: favorites, content: text('a note') });
      expect((await client.call('getChatParticipants', { chatId: favorites })).participants).toEqual([
        { userId: bot.userId, id: bot.userId, role: 'favorites_owner', type: 1 },
      ]);
      expect(await refusal('addChatParticipant', { chatId: favorites, userId: alice.id })).toBe(303);
    });

    it('cannot access chats of others', async () => {
      const outsider = await app.createBot('Outsider');
      const session = await app.open(outsider);
      for (const [method, payload] of [
        ['getChatByID', {}],
        ['getChatHistory', { count: 1 }],
        ['sendMessage', { content: text('x') }],
        ['removeChat', {}],
        ['getChatParticipants', {}],
      ] as const) {
        await expect(session.call(method, { chatId, ...payload })).rejects.toMatchObject({ errorCode: 302 });
      }
      await session.close();
    });

    it('receives messages of other bots up to the limit per minute', async () => {
      const talker = await app.createBot('Talker');
      const session = await app.open(talker, { reader });
      const { chatId: pair } = await session.call('createP2PChat', { userId: bot.userId });
      expect(await client.next('createP2PChat', (payload) => payload.chatId === pair)).toMatchObject({
        title: 'Talker',
      });
      const answered = (session: ConnectorClient) =>
        session.payloadsOf('sendMessage').filter(({ chatId: id }) => id === pair);
      const echo = (session: ConnectorClient) =>
        session.socket.on('message', (data: Buffer) => {
          const { method, payload } = JSON.parse(data.toString()) as ConnectorFrame;
          if (method === 'sendMessage' && payload.chatId === pair)
            void session.call('sendMessage', { chatId: pair, content: text(`re: ${payload.messageId}`) });
        });
      echo(client);
      echo(session);
      await session.call('sendMessage', { chatId: pair, content: text('hello, bot') });
      const reasons = () =>
        app.sql(`SELECT 1 FROM deliveries WHERE chat_id = '${pair}' AND reason = 'bot_message' AND status = 'skipped'`);
      await waitFor(async () => (await reasons()).length > 0, { what: 'the limit to be reached', timeoutMs: 10_000 });
      // Each bot received as many messages of the other as the limit allows; its own do not count.
      const heard = [client, session].map((hearer) => answered(hearer).length);
      expect(heard.toSorted((one, two) => one - two)).toEqual([MAX_BOT_MESSAGES, MAX_BOT_MESSAGES]);
      await session.close();
    });

    it('receives messages of another bot after many messages of its own', async () => {
      const listener = await app.createBot('Chatty');
      const chatty = await app.open(listener, { reader });
      const { chatId: pair } = await chatty.call('createP2PChat', { userId: bot.userId });
      for (let i = 0; i <= MAX_BOT_MESSAGES; i++)
        await chatty.call('sendMessage', { chatId: pair, content: text(`own ${i}`) });
      const { messageId } = await client.call('sendMessage', { chatId: pair, content: text('an answer') });
      await chatty.next('sendMessage', (payload) => payload.messageId === messageId);
      await chatty.close();
    });

    it('receives notices whose notification was lost', async () => {
      await app.sql(
        `INSERT INTO socket_notices (session_id, kind, chat_id) VALUES ('${other.connectionId}', 'removed', 'long gone')`,
      );
      await app.app.get(SocketRegistry, { strict: false })['heartbeat']();
      expect(await other.next('removeChat', (payload) => payload.chatId === 'long gone')).toEqual({
        chatId: 'long gone',
      });
      await waitFor(async () => (await app.sql('SELECT 1 FROM socket_notices')).length === 0, {
        what: 'all notices to be deleted',
      });
    });

    it('receives a notice once when the database fails before or after sending', async () => {
      const lost = new Error('Connection terminated unexpectedly');
      const presence = app.app.get<{ heartbeat(): Promise<void> }>(SocketRegistry, { strict: false });
      const sendHeartbeat = presence.heartbeat.bind(presence);
      const heartbeats = jest.spyOn(presence, 'heartbeat').mockResolvedValue(); // no heartbeat between two lines of this test
      const cards = jest.spyOn(app.app.get(ChatOverviewsService, { strict: false }), 'get').mockRejectedValueOnce(lost);
      const { id: carol } = await app.api.logIn('Carol');
      const { chatId: withCarol } = await client.call('createP2PChat', { userId: carol });
      await waitFor(() => cards.mock.calls.length === 1, { what: 'the first try' });
      const received = () => other.payloadsOf('createP2PChat').filter((payload) => payload.chatId === withCarol);
      expect(received()).toEqual([]);

      const repository = app.app.get(SocketNoticesRepository, { strict: false });
      const remove = jest.spyOn(repository, 'delete').mockRejectedValueOnce(lost);
      const notices = () => app.sql(`SELECT 1 FROM socket_notices WHERE chat_id = '${withCarol}'`);
      await sendHeartbeat();
      await waitFor(() => remove.mock.calls.length === 1, { what: 'the second try' });
      expect(await notices()).toHaveLength(1);
      await sendHeartbeat();
      await waitFor(async () => (await notices()).length === 0, { what: 'the notice to be deleted' });
      expect(received()).toHaveLength(1);
      heartbeats.mockRestore();
    });

    it('removes a personal chat for both members', async () => {
      const { chatId: withBob } = await client.call('createP2PChat', { userId: bob.id });
      expect(await client.call('removeChat', { chatId: withBob })).toEqual({ chatId: withBob });
      expect(await other.next('removeChat')).toEqual({ chatId: withBob });
      await expect(app.api.listMessages(bob, withBob)).rejects.toThrow('404');
    });
  });

  it('receive events of a group of the Platform API', async () => {
    const { channel_url: groupId } = await app.platform('POST', '/group_channels', {
      name: 'From the operator',
      user_ids: [alice.id, bot.id],
    });
    expect(await client.next('createGroupChat')).toMatchObject({ chatId: groupId, title: 'From the operator' });
    await app.platform('POST', `/group_channels/${groupId}/messages`, {
      message_type: 'MESG',
      user_id: alice.id,
      message: 'from Alice',
    });
    expect(await client.next('sendMessage')).toMatchObject({ chatId: groupId, content: text('from Alice') });
    await app.platform('PUT', `/group_channels/${groupId}`, { name: 'Renamed', cover_url: 'https://a.b/c.png' });
    expect(await client.next('editChatTitle')).toEqual({ chatId: groupId, title: 'Renamed' });
    expect(await client.next('editChatAvatar')).toEqual({ chatId: groupId, avatarUrl: 'https://a.b/c.png' });
    await app.platform('POST', `/group_channels/${groupId}/invite`, { user_ids: [bob.id] });
    expect(await client.next('addChatParticipant')).toMatchObject({ userId: app.userId(bob), addedBy: { type: 0 } });
    const { message_id } = await app.platform('POST', `/group_channels/${groupId}/messages`, {
      message_type: 'MESG',
      user_id: bob.id,
      message: 'one',
    });
    await app.platform('PUT', `/group_channels/${groupId}/messages/${message_id}`, {
      message_type: 'MESG',
      message: 'two',
    });
    expect(await client.next('editMessage')).toMatchObject({ content: text('two') });
    await app.platform('DELETE', `/group_channels/${groupId}/messages/${message_id}`);
    expect(await client.next('removeMessage')).toMatchObject({ chatId: groupId, removedBy: { type: 0 } });
    await app.platform('PUT', `/group_channels/${groupId}/leave`, { user_ids: [bob.id] });
    expect(await client.next('removeChatParticipant')).toMatchObject({ userId: app.userId(bob) });
    await app.platform('DELETE', `/group_channels/${groupId}`);
    expect(await client.next('removeChat')).toEqual({ chatId: groupId });
  });

  it('receive all kinds of events in the order of the chat log', async () => {
    const { chatId: groupId } = await client.call('createGroupChat', { title: '0' });
    await client.call('addChatParticipant', { chatId: groupId, userId: alice.id });
    await other.next('addChatParticipant', (payload) => payload.chatId === groupId);
    const begin = other.events.length;
    for (let i = 1; i <= 10; i++) {
      await app.api.sendMessage(alice, groupId, `m${i}`);
      await client.call('editChatTitle', { chatId: groupId, title: `t${i}` });
    }
    await other.next('editChatTitle', ({ title }) => title === 't10');
    const received = other.events
      .slice(begin)
      .filter(
        ({ method, payload }) => payload.chatId === groupId && (method === 'editChatTitle' || payload.type === 200),
      )
      .map(({ payload }) => payload.title ?? payload.content.text);
    expect(received).toEqual(Array.from({ length: 10 }, (_, i) => [`m${i + 1}`, `t${i + 1}`]).flat());
  });

  it('cover all chat methods and events of the contract', () => {
    expect([...reader.responses]).toEqual(expect.arrayContaining(COVERED.chats.responses));
    expect([...reader.events]).toEqual(expect.arrayContaining(COVERED.chats.events));
  });
});
