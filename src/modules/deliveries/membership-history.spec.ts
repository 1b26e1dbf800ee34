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

/** @param events the entries about the bot, by their places */
function historyOf(membership: Membership | undefined, events: Record<number, ChatEventType>) {
  const asked: number[] = [];
  const history = new MembershipHistory(membership, (afterSeq) => {
    asked.push(afterSeq);
    const seq = Object.keys(events)
      .map(Number)
      .find((at) => at > afterSeq);
    return Promise.resolve(seq === undefined ? undefined : { seq, type: events[seq] });
  });
  const at = async (...seqs: number[]) => {
    const answers: boolean[] = [];
    for (const seq of seqs) answers.push(await history.wasMemberAt(seq));
    return answers;
  };
  return { at, asked };
}

describe('MembershipHistory', () => {
  it('takes a present member for one since it has joined, without a look at the log', async () => {
    const { at, asked } = historyOf(joinedAt(5), { 5: 'member.joined' });
    expect(await at(5, 6, 100)).toEqual([true, true, true]);
    expect(asked).toEqual([]);
  });

  it('takes a bot that has left since for a member before, and not behind', async () => {
    const { at } = historyOf(undefined, { 1: 'member.joined', 10: 'member.left' });
    expect(await at(0, 1, 2, 9, 10, 11)).toEqual([false, true, true, true, false, false]);
  });

  it('tells the times of membership of a bot that has come back apart, with one look for each', async () => {
    const { at, asked } = historyOf(joinedAt(20), { 1: 'member.joined', 10: 'member.left', 20: 'member.joined' });
    expect(await at(2, 3, 9, 10, 15, 19, 20)).toEqual([true, true, true, false, false, false, true]);
    expect(asked).toEqual([2, 10]);
  });

  it('does not take an invited bot for a member', async () => {
    const invited: Membership = { ...joinedAt(0), state: 'invited' };
    expect(await historyOf(invited, { 5: 'member.invited' }).at(4, 6)).toEqual([false, false]);
    expect(await historyOf(undefined, { 5: 'member.invited', 8: 'member.declined' }).at(6, 9)).toEqual([false, false]);
  });
});
