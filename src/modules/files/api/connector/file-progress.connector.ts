import { Injectable } from '@nestjs/common';
import { LiveBus } from '../../../../core/live/live-bus.js';
import type { ConnectorPeer } from '../../../../protocols/connector/connector-method.decorator.js';
import type { Actor } from '../../../auth/index.js';
import { FileAccessService } from '../../../messages/index.js';
import { READY_STATE } from '../../file.types.js';
import { fileTopic } from '../../files.service.js';

const EVENT = 'uploadFileProgress';

/** Tells sessions how far the uploads are that they watch. */
@Injectable()
export class FileProgress {
  private readonly watched = new WeakMap<ConnectorPeer, Map<string, () => void>>();

  constructor(
    private readonly access: FileAccessService,
    private readonly live: LiveBus,
  ) {}

  /** Of a file that is there already, its whole size is told at once. @throws DomainError not_found `file.not_found` */
  async subscribe(actor: Actor, session: ConnectorPeer, fileId: string): Promise<void> {
    await this.access.info(actor, fileId);
    const watched = this.watchedBy(session);
    if (!watched.has(fileId)) {
      const end = this.live.subscribe(fileTopic(fileId), ({ progress }) => session.tell(EVENT, { fileId, progress }));
      watched.set(fileId, end);
    }
    // Only now, so that the end of an upload is not overlooked between the two.
    const { file, readyState } = await this.access.info(actor, fileId);
    if (readyState === READY_STATE.ready) session.tell(EVENT, { fileId, progress: file.sizeBytes });
  }

  /** @returns whether it was watched @throws as `subscribe` */
  async unsubscribe(actor: Actor, session: ConnectorPeer, fileId: string): Promise<boolean> {
    const watched = this.watchedBy(session);
    const end = watched.get(fileId);
    if (!end) await this.access.info(actor, fileId);
    end?.();
    return watched.delete(fileId);
  }

  private watchedBy(session: ConnectorPeer): Map<string, () => void> {
    const known = this.watched.get(session);
    if (known) return known;
    const watched = new Map<string, () => void>();
    this.watched.set(session, watched);
    session.whenOver(() => {
      for (const end of watched.values()) end();
    });
    return watched;
  }
}
