import { storableText } from '../../../core/text/storable-text.js';
import type { ToolCall } from './model.types.js';

/** Longer arguments are truncated and rejected as invalid JSON. */
const MAX_ARGUMENT_CHARS = 16_384;
const MAX_ID_CHARS = 200;
const MAX_NAME_CHARS = 64;
/** Finish reasons after which a call may be incomplete. */
const TRUNCATED: readonly string[] = ['length', 'content_filter'];

/** A part of a tool call in a Chat Completions stream. Servers differ in which of index and id they send. */
export interface ToolCallDelta {
  index?: number;
  id?: string;
  function?: { name?: string; arguments?: string };
}

/** Assembles tool calls from deltas. */
export class ToolCallAssembler {
  private readonly entries: { index: number | undefined; call: ToolCall }[] = [];

  get calls(): ToolCall[] {
    return this.entries.map(({ call }) => call);
  }

  add({ index, id = '', function: { name = '', arguments: text = '' } = {} }: ToolCallDelta): void {
    const call = id ? this.findById(id) : this.findByIndex(index);
    if (!call) return void this.entries.push({ index, call: { id, name, arguments: text } });
    call.name ||= name;
    call.arguments += text;
  }

  /** A new id starts a new call, even if the server sends the same index for all. */
  private findById(id: string): ToolCall | undefined {
    return this.calls.find((call) => call.id === id);
  }

  private findByIndex(index: number | undefined): ToolCall | undefined {
    return this.entries.findLast((each) => index === undefined || each.index === index)?.call;
  }
}

/**
 * Normalizes tool calls so that any model accepts them in a prompt: unique ids and valid names.
 *
 * @param reason finish reason of the completion
 */
export function normalizeToolCalls(calls: readonly ToolCall[], reason: string): ToolCall[] {
  if (TRUNCATED.includes(reason)) return [];
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

/** @returns undefined unless it is a JSON object. Empty arguments mean `{}` */
export function parseArguments({ arguments: text }: Pick<ToolCall, 'arguments'>): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
