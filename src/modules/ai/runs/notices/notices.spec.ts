import { ModelFailure } from '../../providers/model-failure.js';
import { budgetExhausted, noticeOf, NOTICES } from './notices.js';
import { NOTICE_CODES, NOTICE_TEXTS } from '../../settings/notice-texts.js';
import { EDITABLE_NOTICES, renderNotice } from '../../settings/notice-renderer.js';

const placeholdersOf = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe('notice texts', () => {
  it.each(Object.entries(NOTICE_TEXTS))('are complete in %s, with the same placeholders as in English', (_, texts) => {
    expect(Object.keys(texts).sort()).toEqual([...NOTICE_CODES].sort());
    for (const code of NOTICE_CODES) {
      expect(texts[code].trim()).not.toBe('');
      expect(placeholdersOf(texts[code])).toEqual(placeholdersOf(NOTICE_TEXTS.en[code]));
    }
  });

  it('have their placeholders replaced', () => {
    const limited = noticeOf(new ModelFailure('rate_limited', '', { retryAfterMs: 1200 }));
    expect(renderNotice(limited, undefined, [])).toBe("I'm getting too many questions right now. Try again in 2 s.");
    expect(renderNotice(noticeOf(new ModelFailure('circuit_open', '')), undefined, ['de'])).toMatch(
      /in 60 s noch einmal/,
    );
    expect(renderNotice(budgetExhausted(new Date('2026-11-22T07:05:00Z')), undefined, ['ru'])).toMatch(/07:05 UTC/);
  });

  it('are in the first supported language, or in English', () => {
    const textIn = (...languages: string[]) => renderNotice(NOTICES.tooSlow, undefined, languages);
    expect(textIn('pt-BR', 'DE-at', 'fr')).toBe(NOTICE_TEXTS.de.ai_timeout);
    expect(textIn('zh_Hans')).toBe(NOTICE_TEXTS.zh.ai_timeout);
    for (const languages of [[], ['pt'], ['constructor'], ['']]) {
      expect(textIn(...languages)).toBe(NOTICE_TEXTS.en.ai_timeout);
    }
  });

  it('are overridden by the settings of the bot', () => {
    const own = { notices: { ai_rate_limited: 'Try again in {seconds} s, {name}.' }, safeguardMessage: 'No.' };
    const limited = noticeOf(new ModelFailure('rate_limited', '', { retryAfterMs: 500 }));
    expect(renderNotice(limited, own, ['de'])).toBe('Try again in 1 s, {name}.');
    expect(renderNotice(NOTICES.safeguarded, own, ['de'])).toBe('No.');
    expect(renderNotice(NOTICES.reset, own, ['de'])).toBe(NOTICE_TEXTS.de.ai_reset);
    expect(EDITABLE_NOTICES).not.toContain('ai_safeguard');
  });
});
