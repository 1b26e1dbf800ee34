/** One message of a prompt. */
export interface PromptMessage {
  /** `tool`: the result of a preceding tool call. */
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** For models with image support. */
  images?: PromptImage[];
  /** Of an `assistant`: each call is followed by a `tool` message with its result. */
  toolCalls?: readonly ToolCall[];
  /** Of a `tool`: the id of the call. */
  toolCallId?: string;
}

/** A tool call of a model. */
export interface ToolCall {
  /** Assigned by the model. */
  id: string;
  /** Name of the tool. */
  name: string;
  /** JSON, unless the model produced invalid output. */
  arguments: string;
}

/** An image as a data URL: `data:image/png;base64,…`. */
export interface PromptImage {
  url: string;
}

/** A tool definition for a model. */
export interface ToolSpec {
  name: string;
  description: string;
  /** JSON schema of the arguments. */
  parameters: Readonly<Record<string, unknown>>;
}

/** Model parameters of a bot. A model family may use other names, or not support some of them. */
export interface ModelParameters {
  temperature: number;
  maxTokens: number;
  topP: number;
  presencePenalty: number;
  frequencyPenalty: number;
  stop?: readonly string[];
  reasoningEffort?: string;
  verbosity?: string;
}

/** A model at a server, with a key. */
export interface ModelTarget {
  model: string;
  /** Without a trailing slash. */
  baseUrl: string;
  /** Undefined for servers without authentication. */
  apiKey: string | undefined;
  /** Name of the key in logs. */
  keyAlias: string;
  /** Hash of server and key. Empty for the built-in stand-in. */
  provider: string;
  /** The address comes from a bot, not from the server settings, so it must be public. */
  requiresPublicAddress: boolean;
}

export interface ModelRequest {
  target: ModelTarget;
  /** Used in order when the target is unavailable. */
  fallbacks?: readonly ModelTarget[];
  messages: readonly PromptMessage[];
  /** Tools that the model may call. */
  tools?: readonly ToolSpec[];
  parameters: ModelParameters;
  /** Pseudonym of the user for the provider. */
  safetyIdentifier: string;
  cacheKey: string;
}

/** A request as it is sent. */
export interface WireRequest {
  target: ModelTarget;
  body: Readonly<Record<string, unknown>>;
}

export interface ModelUsage {
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
}

export type ModelEvent =
  | { type: 'begun'; requestId: string }
  | { type: 'text'; text: string }
  /** The model is generating tool calls; there is no text meanwhile. */
  | { type: 'writing' }
  /** All tool calls; `finished` follows. */
  | { type: 'tool_calls'; calls: ToolCall[] }
  | { type: 'finished'; reason: string; usage?: ModelUsage };

/** Client of a model API. Throws `ModelFailure`. */
export interface ModelProvider {
  /** Sends one request without retries. Aborting the signal closes the connection. */
  stream(request: WireRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}
