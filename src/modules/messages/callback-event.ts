import type { BotProfile } from '../bots/index.js';
import type { ChatEntity, ChatEventEntity, MemberEntity } from '../chats/index.js';
import type { FileEntity } from '../files/index.js';
import type { UserEntity } from '../users/index.js';
import type { MessageEntity } from './message.entity.js';

/** All that a face needs to tell a bot of a message by callback. The same event must be told in the same bytes at each try. */
export interface CallbackEvent {
  message: MessageEntity;
  chat: ChatEntity;
  /** Undefined when the sender is gone, or was the operator. */
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

/** Renders an event in the words of one face: the body of the callback. Pure: the same event gives the same bytes. */
export type CallbackRenderer = (event: CallbackEvent) => string;

/** All that a face needs to tell a bot that it has come into a chat (`member.joined`), or gone out of it (`member.left`). */
export interface MembershipCallbackEvent extends Pick<
  CallbackEvent,
  'chat' | 'bot' | 'botToken' | 'members' | 'applicationId'
> {
  event: ChatEventEntity;
  /** Who did it. Undefined for the operator. */
  actor: UserEntity | undefined;
}

/** Renders such an event in the words of one face. Pure, as `CallbackRenderer`. */
export type MembershipCallbackRenderer = (event: MembershipCallbackEvent) => string;
