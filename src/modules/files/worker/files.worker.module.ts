import { Module } from '@nestjs/common';
import { FilesModule } from '../files.module.js';
import { CleaningProcessor, PreviewProcessor } from './files.processors.js';
import { FilesSweeper } from './files.sweeper.js';
import { PreviewJobsRepository } from './preview-jobs.repository.js';
import { PreviewGenerator } from './preview-generator.js';
import { PreviewRunner } from './preview-runner.js';

/** Generates previews and deletes unused files. Loaded by the worker role only. */
@Module({
  imports: [FilesModule],
  providers: [
    PreviewJobsRepository,
    PreviewGenerator,
    PreviewRunner,
    PreviewProcessor,
    CleaningProcessor,
    FilesSweeper,
  ],
})
export class FilesWorkerModule {}
