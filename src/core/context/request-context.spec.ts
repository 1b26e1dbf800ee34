import { setImmediate } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { currentRequestId, requestContext, runInContext } from './request-context.js';

function pass(offered?: string | string[]) {
  const headers = new Map<string, string>();
  const response = { setHeader: (name: string, value: string) => headers.set(name, value) };
  let seen: string | undefined;
  requestContext()(
    { headers: { 'x-request-id': offered } } as unknown as Request,
    response as unknown as Response,
    () => {
      seen = currentRequestId();
    },
  );
  return { seen, answered: headers.get('x-request-id') };
}

describe('request context', () => {
  it('is available in all awaited work, and only there', async () => {
    await runInContext({ requestId: 'r-1' }, async () => {
      await setImmediate();
      expect(currentRequestId()).toBe('r-1');
    });
    expect(currentRequestId()).toBeUndefined();
  });

  it('separates concurrent work', async () => {
    const ids = ['a', 'b'].map((requestId) => runInContext({ requestId }, () => setImmediate().then(currentRequestId)));
    expect(await Promise.all(ids)).toEqual(['a', 'b']);
  });

  it("keeps a caller's id and returns it", () => {
    expect(pass('trip_7.a-b')).toEqual({ seen: 'trip_7.a-b', answered: 'trip_7.a-b' });
  });

  it.each([undefined, '', 'a b', 'a\nb', 'x'.repeat(65), 'ünsafe'])('generates an id for %j', (offered) => {
    const { seen, answered } = pass(offered);
    expect(seen).toMatch(/^[\w.-]{1,64}$/);
    expect(seen).not.toBe(offered);
    expect(answered).toBe(seen);
  });
});
