import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Settings } from './settings.js';

/** The settings are invalid and the process cannot start. The message lists every fault. */
export class SettingsError extends Error {
  constructor(readonly faults: string[]) {
    super(
      `Invalid settings:\n${faults.map((fault) => `  - ${fault}`).join('\n')}\nSee .env.example for the meaning of each.`,
    );
    this.name = 'SettingsError';
  }
}

/**
 * Creates the validated settings from environment variables. An empty variable counts as unset, since `.env` files and
 * compose files pass those on.
 *
 * @throws SettingsError with every fault
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
