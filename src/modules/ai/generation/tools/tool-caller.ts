import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type Agent, request } from 'undici';
import { AiModuleSettings } from '../../ai.settings.js';
import { Encryptor } from '../../../../core/crypto/encryptor.js';
import { outgoingHttp } from '../../../../core/http/outgoing/outgoing-http.js';
import { cutText, storableText } from '../../../../core/text/storable-text.js';
import type { AiTool } from '../../../bots/index.js';
import { networkErrorCode, standardHeaders } from '../../../deliveries/index.js';
import type { ToolOutcome } from './tool-call.entity.js';
import type { ToolResult } from './tool-calls.repository.js';

/** Limits of the response body, and of the result for the model. */
const MAX_RESPONSE_BYTES = 65_536;
const MAX_RESULT_CHARS = 16_384;
const CUT = '\n[… the rest was left out …]';
/** Upper limit of the timeout of a tool. */
const MAX_TIMEOUT_MS = 20_000;

/** Results for the model when a call fails. They disclose no addresses, secrets or response bodies. */
const FAILURE_RESULTS = {
  failed: (status: number) => `The tool failed with status ${status}.`,
  unreachable: 'The tool cannot be reached.',
  blocked: 'The tool cannot be reached.',
  timeout: 'The tool did not respond in time.',
  too_long: 'The response of the tool is too large.',
  aborted: 'The call was aborted.',
} as const;

/** Calls tools: one signed POST without retries or redirects, and one timeout for the whole call. */
@Injectable()
export class ToolCaller implements OnApplicationShutdown {
  private readonly logger = new Logger(ToolCaller.name);
  private readonly agent: Agent;

  constructor(
    private readonly settings: AiModuleSettings,
    private readonly encryptor: Encryptor,
  ) {
    this.agent = outgoingHttp({
      allowPrivate: settings.CALLBACK_ALLOW_PRIVATE,
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
  }

  /** Never rejects. @param id sent as `webhook-id`. @param signal closes the connection */
  async call(tool: AiTool, id: string, body: Buffer, signal: AbortSignal): Promise<ToolResult> {
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(Math.min(tool.timeoutMs ?? this.settings.AI_TOOL_MS, MAX_TIMEOUT_MS));
    const combined = AbortSignal.any([signal, timeout]);
    const response = await this.post(tool, id, body, combined).catch((error: unknown) =>
      failureOf(error, signal.aborted ? 'aborted' : timeout.aborted ? 'timeout' : undefined),
    );
    const durationMs = Math.round(performance.now() - startedAt);
    if (response.outcome !== 'ok' && response.outcome !== 'aborted') this.logFailure(tool, id, response);
    return { ...response, durationMs };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private async post(tool: AiTool, id: string, body: Buffer, signal: AbortSignal): Promise<Response> {
    const secret = this.encryptor.decrypt(Buffer.from(tool.secretEncrypted, 'base64'));
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
    return { outcome: 'failed', httpStatus, result: FAILURE_RESULTS.failed(httpStatus), sizeBytes };
  }

  private logFailure({ name }: AiTool, id: string, { outcome, httpStatus, errorCode }: Response): void {
    this.logger.warn(`Tool call failed: ${name} (${errorCode ?? httpStatus ?? outcome})`, { toolCallId: id, outcome });
  }
}

type Response = Omit<ToolResult, 'durationMs'> & { errorCode?: string };

function textOf(bytes: Buffer): string {
  const text = storableText(bytes.toString('utf8'));
  return text.length > MAX_RESULT_CHARS ? cutText(text, MAX_RESULT_CHARS) + CUT : text;
}

/** @param known why the call was aborted on this side, if it was */
function failureOf(error: unknown, known: 'aborted' | 'timeout' | undefined): Response {
  const errorCode = known ?? networkErrorCode(error);
  const outcome = known ?? OUTCOMES[errorCode] ?? 'unreachable';
  return { outcome, httpStatus: null, result: FAILURE_RESULTS[outcome], sizeBytes: 0, errorCode };
}

const OUTCOMES: Readonly<Record<string, Exclude<ToolOutcome & keyof typeof FAILURE_RESULTS, 'failed'>>> = {
  address_not_allowed: 'blocked',
  und_err_res_exceeded_max_size: 'too_long',
};
