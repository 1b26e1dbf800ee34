import type { ChatEventType, Membership } from '../chats/index.js';

/** Finds the next membership entry of a user after a position in a chat log. */
export type NextMembershipEvent = (afterSeq: number) => Promise<{ seq: number; type: ChatEventType } | undefined>;

/**
 * Whether a bot was a member of a chat at a position in its log. Mostly the current membership decides. Otherwise the next membership
 * entry does: a bot that leaves there was a member before, a bot that joins there was not.
 */
export class MembershipHistory {
  /** The last result. It holds from its position up to the next membership entry. */
  private known: { fromSeq: number; toSeq: number; wasMember: boolean } | undefined;

  constructor(
    private readonly membership: Membership | undefined,
    private readonly next: NextMembershipEvent,
  ) {}

  async wasMemberAt(seq: number): Promise<boolean> {
    if (this.membership?.state === 'joined' && seq >= this.membership.joinedSeq) return true;
    if (!this.known || seq < this.known.fromSeq || seq >= this.known.toSeq) {
      const event = await this.next(seq);
      this.known = { fromSeq: seq, toSeq: event?.seq ?? Infinity, wasMember: event?.type === 'member.left' };
    }
    return this.known.wasMember;
  }
}
