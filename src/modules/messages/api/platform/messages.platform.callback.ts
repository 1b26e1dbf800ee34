import { toMillis } from '../../../../protocols/platform/platform.time.js';
import type { UserEntity } from '../../../users/index.js';
import type { CallbackEvent, MembershipCallbackEvent } from '../../callback-event.js';
import { toMessageType, toPlatformFile } from './messages.platform.mapper.js';

/** The software that sent the message, as named in the payload. */
const SDK = 'API';

/**
 * The body of the message callback: `bot_message_notification` of the Platform API. The same event gives the same bytes. They are
 * ASCII, with `/` written as `\/`: receivers that parse the body and serialize it again to check its signature rely on that form.
 */
export function renderPlatformCallback(event: CallbackEvent): string {
  const { message, chat, bot } = event;
  const sentAt = toMillis(message.createdAt);
  return toAsciiJson({
    category: 'bot_message_notification',
    sender: toSender(event),
    bot: { bot_userid: bot.user.id, bot_nickname: bot.user.nickname, bot_token: event.botToken },
    ts: sentAt,
    app_id: event.applicationId,
    ...(bot.bot.showMember ? { members: event.members.map(({ user }) => toMember(user)) } : {}),
    mentioned: event.mentioned.map(toUserWithMetadata),
    message: {
      text: message.body,
      message_id: message.num,
      type: toMessageType(message.kind),
      custom_type: message.customType,
      data: message.data,
      created_at: sentAt,
      files: event.attachments.map((file) => toPlatformFile(file, event.publicUrl)),
    },
    channel: { channel_url: chat.id, name: chat.title, custom_type: chat.customType, data: chat.data },
    sdk: SDK,
  });
}

/**
 * The body of the callback for a bot that joined or left a channel. Receivers that support only messages can recognize it by its
 * category.
 */
export function renderPlatformMembership(callback: MembershipCallbackEvent): string {
  const { event, actor, chat, bot } = callback;
  return toAsciiJson({
    category: `bot_event/group_channel:${event.type === 'member.joined' ? 'join' : 'leave'}`,
    ...(actor ? { sender: toUserWithMetadata(actor) } : {}),
    bot: { bot_userid: bot.user.id, bot_nickname: bot.user.nickname, bot_token: callback.botToken },
    ts: toMillis(event.createdAt),
    app_id: callback.applicationId,
    ...(bot.bot.showMember ? { members: callback.members.map(({ user }) => toMember(user)) } : {}),
    channel: { channel_url: chat.id, name: chat.title, custom_type: chat.customType, data: chat.data },
    sdk: SDK,
  });
}

function toSender({ sender, message }: CallbackEvent) {
  if (sender) return toUserWithMetadata(sender);
  return { user_id: message.senderId ?? '', nickname: '', profile_url: '', metadata: {} };
}

const toMember = ({ id, nickname, profileUrl }: UserEntity) => ({ user_id: id, nickname, profile_url: profileUrl });
const toUserWithMetadata = (user: UserEntity) => ({ ...toMember(user), metadata: user.metadata });

const toAsciiJson = (value: object): string =>
  JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
