import { DomainError } from '../../core/errors/domain.error.js';
import type { UrlVerdict } from '../../core/http/outgoing/outgoing-url.js';

export const botNotFound = (id: string) =>
  new DomainError('not_found', 'bot.not_found', `Bot not found: ${id}`, { id });
export const botNameTaken = (name: string) =>
  new DomainError('conflict', 'bot.name_taken', `A bot with the name ${name} exists already.`, { name });
export const endpointNotFound = () =>
  new DomainError('not_found', 'endpoint.not_found', 'The bot has no such endpoint.');
export const lastEndpoint = () =>
  new DomainError('invalid', 'endpoint.last', 'The bot would not be reached any more: give it a callback first.');
export const notThisBot = () => new DomainError('forbidden', 'bot.not_yours', 'Only the bot itself may do this.');
export const commandNotFound = () => new DomainError('not_found', 'command.not_found', 'The bot has no such command.');
/** @param act what was to be done with it: `change` or `delete` */
export const foreignCommand = (act: string) =>
  new DomainError('forbidden', 'command.not_yours', 'The command belongs to another bot.', { act });
export const tooManyCommands = (limit: number) =>
  new DomainError('invalid', 'command.too_many', `A bot must not have more than ${limit} commands.`, { limit });
/** @param fault of `checkOutgoingUrl` */
export const callbackUrlRefused = ({ fault, reason }: UrlVerdict) =>
  new DomainError('invalid', `callback.${fault}`, `The callback address cannot be used: ${reason}.`, {
    field: 'url',
    reason,
  });
