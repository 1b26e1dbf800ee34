import { DomainEvent } from '../../core/events/domain-event.js';
import type { FileEntity } from './file.entity.js';

/** These files are stored, and to be had from now on. */
export class FilesStored extends DomainEvent {
  constructor(readonly files: readonly FileEntity[]) {
    super();
  }
}
