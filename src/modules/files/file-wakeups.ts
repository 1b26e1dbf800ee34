import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { PubSub } from '../../core/pubsub/pubsub.js';
import { WakeupPublisher } from '../../core/queue/wakeup-publisher.js';
import { FilesStored } from './file.events.js';
import { CLEANING_WAKEUP, PREVIEW_WAKEUP } from './file.queues.js';
import { fileTopic } from './files.service.js';

/** Enqueues wake-ups for the workers and publishes completed uploads. The sweeper recovers lost wake-ups. */
@Injectable()
export class FileWakeups {
  constructor(
    private readonly publisher: WakeupPublisher,
    private readonly pubsub: PubSub,
  ) {}

  @OnDomainEvent(FilesStored, 'after-commit')
  onFilesStored({ files }: FilesStored): void {
    this.enqueuePreviews(files.filter(({ previewPath }) => previewPath !== null).map(({ id }) => id));
    for (const { id, sizeBytes } of files) this.pubsub.publish(fileTopic(id), { fileId: id, progress: sizeBytes });
  }

  enqueuePreviews(fileIds: readonly string[]): void {
    for (const fileId of fileIds) this.publisher.enqueue(PREVIEW_WAKEUP, fileId, { fileId });
  }

  enqueueCleaning(): void {
    this.publisher.enqueue(CLEANING_WAKEUP, 'cleaning', {});
  }
}
