import 'reflect-metadata';
import { ParleyLogger } from '../core/logging/parley.logger.js';
import { readEnvironment, startDatabase } from './prepare.js';
import { rotateEncryptionKey } from './rotate-encryption-key.js';

const MIN_LENGTH = 32;

/** Re-encrypts all stored secrets with `NEW_ENCRYPTION_KEY`. Reads the other settings like the server. */
async function rotate(): Promise<void> {
  const { NEW_ENCRYPTION_KEY: newKey = '' } = process.env;
  if (newKey.length < MIN_LENGTH) throw new Error(`NEW_ENCRYPTION_KEY must be at least ${MIN_LENGTH} characters.`);
  const { settings } = await readEnvironment();
  const logger = new ParleyLogger({ level: settings.LOG_LEVEL, format: 'pretty' });
  const stopDatabase = await startDatabase(settings, logger, () => undefined);
  try {
    const count = await rotateEncryptionKey(settings.databaseUrl, settings.ENCRYPTION_KEY, newKey);
    process.stdout.write(`Re-encrypted ${count} values. Set ENCRYPTION_KEY to the new key before you start Parley.\n`);
  } finally {
    await stopDatabase();
  }
}

rotate().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
