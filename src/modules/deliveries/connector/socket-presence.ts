import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { newId } from '../../../core/crypto/ids.js';
import { DEAD_AFTER_S, SocketsRepository } from './sockets.repository.js';

const BEAT_MS = 3000;

/** Says for this process which sockets it holds, and that it lives. */
@Injectable()
export class SocketPresence implements OnModuleDestroy {
  readonly processId = newId();
  private readonly logger = new Logger(SocketPresence.name);
  /** The bots of the sessions. */
  private readonly sessions = new Map<string, string>();
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

  async add(endpointId: string, botId: string, sessionId: string): Promise<void> {
    await this.begin();
    this.sessions.set(sessionId, botId);
    await this.sockets.register(endpointId, botId, sessionId, this.processId);
  }

  /** How many sessions a bot has in other processes. */
  countElsewhere(botId: string): Promise<number> {
    return this.sockets.countElsewhere(botId, this.processId);
  }

  async remove(sessionId: string): Promise<void> {
    this.sessions.delete(sessionId);
    // Also when it is gone from the list: it may have been written down after it was first struck off.
    await this.sockets.removeSession(sessionId);
  }

  /** What it held is nobody's from now on: no lane waits for a process that is gone. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    if (this.timer) await this.sockets.removeProcess(this.processId).catch(() => undefined);
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
      const held = [...this.sessions].map(([id, botId]) => ({ id, botId }));
      if (wasBuried) await this.sockets.addSessions(held, this.processId);
      const wasLate = Date.now() - this.lastBeatAt > DEAD_AFTER_S * 1000;
      this.lastBeatAt = Date.now();
      if (wasBuried || wasLate) this.revived();
      this.beaten();
    } catch (error) {
      this.logger.warn(`The sockets of this process could not be vouched for: ${(error as Error).message}`);
    }
  }
}
