import { DomainError } from '../../core/errors/domain.error.js';
import type { FileKind } from './file.types.js';

const invalid = (code: string, message: string, details: DomainError['details'] = {}) =>
  new DomainError('invalid', code, message, details);

export const fileNotFound = () => new DomainError('not_found', 'file.not_found', 'File not found.');
export const linkExpired = () =>
  new DomainError('forbidden', 'file.link_expired', 'The link has expired. Request a new one.');

// Errors of the whole request.

export const notMultipart = () =>
  invalid('file.not_multipart', 'The request must be multipart/form-data with a boundary.');
/** @param exceeded the limit of the form that is exceeded, if any */
export const multipartInvalid = (fault: string, exceeded?: 'fields' | 'bytes') =>
  invalid('file.multipart_invalid', `Invalid form: ${fault}.`, { exceeded });
export const uploadIncomplete = () => invalid('file.upload_incomplete', 'The upload ended before the end of the form.');
export const noFiles = () => invalid('file.none', 'The form has no part with a file.');
export const tooManyFiles = (limit: number) =>
  invalid('file.too_many', `At most ${limit} files can be uploaded at a time.`, { limit });
export const requestTooLarge = (limit: number) =>
  invalid('file.request_too_large', `The upload must be at most ${limit} bytes.`, { limit });
export const tooManyUploads = (limit: number) =>
  new DomainError('rate_limited', 'file.too_many_uploads', `At most ${limit} uploads can be in progress at a time.`, {
    limit,
  });

// Errors of one file.

export const fileEmpty = () => invalid('file.empty', 'The file is empty.');

/** @param size bytes received, or bytes read until the upload was aborted */
export const fileTooLarge = (kind: FileKind, limit: number, size: number) =>
  invalid('file.too_large', `A file of kind "${kind}" must be at most ${limit} bytes; this one has ${size}.`, {
    kind,
    limit,
    size,
  });
export const typeMismatch = (message: string) => invalid('file.type_mismatch', message);
export const typeNotAllowed = (extension: string) =>
  invalid('file.type_not_allowed', `Files with the extension "${extension}" are not allowed here.`, { extension });
export const imageInvalid = (fault: string) => invalid('file.image_invalid', `Invalid image: ${fault}.`);
export const imageTooLarge = (limit: string) =>
  invalid('file.image_too_large', `Image must have at most ${limit}.`, { limit });

/** @param limit bytes */
export const quotaExceeded = (limit: number) =>
  invalid('file.quota_exceeded', `Stored files must be at most ${limit} bytes in total. Delete some files first.`, {
    limit,
  });
export const noSpace = () => new DomainError('unavailable', 'file.no_space', 'The server has no space for more files.');
export const storageUnavailable = () =>
  new DomainError('unavailable', 'file.storage_unavailable', 'File storage is unavailable.');

// Errors of downloads by URL, and of the connector's uploads.

export const urlInvalid = () => invalid('file.url_invalid', 'File URL must be an absolute http or https URL.');
export const urlUnreachable = (fault: string) => invalid('file.url_unreachable', `Cannot download the file: ${fault}.`);
export const uploadTaskNotFound = () =>
  new DomainError('not_found', 'upload_task.not_found', 'Upload task not found, used or expired.');
export const sizeMismatch = (announced: number, size: number) =>
  invalid('file.size_not_as_announced', `Declared file size is ${announced} bytes, actual size is ${size} bytes.`, {
    announced,
    size,
  });
export const notAnImage = () => new DomainError('invalid', 'file.not_an_image', 'Image must be a JPEG or a PNG.');
export const imageFileTooLarge = (limit: number) =>
  new DomainError('invalid', 'file.image_too_large', `Image must be at most ${limit} bytes.`, { limit });
