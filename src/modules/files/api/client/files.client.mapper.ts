import type { MessageLimits } from '../../../../core/config/service-config.js';
import type { FileEntity } from '../../file.entity.js';
import type { FormRules, ReceivedForm } from '../../uploads.service.js';
import type { ClientFileDto } from './files.client.dto.js';

export const toClientFile = (file: FileEntity): ClientFileDto => ({
  id: file.id,
  path: file.path,
  name: file.name,
  size: file.sizeBytes,
  mimeType: file.mimeType,
  preview: file.previewSizeBytes ? (file.previewPath ?? undefined) : undefined,
});

export const toClientFiles = ({ files }: ReceivedForm): ClientFileDto[] => files.map(toClientFile);

export const toFormRules = ({ maxAttachedFiles }: MessageLimits): FormRules => ({ maxFiles: maxAttachedFiles });
