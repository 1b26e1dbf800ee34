import { CLOSE_CODES } from './connector-frames.js';
import type { ConnectorSession } from './connector-session.js';

export interface AdmissionLimits {
  /** Unauthenticated sockets of this process. */
  maxUnauthenticated: number;
  /** Unauthenticated sockets of one address. */
  maxUnauthenticatedPerAddress: number;
  /** All sockets of one address in this process. */
  maxPerAddress: number;
}

interface AddressCounts {
  open: number;
  unauthenticated: number;
}

/**
 * Limits the sockets of this process. Each address has its own limits. When the limit of all unauthenticated sockets is reached, the
 * oldest of them is closed, so that idle sockets do not keep bots out.
 */
export class SocketAdmission {
  private readonly sessions = new Map<ConnectorSession, string>();
  /** In order of arrival. */
  private readonly unauthenticated = new Set<ConnectorSession>();
  private readonly counts = new Map<string, AddressCounts>();

  constructor(readonly limits: AdmissionLimits) {}

  /** All sockets of this process. */
  get open(): Iterable<ConnectorSession> {
    return this.sessions.keys();
  }

  get openCount(): number {
    return this.sessions.size;
  }

  get unauthenticatedCount(): number {
    return this.unauthenticated.size;
  }

  /** @returns whether the address may open one more socket */
  canAccept(address: string): boolean {
    const { open, unauthenticated } = this.counts.get(address) ?? { open: 0, unauthenticated: 0 };
    const { maxPerAddress, maxUnauthenticatedPerAddress } = this.limits;
    return open < maxPerAddress && unauthenticated < maxUnauthenticatedPerAddress;
  }

  add(session: ConnectorSession, address: string): void {
    if (this.unauthenticated.size >= this.limits.maxUnauthenticated) this.displaceOldest();
    this.sessions.set(session, address);
    this.unauthenticated.add(session);
    const counts = this.counts.get(address) ?? { open: 0, unauthenticated: 0 };
    this.counts.set(address, { open: counts.open + 1, unauthenticated: counts.unauthenticated + 1 });
    session.onClosed(() => this.remove(session));
  }

  /** Removes the session from the unauthenticated ones. */
  markAuthenticated(session: ConnectorSession): void {
    const address = this.sessions.get(session);
    if (address === undefined || !this.unauthenticated.delete(session)) return;
    this.counts.get(address)!.unauthenticated -= 1;
  }

  private displaceOldest(): void {
    const [oldest] = this.unauthenticated;
    oldest?.close(CLOSE_CODES.displaced);
  }

  private remove(session: ConnectorSession): void {
    this.markAuthenticated(session);
    const address = this.sessions.get(session);
    if (address === undefined) return;
    this.sessions.delete(session);
    const counts = this.counts.get(address)!;
    counts.open -= 1;
    if (counts.open === 0) this.counts.delete(address);
  }
}
