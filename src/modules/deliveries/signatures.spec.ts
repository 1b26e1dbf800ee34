import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { eventIdOf, signatureHeaders } from './signatures.js';

const signingSecret = `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`;
const body = Buffer.from('{"text":"héllo / 👋"}');

describe('signatureHeaders', () => {
  it('produces headers that the Standard Webhooks library verifies', () => {
    const headers = signatureHeaders(body, 'evt_1', Math.floor(Date.now() / 1000), {
      apiToken: 'token',
      signingSecret,
    });
    expect(new Webhook(signingSecret).verify(body, headers)).toEqual({ text: 'héllo / 👋' });
    expect(() => new Webhook(signingSecret).verify('{}', headers)).toThrow();
  });

  it('produces headers that either secret verifies during a rotation', () => {
    const previousSecret = `whsec_${Buffer.from('another secret, 32 bytes as well').toString('base64')}`;
    const keys = { apiToken: 'token', signingSecret, previousSecret };
    const headers = signatureHeaders(body, 'evt_1', Math.floor(Date.now() / 1000), keys);
    for (const secret of [signingSecret, previousSecret]) {
      expect(new Webhook(secret).verify(body, headers)).toEqual({ text: 'héllo / 👋' });
    }
  });

  it('produces the same headers for the same input', () => {
    expect(signatureHeaders(body, 'evt_1', 1_790_000_000, { apiToken: 'token', signingSecret })).toEqual({
      'x-sendbird-signature': createHmac('sha256', 'token').update(body).digest('hex'),
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1790000000',
      'webhook-signature': 'v1,XTPdRYRpDWUy6AVvp9mGRIukSpcXEpCxsH0xKBEidrI=',
    });
  });

  it('signs with the API token only if it is given', () => {
    expect(signatureHeaders(body, 'evt_1', 1_790_000_000, { signingSecret })).not.toHaveProperty(
      'x-sendbird-signature',
    );
  });

  it('creates event ids without a dot, which separates the signed parts', () => {
    expect(eventIdOf('01hc7akt8z3w2a5ayfcrvkfy52')).toBe('evt_01hc7akt8z3w2a5ayfcrvkfy52');
  });
});
