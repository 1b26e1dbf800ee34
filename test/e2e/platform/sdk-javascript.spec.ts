import * as sdk from 'sendbird-platform-sdk';
import { type PlatformCaller, startPlatform } from './platform-caller.js';

/** The SDK for JavaScript, 1.0.3, from npm. It returns instances of its own classes. */
let api: PlatformCaller;
let token: string;
type Api = InstanceType<typeof sdk.BotApi>;
let bots: Api;
let users: Api;
let channels: Api;
let messages: Api;
let metadata: Api;

const GROUP = 'group_channels';

beforeAll(async () => {
  api = await startPlatform();
  token = api.token;
  const client = new sdk.ApiClient(api.url);
  bots = new sdk.BotApi(client);
  users = new sdk.UserApi(client);
  channels = new sdk.GroupChannelApi(client);
  messages = new sdk.MessageApi(client);
  metadata = new sdk.MetadataApi(client);
  for (const user_id of ['mia', 'leo', 'extra'])
    await users.createUser(token, { createUserData: { user_id, nickname: user_id, profile_url: '' } });
  await channels.gcCreateChannel(token, { gcCreateChannelData: { channel_url: 'lunch', user_ids: ['mia', 'leo'] } });
});

afterAll(() => api.close());

const aBot = (bot_userid: string, fields: object = {}) =>
  bots.createBot(token, {
    createBotData: {
      bot_userid,
      bot_nickname: bot_userid,
      bot_profile_url: '',
      bot_type: '',
      bot_callback_url: 'https://bots.example/',
      is_privacy_mode: false,
      ...fields,
    },
  });

describe('bots', () => {
  it('are created with settings of the model, viewed, listed, updated and deleted', async () => {
    await aBot('clever', { ai: { backend: 'chatgpt', temperature: 0.5 } });
    expect((await api.get('bots/clever')).body.ai).toMatchObject({ temperature: 0.5, max_tokens: 256 });
    expect(await bots.viewBotById(token, 'clever')).toMatchObject({ bot: { bot_userid: 'clever' } });
    const updateBotByIdData = { bot_nickname: 'Cleverer', ai: { max_tokens: 9 } };
    expect(await bots.updateBotById(token, 'clever', { updateBotByIdData })).toMatchObject({
      bot: { bot_nickname: 'Cleverer' },
    });
    expect((await api.get('bots/clever')).body.ai).toMatchObject({ temperature: 0.5, max_tokens: 9 });
    expect(await bots.listBots(token, { limit: 1 })).toMatchObject({ bots: [{ bot: { bot_userid: 'clever' } }] });
    await bots.deleteBotById(token, 'clever');
    await expect(bots.viewBotById(token, 'clever')).rejects.toMatchObject({ status: 400, body: { code: 400201 } });
  });

  it('join, send messages and leave', async () => {
    await aBot('announcer');
    const joinChannelsData = { channel_urls: ['lunch'] };
    expect(await bots.joinChannels(token, 'announcer', { joinChannelsData })).toMatchObject({
      channels: [{ channel_url: 'lunch' }],
    });
    const sendBotSMessageData = { message: 'Here', channel_url: 'lunch', dedup_id: 'one' };
    const sent = await bots.sendBotsMessage(token, 'announcer', { sendBotSMessageData });
    expect(sent).toMatchObject({ channel_url: 'lunch', message_id: expect.any(Number) });
    await bots.leaveChannelsByUrl(token, 'announcer', 'lunch');
    await bots.joinChannels(token, 'announcer', { joinChannelsData });
    await bots.leaveChannels(token, 'announcer');
    expect((await api.get('group_channels/lunch/members/announcer')).body.is_member).toBe(false);
  });
});

it('users are viewed, listed, updated and deleted', async () => {
  expect(await users.viewUserById(token, 'mia')).toMatchObject({ user_id: 'mia' });
  expect(await users.listUsers(token, { userIds: 'mia,leo' })).toMatchObject({ users: [{}, {}], next: '' });
  const updateUserByIdData = { nickname: 'Other' };
  expect(await users.updateUserById(token, 'extra', { updateUserByIdData })).toMatchObject({ nickname: 'Other' });
  await users.deleteUserById(token, 'extra');
  await expect(users.viewUserById(token, 'extra')).rejects.toMatchObject({ body: { code: 400201 } });
  expect(await users.viewChannelInvitationPreference(token, 'mia')).toMatchObject({ auto_accept: true });
  await users.markAllMessagesAsRead(token, 'mia', { markAllMessagesAsReadData: {} });
  await users.leaveMyGroupChannels(token, 'mia', { leaveMyGroupChannelsData: { custom_type: 'nothing' } });
  await users.listMyGroupChannels(token, 'mia', { showEmpty: true });
});

it('group channels and their members are changed', async () => {
  const create = { channel_url: 'party', user_ids: ['mia'], is_public: true };
  expect(await channels.gcCreateChannel(token, { gcCreateChannelData: create })).toMatchObject({ member_count: 1 });
  await channels.gcInviteAsMembers(token, 'party', { gcInviteAsMembersData: { user_ids: ['leo'] } });
  expect(await channels.gcListMembers(token, 'party')).toMatchObject({ members: [{}, {}], next: '' });
  await channels.gcLeaveChannel(token, 'party', { gcLeaveChannelData: { user_ids: ['leo'] } });
  await channels.gcJoinChannel(token, 'party', { gcJoinChannelData: { user_id: 'leo' } });
  expect(await channels.gcCheckIfMemberById(token, 'party', 'leo')).toMatchObject({ is_member: true, state: 'joined' });
  const update = { name: 'Party' };
  expect(await channels.gcUpdateChannelByUrl(token, 'party', { gcUpdateChannelByUrlData: update })).toMatchObject(
    update,
  );
  expect(await channels.gcListChannels(token, { showEmpty: true })).toMatchObject({ channels: [{}, {}] });
  await channels.gcDeleteChannelByUrl(token, 'party');
  await expect(channels.gcViewChannelByUrl(token, 'party')).rejects.toMatchObject({ body: { code: 400201 } });
});

it('messages are sent, viewed, listed, counted, updated and deleted', async () => {
  const sendMessageData = { message_type: 'MESG', user_id: 'mia', message: 'Hi' };
  const sent = await messages.sendMessage(token, GROUP, 'lunch', { sendMessageData });
  const id = String(sent.message_id);
  expect(await messages.viewMessageById(token, GROUP, 'lunch', id)).toMatchObject({ message: 'Hi' });
  expect(await messages.listMessages(token, GROUP, 'lunch', { messageTs: 0 })).toMatchObject({
    messages: expect.arrayContaining([expect.objectContaining({ message: 'Hi' })]),
  });
  const { total } = await messages.viewTotalNumberOfMessagesInChannel(token, GROUP, 'lunch');
  expect(total).toBeGreaterThan(0);
  const updateMessageByIdData = { message_type: 'MESG', message: 'Bye' };
  expect(await messages.updateMessageById(token, GROUP, 'lunch', id, { updateMessageByIdData })).toMatchObject({
    message: 'Bye',
  });
  await messages.gcMarkAllMessagesAsRead(token, 'lunch', { gcMarkAllMessagesAsReadData: { user_id: 'leo' } });
  await messages.deleteMessageById(token, GROUP, 'lunch', id);
  await expect(messages.viewMessageById(token, GROUP, 'lunch', id)).rejects.toMatchObject({ body: { code: 400201 } });
});

it('invitations are accepted and declined, and a preference decides', async () => {
  await users.createUser(token, { createUserData: { user_id: 'guest', nickname: 'Guest', profile_url: '' } });
  const updateChannelInvitationPreferenceData = { auto_accept: false };
  expect(
    await users.updateChannelInvitationPreference(token, 'guest', { updateChannelInvitationPreferenceData }),
  ).toMatchObject({ auto_accept: false });
  const invite = () => channels.gcInviteAsMembers(token, 'lunch', { gcInviteAsMembersData: { user_ids: ['guest'] } });
  await invite();
  await channels.gcDeclineInvitation(token, 'lunch', { gcDeclineInvitationData: { user_id: 'guest' } });
  await invite();
  await channels.gcAcceptInvitation(token, 'lunch', { gcAcceptInvitationData: { user_id: 'guest' } });
  expect(await channels.gcCheckIfMemberById(token, 'lunch', 'guest')).toMatchObject({ is_member: true });
});

it('channels have operators, are hidden and shown, and reset their history', async () => {
  await channels.gcRegisterOperators(token, 'lunch', { gcRegisterOperatorsData: { operator_ids: ['leo'] } });
  expect(await channels.gcListOperators(token, 'lunch')).toMatchObject({ operators: [{ user_id: 'leo' }], next: '' });
  await channels.gcCancelTheRegistrationOfOperators(token, 'lunch', ['leo'], { deleteAll: true });
  expect((await api.get('group_channels/lunch/operators')).body.operators).toEqual([]);
  await channels.gcHideOrArchiveChannel(token, 'lunch', { gcHideOrArchiveChannelData: { user_id: 'leo' } });
  await channels.gcUnhideOrUnarchiveChannel(token, 'lunch', 'leo', { shouldUnhideAll: true });
  const reset = await channels.gcResetChatHistory(token, 'lunch', { gcResetChatHistoryData: { user_id: 'leo' } });
  expect(reset.ts_message_offset).toBeGreaterThan(0);
});

it('channels and users have metadata', async () => {
  await users.createUserMetadata(token, 'leo', { createUserMetadataData: { metadata: { colour: 'red' } } });
  await users.updateUserMetadata(token, 'leo', { updateUserMetadataData: { metadata: { colour: 'blue' } } });
  await users.updateUserMetadataByKey(token, 'leo', 'size', {
    body: { value: 'L', upsert: true },
  });
  await metadata.viewUserMetadata(token, 'leo', {});
  await metadata.viewUserMetadataByKey(token, 'leo', 'size');
  expect((await api.get('users/leo/metadata')).body).toEqual({ colour: 'blue', size: 'L' });
  await users.deleteUserMetadataByKey(token, 'leo', 'size');
  await users.deleteUserMetadata(token, 'leo', {});

  await users.createChannelMetadata(token, GROUP, 'lunch', {
    createChannelMetadataData: { metadata: { theme: 'dark' } },
  });
  await users.updateChannelMetadata(token, GROUP, 'lunch', {
    updateChannelMetadataData: { metadata: { theme: 'light' } },
  });
  await users.updateChannelMetadataByKey(token, GROUP, 'lunch', 'size', {
    body: { value: 'L', upsert: true },
  });
  await metadata.viewChannelMetadata(token, GROUP, 'lunch', {});
  await metadata.viewChannelMetadataByKey(token, GROUP, 'lunch', 'size');
  expect((await api.get('group_channels/lunch/metadata')).body).toEqual({ theme: 'light', size: 'L' });
  await users.deleteChannelMetadataByKey(token, GROUP, 'lunch', 'size');
  await users.deleteChannelMetadata(token, GROUP, 'lunch', {});
});

it('unread messages are counted, and messages delivered', async () => {
  await messages.sendMessage(token, GROUP, 'lunch', {
    sendMessageData: { message_type: 'MESG', user_id: 'leo', message: 'Unread' },
  });
  const counted = await messages.gcViewNumberOfEachMembersUnreadMessages(token, 'lunch', { userIds: 'guest,leo' });
  expect(counted.unread).toEqual({ guest: 1, leo: 0 });
  expect(await users.viewNumberOfUnreadMessages(token, 'guest', {})).toMatchObject({ unread_count: 1 });
  await messages.gcMarkAllMessagesAsDelivered(token, 'lunch', {
    gcMarkAllMessagesAsDeliveredData: { user_id: 'guest' },
  });
});
