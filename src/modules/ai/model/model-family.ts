import type { ModelRequest, ModelTarget } from './model.types.js';
import { type Abilities, toChatMessages, toChatTool, toResponsesInput, toResponsesTool } from './wire-messages.js';

/** Which parameters a model takes, and under which names. */
export type ModelFamily = 'classic' | 'reasoning' | 'other';

/** Hidden thoughts count as output: without room for them, nothing would be left for the answer. */
export const REASONING_HEADROOM = 2048;
/** What the Responses API takes at least. */
export const MIN_RESPONSES_TOKENS = 16;

const REASONING = /^(?:[\w.-]+\/)?(?:o\d|gpt-(?:[5-9]|\d\d))/;
/** What those that think first refuse, unless it is as by default, which is said by saying nothing. */
const UNWANTED = new Set(['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'stop']);
/** Thoughts cost time and tokens. */
const USUAL_EFFORT = 'low';

/** By the name of the model, which gateways keep; of other names, the server decides. */
export function familyOf(model: string, baseUrl: string): ModelFamily {
  if (REASONING.test(model) && !model.includes('-chat')) return 'reasoning';
  return new URL(baseUrl).hostname.endsWith('openai.com') ? 'classic' : 'other';
}

export interface WireOptions {
  /** What this model was seen to refuse: parameters, by their names. */
  refused: ReadonlySet<string>;
  /** How often the room for hidden thoughts is doubled. */
  extraRoom: number;
}

/** The body of a request to Chat Completions. Pure: the same request gives the same bytes, by which recordings are found. */
export function toChatBody(request: ModelRequest, { refused, extraRoom }: WireOptions): Record<string, unknown> {
  const family = familyOf(request.target.model, request.target.baseUrl);
  const { parameters } = request;
  const { reasoningEffort: effort = USUAL_EFFORT, verbosity } = parameters;
  const limit = outputLimit(request, family, extraRoom);
  const usesNewName = family !== 'other' ? !refused.has('max_completion_tokens') : refused.has('max_tokens');
  const body: Record<string, unknown> = {
    model: request.target.model,
    messages: toChatMessages(request.messages, abilitiesOf(request, family, refused)),
    ...(request.tools?.length ? { tools: request.tools.map(toChatTool) } : {}),
    stream: true,
    stream_options: { include_usage: true },
    [usesNewName ? 'max_completion_tokens' : 'max_tokens']: limit,
    temperature: parameters.temperature,
    top_p: parameters.topP,
    presence_penalty: parameters.presencePenalty,
    frequency_penalty: parameters.frequencyPenalty,
    ...(parameters.stop?.length ? { stop: parameters.stop } : {}),
    ...(family === 'reasoning' ? { reasoning_effort: effort, ...(verbosity ? { verbosity } : {}) } : {}),
    ...(family === 'other' ? {} : { store: false, ...identifiers(request) }),
  };
  return withoutRefused(body, family, refused);
}

/** The same for the Responses API. */
export function toResponsesBody(request: ModelRequest, { refused, extraRoom }: WireOptions): Record<string, unknown> {
  const family = familyOf(request.target.model, request.target.baseUrl);
  const { parameters } = request;
  const { reasoningEffort: effort = USUAL_EFFORT, verbosity } = parameters;
  const body: Record<string, unknown> = {
    model: request.target.model,
    input: toResponsesInput(request.messages, abilitiesOf(request, family, refused)),
    ...(request.tools?.length ? { tools: request.tools.map(toResponsesTool) } : {}),
    stream: true,
    store: false,
    max_output_tokens: Math.max(outputLimit(request, family, extraRoom), MIN_RESPONSES_TOKENS),
    temperature: parameters.temperature,
    top_p: parameters.topP,
    ...(family === 'reasoning' ? { reasoning: { effort }, ...(verbosity ? { text: { verbosity } } : {}) } : {}),
    ...(family === 'other' ? {} : identifiers(request)),
  };
  return withoutRefused(body, family, refused);
}

/** Who is asked for what. */
type Asked = Pick<ModelRequest, 'target' | 'fallbacks' | 'parameters'>;

/** What an answer may cost at most, in tokens of output, whoever gives it. */
export const mostTokens = (request: Asked, extraRoom: number): number =>
  Math.max(
    ...[request.target, ...(request.fallbacks ?? [])].map(({ model, baseUrl }) =>
      outputLimit(request, familyOf(model, baseUrl), extraRoom),
    ),
  );

/** The same of one model. */
const outputLimit = ({ parameters }: Pick<Asked, 'parameters'>, family: ModelFamily, extraRoom: number): number =>
  family === 'reasoning'
    ? parameters.maxTokens + REASONING_HEADROOM * 2 ** extraRoom
    : parameters.maxTokens * 2 ** extraRoom;

const identifiers = ({ safetyIdentifier, cacheKey }: ModelRequest) => ({
  safety_identifier: safetyIdentifier,
  prompt_cache_key: cacheKey,
});

function withoutRefused(
  body: Record<string, unknown>,
  family: ModelFamily,
  refused: ReadonlySet<string>,
): Record<string, unknown> {
  const isUnwanted = (name: string): boolean =>
    (family === 'reasoning' && UNWANTED.has(name)) || (refused.has(name) && !name.startsWith('max_'));
  return Object.fromEntries(Object.entries(body).filter(([name]) => !isUnwanted(name)));
}

/** The models that are known to see. Others may be asked by an operator who knows better, and refuse. */
const SEEING =
  /gpt-4o|gpt-4\.[15]|gpt-4-turbo|gpt-[5-9]|\bo[34]\b|\bo1(?!-mini)|llava|vision|-vl|pixtral|gemma-?[34]|gemini|claude|llama-?4|minicpm-v|moondream/i;

export const canSee = ({ model }: Pick<ModelTarget, 'model'>): boolean => SEEING.test(model);

const abilitiesOf = ({ target }: ModelRequest, family: ModelFamily, refused: WireOptions['refused']): Abilities => ({
  isDeveloper: family === 'reasoning' && !refused.has('developer'),
  canSee: canSee(target),
  canCallTools: !refused.has('tools'),
});
