import type { AiRunEntity } from '../ai-run.entity.js';
import type { AnswerAction, DraftEnd, MessageExtras } from '../../messages/index.js';
import type { Notice } from '../notices/notices.js';

/** The outcome of a run. */
export interface Outcome {
  state: 'completed' | 'interrupted' | 'cancelled' | 'failed' | 'blocked';
  reason: string;
  /** The reply, if there is one. */
  answer?: {
    text: string;
    state: NonNullable<MessageExtras['answer']>['state'];
    /** Actions that the reply offers. */
    actions?: AnswerAction['type'][];
  };
  /** Sent instead of a reply. */
  notice?: { notice: Notice; isAlways: boolean };
  /** The chat summary may have to be extended. */
  isRemembered?: boolean;
  /** Other fields to record in the run. */
  facts: Partial<AiRunEntity>;
}

/** How the draft ends for viewers. */
export const draftEndOf = ({ answer }: Outcome): DraftEnd =>
  answer === undefined || answer.state === 'notice' ? 'dropped' : answer.state;

export const blocked = (reason: string, notice: Notice, isAlways = false, facts: Outcome['facts'] = {}): Outcome => ({
  state: 'blocked',
  reason,
  notice: { notice, isAlways },
  facts,
});

export const cancelled = (reason: string, facts: Outcome['facts'] = {}): Outcome => ({
  state: 'cancelled',
  reason,
  facts,
});
