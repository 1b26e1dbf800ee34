import { BotEntity } from '../../../bots/index.js';
import { ChatEntity, ChatEventEntity, MemberEntity } from '../../../chats/index.js';
import { FileEntity } from '../../../files/index.js';
import { UserEntity } from '../../../users/index.js';
import type { CallbackEvent } from '../../callback-event.js';
import { MessageEntity } from '../../message.entity.js';
import { renderPlatformCallback, renderPlatformMembership } from './messages.platform.callback.js';

const AT = 1_790_000_100_123;

const user = (id: string, nickname: string) =>
  Object.assign(new UserEntity(), { id, nickname, kind: 'person', profileUrl: '', metadata: {}, isActive: true });

function anEvent(fields: Partial<CallbackEvent> = {}): CallbackEvent {
  const message = Object.assign(new MessageEntity(), {
    id: '01',
    num: 7_700_000_001,
    chatId: 'c_soup',
    seq: 3,
    senderId: 'mia',
    kind: 'text',
    body: '/today',
    customType: '',
    data: '',
    mentionType: 'users',
    mentionedIds: [],
    attachmentIds: [],
    parentId: null,
    extras: null,
    createdAt: new Date(AT),
    updatedAt: null,
    removedAt: null,
  });
  return {
    message,
    chat: Object.assign(new ChatEntity(), { id: 'c_soup', title: 'Soup', customType: '', data: '' }),
    sender: user('mia', 'Mia'),
    bot: {
      bot: Object.assign(new BotEntity(), { id: 'weather', showMember: false }),
      user: user('weather', 'Weather'),
    },
    botToken: 'b1c0ffee',
    members: [],
    mentioned: [],
    attachments: [],
    applicationId: '0F0F0F0F-1111',
    publicUrl: 'https://parley.example',
    ...fields,
  };
}

it('renders a message in the form of the contract', () => {
  expect(JSON.parse(renderPlatformCallback(anEvent()))).toEqual({
    category: 'bot_message_notification',
    sender: { user_id: 'mia', nickname: 'Mia', profile_url: '', metadata: {} },
    bot: { bot_userid: 'weather', bot_nickname: 'Weather', bot_token: 'b1c0ffee' },
    ts: AT,
    app_id: '0F0F0F0F-1111',
    mentioned: [],
    message: {
      text: '/today',
      message_id: 7_700_000_001,
      type: 'MESG',
      custom_type: '',
      data: '',
      created_at: AT,
      files: [],
    },
    channel: { channel_url: 'c_soup', name: 'Soup', custom_type: '', data: '' },
    sdk: 'API',
  });
});

it('lists the members for a bot with show_member', () => {
  const event = anEvent();
  event.bot.bot.showMember = true;
  event.members = [{ member: new MemberEntity(), user: user('mia', 'Mia') }];
  expect(JSON.parse(renderPlatformCallback(event)).members).toEqual([
    { user_id: 'mia', nickname: 'Mia', profile_url: '' },
  ]);
});

it('renders mentioned users, and files with their URLs', () => {
  const file = Object.assign(new FileEntity(), {
    path: 'static/images/01.png',
    name: 'a.png',
    sizeBytes: 70,
    mimeType: 'image/png',
  });
  const body = JSON.parse(
    renderPlatformCallback(anEvent({ mentioned: [user('weather', 'Weather')], attachments: [file] })),
  );
  expect(body.mentioned).toMatchObject([{ user_id: 'weather' }]);
  expect(body.message.files).toMatchObject([
    { url: 'https://parley.example/static/images/01.png', file_name: 'a.png', file_size: 70, file_type: 'image/png' },
  ]);
});

it('renders the id of a deleted sender', () => {
  expect(JSON.parse(renderPlatformCallback(anEvent({ sender: undefined }))).sender).toMatchObject({
    user_id: 'mia',
    nickname: '',
  });
});

it('renders the same ASCII bytes for the same event, with escaped slashes', () => {
  const event = () => {
    const made = anEvent();
    made.message.body = 'Grüße 🤖 </script> "a/b" \u2028';
    return made;
  };
  const body = renderPlatformCallback(event());
  expect(renderPlatformCallback(event())).toBe(body);
  expect(body).toMatch(/^[\x20-\x7e]+$/);
  expect(body).toContain(String.raw`Gr\u00fc\u00dfe \ud83e\udd16 <\/script> \"a\/b\" \u2028`);
  expect(JSON.parse(body).message.text).toBe(event().message.body);
});

it.each([
  ['member.joined', 'bot_event/group_channel:join'],
  ['member.left', 'bot_event/group_channel:leave'],
] as const)('renders %s as %s', (type, category) => {
  const event = Object.assign(new ChatEventEntity(), { type, chatId: 'c_soup', createdAt: new Date(AT) });
  const body = renderPlatformMembership({ ...anEvent(), event, actor: user('mia', 'Mia') });
  expect(JSON.parse(body)).toEqual({
    category,
    sender: { user_id: 'mia', nickname: 'Mia', profile_url: '', metadata: {} },
    bot: { bot_userid: 'weather', bot_nickname: 'Weather', bot_token: 'b1c0ffee' },
    ts: AT,
    app_id: '0F0F0F0F-1111',
    channel: { channel_url: 'c_soup', name: 'Soup', custom_type: '', data: '' },
    sdk: 'API',
  });
});
