import type { BotProfile } from '../bots/index.js';
import type { ChatEntity, ChatEventEntity, MemberEntity } from '../chats/index.js';
import type { FileEntity } from '../files/index.js';
import type { UserEntity } from '../users/index.js';
import type { MessageEntity } from './message.entity.js';

/** The data of a message callback, independent of the protocol. The same event must give the same bytes at each try. */
export interface CallbackEvent {
  message: MessageEntity;
  chat: ChatEntity;
  /** Undefined if the sender was deleted or is an API credential. */
  sender: UserEntity | undefined;
  bot: BotProfile;
  botToken: string;
  /** Empty unless `bot.showMember`. */
  members: { member: MemberEntity; user: UserEntity }[];
  mentioned: UserEntity[];
  attachments: FileEntity[];
  applicationId: string;
  publicUrl: string;
}

/** Renders an event as the callback body of one protocol. Pure: the same event gives the same bytes. */
export type CallbackRenderer = (event: CallbackEvent) => string;

/** The data of the callback for a bot that joined a chat (`member.joined`) or left it (`member.left`). */
export interface MembershipCallbackEvent extends Pick<
  CallbackEvent,
  'chat' | 'bot' | 'botToken' | 'members' | 'applicationId'
> {
  event: ChatEventEntity;
  /** The user that caused the change. Undefined for an API credential. */
  actor: UserEntity | undefined;
}

/** Renders such an event as the callback body of one protocol. Pure, as `CallbackRenderer`. */
export type MembershipCallbackRenderer = (event: MembershipCallbackEvent) => string;
