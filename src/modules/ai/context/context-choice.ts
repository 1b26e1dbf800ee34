import type { AiSettings } from '../../bots/index.js';
import type { ChatKind } from '../../chats/index.js';

/** What of a chat a bot's model is told, and how, as the bot is set. */
export interface ContextChoice {
  /** The words of the bot's owner, one message each. */
  system: readonly string[];
  /** Whether it is told which person has said what. */
  showsNames: boolean;
  /** Whether it is told what other bots have said. */
  tellsBots: boolean;
  /** Milliseconds since 1970: what was said before is not told. */
  since: number;
}

const PARAGRAPHS = /\n[^\S\n]*\n\s*/;

/** @param askedAt when the question was asked: an answer that is given anew later is told the same */
export function choiceOf(ai: AiSettings, { kind }: { kind: ChatKind }, askedAt: Date): ContextChoice {
  const names = ai.contextNames ?? 'groups';
  return {
    system: ai.systemJoin === 'separate' ? paragraphsOf(ai.systemMessage) : [ai.systemMessage],
    showsNames: names === 'always' || (names === 'groups' && kind !== 'personal'),
    tellsBots: ai.contextBots ?? false,
    since: Math.max(ai.contextSince ?? 0, ai.contextMaxAge ? askedAt.getTime() - ai.contextMaxAge * 1000 : 0),
  };
}

const paragraphsOf = (text: string): string[] => {
  const paragraphs = text.split(PARAGRAPHS).filter((paragraph) => paragraph.trim() !== '');
  return paragraphs.length > 0 ? paragraphs : [text];
};
