import { DomainError } from '../../core/errors/domain.error.js';
import type { FileKind } from './file.types.js';

const invalid = (code: string, message: string, details: DomainError['details'] = {}) =>
  new DomainError('invalid', code, message, details);

export const fileNotFound = () => new DomainError('not_found', 'file.not_found', 'File not found.');
export const linkExpired = () =>
  new DomainError('forbidden', 'file.link_expired', 'This link has expired: ask for a new one.');

// Of the request as a whole.

export const notMultipart = () =>
  invalid('file.not_multipart', 'The request must be multipart/form-data with a boundary.');
/** @param exceeded which of the form's limits it breaks, if it is one */
export const multipartInvalid = (fault: string, exceeded?: 'fields' | 'bytes') =>
  invalid('file.multipart_invalid', `The form is not valid: ${fault}.`, { exceeded });
export const uploadIncomplete = () =>
  invalid('file.upload_incomplete', 'The upload ended before the end of the form that was announced.');
export const noFiles = () => invalid('file.none', 'The form has no part with a file.');
export const tooManyFiles = (limit: number) =>
  invalid('file.too_many', `At most ${limit} files can be uploaded at a time.`, { limit });
export const requestTooLarge = (limit: number) =>
  invalid('file.request_too_large', `The whole upload may have ${limit} bytes at most.`, { limit });
export const tooManyUploads = (limit: number) =>
  new DomainError('rate_limited', 'file.too_many_uploads', `At most ${limit} uploads can be under way at a time.`, {
    limit,
  });

// Of one file.

export const fileEmpty = () => invalid('file.empty', 'The file is empty.');

/** @param size bytes: all that came, or as much as was read before giving up */
export const fileTooLarge = (kind: FileKind, limit: number, size: number) =>
  invalid('file.too_large', `A file of the kind "${kind}" may have ${limit} bytes at most; this one has ${size}.`, {
    kind,
    limit,
    size,
  });
export const typeMismatch = (fault: string) =>
  invalid('file.type_mismatch', `The file is not what it is said to be: ${fault}.`);
export const typeNotAllowed = (extension: string) =>
  invalid('file.type_not_allowed', `Files with the extension "${extension}" are not allowed here.`, { extension });
export const imageInvalid = (fault: string) => invalid('file.image_invalid', `The image cannot be read: ${fault}.`);
export const imageTooLarge = (limit: string) =>
  invalid('file.image_too_large', `The image is too large to be shown: ${limit} at most.`, { limit });

/** @param limit bytes */
export const quotaExceeded = (limit: number) =>
  invalid('file.quota_exceeded', `You may have ${limit} bytes stored at most; remove something first.`, { limit });
export const noSpace = () =>
  new DomainError('unavailable', 'file.no_space', 'The server has no room for more files at the moment.');
export const storageUnavailable = () =>
  new DomainError('unavailable', 'file.storage_unavailable', 'Files cannot be stored or read at the moment.');

// Of a file that is fetched from an address, and of the connector's uploads.

export const urlInvalid = () =>
  invalid('file.url_invalid', 'The address of the file must be a whole http or https URL.');
export const urlUnreachable = (fault: string) =>
  invalid('file.url_unreachable', `The file cannot be fetched from its address: ${fault}.`);
export const uploadTaskNotFound = () =>
  new DomainError(
    'not_found',
    'upload_task.not_found',
    'There is no such upload task, or it was used, or it is too old.',
  );
export const sizeNotAsAnnounced = (announced: number, size: number) =>
  invalid('file.size_not_as_announced', `The file was announced with ${announced} bytes, but has ${size}.`, {
    announced,
    size,
  });
export const notAPicture = () =>
  new DomainError('invalid', 'file.not_a_picture', 'The picture must be a JPEG or a PNG.');
export const pictureTooLarge = (limit: number) =>
  new DomainError('invalid', 'file.picture_too_large', `The picture may have ${limit} bytes at most.`, { limit });
