import type { FilesSettings } from '../files.settings.js';
import type { FileStorage } from './file-storage.js';
import { FolderStorage } from './folder.storage.js';

/** Returns S3 storage if a bucket is set, else folder storage. The S3 client is loaded on demand. */
export async function chooseStorage(settings: FilesSettings): Promise<FileStorage> {
  const { S3_BUCKET: bucket, S3_REGION: region, S3_ENDPOINT: endpoint } = settings;
  if (!bucket) return new FolderStorage(settings.filesDir);
  const { S3Storage } = await import('./s3.storage.js');
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
  return new S3Storage({ bucket, region, endpoint, credentials });
}
