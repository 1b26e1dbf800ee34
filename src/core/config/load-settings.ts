import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Settings } from './settings.js';

/** A start that cannot go on; the message lists every fault, so that one look is enough to mend them all. */
export class SettingsError extends Error {
  constructor(readonly faults: string[]) {
    super(
      `The settings are not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}\nSee .env.example for the meaning of each.`,
    );
    this.name = 'SettingsError';
  }
}

/**
 * Makes the validated settings from environment variables. An empty variable counts as not set, since `.env` files and
 * compose files hand those on.
 *
 * @throws SettingsError naming every fault at once
 */
export function loadSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const known = new Set(Object.keys(new Settings()));
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => known.has(name) && value !== undefined && value !== ''),
  );
  if (given.CALLBACK_ALLOW_PRIVATE === undefined)
    given.CALLBACK_ALLOW_PRIVATE = String(given.NODE_ENV !== 'production');
  const settings = plainToInstance(Settings, given, { exposeDefaultValues: true });
  const faults = validateSync(settings).flatMap((error) => Object.values(error.constraints ?? {}));
  if (settings.isProduction && settings.CALLBACK_ALLOW_PRIVATE) {
    faults.push('CALLBACK_ALLOW_PRIVATE must not be true when NODE_ENV is production');
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}
