import type { AiSettings } from '../../bots/index.js';
import { NOTICE_CODES, NOTICE_TEXTS, type NoticeCode } from './notice-texts.js';

/** A notice in any language. */
export interface NoticeMessage {
  code: NoticeCode;
  /** Values of placeholders. */
  values?: Readonly<Record<string, string | number>>;
}

/** Notice texts in the settings of a bot. */
type CustomTexts = Pick<AiSettings, 'notices' | 'safeguardMessage'>;

/** Notices with a custom text in `notices`. `ai_safeguard` has its own setting. */
export const EDITABLE_NOTICES: readonly NoticeCode[] = NOTICE_CODES.filter((code) => code !== 'ai_safeguard');

/**
 * @param own texts of the bot, preferred over the defaults
 * @param languages of the reader as BCP 47 tags (`pt-BR`), in order of preference
 */
export function renderNotice(
  { code, values = {} }: NoticeMessage,
  own: CustomTexts | undefined,
  languages: readonly string[],
): string {
  const ownText = code === 'ai_safeguard' ? own?.safeguardMessage : own?.notices?.[code];
  const text = ownText ?? NOTICE_TEXTS[selectLanguage(languages)][code];
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : placeholder,
  );
}

/** @returns the first language with notices; English otherwise */
function selectLanguage(languages: readonly string[]): string {
  const codes = languages.map((language) => language.toLowerCase().split(/[-_]/)[0]);
  return codes.find((language) => Object.hasOwn(NOTICE_TEXTS, language)) ?? 'en';
}
