import type { ChatEventType, Membership } from '../chats/index.js';
import { MembershipHistory } from './membership-history.js';

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
