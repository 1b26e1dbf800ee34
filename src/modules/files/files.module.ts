import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Settings } from '../../core/config/settings.js';
import { HealthRegistry } from '../../core/health/health-registry.js';
import {
  FileEntity,
  FilePictureEntity,
  FileQuotaEntity,
  FileUseEntity,
  PreviewJobEntity,
  UploadTaskEntity,
} from './file.entity.js';
import { FileEraser } from './file-eraser.js';
import { FileBells } from './file-bells.js';
import { FileLinks } from './file-links.js';
import { FileRemover } from './file-remover.js';
import { FilesRepository } from './files.repository.js';
import { FilesService } from './files.service.js';
import { FilesWriter } from './files-writer.js';
import { FileResponder } from './http/file-responder.js';
import { PartIntake } from './intake/part-intake.js';
import { PictureReader } from './picture-reader.js';
import { PicturesRepository } from './pictures.repository.js';
import { PicturesService } from './pictures.service.js';
import { RemoteFiles } from './intake/remote-files.js';
import { RemovalsRepository } from './removals.repository.js';
import { Spool } from './spool/spool.js';
import { SpoolKeeper } from './spool/spool-keeper.js';
import { chooseStorage } from './storage/choose-storage.js';
import { FileStorage } from './storage/file-storage.js';
import { TaskUploadsService } from './task-uploads.service.js';
import { UploadTasksRepository } from './upload-tasks.repository.js';
import { UploadTasksService } from './upload-tasks.service.js';
import { UploadsService } from './uploads.service.js';

const ENTITIES = [FileEntity, FileUseEntity, FilePictureEntity, FileQuotaEntity, PreviewJobEntity, UploadTaskEntity];
const REPOSITORIES = [FilesRepository, PicturesRepository, RemovalsRepository, UploadTasksRepository];
const SERVICES = [FilesService, PicturesService, UploadsService, UploadTasksService, TaskUploadsService];
/** Providers that API modules and workers use besides the services. */
const HELPERS = [FileBells, FileRemover, FileResponder, PictureReader, RemoteFiles, Spool];

/** The part that every process loads. `worker/` generates previews and runs the cleaning. */
@Module({
  imports: [TypeOrmModule.forFeature(ENTITIES)],
  providers: [
    { provide: FileStorage, useFactory: chooseStorage, inject: [Settings] },
    ...REPOSITORIES,
    ...SERVICES,
    ...HELPERS,
    FileEraser,
    FileLinks,
    FilesWriter,
    PartIntake,
    SpoolKeeper,
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
