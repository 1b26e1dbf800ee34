import { BotEntity } from '../bots/index.js';
import { ChatEventEntity } from '../chats/index.js';
import { MessageEntity } from '../messages/index.js';
import { UserEntity } from '../users/index.js';
import { type RoutingFacts, skipReason } from './routing.js';

const aMessage = (fields: Partial<MessageEntity> = {}) =>
  Object.assign(new MessageEntity(), {
    kind: 'text',
    senderId: 'mia',
    body: 'hello',
    mentionType: 'users',
    mentionedIds: [],
    removedAt: null,
    ...fields,
  });

const facts = (bot: Partial<BotEntity> = {}, others: Partial<RoutingFacts> = {}): RoutingFacts => ({
  bot: Object.assign(new BotEntity(), { id: 'bot', isPrivacyMode: false, isDisabled: false, ...bot }),
  isMember: true,
  sender: Object.assign(new UserEntity(), { id: 'mia', kind: 'person' }),
  ...others,
});

const reasonFor = (message: MessageEntity, given = facts()) => skipReason({ seq: 1, message }, given);

describe('skipReason', () => {
  it('sends the message of a person', () => {
    expect(reasonFor(aMessage())).toBeUndefined();
  });

  it('sends the message of a deleted person', () => {
    expect(reasonFor(aMessage(), facts({}, { sender: undefined }))).toBeUndefined();
  });

  it.each<[string, MessageEntity, RoutingFacts]>([
    ['message_removed', aMessage({ removedAt: new Date() }), facts()],
    ['admin_message', aMessage({ kind: 'admin', senderId: null }), facts()],
    ['own_message', aMessage({ senderId: 'bot' }), facts()],
    [
      'bot_message',
      aMessage({ senderId: 'other' }),
      facts({}, { sender: Object.assign(new UserEntity(), { kind: 'bot' }) }),
    ],
    ['bot_disabled', aMessage(), facts({ isDisabled: true })],
    ['not_member', aMessage(), facts({}, { isMember: false })],
    ['privacy_mode', aMessage(), facts({ isPrivacyMode: true })],
    ['privacy_mode', aMessage({ body: 'ask @bot' }), facts({ isPrivacyMode: true })],
  ])('skips with reason %s', (reason, message, given) => {
    expect(reasonFor(message, given)).toBe(reason);
  });

  it('sends the join and leave of the bot itself if the format supports membership', () => {
    const reasonForEvent = (
      event: Partial<ChatEventEntity>,
      given: Partial<RoutingFacts> = {},
      sendsMembership = true,
    ) => skipReason({ seq: 1, event: Object.assign(new ChatEventEntity(), event) }, facts({}, given), sendsMembership);
    expect(reasonForEvent({ type: 'member.joined', subjectId: 'bot' })).toBeUndefined();
    expect(reasonForEvent({ type: 'member.left', subjectId: 'bot' }, { isMember: false })).toBeUndefined();
    expect(reasonForEvent({ type: 'member.joined', subjectId: 'mia' })).toBe('not_a_message');
    expect(reasonForEvent({ type: 'member.invited', subjectId: 'bot' })).toBe('not_a_message');
    expect(reasonForEvent({ type: 'member.joined', subjectId: 'bot' }, {}, false)).toBe('not_a_message');
  });

  it('skips an entry that is not a message', () => {
    expect(skipReason({ seq: 1, event: new ChatEventEntity() }, facts())).toBe('not_a_message');
  });

  it.each([
    ['a command', { body: '/help' }],
    ['a mention of the bot', { mentionedIds: ['zoe', 'bot'] }],
    ['a mention of the channel', { mentionType: 'channel' as const }],
  ])('sends %s in privacy mode', (_name, fields) => {
    expect(reasonFor(aMessage(fields), facts({ isPrivacyMode: true }))).toBeUndefined();
  });
});
