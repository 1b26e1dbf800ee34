import { joinSettings } from './join-settings.js';
import { loadSettings, SettingsError } from './load-settings.js';
import { Settings, SECRET_NAMES } from './settings.js';
import { WholeNumber } from './settings-rules.js';

class TeaSettings extends Settings {
  @WholeNumber(1, 9)
  TEA_CUPS = 2;

  get teaFolder(): string {
    return `${this.DATA_DIR}/tea`;
  }
}

class CakeSettings extends Settings {
  @WholeNumber(0, 9)
  CAKE_PIECES = 3;
}

class Joined extends joinSettings(TeaSettings, CakeSettings) {}

const SECRETS = Object.fromEntries(SECRET_NAMES.map((name) => [name, 'a-secret-that-is-long-enough-for-all']));

describe('joinSettings', () => {
  it('joins the fields, defaults and getters of all parts', () => {
    expect(new Joined()).toMatchObject({ PORT: 3000, TEA_CUPS: 2, CAKE_PIECES: 3, teaFolder: '.data/tea' });
    expect(Joined.parts).toEqual([Settings, TeaSettings, CakeSettings]);
  });

  it('loads all parts into one instance', () => {
    const settings = loadSettings(Joined, { ...SECRETS, DATA_DIR: 'x', TEA_CUPS: '9', CAKE_PIECES: '0' });
    expect(settings).toBeInstanceOf(Joined);
    expect(settings).toMatchObject({ TEA_CUPS: 9, CAKE_PIECES: 0, teaFolder: 'x/tea', isProduction: false });
  });

  it('reports the faults of all parts, each once', () => {
    const load = () => loadSettings(Joined, { ...SECRETS, TEA_CUPS: '0', CAKE_PIECES: 'many', LOG_FORMAT: 'xml' });
    const [format, ...faults] = ['LOG_FORMAT', 'TEA_CUPS', 'CAKE_PIECES', 'CAKE_PIECES', 'CAKE_PIECES'];
    expect(load).toThrow(SettingsError);
    try {
      load();
    } catch (error) {
      const names = (error as SettingsError).faults.map((fault) => fault.split(' ')[0]);
      expect(names).toEqual([format, ...faults]);
    }
  });
});
