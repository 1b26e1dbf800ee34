import type { PromptMessage, ToolCall, ToolSpec } from './model.types.js';
import { parseArguments } from './tool-calls.js';

type Item = Record<string, unknown>;

/** Capabilities of a model. */
export interface ModelCapabilities {
  /** System messages have the role `developer`. */
  usesDeveloperRole: boolean;
  supportsImages: boolean;
  supportsTools: boolean;
}

/** The prompt as Chat Completions messages. */
export const toChatMessages = (messages: readonly PromptMessage[], capabilities: ModelCapabilities): Item[] =>
  adaptTo(messages, capabilities).map(({ role, content, images = [], toolCalls, toolCallId }) => {
    if (toolCalls) return { role, content: content || null, tool_calls: toolCalls.map(toChatCall) };
    if (toolCallId !== undefined) return { role, tool_call_id: toolCallId, content };
    const parts = images.map(({ url }) => ({ type: 'image_url', image_url: { url } }));
    return { role, content: parts.length > 0 ? [{ type: 'text', text: content }, ...parts] : content };
  });

/** The prompt as Responses API input, in which calls and results are separate items. */
export const toResponsesInput = (messages: readonly PromptMessage[], capabilities: ModelCapabilities): Item[] =>
  adaptTo(messages, capabilities).flatMap(({ role, content, images = [], toolCalls, toolCallId }): Item[] => {
    if (toolCalls) return [...(content ? [{ role, content }] : []), ...toolCalls.map(toResponsesCall)];
    if (toolCallId !== undefined) return [{ type: 'function_call_output', call_id: toolCallId, output: content }];
    const parts = images.map(({ url }) => ({ type: 'input_image', image_url: url, detail: 'auto' }));
    return [{ role, content: parts.length > 0 ? [{ type: 'input_text', text: content }, ...parts] : content }];
  });

export const toChatTool = ({ name, description, parameters }: ToolSpec): Item => ({
  type: 'function',
  function: { name, description, parameters },
});

/** Not strict: arbitrary schemas are allowed, and arguments are validated here. */
export const toResponsesTool = ({ name, description, parameters }: ToolSpec): Item => ({
  type: 'function',
  name,
  description,
  parameters,
  strict: false,
});

const toChatCall = (call: ToolCall): Item => ({
  id: call.id,
  type: 'function',
  function: { name: call.name, arguments: validArguments(call) },
});

const toResponsesCall = (call: ToolCall): Item => ({
  type: 'function_call',
  call_id: call.id,
  name: call.name,
  arguments: validArguments(call),
});

/** Many servers parse the arguments and fail on invalid JSON. The tool result reports the error to the model. */
const validArguments = (call: ToolCall): string => (parseArguments(call) && call.arguments) || '{}';

function adaptTo(
  messages: readonly PromptMessage[],
  { usesDeveloperRole, supportsImages, supportsTools }: ModelCapabilities,
): (Omit<PromptMessage, 'role'> & { role: string })[] {
  return (supportsTools ? messages : withoutCalls(messages)).map(({ role, images, ...rest }) => ({
    ...rest,
    role: role === 'system' && usesDeveloperRole ? 'developer' : role,
    images: supportsImages ? images : undefined,
  }));
}

/** For a model without tool support, tool results become user messages. */
function withoutCalls(messages: readonly PromptMessage[]): PromptMessage[] {
  const names = new Map(messages.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id, name }) => [id, name] as const)));
  return messages.flatMap(({ toolCalls, toolCallId, ...message }): PromptMessage[] => {
    if (toolCalls) return message.content ? [message] : [];
    if (toolCallId === undefined) return [message];
    return [{ role: 'user', content: `[${names.get(toolCallId) ?? 'a tool'} says: ${message.content}]` }];
  });
}
