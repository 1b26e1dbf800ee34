import type { FileEntity } from '../../file.entity.js';
import type { ClientFileDto } from './files.client.dto.js';

export const toClientFile = (file: FileEntity): ClientFileDto => ({
  id: file.id,
  path: file.path,
  name: file.name,
  size: file.sizeBytes,
  mimeType: file.mimeType,
  preview: file.previewSizeBytes ? (file.previewPath ?? undefined) : undefined,
});
