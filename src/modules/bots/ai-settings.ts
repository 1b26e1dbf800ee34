/**
 * Handling of a message that arrives during a run:
 *
 * - `interrupt`: the run is cancelled, and one reply covers both messages
 * - `queue`: the message waits; up to four others can wait, too
 * - `parallel`: a second run starts at once
 * - `drop`: the message gets no reply
 */
export const AI_CONCURRENCIES = ['interrupt', 'queue', 'parallel', 'drop'] as const;
export type AiConcurrency = (typeof AI_CONCURRENCIES)[number];

export const AI_REASONING_EFFORTS = ['minimal', 'low', 'medium', 'high'] as const;
export type AiReasoningEffort = (typeof AI_REASONING_EFFORTS)[number];

export const AI_VERBOSITIES = ['low', 'medium', 'high'] as const;
export type AiVerbosity = (typeof AI_VERBOSITIES)[number];

/** In which chats the prompt names the senders of messages. Bots are always named. */
export const AI_CONTEXT_NAMES = ['groups', 'always', 'never'] as const;
export type AiContextNames = (typeof AI_CONTEXT_NAMES)[number];

/** Whether the system prompt is one message or one message per paragraph: some servers accept only one, and only first. */
export const AI_SYSTEM_JOINS = ['single', 'separate'] as const;
export type AiSystemJoin = (typeof AI_SYSTEM_JOINS)[number];

/** Another model. It uses the same server and key unless it has its own. */
export interface AiFallback {
  model: string;
  baseUrl?: string;
  apiKeyEncrypted?: string;
}

/** A tool that the model can call before it replies, served by the bot's owner. */
export interface AiTool {
  name: string;
  description: string;
  /** A JSON schema of the arguments, which are an object. */
  parameters: Record<string, unknown>;
  url: string;
  /** `whsec_…`, which signs the calls; encrypted, in base64. */
  secretEncrypted: string;
  /** The last characters of the secret, by which its owner recognizes it. */
  secretEnd: string;
  /** Timeout of a call in milliseconds. Absent: the server's setting. */
  timeoutMs?: number;
}

/** The settings of an `ai` endpoint, with the names and ranges of the Platform API. */
export interface AiSettings {
  backend: 'chatgpt';
  systemMessage: string;
  temperature: number;
  maxTokens: number;
  topP: number;
  presencePenalty: number;
  frequencyPenalty: number;
  /** Stop sequences. They are not part of the completion. */
  stop?: string[];
  /** Reasoning effort of a reasoning model. */
  reasoningEffort?: AiReasoningEffort;
  /** Verbosity of a reasoning model. */
  verbosity?: AiVerbosity;
  /** Replaces the server's default model. */
  model?: string;
  /** Replaces the server's default base URL. Must be public. */
  baseUrl?: string;
  /** The key for that server; encrypted, in base64. */
  apiKeyEncrypted?: string;
  /** Models to try in this order if the first one fails. */
  fallback?: AiFallback[];
  /** The tools of the model. Absent: none. */
  tools?: AiTool[];
  /** Maximum number of chat messages in the prompt. Absent: the server's setting. */
  contextMessages?: number;
  /** Maximum number of chat tokens in the prompt. Absent: the server's setting. */
  contextTokens?: number;
  /** Maximum number of chat images in the prompt, for models with vision. Absent: none. */
  contextImages?: number;
  /** Whether the prompt includes messages of other bots. Absent: no. */
  contextBots?: boolean;
  /** Absent: in groups. */
  contextNames?: AiContextNames;
  /** Milliseconds since 1970: earlier messages are not in the prompt. Absent, or 0: all. */
  contextSince?: number;
  /** Maximum age in seconds of messages in the prompt. Absent, or 0: all. */
  contextMaxAge?: number;
  /** Whether the prompt includes a summary of older messages. Absent: no. */
  contextSummary?: boolean;
  /** Absent: `single`. */
  systemJoin?: AiSystemJoin;
  /** Tokens that the bot can use per day; 0 for no limit. Absent: the server's setting. */
  tokensPerDay?: number;
  /** The model that replies after the limit is reached, up to the same number of tokens again. Absent: none. */
  downgradeModel?: string;
  /** Words that are filtered from messages and replies. */
  bannedPhrases?: string[];
  /** The replacement for these words. */
  safeguardMessage?: string;
  /** The bot's own texts of notices, by code. */
  notices?: Readonly<Record<string, string>>;
  /** Absent: `interrupt` in chats of two, `queue` in groups. */
  concurrency?: AiConcurrency;
  /** Milliseconds to wait for further messages of the same sender, which one reply then covers. */
  debounceMs?: number;
}

/** The part of a bot that is needed here: its endpoints. */
interface HasEndpoints {
  endpoints: readonly { transport: string; ai: AiSettings | null }[];
}

/** The AI settings of a bot; undefined if it has none. */
export const aiSettingsOf = ({ endpoints }: HasEndpoints): AiSettings | undefined =>
  endpoints.find(({ transport }) => transport === 'ai')?.ai ?? undefined;

/** The defaults that the Platform API documents. */
export const AI_DEFAULTS: AiSettings = {
  backend: 'chatgpt',
  systemMessage: 'You are a helpful assistant.',
  temperature: 1,
  maxTokens: 256,
  topP: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
};
/** Changed AI settings. A field that is present and undefined is reset to the server's default. */
export type AiChanges = Partial<AiSettings>;
