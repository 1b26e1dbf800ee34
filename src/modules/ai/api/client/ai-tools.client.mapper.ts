import type { AiTool } from '../../../bots/index.js';
import type { ChangeAiTool, ToolSecrets } from '../../settings/tool-settings.service.js';
import type { ToolCallView } from '../../generation/tools/tool-calls.repository.js';
import type { ClientAiToolDto, ClientChangeAiToolDto } from './ai-tools.client.dto.js';
import type { ClientAiToolCallDto } from './ai-tool-calls.client.dto.js';

/** @param secrets new secrets, which are shown only once */
export const toClientAiTool = (tool: AiTool, secrets?: ToolSecrets): ClientAiToolDto => ({
  name: tool.name,
  description: tool.description,
  parameters: tool.parameters,
  url: tool.url,
  secret: secrets?.get(tool.name),
  secretEnd: tool.secretEnd,
  timeoutMs: tool.timeoutMs,
});

export const toChangeAiTool = (body: ClientChangeAiToolDto): ChangeAiTool => ({
  name: body.name,
  description: body.description,
  parameters: body.parameters,
  url: body.url,
  secret: body.secret ?? undefined,
  timeoutMs: body.timeoutMs ?? undefined,
});

export const toClientToolCall = (call: ToolCallView): ClientAiToolCallDto => ({
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
