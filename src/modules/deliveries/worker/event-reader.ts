import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { BotTokensService } from '../../auth/index.js';
import { type BodyFormat, type BotEndpointEntity, type BotProfile, BotsService } from '../../bots/index.js';
import { type ChatEntity, ChatLog, ChatsService, type MemberEntity, type Membership } from '../../chats/index.js';
import { type FileEntity, FilesService } from '../../files/index.js';
import { type CallbackRenderer, MessagesService, type MessageEntity } from '../../messages/index.js';
import { type UserEntity, UsersService } from '../../users/index.js';
import type { Lease } from '../lanes.repository.js';
import type { LogEntry } from '../routing.js';

/** The body of each format, by the name that endpoints have for it. */
export type BodyFormats = Partial<Record<BodyFormat, CallbackRenderer>>;
export const BODY_FORMATS = Symbol('body formats');

/** What a lane needs to know once per turn: whom it serves, and where. */
export interface LaneContext {
  endpoint: BotEndpointEntity;
  profile: BotProfile;
  botToken: string;
  chat: ChatEntity;
  membership: Membership | undefined;
  members: { member: MemberEntity; user: UserEntity }[];
}

/** The next entries of a log, with the users and files that they speak of. */
export interface LogPage {
  entries: LogEntry[];
  users: Map<string, UserEntity>;
  files: Map<string, FileEntity>;
}

/** Reads what a lane has to tell, in few queries whatever the number of entries, and puts it into the endpoint's words. */
@Injectable()
export class EventReader {
  constructor(
    private readonly bots: BotsService,
    private readonly users: UsersService,
    private readonly tokens: BotTokensService,
    private readonly chats: ChatsService,
    private readonly log: ChatLog,
    private readonly messages: MessagesService,
    private readonly files: FilesService,
    private readonly settings: Settings,
    @Inject(BODY_FORMATS) private readonly formats: BodyFormats,
  ) {}

  /** @returns undefined when the endpoint or the chat is gone */
  async context({ endpointId, chatId, botId }: Lease): Promise<LaneContext | undefined> {
    const [profile, chat, tokens, memberships] = await Promise.all([
      this.bots.find(botId),
      this.chats.find(chatId),
      this.tokens.revealMany([botId]),
      this.chats.memberships([{ chatId, userId: botId }]),
    ]);
    const endpoint = profile?.bot.endpoints.find(({ id }) => id === endpointId);
    if (!profile || !endpoint || !chat) return undefined;
    const members = profile.bot.showMember ? await this.readMembers(chatId) : [];
    return { endpoint, profile, botToken: tokens.get(botId) ?? '', chat, membership: memberships[0], members };
  }

  /** @param limit of entries */
  async page(chatId: string, afterSeq: number, limit: number): Promise<LogPage> {
    const [messages, events] = await Promise.all([
      this.messages.log(chatId, afterSeq, limit),
      this.log.entries(chatId, afterSeq, limit),
    ]);
    const entries = [
      ...messages.map((message): LogEntry => ({ seq: message.seq, message })),
      ...events.map((event): LogEntry => ({ seq: event.seq, event })),
    ]
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit);
    const [users, files] = await Promise.all([
      this.users.findMany(messages.flatMap(namedUsers)),
      this.files.findMany(messages.flatMap(({ attachmentIds }) => attachmentIds)),
    ]);
    return { entries, users, files };
  }

  /** @returns the body that this endpoint is sent for this message */
  render(message: MessageEntity, context: LaneContext, { users, files }: LogPage): Buffer {
    const { endpoint } = context;
    const format = this.formats[endpoint.format];
    if (!format) throw new Error(`Nobody renders the body format ${endpoint.format}.`);
    const body = format({
      message,
      chat: context.chat,
      sender: message.senderId === null ? undefined : users.get(message.senderId),
      bot: context.profile,
      botToken: context.botToken,
      members: context.members,
      mentioned: present(message.mentionedIds, users),
      attachments: present(message.attachmentIds, files),
      applicationId: this.settings.APPLICATION_ID,
      publicUrl: this.settings.publicUrl,
    });
    return Buffer.from(body);
  }

  private async readMembers(chatId: string): Promise<{ member: MemberEntity; user: UserEntity }[]> {
    const members = await this.chats.members(chatId);
    const users = await this.users.findMany(members.map(({ userId }) => userId));
    return members.flatMap((member) => {
      const user = users.get(member.userId);
      return user ? [{ member, user }] : [];
    });
  }
}

const namedUsers = ({ senderId, mentionedIds }: MessageEntity): string[] =>
  senderId === null ? mentionedIds : [senderId, ...mentionedIds];

const present = <T>(ids: readonly string[], found: Map<string, T>): T[] =>
  ids.flatMap((id) => (found.has(id) ? [found.get(id)!] : []));
