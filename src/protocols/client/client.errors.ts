import { DomainError } from '../../core/errors/domain.error.js';

export const botKeyRequired = () => new DomainError('forbidden', 'bot_key.required', 'Bot key is required.');
export const botKeyInvalid = () => new DomainError('forbidden', 'bot_key.invalid', 'Invalid bot key.');
export const adminKeyRequired = () => new DomainError('forbidden', 'admin_key.required', 'Admin key is required.');
export const adminKeyInvalid = () => new DomainError('forbidden', 'admin_key.invalid', 'Access denied.');
export const serverStopping = () => new DomainError('unavailable', 'events.stopping', 'The server is shutting down.');
/** The faults of the settings file, without its path. */
export const configInvalid = (faults: readonly string[]) =>
  new DomainError(
    'invalid',
    'config.invalid',
    faults.map((fault) => fault.replace(/^CONFIG_FILE .*?: /, 'CONFIG_FILE: ')).join('; '),
  );
