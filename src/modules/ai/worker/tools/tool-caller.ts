import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type Agent, request } from 'undici';
import { Settings } from '../../../../core/config/settings.js';
import { Sealer } from '../../../../core/crypto/sealer.js';
import { outgoingHttp } from '../../../../core/http/outgoing/outgoing-http.js';
import { cutText, storableText } from '../../../../core/text/storable-text.js';
import type { AiTool } from '../../../bots/index.js';
import { failureWord, standardHeaders } from '../../../deliveries/index.js';
import type { ToolOutcome } from '../../tools/tool-call.entity.js';
import type { ToolAnswer } from '../../tools/tool-calls.repository.js';

/** What is read of an answer; and of that, what the model is told. */
const MAX_RESPONSE_BYTES = 65_536;
const MAX_RESULT_CHARS = 16_384;
const CUT = '\n[… the rest was left out …]';
/** A time-out of its own may be shorter, never longer. */
const LONGEST_MS = 20_000;

/** What the model is told when there is no answer. Nothing of addresses, secrets, or what a server says of itself. */
const WORDS = {
  failed: (status: number) => `The tool failed with status ${status}.`,
  unreachable: 'The tool cannot be reached.',
  blocked: 'The tool cannot be reached.',
  timeout: 'The tool did not answer in time.',
  too_long: 'The tool has answered too much.',
  aborted: 'The call was broken off.',
} as const;

/** Asks tools: exactly one signed POST each, no redirects, and one time limit for all of it. */
@Injectable()
export class ToolCaller implements OnApplicationShutdown {
  private readonly logger = new Logger(ToolCaller.name);
  private readonly agent: Agent;

  constructor(
    private readonly settings: Settings,
    private readonly sealer: Sealer,
  ) {
    this.agent = outgoingHttp({
      allowPrivate: settings.CALLBACK_ALLOW_PRIVATE,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
  }

  /** Never rejects. @param id names the call to who receives it. @param signal closes the connection */
  async call(tool: AiTool, id: string, body: Buffer, signal: AbortSignal): Promise<ToolAnswer> {
    const startedAt = performance.now();
    const impatience = AbortSignal.timeout(Math.min(tool.timeoutMs ?? this.settings.AI_TOOL_MS, LONGEST_MS));
    const either = AbortSignal.any([signal, impatience]);
    const answer = await this.post(tool, id, body, either).catch((error: unknown) =>
      failureOf(error, signal.aborted ? 'aborted' : impatience.aborted ? 'timeout' : undefined),
    );
    const durationMs = Math.round(performance.now() - startedAt);
    if (answer.outcome !== 'ok' && answer.outcome !== 'aborted') this.tell(tool, id, answer);
    return { ...answer, durationMs };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private async post(tool: AiTool, id: string, body: Buffer, signal: AbortSignal): Promise<Answer> {
    const secret = this.sealer.open(Buffer.from(tool.secretSealed, 'base64'));
    const response = await request(tool.url, {
      method: 'POST',
      dispatcher: this.agent,
      headers: {
        'content-type': 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'Parley-Tool/1',
        ...standardHeaders(body, id, Math.floor(Date.now() / 1000), [secret]),
      },
      body,
      signal,
    });
    const { statusCode: httpStatus } = response;
    const bytes = Buffer.from(await response.body.arrayBuffer());
    const sizeBytes = bytes.length;
    if (httpStatus >= 200 && httpStatus < 300) {
      return { outcome: 'ok', httpStatus, result: textOf(bytes), sizeBytes };
    }
    return { outcome: 'failed', httpStatus, result: WORDS.failed(httpStatus), sizeBytes };
  }

  private tell({ name }: AiTool, id: string, { outcome, httpStatus, word }: Answer): void {
    this.logger.warn(`The tool ${name} has not helped (${word ?? httpStatus ?? outcome})`, { toolCallId: id, outcome });
  }
}

type Answer = Omit<ToolAnswer, 'durationMs'> & { word?: string };

function textOf(bytes: Buffer): string {
  const text = storableText(bytes.toString('utf8'));
  return text.length > MAX_RESULT_CHARS ? cutText(text, MAX_RESULT_CHARS) + CUT : text;
}

/** @param known why it was broken off here, if it was */
function failureOf(error: unknown, known: 'aborted' | 'timeout' | undefined): Answer {
  const word = known ?? failureWord(error);
  const outcome = known ?? OUTCOMES[word] ?? 'unreachable';
  return { outcome, httpStatus: null, result: WORDS[outcome], sizeBytes: 0, word };
}

const OUTCOMES: Readonly<Record<string, Exclude<ToolOutcome & keyof typeof WORDS, 'failed'>>> = {
  address_not_allowed: 'blocked',
  und_err_res_exceeded_max_size: 'too_long',
};
