import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import {
  type ConnectorCall,
  ConnectorHandlers,
  ConnectorMethod,
} from '../../../../protocols/connector/connector-methods.js';
import { GroupsService } from '../../groups.service.js';
import { MemberChatsService } from '../../member-chats.service.js';
import { MembershipsService } from '../../memberships.service.js';
import {
  ConnectorAddParticipantDto,
  ConnectorChangeRoleDto,
  ConnectorParticipantDto,
  ConnectorParticipantsDto,
} from './chats.connector.dto.js';
import { toConnectorParticipant } from './chats.connector.mapper.js';

/** Upper bound of a page, so that the response fits into a frame. */
const MAX_PARTICIPANTS = 1000;

/** Participants of a chat and their roles. */
@ConnectorHandlers()
export class ParticipantsConnectorHandlers {
  constructor(
    private readonly memberships: MembershipsService,
    private readonly groups: GroupsService,
    private readonly chats: MemberChatsService,
    private readonly ids: ConnectorIds,
  ) {}

  @ConnectorMethod('addChatParticipant')
  add({ actor }: ConnectorCall, { chatId, userId, displayHistory }: ConnectorAddParticipantDto) {
    return this.memberships.invite(actor, chatId, { userIds: [this.ids.parse(userId)], showsHistory: displayHistory });
  }

  /** The option to clear the history needs no handling: a removed member cannot read the chat. */
  @ConnectorMethod('removeChatParticipant')
  remove({ actor }: ConnectorCall, { chatId, userId }: ConnectorParticipantDto) {
    return this.memberships.leave(actor, chatId, [this.ids.parse(userId)]);
  }

  @ConnectorMethod('changeParticipantRole')
  changeRole({ actor }: ConnectorCall, { chatId, userId, role }: ConnectorChangeRoleDto) {
    return this.groups.setRole(actor, chatId, [this.ids.parse(userId)], role);
  }

  @ConnectorMethod('hasChatParticipant')
  async has({ actor }: ConnectorCall, { chatId, userId }: ConnectorParticipantDto) {
    return { result: await this.chats.hasMember(actor, chatId, this.ids.parse(userId)) };
  }

  @ConnectorMethod('getChatParticipant')
  async get({ actor }: ConnectorCall, { chatId, userId }: ConnectorParticipantDto) {
    return toConnectorParticipant(await this.chats.getMember(actor, chatId, this.ids.parse(userId)), this.ids);
  }

  @ConnectorMethod('getChatParticipants')
  async list({ actor }: ConnectorCall, { chatId, pageSize, pageNumber }: ConnectorParticipantsDto) {
    const limit = Math.min(pageSize, MAX_PARTICIPANTS);
    const members = await this.chats.listMembers(actor, chatId, limit, (pageNumber - 1) * limit);
    return { participants: members.map((view) => toConnectorParticipant(view, this.ids)) };
  }
}
