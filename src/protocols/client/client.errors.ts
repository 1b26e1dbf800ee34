import { DomainError } from '../../core/errors/domain.error.js';

export const botKeyRequired = () => new DomainError('forbidden', 'bot_key.required', 'Bot key is required.');
export const botKeyInvalid = () => new DomainError('forbidden', 'bot_key.invalid', 'Invalid bot key.');
export const adminKeyRequired = () => new DomainError('forbidden', 'admin_key.required', 'Admin key is required.');
export const adminKeyInvalid = () => new DomainError('forbidden', 'admin_key.invalid', 'Access denied.');
