/** One thing said, in the words of the models. */
export interface PromptMessage {
  /** `tool`: what came of a call that the model has asked for just before. */
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** For models that can see. */
  images?: PromptImage[];
  /** Of an `assistant`: what it asks of tools. Each is answered by a `tool` message behind it. */
  toolCalls?: readonly ToolCall[];
  /** Of a `tool`: the call that it answers. */
  toolCallId?: string;
}

/** What a model wants a tool to do. */
export interface ToolCall {
  /** The model's own name of the call. */
  id: string;
  /** Of the tool. */
  name: string;
  /** JSON, if the model has written it well. */
  arguments: string;
}

/** A picture, as models take them: `data:image/png;base64,…`. */
export interface PromptImage {
  url: string;
}

/** A tool, as models are told of it. */
export interface ToolSpec {
  name: string;
  description: string;
  /** A JSON schema of its arguments. */
  parameters: Readonly<Record<string, unknown>>;
}

/** The parameters of a bot, in its own words; a family of models may take them under other names, or not at all. */
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

/** Which model, where, and by whose key. */
export interface ModelTarget {
  model: string;
  /** Without a trailing slash. */
  baseUrl: string;
  /** Undefined for servers that ask for none. */
  apiKey: string | undefined;
  /** What the key is called in logs. */
  keyAlias: string;
  /** Names the server and the key, unreadably. Empty where there is neither. */
  provider: string;
  /** Somebody else than the operator has chosen the address: it must be a public one. */
  isGuarded: boolean;
}

export interface ModelRequest {
  target: ModelTarget;
  /** Who is asked, one after the other, when that one cannot be. */
  fallbacks?: readonly ModelTarget[];
  messages: readonly PromptMessage[];
  /** What the model may ask for. */
  tools?: readonly ToolSpec[];
  parameters: ModelParameters;
  /** Names the caller to the provider without saying who it is. */
  safetyIdentifier: string;
  cacheKey: string;
}

/** What goes over the line. */
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
  /** It is writing down what it wants of a tool, and cannot be heard meanwhile. */
  | { type: 'writing' }
  /** All that it wants of tools; the end follows. */
  | { type: 'tool_calls'; calls: ToolCall[] }
  | { type: 'finished'; reason: string; usage?: ModelUsage };

/** Speaks to models. What goes wrong is thrown as a `ModelFailure`. */
export interface ModelProvider {
  /** One request, never repeated. Aborting the signal closes the connection. */
  stream(request: WireRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}
