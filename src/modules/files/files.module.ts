import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FilesSettings } from './files.settings.js';
import { HealthRegistry } from '../../core/health/health-registry.js';
import {
  FileEntity,
  FileImageUseEntity,
  FileQuotaEntity,
  FileUseEntity,
  PreviewJobEntity,
  UploadTaskEntity,
} from './file.entity.js';
import { FileEraser } from './file-eraser.js';
import { FileWakeups } from './file-wakeups.js';
import { FileLinks } from './file-links.js';
import { FileRemover } from './file-remover.js';
import { FilesRepository } from './files.repository.js';
import { FilesService } from './files.service.js';
import { FilesWriter } from './files-writer.js';
import { FileResponder } from './http/file-responder.js';
import { UploadReceiver } from './intake/upload-receiver.js';
import { ImageReader } from './image-reader.js';
import { ImagesRepository } from './images.repository.js';
import { ImagesService } from './images.service.js';
import { RemoteFiles } from './intake/remote-files.js';
import { RemovalsRepository } from './removals.repository.js';
import { UploadStaging } from './staging/upload-staging.js';
import { StagingCleaner } from './staging/staging-cleaner.js';
import { FileStorage } from './storage/file-storage.js';
import { FolderStorage } from './storage/folder.storage.js';
import { TaskUploadsService } from './task-uploads.service.js';
import { UploadTasksRepository } from './upload-tasks.repository.js';
import { UploadTasksService } from './upload-tasks.service.js';
import { UploadsService } from './uploads.service.js';

const ENTITIES = [FileEntity, FileUseEntity, FileImageUseEntity, FileQuotaEntity, PreviewJobEntity, UploadTaskEntity];
const REPOSITORIES = [FilesRepository, ImagesRepository, RemovalsRepository, UploadTasksRepository];
const SERVICES = [FilesService, ImagesService, UploadsService, UploadTasksService, TaskUploadsService];
/** Providers that API modules and workers use besides the services. */
const HELPERS = [FileWakeups, FileRemover, FileResponder, ImageReader, RemoteFiles, UploadStaging];

/** The part that every process loads. `worker/` generates previews and runs the cleaning. */
@Module({
  imports: [TypeOrmModule.forFeature(ENTITIES)],
  providers: [
    { provide: FileStorage, useFactory: chooseStorage, inject: [FilesSettings] },
    ...REPOSITORIES,
    ...SERVICES,
    ...HELPERS,
    FileEraser,
    FileLinks,
    FilesWriter,
    UploadReceiver,
    StagingCleaner,
  ],
  exports: [...SERVICES, ...HELPERS, FileStorage],
})
export class FilesModule implements OnModuleInit {
  constructor(
    private readonly storage: FileStorage,
    private readonly health: HealthRegistry,
  ) {}

  onModuleInit(): void {
    this.health.register('files', () => this.storage.check(), { critical: false });
  }
}

/** Returns S3 storage if a bucket is set, else folder storage. The S3 client is loaded on demand. */
async function chooseStorage(settings: FilesSettings): Promise<FileStorage> {
  const { S3_BUCKET: bucket, S3_REGION: region, S3_ENDPOINT: endpoint } = settings;
  if (!bucket) return new FolderStorage(settings.filesDir);
  const { S3Storage } = await import('./storage/s3.storage.js');
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
  return new S3Storage({ bucket, region, endpoint, credentials });
}
