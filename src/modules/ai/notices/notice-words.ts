import type { AiSettings } from '../../bots/index.js';
import type { Notice } from './notices.js';
import { NOTICE_CODES, NOTICE_TEXTS, type NoticeCode } from './notice-texts.js';

/** What a bot says that is not its own. */
type OwnWords = Pick<AiSettings, 'notices' | 'safeguardMessage'>;

/** Those that a bot may have its own words for. What it says instead of what is banned has a setting of its own. */
export const EDITABLE_NOTICES: readonly NoticeCode[] = NOTICE_CODES.filter((code) => code !== 'ai_safeguard');

/**
 * @param own of the bot, which go before those of all bots
 * @param languages that are read best, the best first, as in BCP 47: `pt-BR`
 */
export function wordsOf(
  { code, values = {} }: Pick<Notice, 'code' | 'values'>,
  own: OwnWords | undefined,
  languages: readonly string[],
): string {
  const ownText = code === 'ai_safeguard' ? own?.safeguardMessage : own?.notices?.[code];
  const text = ownText ?? NOTICE_TEXTS[languageAmong(languages)][code];
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : placeholder,
  );
}

/** @returns the first of them that there are notices in; English otherwise */
function languageAmong(languages: readonly string[]): string {
  const spoken = languages.map((language) => language.toLowerCase().split(/[-_]/)[0]);
  return spoken.find((language) => Object.hasOwn(NOTICE_TEXTS, language)) ?? 'en';
}
