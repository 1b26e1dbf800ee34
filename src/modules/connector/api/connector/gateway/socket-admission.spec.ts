import type { ConnectorSession } from './connector-session.js';
import { SocketAdmission } from './socket-admission.js';

class FakeSession {
  closedWith: number | undefined;
  private readonly listeners: (() => void)[] = [];
  onClosed(listener: () => void): void {
    this.listeners.push(listener);
  }
  close([code]: readonly [number, string]): void {
    this.closedWith = code;
    for (const listener of this.listeners.splice(0)) listener();
  }
}

describe('SocketAdmission', () => {
  let admission: SocketAdmission;
  const add = (address: string) => {
    const session = new FakeSession();
    admission.add(session as unknown as ConnectorSession, address);
    return session;
  };
  const confirm = (session: FakeSession) => admission.markAuthenticated(session as unknown as ConnectorSession);

  beforeEach(() => {
    admission = new SocketAdmission({ maxUnauthenticated: 4, maxUnauthenticatedPerAddress: 2, maxPerAddress: 3 });
  });

  it('limits unauthenticated sockets per address', () => {
    const [first] = [add('a'), add('a')];
    expect(admission.canAccept('a')).toBe(false);
    expect(admission.canAccept('b')).toBe(true);
    confirm(first);
    expect(admission.canAccept('a')).toBe(true);
  });

  it('limits all sockets per address', () => {
    const sessions = [add('a'), add('a'), add('a')];
    sessions.forEach(confirm);
    expect(admission.canAccept('a')).toBe(false);
    sessions[0].close([1000, '']);
    expect(admission.canAccept('a')).toBe(true);
  });

  it('closes the oldest unauthenticated socket when the limit is reached', () => {
    const authenticated = add('a');
    confirm(authenticated);
    const unauthenticated = ['b', 'c', 'd', 'e'].map(add);
    const late = add('f');
    expect([authenticated, ...unauthenticated, late].map(({ closedWith }) => closedWith)).toEqual([
      undefined,
      1013,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(admission.unauthenticatedCount).toBe(4);
  });

  it('counts each socket once, however often it is marked as authenticated', () => {
    const session = add('a');
    confirm(session);
    confirm(session);
    session.close([1000, '']);
    confirm(session);
    const other = add('a');
    other.close([1000, '']);
    expect([admission.openCount, admission.unauthenticatedCount]).toEqual([0, 0]);
    expect(admission['counts'].size).toBe(0);
  });
});
