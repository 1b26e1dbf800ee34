import type { ConnectorUploadDto } from './files.connector.dto.js';
import type { FileInfo, UploadLimits } from '../../files.service.js';

/** A file as `getFileInfo` answers it, with every key that some version of the clients demands. */
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

/** What may be uploaded, as `getFileUploadLimits` answers and announces it. */
export const toConnectorUploadLimits = ({ extensions, maxSize }: UploadLimits) => ({ extensions, maxSize });
