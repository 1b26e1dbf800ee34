import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { newId } from '../../core/crypto/ids.js';
import { PROCESS_TIMEOUT_SECONDS, type LocalSession, SocketsRepository } from './sockets.repository.js';

/** The id of a socket request is `<session id>.<number>`. @returns the session id, or any other request id unchanged */
export const sessionIdOf = (requestId: string): string => requestId.split('.', 1)[0];

const HEARTBEAT_MS = 3000;

/**
 * Records the sockets and the heartbeat of this process in the database.
 *
 *   session slot acquired ─► active: events are delivered to it ─► removed
 */
@Injectable()
export class SocketRegistry implements OnModuleDestroy {
  readonly processId = newId();
  private readonly logger = new Logger(SocketRegistry.name);
  private readonly sessions = new Map<string, LocalSession>();
  /** Closed sessions whose rows may still exist. */
  private readonly closedIds = new Set<string>();
  private removal = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private pendingHeartbeat: Promise<void> | undefined;
  private lastHeartbeatAt = 0;
  private recoveryListener: () => void = () => undefined;
  private heartbeatListener: () => void = () => undefined;

  constructor(private readonly sockets: SocketsRepository) {}

  /** Calls `listener` after the heartbeat of this process had expired: its sessions may have missed messages. */
  onRecovered(listener: () => void): void {
    this.recoveryListener = listener;
  }

  /** Calls `listener` after each heartbeat. Heartbeats begin with the first session. */
  onHeartbeat(listener: () => void): void {
    this.heartbeatListener = listener;
  }

  /**
   * Acquires a session slot. The caller must `remove` the session when it closes.
   *
   * @returns false if the bot has no free slot, counted over all processes
   */
  async acquireSlot(botId: string, sessionId: string, limit: number): Promise<boolean> {
    await this.startHeartbeats();
    await this.removal; // clients may reconnect before their old slot is released
    this.closedIds.delete(sessionId);
    this.sessions.set(sessionId, { id: sessionId, botId, isActive: false });
    try {
      const isAcquired = await this.sockets.acquireSlot(sessionId, botId, this.processId, limit);
      if (!isAcquired) this.sessions.delete(sessionId);
      return isAcquired;
    } catch (error) {
      void this.remove(sessionId); // the row may have been written
      throw error;
    }
  }

  /** Marks the session as active. Messages that it can receive are not recorded as missed afterwards. */
  async activate(endpointId: string, botId: string, sessionId: string): Promise<void> {
    const session = this.sessions.get(sessionId);
    if (!session) return; // it closed meanwhile
    session.isActive = true;
    await this.sockets.register(endpointId, botId, sessionId, this.processId);
  }

  /** Releases the slot of a session. While the database is down, the release is retried. */
  async remove(sessionId: string): Promise<void> {
    this.sessions.delete(sessionId);
    this.closedIds.add(sessionId);
    await this.removeClosed();
  }

  /** Removes the process row, so that no subscription waits for the stopped process. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.pendingHeartbeat;
    if (this.timer) await this.sockets.removeProcess(this.processId).catch(() => undefined);
  }

  private removeClosed(): Promise<void> {
    const ids = [...this.closedIds];
    this.removal = this.sockets
      .removeSessions(ids)
      .then(() => ids.forEach((id) => this.closedIds.delete(id)))
      .catch((error: Error) => this.logger.warn(`Removal of closed sessions failed, retrying: ${error.message}`));
    return this.removal;
  }

  private async startHeartbeats(): Promise<void> {
    if (this.timer) return;
    await this.sockets.recordHeartbeat(this.processId);
    this.lastHeartbeatAt = Date.now();
    this.timer ??= setInterval(() => {
      this.pendingHeartbeat ??= this.heartbeat().finally(() => (this.pendingHeartbeat = undefined));
    }, HEARTBEAT_MS).unref();
  }

  private async heartbeat(): Promise<void> {
    try {
      const wasRemoved = await this.sockets.recordHeartbeat(this.processId);
      if (wasRemoved) await this.sockets.upsertSessions([...this.sessions.values()], this.processId);
      await this.removeClosed();
      const hadExpired = Date.now() - this.lastHeartbeatAt > PROCESS_TIMEOUT_SECONDS * 1000;
      this.lastHeartbeatAt = Date.now();
      if (wasRemoved || hadExpired) this.recoveryListener();
      this.heartbeatListener();
    } catch (error) {
      this.logger.warn(`Heartbeat failed: ${(error as Error).message}`);
    }
  }
}
