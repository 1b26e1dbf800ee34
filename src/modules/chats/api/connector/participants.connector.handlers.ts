import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import {
  type ConnectorCall,
  ConnectorHandlers,
  ConnectorMethod,
} from '../../../../protocols/connector/connector-methods.js';
import { MemberAdministrationService } from '../../member-administration.service.js';
import { MemberChatsService } from '../../member-chats.service.js';
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
    private readonly administration: MemberAdministrationService,
    private readonly chats: MemberChatsService,
    private readonly ids: ConnectorIds,
  ) {}

  @ConnectorMethod('addChatParticipant')
  add({ actor }: ConnectorCall, { chatId, userId, displayHistory }: ConnectorAddParticipantDto) {
    return this.administration.addMember(actor, chatId, this.ids.parse(userId), displayHistory);
  }

  /** The option to clear the history needs no handling: a removed member cannot read the chat. */
  @ConnectorMethod('removeChatParticipant')
  remove({ actor }: ConnectorCall, { chatId, userId }: ConnectorParticipantDto) {
    return this.administration.removeMember(actor, chatId, this.ids.parse(userId));
  }

  @ConnectorMethod('changeParticipantRole')
  changeRole({ actor }: ConnectorCall, { chatId, userId, role }: ConnectorChangeRoleDto) {
    return this.administration.setRole(actor, chatId, this.ids.parse(userId), role);
  }

  @ConnectorMethod('hasChatParticipant')
  async has({ actor }: ConnectorCall, { chatId, userId }: ConnectorParticipantDto) {
    return { result: await this.chats.hasMember(actor, chatId, this.ids.parse(userId)) };
  }

  @ConnectorMethod('getChatParticipant')
  async get({ actor }: ConnectorCall, { chatId, userId }: ConnectorParticipantDto) {
    return toConnectorParticipant(await this.chats.member(actor, chatId, this.ids.parse(userId)), this.ids);
  }

  @ConnectorMethod('getChatParticipants')
  async list({ actor }: ConnectorCall, { chatId, pageSize, pageNumber }: ConnectorParticipantsDto) {
    const limit = Math.min(pageSize, MAX_PARTICIPANTS);
    const members = await this.chats.members(actor, chatId, limit, (pageNumber - 1) * limit);
    return { participants: members.map((view) => toConnectorParticipant(view, this.ids)) };
  }
}
