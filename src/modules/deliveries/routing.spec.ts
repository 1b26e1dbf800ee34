import { BotEntity } from '../bots/index.js';
import { ChatEventEntity, type ChatEventType, type Membership } from '../chats/index.js';
import { MessageEntity } from '../messages/index.js';
import { UserEntity } from '../users/index.js';
import { type RoutingFacts, skipReason, MembershipHistory } from './routing.js';

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

const joinedAt = (joinedSeq: number): Membership => ({
  chatId: 'chat',
  userId: 'bot',
  state: 'joined',
  role: 'none',
  joinedSeq,
  historyFrom: null,
});

/** @param events membership entries of the bot, by position */
function historyOf(membership: Membership | undefined, events: Record<number, ChatEventType>) {
  const queried: number[] = [];
  const history = new MembershipHistory(membership, (afterSeq) => {
    queried.push(afterSeq);
    const seq = Object.keys(events)
      .map(Number)
      .find((at) => at > afterSeq);
    return Promise.resolve(seq === undefined ? undefined : { seq, type: events[seq] });
  });
  const at = async (...seqs: number[]) => {
    const results: boolean[] = [];
    for (const seq of seqs) results.push(await history.wasMemberAt(seq));
    return results;
  };
  return { at, queried };
}

describe('MembershipHistory', () => {
  it('treats a current member as a member since its join, without a query of the log', async () => {
    const { at, queried } = historyOf(joinedAt(5), { 5: 'member.joined' });
    expect(await at(5, 6, 100)).toEqual([true, true, true]);
    expect(queried).toEqual([]);
  });

  it('treats a bot that has left as a member before its leave, and not after', async () => {
    const { at } = historyOf(undefined, { 1: 'member.joined', 10: 'member.left' });
    expect(await at(0, 1, 2, 9, 10, 11)).toEqual([false, true, true, true, false, false]);
  });

  it('separates the memberships of a bot that has rejoined, with one query for each', async () => {
    const { at, queried } = historyOf(joinedAt(20), { 1: 'member.joined', 10: 'member.left', 20: 'member.joined' });
    expect(await at(2, 3, 9, 10, 15, 19, 20)).toEqual([true, true, true, false, false, false, true]);
    expect(queried).toEqual([2, 10]);
  });

  it('does not treat an invited bot as a member', async () => {
    const invited: Membership = { ...joinedAt(0), state: 'invited' };
    expect(await historyOf(invited, { 5: 'member.invited' }).at(4, 6)).toEqual([false, false]);
    expect(await historyOf(undefined, { 5: 'member.invited', 8: 'member.declined' }).at(6, 9)).toEqual([false, false]);
  });
});
