import * as sdk from 'sendbird-platform-sdk-typescript';
import { type PlatformCaller, startPlatform } from './platform-caller.js';

/** The SDK for TypeScript, 0.0.18, from npm, unmodified. */
let api: PlatformCaller;
let token: string;
let bots: sdk.BotApi;
let users: sdk.UserApi;
let channels: sdk.GroupChannelApi;
let messages: sdk.MessageApi;
let metadata: sdk.MetadataApi;

const GROUP = 'group_channels';

beforeAll(async () => {
  api = await startPlatform();
  token = api.token;
  const configuration = sdk.createConfiguration({ baseServer: new sdk.ServerConfiguration(api.url, {}) });
  bots = new sdk.BotApi(configuration);
  users = new sdk.UserApi(configuration);
  channels = new sdk.GroupChannelApi(configuration);
  messages = new sdk.MessageApi(configuration);
  metadata = new sdk.MetadataApi(configuration);
  for (const userId of ['mia', 'leo', 'extra'])
    await users.createUser(token, { userId, nickname: userId.toUpperCase(), profileUrl: '' });
  await channels.gcCreateChannel(token, { channelUrl: 'lunch', userIds: ['mia', 'leo'] });
});

afterAll(() => api.close());

const aBot = (botUserid: string, fields: Partial<sdk.CreateBotData> = {}) =>
  bots.createBot(token, {
    botUserid,
    botNickname: botUserid,
    botProfileUrl: '',
    botType: '',
    botCallbackUrl: 'https://bots.example/',
    isPrivacyMode: false,
    ...fields,
  });

describe('bots', () => {
  it('are created, viewed, listed, updated and deleted', async () => {
    const created = await aBot('first', { showMember: true });
    expect(created.bot).toMatchObject({ botUserid: 'first', botToken: expect.stringMatching(/^[0-9a-f]{40}$/) });
    const update = { botNickname: 'Second' } as sdk.UpdateBotByIdData;
    expect((await bots.updateBotById(token, 'first', update)).bot?.botNickname).toBe('Second');
    expect(await bots.viewBotById(token, 'first')).toMatchObject({ showMember: true, isPrivacyMode: false });
    const list = await bots.listBots(token, undefined, 100);
    expect(list.bots?.map(({ bot }) => bot?.botUserid)).toContain('first');
    await bots.deleteBotById(token, 'first');
    await expect(bots.viewBotById(token, 'first')).rejects.toMatchObject({ code: 400 });
  });

  it('join, send messages and leave', async () => {
    await aBot('announcer');
    const joined = await bots.joinChannels(token, 'announcer', { botUserid: 'announcer', channelUrls: ['lunch'] });
    expect(joined.channels?.[0]).toMatchObject({ channelUrl: 'lunch' });
    const data = { message: 'Here', channelUrl: 'lunch' } as sdk.SendBotSMessageData;
    const sent = await bots.sendBotsMessage(token, 'announcer', data);
    expect(sent).toMatchObject({ channelUrl: 'lunch', type: 'MESG' });
    await bots.leaveChannelsByUrl(token, 'announcer', 'lunch');
    await expect(bots.sendBotsMessage(token, 'announcer', data)).rejects.toMatchObject({ code: 400 });
    await bots.joinChannels(token, 'announcer', { botUserid: 'announcer', channelUrls: ['lunch'] });
    await bots.leaveChannels(token, 'announcer', 'lunch');
    await bots.leaveChannels(token, 'announcer');
    expect(await channels.gcCheckIfMemberById(token, 'lunch', 'announcer')).toMatchObject({ isMember: false });
  });
});

describe('users', () => {
  it('are viewed, listed, updated and deleted', async () => {
    expect(await users.viewUserById(token, 'mia')).toMatchObject({ userId: 'mia', nickname: 'MIA', isActive: true });
    const list = await users.listUsers(token, undefined, 100, 'activated', true, 'mia,leo');
    expect(list.users?.map(({ userId }) => userId)).toEqual(['mia', 'leo']);
    const changed = { userId: 'extra', nickname: 'Other', discoveryKeys: ['k'] } as sdk.UpdateUserByIdData;
    expect(await users.updateUserById(token, 'extra', changed)).toMatchObject({ nickname: 'Other' });
    await users.deleteUserById(token, 'extra');
    await expect(users.viewUserById(token, 'extra')).rejects.toMatchObject({ code: 400 });
  });

  it('have a preference, channels and unread messages', async () => {
    const preference = { autoAccept: false };
    expect(await users.updateChannelInvitationPreference(token, 'leo', preference)).toMatchObject({
      autoAccept: false,
    });
    expect(await users.viewChannelInvitationPreference(token, 'leo')).toMatchObject({ autoAccept: false });
    await users.updateChannelInvitationPreference(token, 'leo', { autoAccept: true });
    await channels.gcCreateChannel(token, { channelUrl: 'mine', userIds: ['mia', 'leo'] });
    await messages.sendMessage(token, GROUP, 'mine', aMessage('mia', 'mine'));
    const mine = await users.listMyGroupChannels(token, 'leo');
    expect(mine.channels?.map(({ channelUrl }) => channelUrl)).toContain('mine');
    expect((await users.viewNumberOfUnreadMessages(token, 'leo')).unreadCount).toBeGreaterThan(0);
    await users.markAllMessagesAsRead(token, 'leo', { channelUrls: ['mine', 'lunch'] });
    expect((await users.viewNumberOfUnreadMessages(token, 'leo')).unreadCount).toBe(0);
    await users.leaveMyGroupChannels(token, 'leo', { customType: 'nothing' });
  });

  it('get a session token', async () => {
    const issued = await users.createUserToken(token, 'mia', { expiresAt: Date.now() + 60_000 });
    expect(issued.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(Number(issued.expiresAt)).toBeGreaterThan(Date.now());
  });

  it('have metadata', async () => {
    await metadata.createUserMetadata(token, 'mia', { metadata: { colour: 'red' } });
    await metadata.updateUserMetadata(token, 'mia', { userId: 'mia', metadata: { colour: 'blue' } } as never);
    expect((await api.get('users/mia/metadata')).body).toEqual({ colour: 'blue' });
    await metadata.viewUserMetadata(token, 'mia');
    await metadata.deleteUserMetadataByKey(token, 'mia', 'colour');
    await metadata.deleteUserMetadata(token, 'mia');
  });
});

const aMessage = (userId: string, channelUrl: string) =>
  ({ channelType: GROUP, channelUrl, messageType: 'MESG', userId, message: 'Hi' }) as sdk.SendMessageData;

describe('group channels', () => {
  it('are viewed, listed, updated and deleted', async () => {
    await channels.gcCreateChannel(token, {
      channelUrl: 'gone',
      name: 'Gone',
      userIds: ['mia'],
    });
    const changed = await channels.gcUpdateChannelByUrl(token, 'gone', {
      channelUrl: 'gone',
      name: 'Going',
    } as sdk.GcUpdateChannelByUrlData);
    expect(changed).toMatchObject({ name: 'Going' });
    expect(await channels.gcViewChannelByUrl(token, 'gone', true, true, true)).toMatchObject({ memberCount: 1 });
    const list = await channels.gcListChannels(token, undefined, 100, 'all', 'all', 'all', undefined, undefined, true);
    expect(list.channels?.map(({ channelUrl }) => channelUrl)).toContain('gone');
    await channels.gcDeleteChannelByUrl(token, 'gone');
    await expect(channels.gcViewChannelByUrl(token, 'gone')).rejects.toMatchObject({ code: 400 });
  });

  it('have members that are invited, join and leave', async () => {
    await users.createUser(token, { userId: 'guest', nickname: 'Guest', profileUrl: '' });
    await users.updateChannelInvitationPreference(token, 'guest', { autoAccept: false });
    const channelUrl = 'party';
    const isPublic = true;
    await channels.gcCreateChannel(token, { channelUrl, userIds: ['mia'], isPublic });
    const invite = { channelUrl, userIds: ['guest'] } as sdk.GcInviteAsMembersData;
    await channels.gcInviteAsMembers(token, channelUrl, invite);
    await channels.gcDeclineInvitation(token, channelUrl, { channelUrl, userId: 'guest' });
    await channels.gcInviteAsMembers(token, channelUrl, invite);
    await channels.gcAcceptInvitation(token, channelUrl, { channelUrl, userId: 'guest', accessCode: '' });
    expect(await channels.gcCheckIfMemberById(token, channelUrl, 'guest')).toMatchObject({ isMember: true });
    await channels.gcLeaveChannel(token, channelUrl, { channelUrl, userIds: ['guest'], shouldLeaveAll: false });
    await channels.gcJoinChannel(token, channelUrl, { channelUrl, userId: 'guest', accessCode: '' });
    const { members } = await channels.gcListMembers(token, channelUrl);
    expect(members?.map(({ userId }) => userId).sort()).toEqual(['guest', 'mia']);
  });

  it('have operators, and can be hidden, and their history reset', async () => {
    await channels.gcRegisterOperators(token, 'lunch', { channelUrl: 'lunch', operatorIds: ['mia'] });
    expect((await channels.gcListOperators(token, 'lunch')).operators?.[0]).toMatchObject({ userId: 'mia' });
    await channels.gcCancelTheRegistrationOfOperators(token, 'lunch', ['mia']);
    const hide = {
      channelUrl: 'lunch',
      userId: 'mia',
      allowAutoUnhide: true,
      shouldHideAll: false,
      hidePreviousMessages: false,
    };
    await channels.gcHideOrArchiveChannel(token, 'lunch', hide);
    await channels.gcUnhideOrUnarchiveChannel(token, 'lunch', 'mia');
    const reset = { channelUrl: 'lunch', userId: 'mia', resetAll: false };
    expect((await channels.gcResetChatHistory(token, 'lunch', reset)).tsMessageOffset).toBeGreaterThan(0);
  });

  it('have metadata', async () => {
    const { metadata: made } = await metadata.createChannelMetadata(token, GROUP, 'lunch', {
      channelType: GROUP,
      channelUrl: 'lunch',
      metadata: { theme: 'dark' },
      includeTs: false,
    });
    expect(made).toEqual({ theme: 'dark' });
    await metadata.deleteChannelMetadataByKey(token, GROUP, 'lunch', 'theme');
    await metadata.deleteChannelMetadata(token, GROUP, 'lunch');
  });
});

it('messages are sent, viewed, listed, counted, updated and deleted', async () => {
  const sent = await messages.sendMessage(token, GROUP, 'lunch', aMessage('mia', 'lunch'));
  const id = String(sent.messageId);
  expect(sent).toMatchObject({ message: 'Hi', user: { userId: 'mia' } });
  expect(await messages.viewMessageById(token, GROUP, 'lunch', id)).toMatchObject({ message: 'Hi' });
  const { messages: list } = await messages.listMessages(token, GROUP, 'lunch', '0', 0);
  expect(list?.length).toBeGreaterThan(0);
  expect((await messages.viewTotalNumberOfMessagesInChannel(token, GROUP, 'lunch')).total).toBe(list?.length);
  const change = {
    channelType: GROUP,
    channelUrl: 'lunch',
    messageId: sent.messageId,
    messageType: 'MESG',
    message: 'Bye',
  };
  expect(await messages.updateMessageById(token, GROUP, 'lunch', id, change as never)).toMatchObject({
    message: 'Bye',
  });
  const unread = await messages.gcViewNumberOfEachMembersUnreadMessages(token, 'lunch', 'mia,leo');
  expect(unread).toBeDefined();
  await messages.gcMarkAllMessagesAsRead(token, 'lunch', { channelUrl: 'lunch', userId: 'leo' } as never);
  await messages.gcMarkAllMessagesAsDelivered(token, 'lunch', { channelUrl: 'lunch', userId: 'leo' } as never);
  await messages.deleteMessageById(token, GROUP, 'lunch', id);
  await expect(messages.viewMessageById(token, GROUP, 'lunch', id)).rejects.toMatchObject({ code: 400 });
});

it('errors contain the code', async () => {
  const failure = (await bots.viewBotById('wrong', 'missing').catch((error: unknown) => error)) as { body: unknown };
  expect(JSON.stringify(failure.body)).toContain('400401');
});
