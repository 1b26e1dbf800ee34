import type { AiSettings } from '../../../bots/index.js';
import type { ChatKind } from '../../../chats/index.js';

/** Context options by the settings of the bot. */
export interface ContextOptions {
  /** System messages. */
  system: readonly string[];
  /** Whether messages start with the name of the sender. */
  includesNames: boolean;
  /** Whether messages of other bots are included. */
  includesBots: boolean;
  /** Milliseconds since 1970: earlier messages are left out. */
  since: number;
}

const PARAGRAPHS = /\n[^\S\n]*\n\s*/;

/** @param askedAt time of the trigger, so that a later regeneration has the same context */
export function toContextOptions(ai: AiSettings, { kind }: { kind: ChatKind }, askedAt: Date): ContextOptions {
  const names = ai.contextNames ?? 'groups';
  return {
    system: ai.systemJoin === 'separate' ? paragraphsOf(ai.systemMessage) : [ai.systemMessage],
    includesNames: names === 'always' || (names === 'groups' && kind !== 'personal'),
    includesBots: ai.contextBots ?? false,
    since: Math.max(ai.contextSince ?? 0, ai.contextMaxAge ? askedAt.getTime() - ai.contextMaxAge * 1000 : 0),
  };
}

const paragraphsOf = (text: string): string[] => {
  const paragraphs = text.split(PARAGRAPHS).filter((paragraph) => paragraph.trim() !== '');
  return paragraphs.length > 0 ? paragraphs : [text];
};
