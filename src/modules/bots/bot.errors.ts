import { DomainError } from '../../core/errors/domain.error.js';
import type { UrlRejection } from '../../core/http/outgoing/outgoing-url.js';

export const botNotFound = (id: string) =>
  new DomainError('not_found', 'bot.not_found', `Bot not found: ${id}`, { id });
export const botNameTaken = (name: string) =>
  new DomainError('conflict', 'bot.name_taken', `A bot with the name ${name} already exists.`, { name });
export const endpointNotFound = () => new DomainError('not_found', 'endpoint.not_found', 'Endpoint not found.');
export const lastEndpoint = () =>
  new DomainError('invalid', 'endpoint.last', "Cannot remove the bot's last endpoint. Add a callback first.");
export const notThisBot = () => new DomainError('forbidden', 'bot.not_yours', 'Only the bot itself can do this.');
export const commandNotFound = () => new DomainError('not_found', 'command.not_found', 'Command not found.');
/** @param act the attempted operation: `change` or `delete` */
export const notOwnCommand = (act: string) =>
  new DomainError('forbidden', 'command.not_yours', 'The command belongs to another bot.', { act });
export const tooManyCommands = (limit: number) =>
  new DomainError('invalid', 'command.too_many', `A bot can have at most ${limit} commands.`, { limit });
/** @param fault from `checkOutgoingUrl` */
export const callbackUrlRejected = ({ fault, reason }: UrlRejection) =>
  new DomainError('invalid', `callback.${fault}`, `Callback URL not allowed: ${reason}.`, {
    field: 'url',
    reason,
  });
