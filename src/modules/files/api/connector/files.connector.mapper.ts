import type { ConnectorUploadDto } from './files.connector.dto.js';
import type { FileInfo, UploadLimits } from '../../files.service.js';

/** The response of `getFileInfo`, with all keys that any client version requires. */
export function toConnectorFileInfo({ file, readyState, downloadUrl, previewUrl }: FileInfo) {
  return {
    name: file.name,
    size: file.sizeBytes,
    mimeType: file.mimeType,
    readyState,
    fileId: file.id,
    infoHash: file.id,
    downloadUrl: downloadUrl ?? '',
    previews: previewUrl
      ? [
          {
            name: `preview.${file.previewMimeType!.split('/').at(-1)}`,
            size: file.previewSizeBytes!,
            mimeType: file.previewMimeType!,
            downloadUrl: previewUrl,
          },
        ]
      : null,
  };
}

export const toConnectorUpload = ({ temporalFileId }: { temporalFileId: string }): ConnectorUploadDto => ({
  temporalFileId,
});

/** The response and the event `getFileUploadLimits`. */
export const toConnectorUploadLimits = ({ extensions, maxSize }: UploadLimits) => ({ extensions, maxSize });
