import type { PromptMessage, ToolCall, ToolSpec } from './model.types.js';
import { readArguments } from './tool-calls.js';

type Item = Record<string, unknown>;

/** What a model is able to. */
export interface Abilities {
  /** It wants the system's words to come from a `developer`. */
  isDeveloper: boolean;
  canSee: boolean;
  canCallTools: boolean;
}

/** What was said, as Chat Completions takes it. */
export const toChatMessages = (messages: readonly PromptMessage[], abilities: Abilities): Item[] =>
  fitFor(messages, abilities).map(({ role, content, images = [], toolCalls, toolCallId }) => {
    if (toolCalls) return { role, content: content || null, tool_calls: toolCalls.map(toChatCall) };
    if (toolCallId !== undefined) return { role, tool_call_id: toolCallId, content };
    const parts = images.map(({ url }) => ({ type: 'image_url', image_url: { url } }));
    return { role, content: parts.length > 0 ? [{ type: 'text', text: content }, ...parts] : content };
  });

/** The same for the Responses API, where a call and its result are things of their own beside messages. */
export const toResponsesInput = (messages: readonly PromptMessage[], abilities: Abilities): Item[] =>
  fitFor(messages, abilities).flatMap(({ role, content, images = [], toolCalls, toolCallId }): Item[] => {
    if (toolCalls) return [...(content ? [{ role, content }] : []), ...toolCalls.map(toResponsesCall)];
    if (toolCallId !== undefined) return [{ type: 'function_call_output', call_id: toolCallId, output: content }];
    const parts = images.map(({ url }) => ({ type: 'input_image', image_url: url, detail: 'auto' }));
    return [{ role, content: parts.length > 0 ? [{ type: 'input_text', text: content }, ...parts] : content }];
  });

export const toChatTool = ({ name, description, parameters }: ToolSpec): Item => ({
  type: 'function',
  function: { name, description, parameters },
});

/** Not strict: the schema is the bot's owner's, and what is strict about it is checked here. */
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
  function: { name: call.name, arguments: wellWritten(call) },
});

const toResponsesCall = (call: ToolCall): Item => ({
  type: 'function_call',
  call_id: call.id,
  name: call.name,
  arguments: wellWritten(call),
});

/** Many servers read the JSON to tell it to the model in its own words, and fail over what is none; the result tells that it was not. */
const wellWritten = (call: ToolCall): string => (readArguments(call) && call.arguments) || '{}';

function fitFor(
  messages: readonly PromptMessage[],
  { isDeveloper, canSee, canCallTools }: Abilities,
): (Omit<PromptMessage, 'role'> & { role: string })[] {
  return (canCallTools ? messages : withoutCalls(messages)).map(({ role, images, ...rest }) => ({
    ...rest,
    role: role === 'system' && isDeveloper ? 'developer' : role,
    images: canSee ? images : undefined,
  }));
}

/** For a model that knows nothing of tools, what they have said for another one stands among what was said. */
function withoutCalls(messages: readonly PromptMessage[]): PromptMessage[] {
  const names = new Map(messages.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id, name }) => [id, name] as const)));
  return messages.flatMap(({ toolCalls, toolCallId, ...message }): PromptMessage[] => {
    if (toolCalls) return message.content ? [message] : [];
    if (toolCallId === undefined) return [message];
    return [{ role: 'user', content: `[${names.get(toolCallId) ?? 'a tool'} says: ${message.content}]` }];
  });
}
