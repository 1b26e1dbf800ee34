import type { AiSettings, AiTool } from '../../../bots/index.js';
import type { ToolCallView } from '../../generation/tools/tool-calls.repository.js';
import type { AiEventEntity } from '../../providers/alerts/ai-event.entity.js';
import type { AiRunEntity } from '../../runs/ai-run.entity.js';
import type { AiChatControlEntity } from '../../runs/chat-control.entity.js';
import type { ChangeAi, ChangedAi } from '../../settings/ai-settings.service.js';
import type { TargetReport } from '../../providers/model-inspector.js';
import type { RunTrace } from '../../runs/run-traces.service.js';
import type { ChangeAiTool, ToolSecrets } from '../../settings/tool-settings.service.js';
import type { ClientAiEventDto, ClientAiTargetDto } from './ai-models.client.dto.js';
import type { ClientAiRunDto, ClientAiRunTraceDto, ClientChatControlDto } from './ai-runs.client.dto.js';
import type { ClientAiDto } from './ai-settings.client.dto.js';
import type { ClientAiToolCallDto } from './ai-tool-calls.client.dto.js';
import type { ClientAiToolDto, ClientChangeAiToolDto } from './ai-tools.client.dto.js';
import type { ClientChangeAiDto } from './change-ai.client.dto.js';

export const toClientAiRun = (run: AiRunEntity): ClientAiRunDto => ({
  id: run.id,
  botId: run.botId,
  chatId: run.chatId,
  triggerId: run.triggerId,
  attempt: run.attempt,
  isContinued: run.isContinued,
  state: run.state,
  reason: run.reason,
  messageId: run.messageId ?? '',
  createdAt: run.createdAt.getTime(),
});

export const toClientAiRunTrace = ({ run, toolCalls }: RunTrace): ClientAiRunTraceDto => ({
  ...toClientAiRun(run),
  userId: run.userId,
  stoppedBy: run.stoppedBy,
  model: run.model,
  host: run.host,
  tries: run.tries,
  requests: run.requests,
  requestHash: run.requestHash,
  paramsSent: run.paramsSent,
  paramsDropped: run.paramsDropped,
  contextIds: run.contextIds,
  providerRequestId: run.providerRequestId,
  finishReason: run.finishReason,
  errorDetail: run.errorDetail,
  usage: {
    promptTokens: run.promptTokens,
    completionTokens: run.completionTokens,
    cachedTokens: run.cachedTokens,
    reasoningTokens: run.reasoningTokens,
    isEstimated: run.isUsageEstimated,
    costMicros: run.costMicros ?? undefined,
    currency: run.currency || undefined,
  },
  firstWordMs: run.firstDeltaMs ?? undefined,
  totalMs: run.totalMs ?? undefined,
  prompt: run.debug?.messages,
  toolCalls: toolCalls.map(toClientToolCall),
});

/** Includes new secrets, which are shown only once. */
export const toClientChangedAi = ({ ai, toolSecrets, warnings }: ChangedAi): ClientAiDto => ({
  ...toClientAi(ai, toolSecrets),
  warnings: warnings.length > 0 ? warnings : undefined,
});

/** API keys are never shown. @param toolSecrets new secrets to show */
export const toClientAi = (ai: AiSettings, toolSecrets?: ToolSecrets): ClientAiDto => ({
  systemMessage: ai.systemMessage,
  temperature: ai.temperature,
  maxTokens: ai.maxTokens,
  topP: ai.topP,
  presencePenalty: ai.presencePenalty,
  frequencyPenalty: ai.frequencyPenalty,
  stop: ai.stop ?? [],
  reasoningEffort: ai.reasoningEffort,
  verbosity: ai.verbosity,
  model: ai.model,
  baseUrl: ai.baseUrl,
  hasOwnKey: ai.apiKeyEncrypted !== undefined,
  fallback: (ai.fallback ?? []).map(({ model, baseUrl, apiKeyEncrypted }) => ({
    model,
    baseUrl,
    hasOwnKey: apiKeyEncrypted !== undefined,
  })),
  tools: (ai.tools ?? []).map((tool) => toClientAiTool(tool, toolSecrets)),
  contextMessages: ai.contextMessages,
  contextTokens: ai.contextTokens,
  contextImages: ai.contextImages ?? 0,
  contextBots: ai.contextBots ?? false,
  contextNames: ai.contextNames ?? 'groups',
  contextSince: ai.contextSince ?? 0,
  contextMaxAge: ai.contextMaxAge ?? 0,
  contextSummary: ai.contextSummary ?? false,
  systemJoin: ai.systemJoin ?? 'single',
  tokensPerDay: ai.tokensPerDay,
  downgradeModel: ai.downgradeModel,
  bannedPhrases: ai.bannedPhrases ?? [],
  safeguardMessage: ai.safeguardMessage,
  notices: { ...ai.notices },
  concurrency: ai.concurrency,
  debounceMs: ai.debounceMs ?? 0,
});

export const toChangeAi = (body: ClientChangeAiDto): ChangeAi => ({
  systemMessage: body.systemMessage,
  temperature: body.temperature,
  maxTokens: body.maxTokens,
  topP: body.topP,
  presencePenalty: body.presencePenalty,
  frequencyPenalty: body.frequencyPenalty,
  stop: body.stop,
  reasoningEffort: body.reasoningEffort,
  verbosity: body.verbosity,
  model: body.model,
  baseUrl: body.baseUrl,
  apiKey: body.apiKey,
  fallback: body.fallback?.map(({ model, baseUrl, apiKey }) => ({
    model,
    baseUrl: baseUrl ?? undefined,
    apiKey: apiKey ?? undefined,
  })),
  tools: body.tools?.map(toChangeAiTool),
  contextMessages: body.contextMessages,
  contextTokens: body.contextTokens,
  contextImages: body.contextImages,
  contextBots: body.contextBots,
  contextNames: body.contextNames,
  contextSince: body.contextSince,
  contextMaxAge: body.contextMaxAge,
  contextSummary: body.contextSummary,
  systemJoin: body.systemJoin,
  tokensPerDay: body.tokensPerDay,
  downgradeModel: body.downgradeModel,
  bannedPhrases: body.bannedPhrases,
  safeguardMessage: body.safeguardMessage,
  notices: body.notices,
  concurrency: body.concurrency,
  debounceMs: body.debounceMs,
});

export const toClientTargetReport = (report: TargetReport): ClientAiTargetDto => ({
  model: report.target.model,
  host: new URL(report.target.baseUrl).host,
  key: report.target.keyAlias,
  isReachable: report.failure === undefined,
  knowsModel: report.knowsModel,
  models: report.models,
  failure: report.failure?.kind,
  detail: report.failure?.message,
  durationMs: report.durationMs,
});

export const toClientChatControl = ({ chatId, until }: AiChatControlEntity): ClientChatControlDto => ({
  chatId,
  until: until.getTime(),
});

export const toClientAiEvent = (event: AiEventEntity): ClientAiEventDto => ({
  id: event.id,
  at: event.at.getTime(),
  type: event.type,
  botId: event.botId,
  details: event.details,
});

/** @param secrets new secrets, which are shown only once */
const toClientAiTool = (tool: AiTool, secrets?: ToolSecrets): ClientAiToolDto => ({
  name: tool.name,
  description: tool.description,
  parameters: tool.parameters,
  url: tool.url,
  secret: secrets?.get(tool.name),
  secretEnd: tool.secretEnd,
  timeoutMs: tool.timeoutMs,
});

const toChangeAiTool = (body: ClientChangeAiToolDto): ChangeAiTool => ({
  name: body.name,
  description: body.description,
  parameters: body.parameters,
  url: body.url,
  secret: body.secret ?? undefined,
  timeoutMs: body.timeoutMs ?? undefined,
});

const toClientToolCall = (call: ToolCallView): ClientAiToolCallDto => ({
  id: call.id,
  round: call.round,
  tool: call.tool,
  outcome: call.outcome ?? 'open',
  httpStatus: call.httpStatus ?? undefined,
  sizeBytes: call.sizeBytes,
  durationMs: call.durationMs ?? undefined,
  createdAt: call.createdAt.getTime(),
  arguments: call.arguments ?? undefined,
  result: call.result ?? undefined,
});
