import { AI_DEFAULTS } from '../../bots/index.js';
import { choiceOf } from './context-choice.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const optionsFor = (settings: object, kind: 'personal' | 'group' = 'personal') =>
  choiceOf({ ...AI_DEFAULTS, ...settings }, { kind }, NOW);

describe('toContextOptions', () => {
  it('has defaults: one system message, names in groups, no other bots, no start time', () => {
    expect(optionsFor({})).toEqual({
      system: [AI_DEFAULTS.systemMessage],
      showsNames: false,
      tellsBots: false,
      since: 0,
    });
    expect(optionsFor({}, 'group').showsNames).toBe(true);
  });

  it('follows the settings of the bot', () => {
    expect(optionsFor({ contextNames: 'always', contextBots: true })).toMatchObject({
      showsNames: true,
      tellsBots: true,
    });
    expect(optionsFor({ contextNames: 'never' }, 'group').showsNames).toBe(false);
  });

  it('starts at the later of `contextSince` and `contextMaxAge`', () => {
    expect(optionsFor({ contextSince: 5000 }).since).toBe(5000);
    expect(optionsFor({ contextMaxAge: 60, contextSince: 5000 }).since).toBe(NOW.getTime() - 60_000);
    expect(optionsFor({ contextMaxAge: 60, contextSince: NOW.getTime() }).since).toBe(NOW.getTime());
  });

  it.each([
    ['a\nb\n\nc\n \n\nd\n\n', ['a\nb', 'c', 'd\n\n'.trim()]],
    ['one', ['one']],
    [' ', [' ']],
  ])('splits the paragraphs of %j into separate system messages if enabled', (systemMessage, expected) => {
    const { system } = optionsFor({ systemMessage, systemJoin: 'separate' });
    expect(system).toEqual(expected);
    expect(optionsFor({ systemMessage, systemJoin: 'single' }).system).toEqual([systemMessage]);
  });
});
