import type { ModelRequest, ModelTarget } from './model.types.js';
import {
  type ModelCapabilities,
  toChatMessages,
  toChatTool,
  toResponsesInput,
  toResponsesTool,
} from './wire-messages.js';

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
  unsupported: ReadonlySet<string>;
  /** How often the output limit is doubled. */
  limitDoublings: number;
}

/** The body of a Chat Completions request. Pure: recordings are found by the hash of the body. */
export function toChatBody(
  request: ModelRequest,
  { unsupported, limitDoublings }: WireOptions,
): Record<string, unknown> {
  const family = familyOf(request.target.model, request.target.baseUrl);
  const { parameters } = request;
  const { reasoningEffort: effort = DEFAULT_EFFORT, verbosity } = parameters;
  const limit = outputLimit(request, family, limitDoublings);
  const usesNewName = family !== 'other' ? !unsupported.has('max_completion_tokens') : unsupported.has('max_tokens');
  const body: Record<string, unknown> = {
    model: request.target.model,
    messages: toChatMessages(request.messages, capabilitiesOf(request, family, unsupported)),
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
  return withoutUnsupported(body, family, unsupported);
}

/** The body of a Responses API request. */
export function toResponsesBody(
  request: ModelRequest,
  { unsupported, limitDoublings }: WireOptions,
): Record<string, unknown> {
  const family = familyOf(request.target.model, request.target.baseUrl);
  const { parameters } = request;
  const { reasoningEffort: effort = DEFAULT_EFFORT, verbosity } = parameters;
  const body: Record<string, unknown> = {
    model: request.target.model,
    input: toResponsesInput(request.messages, capabilitiesOf(request, family, unsupported)),
    ...(request.tools?.length ? { tools: request.tools.map(toResponsesTool) } : {}),
    stream: true,
    store: false,
    max_output_tokens: Math.max(outputLimit(request, family, limitDoublings), MIN_RESPONSES_TOKENS),
    temperature: parameters.temperature,
    top_p: parameters.topP,
    ...(family === 'reasoning' ? { reasoning: { effort }, ...(verbosity ? { text: { verbosity } } : {}) } : {}),
    ...(family === 'other' ? {} : identifiers(request)),
  };
  return withoutUnsupported(body, family, unsupported);
}

/** Targets and parameters of a request. */
type TargetedRequest = Pick<ModelRequest, 'target' | 'fallbacks' | 'parameters'>;

/** The most output tokens of a request, whichever target serves it. */
export const maxOutputTokens = (request: TargetedRequest, limitDoublings: number): number =>
  Math.max(
    ...[request.target, ...(request.fallbacks ?? [])].map(({ model, baseUrl }) =>
      outputLimit(request, familyOf(model, baseUrl), limitDoublings),
    ),
  );

const outputLimit = (
  { parameters }: Pick<TargetedRequest, 'parameters'>,
  family: ModelFamily,
  limitDoublings: number,
): number =>
  family === 'reasoning'
    ? parameters.maxTokens + REASONING_HEADROOM * 2 ** limitDoublings
    : parameters.maxTokens * 2 ** limitDoublings;

const identifiers = ({ safetyIdentifier, cacheKey }: ModelRequest) => ({
  safety_identifier: safetyIdentifier,
  prompt_cache_key: cacheKey,
});

function withoutUnsupported(
  body: Record<string, unknown>,
  family: ModelFamily,
  unsupported: ReadonlySet<string>,
): Record<string, unknown> {
  const isDropped = (name: string): boolean =>
    (family === 'reasoning' && NOT_FOR_REASONING.has(name)) || (unsupported.has(name) && !name.startsWith('max_'));
  return Object.fromEntries(Object.entries(body).filter(([name]) => !isDropped(name)));
}

/** Models that are known to support images. */
const WITH_IMAGES =
  /gpt-4o|gpt-4\.[15]|gpt-4-turbo|gpt-[5-9]|\bo[34]\b|\bo1(?!-mini)|llava|vision|-vl|pixtral|gemma-?[34]|gemini|claude|llama-?4|minicpm-v|moondream/i;

export const supportsImages = ({ model }: Pick<ModelTarget, 'model'>): boolean => WITH_IMAGES.test(model);

const capabilitiesOf = (
  { target }: ModelRequest,
  family: ModelFamily,
  unsupported: WireOptions['unsupported'],
): ModelCapabilities => ({
  usesDeveloperRole: family === 'reasoning' && !unsupported.has('developer'),
  supportsImages: supportsImages(target),
  supportsTools: !unsupported.has('tools'),
});

/** Context windows in tokens, prompt and output together, by model name. The first match counts. */
const WINDOWS: readonly (readonly [RegExp, number])[] = [
  [/^gpt-4\.1/, 1_047_576],
  [/^(?:gpt-4o|gpt-4-turbo|gpt-4-(?:0125|1106)|chatgpt-4o|gpt-[5-9][\w.-]*-chat)/, 128_000],
  [/^gpt-[5-9]/, 400_000],
  [/^gpt-4-32k/, 32_768],
  [/^gpt-4(?:-\d|$)/, 8192],
  [/^gpt-3\.5-turbo-instruct/, 4096],
  [/^gpt-3\.5/, 16_385],
  [/^o1-(?:mini|preview)/, 128_000],
  [/^o\d/, 200_000],
  [/^claude/, 200_000],
  [/^gemini/, 1_048_576],
];

/** @returns undefined for unknown models */
export function windowOf({ model }: Pick<ModelTarget, 'model'>): number | undefined {
  const name = model.slice(model.lastIndexOf('/') + 1); // gateways prefix the vendor
  return WINDOWS.find(([pattern]) => pattern.test(name))?.[1];
}

/** The smallest known window; infinite if none is known. */
export const smallestWindow = (targets: readonly ModelTarget[]): number =>
  Math.min(...targets.map((target) => windowOf(target) ?? Infinity));
