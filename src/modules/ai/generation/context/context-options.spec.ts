import { AI_DEFAULTS } from '../../../bots/index.js';
import { toContextOptions } from './context-options.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const optionsFor = (settings: object, kind: 'personal' | 'group' = 'personal') =>
  toContextOptions({ ...AI_DEFAULTS, ...settings }, { kind }, NOW);

describe('toContextOptions', () => {
  it('has defaults: one system message, names in groups, no other bots, no start time', () => {
    expect(optionsFor({})).toEqual({
      system: [AI_DEFAULTS.systemMessage],
      includesNames: false,
      includesBots: false,
      since: 0,
    });
    expect(optionsFor({}, 'group').includesNames).toBe(true);
  });

  it('follows the settings of the bot', () => {
    expect(optionsFor({ contextNames: 'always', contextBots: true })).toMatchObject({
      includesNames: true,
      includesBots: true,
    });
    expect(optionsFor({ contextNames: 'never' }, 'group').includesNames).toBe(false);
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
