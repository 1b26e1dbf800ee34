import { storableText } from '../../../core/text/storable-text.js';
import type { ToolCall } from './model.types.js';

/** Longer arguments are no use to anybody; what is cut off is no JSON any more, which the model is told. */
const MAX_ARGUMENT_CHARS = 16_384;
const MAX_ID_CHARS = 200;
const MAX_NAME_CHARS = 64;
/** Ends of an answer behind which a call may lack its end. */
const CUT_SHORT: readonly string[] = ['length', 'content_filter'];

/** A piece of a call, as Chat Completions streams it. Servers differ in how far they name what it is a piece of. */
export interface ToolCallPiece {
  index?: number;
  id?: string;
  function?: { name?: string; arguments?: string };
}

/** Puts calls together that come in pieces. */
export class ToolCallPieces {
  private readonly found: { index: number | undefined; call: ToolCall }[] = [];

  get calls(): ToolCall[] {
    return this.found.map(({ call }) => call);
  }

  add({ index, id = '', function: { name = '', arguments: text = '' } = {} }: ToolCallPiece): void {
    const call = id ? this.named(id) : this.underWay(index);
    if (!call) return void this.found.push({ index, call: { id, name, arguments: text } });
    call.name ||= name;
    call.arguments += text;
  }

  /** An id begins a call of its own, also where the server gives all of them the same number. */
  private named(id: string): ToolCall | undefined {
    return this.calls.find((call) => call.id === id);
  }

  private underWay(index: number | undefined): ToolCall | undefined {
    return this.found.findLast((each) => index === undefined || each.index === index)?.call;
  }
}

/**
 * What a model has asked for, in a form that any model takes back: each call with an id of its own, and the name of a tool.
 *
 * @param reason why the answer has ended
 */
export function tidied(calls: readonly ToolCall[], reason: string): ToolCall[] {
  if (CUT_SHORT.includes(reason)) return [];
  const ids = new Set<string>();
  return calls.map(({ id, name, arguments: text }, i) => {
    const given = storableText(id, MAX_ID_CHARS);
    const ownId = given && !ids.has(given) ? given : `call_${i + 1}`;
    ids.add(ownId);
    return {
      id: ownId,
      name: name.replace(/[^\w-]/g, '_').slice(0, MAX_NAME_CHARS) || '_',
      arguments: storableText(text, MAX_ARGUMENT_CHARS),
    };
  });
}

/** @returns undefined for what is not a JSON object. Where there is nothing to say, models may say nothing */
export function readArguments({ arguments: text }: Pick<ToolCall, 'arguments'>): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
