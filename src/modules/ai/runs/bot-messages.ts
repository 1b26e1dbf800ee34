import type { Actor } from '../../auth/index.js';
import type { ReplyAction, MessageEntity, MessageExtras } from '../../messages/index.js';
import { NOTICE_TYPE } from '../generation/context/context-builder.js';

/** The bot itself as actor. */
export const asBot = (botId: string): Actor => ({ kind: 'bot', id: botId, scopes: [] });

/** The fields of a message that mark it as an AI reply or notice. */
export type ReplyMetadata = Pick<MessageEntity, 'customType' | 'data'> & { extras: MessageExtras };

type Answer = NonNullable<MessageExtras['answer']>;

/** The Client API shows `extras`, the Platform API shows `data`. */
export const toReplyMetadata = (runId: string, answer: Answer): ReplyMetadata => ({
  customType: answer.state === 'notice' ? NOTICE_TYPE : '',
  data: dataOf(runId, answer),
  extras: { draftId: runId, answer },
});

/** Empty for a plain reply. */
function dataOf(runId: string, { code, actions }: Answer): string {
  if (code === undefined && !actions) return '';
  return JSON.stringify({ ai_error_code: code, ai_actions: actions?.map((action) => toPlatform(runId, action)) });
}

const toPlatform = (runId: string, { type, notBefore }: ReplyAction) => ({
  type,
  run_id: runId,
  not_before: notBefore,
});
