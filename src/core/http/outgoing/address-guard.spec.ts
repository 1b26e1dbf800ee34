import type { LookupAddress } from 'node:dns';
import { promisify } from 'node:util';
import { type DnsLookup, guardedLookup, isPublicAddress } from './address-guard.js';
import { outgoingHttp } from './outgoing-http.js';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { withoutPublicNetwork } from '../../../../test/support/no-public-network.js';

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '[2606:4700:4700::1111]'])('allows %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.100.100.200',
    '192.0.0.1',
    '192.88.99.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '[::1]',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2001::1',
    '2002:7f00:1::',
    '100::1',
    '5f00::1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    'ff02::1',
    'localhost',
    '',
  ])('refuses %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('guardedLookup', () => {
  it('rejects a name that resolves to a private address', async () => {
    const lookup = promisify(guardedLookup) as unknown as (host: string, options: object) => Promise<LookupAddress[]>;
    await expect(lookup('localhost', { all: true })).rejects.toMatchObject({ code: 'E_BLOCKED_ADDRESS' });
  });
});

describe('outgoingHttp', () => {
  let hits = 0;
  const server = createServer((_request, response) => {
    hits++;
    response.end('ok');
  });
  let port: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '0',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::]',
    '①②⑦.⓪.⓪.①',
    '127.0.0.1.',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00::1]',
    '169.254.169.254',
    '100.100.100.200',
    '10.0.0.1',
  ])('never connects to %s', async (host) => {
    const dispatcher = outgoingHttp({ allowPrivate: false });
    await expect(request(`http://${host}:${port}/`, { dispatcher })).rejects.toMatchObject({
      code: 'E_BLOCKED_ADDRESS',
    });
    expect(hits).toBe(0);
    await dispatcher.destroy();
  });

  it('never connects to a name whose address changes from public to private', async () => {
    let asked = 0;
    const lookup: DnsLookup = (_name, _options, callback) =>
      callback(null, [{ address: asked++ % 2 === 0 ? '8.8.8.8' : '127.0.0.1', family: 4 }]);
    const dispatcher = outgoingHttp({ allowPrivate: false, lookup });
    const restoreNetwork = withoutPublicNetwork();
    const codes = new Set<string>();
    for (let n = 0; n < 100; n++) {
      await request(`http://rebind.example:${port}/`, { dispatcher }).catch((error: { code: string }) =>
        codes.add(error.code),
      );
    }
    restoreNetwork();
    expect({ asked, hits, codes: [...codes].sort() }).toEqual({
      asked: 100,
      hits: 0,
      codes: ['ENETUNREACH', 'E_BLOCKED_ADDRESS'],
    });
    await dispatcher.destroy();
  });

  it('connects to this machine if that is allowed', async () => {
    const dispatcher = outgoingHttp({ allowPrivate: true });
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, { dispatcher });
    await body.dump();
    expect(statusCode).toBe(200);
    await dispatcher.destroy();
  });
});
