import type { ModelTarget } from './model.types.js';

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
