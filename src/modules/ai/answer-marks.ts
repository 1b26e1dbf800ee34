import type { AnswerAction, MessageEntity, MessageExtras } from '../messages/index.js';
import { NOTICE_TYPE } from './context/context-builder.js';

/** What a message tells of the answer that it is, beside its words. */
export type AnswerMarks = Pick<MessageEntity, 'customType' | 'data'> & { extras: MessageExtras };

/** The message of an answer, or of the notice that stands for one. */
type Answer = NonNullable<MessageExtras['answer']>;

/** The same for each face: the Client API shows what is in `extras`, the Platform API what is in `data`. */
export const marksOf = (runId: string, answer: Answer): AnswerMarks => ({
  customType: answer.state === 'notice' ? NOTICE_TYPE : '',
  data: dataOf(runId, answer),
  extras: { draftId: runId, answer },
});

/** Nothing of a plain answer. */
function dataOf(runId: string, { code, actions }: Answer): string {
  if (code === undefined && !actions) return '';
  return JSON.stringify({ ai_error_code: code, ai_actions: actions?.map((action) => toPlatform(runId, action)) });
}

const toPlatform = (runId: string, { type, notBefore }: AnswerAction) => ({
  type,
  run_id: runId,
  not_before: notBefore,
});
