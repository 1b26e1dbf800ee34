/**
 * What becomes of a question while the one before it is answered:
 *
 * - `interrupt`: the answer is broken off, and both are answered together
 * - `queue`: it waits, and so may four others
 * - `parallel`: it is answered at once, too
 * - `drop`: it is not answered
 */
export const AI_CONCURRENCIES = ['interrupt', 'queue', 'parallel', 'drop'] as const;
export type AiConcurrency = (typeof AI_CONCURRENCIES)[number];

export const AI_REASONING_EFFORTS = ['minimal', 'low', 'medium', 'high'] as const;
export type AiReasoningEffort = (typeof AI_REASONING_EFFORTS)[number];

export const AI_VERBOSITIES = ['low', 'medium', 'high'] as const;
export type AiVerbosity = (typeof AI_VERBOSITIES)[number];

/** Where a model is told who has said what. Bots are always named. */
export const AI_CONTEXT_NAMES = ['groups', 'always', 'never'] as const;
export type AiContextNames = (typeof AI_CONTEXT_NAMES)[number];

/** Whether the system's words are one message, or each of their paragraphs is: some servers take only one, and only first. */
export const AI_SYSTEM_JOINS = ['single', 'separate'] as const;
export type AiSystemJoin = (typeof AI_SYSTEM_JOINS)[number];

/** Another model, of the same server by the same key unless it has its own. */
export interface AiFallback {
  model: string;
  baseUrl?: string;
  apiKeySealed?: string;
}

/** Something that the model may have done before it answers, by a server of the bot's owner. */
export interface AiTool {
  name: string;
  description: string;
  /** A JSON schema of its arguments, which are an object. */
  parameters: Record<string, unknown>;
  url: string;
  /** `whsec_…`, which signs the calls; sealed, in base64. */
  secretSealed: string;
  /** Its last characters, by which its owner knows it. */
  secretEnd: string;
  /** Milliseconds for a call. Absent: as the server's setting says. */
  timeoutMs?: number;
}

/** The settings of an `ai` endpoint, in the words and ranges of the Platform API. */
export interface AiSettings {
  backend: 'chatgpt';
  systemMessage: string;
  temperature: number;
  maxTokens: number;
  topP: number;
  presencePenalty: number;
  frequencyPenalty: number;
  /** Where the model ends its answer, without saying these. */
  stop?: string[];
  /** How long a model that thinks first does so. */
  reasoningEffort?: AiReasoningEffort;
  /** How much a model that thinks first says. */
  verbosity?: AiVerbosity;
  /** Another model than the server's. */
  model?: string;
  /** Another server of models, which has to be a public one. */
  baseUrl?: string;
  /** The key for that server, sealed, in base64. */
  apiKeySealed?: string;
  /** Who is asked, one after the other, when the model cannot be. */
  fallback?: AiFallback[];
  /** What the model may ask for. Absent: nothing. */
  tools?: AiTool[];
  /** Messages of a chat that the model is told at most. Absent: as the server's setting says. */
  contextMessages?: number;
  /** Tokens of a chat that it is told at most. Absent: as the server's setting says. */
  contextTokens?: number;
  /** Pictures of a chat that it is shown, if it can see. Absent: none. */
  contextImages?: number;
  /** Whether it is told what other bots say, too. Absent: no. */
  contextBots?: boolean;
  /** Absent: in groups. */
  contextNames?: AiContextNames;
  /** Milliseconds since 1970: nothing that was said before is told. Absent, or 0: all. */
  contextSince?: number;
  /** Seconds: nothing that was older when it was asked is told. Absent, or 0: all. */
  contextMaxAge?: number;
  /** Whether it is told in few words what was said before that. Absent: no. */
  contextSummary?: boolean;
  /** Absent: `single`. */
  systemJoin?: AiSystemJoin;
  /** Tokens that the bot may use in a day; 0 for any number. Absent: as the server's setting says. */
  tokensPerDay?: number;
  /** Who answers once they are used up, until as many again are. Absent: nobody. */
  downgradeModel?: string;
  /** Neither heard nor said. */
  bannedPhrases?: string[];
  /** What is said instead. */
  safeguardMessage?: string;
  /** Its own words for notices, by their codes. */
  notices?: Readonly<Record<string, string>>;
  /** Absent: `interrupt` in chats of two, `queue` in groups. */
  concurrency?: AiConcurrency;
  /** Milliseconds for which further words of the same person are waited for, to be answered together. */
  debounceMs?: number;
}

/** As far as it is told here: what a bot is reached by. */
interface Reached {
  endpoints: readonly { transport: string; ai: AiSettings | null }[];
}

/** How a model answers for a bot; undefined when none does. */
export const aiOf = ({ endpoints }: Reached): AiSettings | undefined =>
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

/** What shall be another in them. A field that is there and undefined goes back to the server's own. */
export type AiChanges = Partial<AiSettings>;
