import { AI_DEFAULTS } from '../../bots/index.js';
import { choiceOf } from './context-choice.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const choose = (settings: object, kind: 'personal' | 'group' = 'personal') =>
  choiceOf({ ...AI_DEFAULTS, ...settings }, { kind }, NOW);

describe('choiceOf', () => {
  it('is the usual: one system message, names in groups, people only, all that was said', () => {
    expect(choose({})).toEqual({
      system: [AI_DEFAULTS.systemMessage],
      showsNames: false,
      tellsBots: false,
      since: 0,
    });
    expect(choose({}, 'group').showsNames).toBe(true);
  });

  it('is what the bot is set to', () => {
    expect(choose({ contextNames: 'always', contextBots: true })).toMatchObject({ showsNames: true, tellsBots: true });
    expect(choose({ contextNames: 'never' }, 'group').showsNames).toBe(false);
  });

  it('begins at the later of a date and an age', () => {
    expect(choose({ contextSince: 5000 }).since).toBe(5000);
    expect(choose({ contextMaxAge: 60, contextSince: 5000 }).since).toBe(NOW.getTime() - 60_000);
    expect(choose({ contextMaxAge: 60, contextSince: NOW.getTime() }).since).toBe(NOW.getTime());
  });

  it.each([
    ['a\nb\n\nc\n \n\nd\n\n', ['a\nb', 'c', 'd\n\n'.trim()]],
    ['one', ['one']],
    [' ', [' ']],
  ])('makes of the paragraphs of %j messages of their own, where that is wanted', (systemMessage, expected) => {
    const { system } = choose({ systemMessage, systemJoin: 'separate' });
    expect(system).toEqual(expected);
    expect(choose({ systemMessage, systemJoin: 'single' }).system).toEqual([systemMessage]);
  });
});
