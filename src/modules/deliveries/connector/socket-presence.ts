import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { newId } from '../../../core/crypto/ids.js';
import { DEAD_AFTER_S, type HeldSession, SocketsRepository } from './sockets.repository.js';

const BEAT_MS = 3000;

/**
 * Says for this process which sockets it holds, and that it lives.
 *
 *   seated: has its place among the sessions of its bot ─► hearing: is told what happens ─► parted
 */
@Injectable()
export class SocketPresence implements OnModuleDestroy {
  readonly processId = newId();
  private readonly logger = new Logger(SocketPresence.name);
  private readonly sessions = new Map<string, HeldSession>();
  /** Sessions that may still stand in the table. */
  private readonly parted = new Set<string>();
  private parting = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;
  private lastBeatAt = 0;
  private revived: () => void = () => undefined;
  private beaten: () => void = () => undefined;

  constructor(private readonly sockets: SocketsRepository) {}

  /** Calls `revived` when this process was thought dead for a while, so that its sessions may have missed something. */
  whenRevived(revived: () => void): void {
    this.revived = revived;
  }

  /** Calls `beaten` every few seconds, as long as there are or were sessions. */
  whenBeating(beaten: () => void): void {
    this.beaten = beaten;
  }

  /**
   * Gives a session its place. Who has one must `remove` it.
   *
   * @returns false when the bot has so many sessions already, over all processes
   */
  async seat(botId: string, sessionId: string, limit: number): Promise<boolean> {
    await this.begin();
    await this.parting; // clients come back at once, perhaps before the place that they have left is free
    this.parted.delete(sessionId);
    this.sessions.set(sessionId, { id: sessionId, botId, isHearing: false });
    try {
      const isSeated = await this.sockets.seat(sessionId, botId, this.processId, limit);
      if (!isSeated) this.sessions.delete(sessionId);
      return isSeated;
    } catch (error) {
      void this.remove(sessionId); // the place may be taken all the same
      throw error;
    }
  }

  /** From now on nothing is missed any more that this session could be told. */
  async hear(endpointId: string, botId: string, sessionId: string): Promise<void> {
    const session = this.sessions.get(sessionId);
    if (!session) return; // it has parted meanwhile
    session.isHearing = true;
    await this.sockets.register(endpointId, botId, sessionId, this.processId);
  }

  /** Frees the place of a session. While the database is away, that is done when it is back. */
  async remove(sessionId: string): Promise<void> {
    this.sessions.delete(sessionId);
    this.parted.add(sessionId);
    await this.strikeOff();
  }

  /** What it held is nobody's from now on: no lane waits for a process that is gone. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    if (this.timer) await this.sockets.removeProcess(this.processId).catch(() => undefined);
  }

  private strikeOff(): Promise<void> {
    const ids = [...this.parted];
    this.parting = this.sockets
      .removeSessions(ids)
      .then(() => ids.forEach((id) => this.parted.delete(id)))
      .catch((error: Error) => this.logger.warn(`Sessions must be struck off later: ${error.message}`));
    return this.parting;
  }

  private async begin(): Promise<void> {
    if (this.timer) return;
    await this.sockets.beat(this.processId);
    this.lastBeatAt = Date.now();
    this.timer ??= setInterval(() => {
      this.beating ??= this.beat().finally(() => (this.beating = undefined));
    }, BEAT_MS).unref();
  }

  private async beat(): Promise<void> {
    try {
      const wasBuried = await this.sockets.beat(this.processId);
      if (wasBuried) await this.sockets.keepSessions([...this.sessions.values()], this.processId);
      await this.strikeOff();
      const wasLate = Date.now() - this.lastBeatAt > DEAD_AFTER_S * 1000;
      this.lastBeatAt = Date.now();
      if (wasBuried || wasLate) this.revived();
      this.beaten();
    } catch (error) {
      this.logger.warn(`The sockets of this process could not be vouched for: ${(error as Error).message}`);
    }
  }
}
