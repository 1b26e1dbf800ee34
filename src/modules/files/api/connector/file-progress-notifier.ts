import { Injectable } from '@nestjs/common';
import { PubSub } from '../../../../core/pubsub/pubsub.js';
import type { ConnectorPeer } from '../../../../protocols/connector/connector-methods.js';
import type { Actor } from '../../../auth/index.js';
import { FileAccessService } from '../../../messages/index.js';
import { READY_STATE } from '../../file.types.js';
import { fileTopic } from '../../files.service.js';

const EVENT = 'uploadFileProgress';

/** Sends upload progress to subscribed sessions. */
@Injectable()
export class FileProgressNotifier {
  private readonly subscriptions = new WeakMap<ConnectorPeer, Map<string, () => void>>();

  constructor(
    private readonly access: FileAccessService,
    private readonly pubsub: PubSub,
  ) {}

  /** For a stored file, its full size is sent at once. @throws DomainError not_found `file.not_found` */
  async subscribe(actor: Actor, session: ConnectorPeer, fileId: string): Promise<void> {
    await this.access.getInfo(actor, fileId);
    const subscriptions = this.subscriptionsOf(session);
    if (!subscriptions.has(fileId)) {
      const unsubscribe = this.pubsub.subscribe(fileTopic(fileId), ({ progress }) =>
        session.sendEvent(EVENT, { fileId, progress }),
      );
      subscriptions.set(fileId, unsubscribe);
    }
    // Checked after the subscription, so that the end of the upload is not missed.
    const { file, readyState } = await this.access.getInfo(actor, fileId);
    if (readyState === READY_STATE.ready) session.sendEvent(EVENT, { fileId, progress: file.sizeBytes });
  }

  /** @returns whether the session was subscribed @throws as `subscribe` */
  async unsubscribe(actor: Actor, session: ConnectorPeer, fileId: string): Promise<boolean> {
    const subscriptions = this.subscriptionsOf(session);
    const unsubscribe = subscriptions.get(fileId);
    if (!unsubscribe) await this.access.getInfo(actor, fileId);
    unsubscribe?.();
    return subscriptions.delete(fileId);
  }

  private subscriptionsOf(session: ConnectorPeer): Map<string, () => void> {
    const known = this.subscriptions.get(session);
    if (known) return known;
    const subscriptions = new Map<string, () => void>();
    this.subscriptions.set(session, subscriptions);
    session.onClosed(() => {
      for (const unsubscribe of subscriptions.values()) unsubscribe();
    });
    return subscriptions;
  }
}
