import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { LiveBus } from '../../core/live/live-bus.js';
import { BellRinger } from '../../core/queue/bell-ringer.js';
import { FilesStored } from './file.events.js';
import { CLEANING_BELL, PREVIEW_BELL } from './file.queues.js';
import { fileTopic } from './files.service.js';

/** Enqueues wake-ups for the workers and publishes completed uploads. The sweeper recovers lost wake-ups. */
@Injectable()
export class FileBells {
  constructor(
    private readonly ringer: BellRinger,
    private readonly live: LiveBus,
  ) {}

  @OnDomainEvent(FilesStored, 'after-commit')
  announce({ files }: FilesStored): void {
    this.ringPreviews(files.filter(({ previewPath }) => previewPath !== null).map(({ id }) => id));
    for (const { id, sizeBytes } of files) this.live.publish(fileTopic(id), { fileId: id, progress: sizeBytes });
  }

  ringPreviews(fileIds: readonly string[]): void {
    for (const fileId of fileIds) this.ringer.ring(PREVIEW_BELL, fileId, { fileId });
  }

  ringCleaning(): void {
    this.ringer.ring(CLEANING_BELL, 'cleaning', {});
  }
}
