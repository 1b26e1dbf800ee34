import type { AiRunEntity } from '../ai-run.entity.js';
import type { AnswerAction, DraftEnd, MessageExtras } from '../../messages/index.js';
import type { Notice } from '../notices/notices.js';

/** What a run has come to. */
export interface Outcome {
  state: 'completed' | 'interrupted' | 'cancelled' | 'failed' | 'blocked';
  reason: string;
  /** What the bot says; undefined for nothing. */
  answer?: {
    text: string;
    state: NonNullable<MessageExtras['answer']>['state'];
    /** What may be asked for then. */
    actions?: AnswerAction['type'][];
  };
  /** What it says instead of an answer. */
  notice?: { notice: Notice; isAlways: boolean };
  /** The bot makes notes of what it cannot be told word by word any more. */
  isRemembered?: boolean;
  /** What else is noted of the run. */
  facts: Partial<AiRunEntity>;
}

/** What viewers are told of the draft. */
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
