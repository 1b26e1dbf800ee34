import type { ModelRequest, ModelTarget } from './model.types.js';
import { type Abilities, toChatMessages, toChatTool, toResponsesInput, toResponsesTool } from './wire-messages.js';

/** Decides which parameters a model supports, and their names. */
export type ModelFamily = 'classic' | 'reasoning' | 'other';

/** Reasoning tokens count as output. This many are added so that enough are left for the reply. */
export const REASONING_HEADROOM = 2048;
/** Minimum of the Responses API. */
export const MIN_RESPONSES_TOKENS = 16;

const REASONING = /^(?:[\w.-]+\/)?(?:o\d|gpt-(?:[5-9]|\d\d))/;
/** Parameters that reasoning models reject unless they have their default value. */
const NOT_FOR_REASONING = new Set(['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'stop']);
/** Reasoning costs time and tokens. */
const DEFAULT_EFFORT = 'low';

/** Decides by the model name, which gateways keep, then by the server. */
export function familyOf(model: string, baseUrl: string): ModelFamily {
  if (REASONING.test(model) && !model.includes('-chat')) return 'reasoning';
  return new URL(baseUrl).hostname.endsWith('openai.com') ? 'classic' : 'other';
}

export interface WireOptions {
  /** Names of the parameters that this model has rejected. */
  refused: ReadonlySet<string>;
  /** How often the output limit is doubled. */
  extraRoom: number;
}

/** The body of a Chat Completions request. Pure: recordings are found by the hash of the body. */
export function toChatBody(request: ModelRequest, { refused, extraRoom }: WireOptions): Record<string, unknown> {
  const family = familyOf(request.target.model, request.target.baseUrl);
  const { parameters } = request;
  const { reasoningEffort: effort = DEFAULT_EFFORT, verbosity } = parameters;
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

/** The body of a Responses API request. */
export function toResponsesBody(request: ModelRequest, { refused, extraRoom }: WireOptions): Record<string, unknown> {
  const family = familyOf(request.target.model, request.target.baseUrl);
  const { parameters } = request;
  const { reasoningEffort: effort = DEFAULT_EFFORT, verbosity } = parameters;
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

/** Targets and parameters of a request. */
type TargetedRequest = Pick<ModelRequest, 'target' | 'fallbacks' | 'parameters'>;

/** The most output tokens of a request, whichever target serves it. */
export const mostTokens = (request: TargetedRequest, extraRoom: number): number =>
  Math.max(
    ...[request.target, ...(request.fallbacks ?? [])].map(({ model, baseUrl }) =>
      outputLimit(request, familyOf(model, baseUrl), extraRoom),
    ),
  );

const outputLimit = (
  { parameters }: Pick<TargetedRequest, 'parameters'>,
  family: ModelFamily,
  extraRoom: number,
): number =>
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
  const isDropped = (name: string): boolean =>
    (family === 'reasoning' && NOT_FOR_REASONING.has(name)) || (refused.has(name) && !name.startsWith('max_'));
  return Object.fromEntries(Object.entries(body).filter(([name]) => !isDropped(name)));
}

/** Models that are known to support images. */
const WITH_IMAGES =
  /gpt-4o|gpt-4\.[15]|gpt-4-turbo|gpt-[5-9]|\bo[34]\b|\bo1(?!-mini)|llava|vision|-vl|pixtral|gemma-?[34]|gemini|claude|llama-?4|minicpm-v|moondream/i;

export const canSee = ({ model }: Pick<ModelTarget, 'model'>): boolean => WITH_IMAGES.test(model);

const abilitiesOf = ({ target }: ModelRequest, family: ModelFamily, refused: WireOptions['refused']): Abilities => ({
  isDeveloper: family === 'reasoning' && !refused.has('developer'),
  canSee: canSee(target),
  canCallTools: !refused.has('tools'),
});
