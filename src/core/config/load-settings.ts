import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import type { JoinedSettingsClass } from './join-settings.js';
import type { Settings } from './settings.js';

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
export function loadSettings<S extends Settings>(
  Joined: JoinedSettingsClass<S>,
  env: Readonly<Record<string, string | undefined>>,
): S {
  const given: typeof env = {
    ...env,
    CALLBACK_ALLOW_PRIVATE: env.CALLBACK_ALLOW_PRIVATE || String(env.NODE_ENV !== 'production'),
  };
  const parts = Joined.parts.map((Part) => {
    const names = Object.keys(new Part()).filter((name) => given[name] !== undefined && given[name] !== '');
    const own = Object.fromEntries(names.map((name) => [name, given[name]]));
    return plainToInstance(Part, own, { exposeDefaultValues: true });
  });
  // Each part repeats the faults of the core settings.
  const faults = new Set(
    parts.flatMap((part) => validateSync(part)).flatMap((error) => Object.values(error.constraints ?? {})),
  );
  const settings = Object.assign(new Joined(), ...(parts as object[])) as S;
  if (settings.isProduction && settings.CALLBACK_ALLOW_PRIVATE) {
    faults.add('CALLBACK_ALLOW_PRIVATE must not be true when NODE_ENV is production');
  }
  if (faults.size > 0) throw new SettingsError([...faults]);
  return settings;
}
