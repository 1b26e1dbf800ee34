import { DomainEvent } from '../../core/events/domain-event.js';
import type { FileEntity } from './file.entity.js';

/** Files were stored and are ready. */
export class FilesStored extends DomainEvent {
  constructor(readonly files: readonly FileEntity[]) {
    super();
  }
}
