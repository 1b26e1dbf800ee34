import type { IncomingMessage } from 'node:http';
import { Settings } from '../config/settings.js';
import { OriginPolicy } from './foreign-origin.js';

const policy = new OriginPolicy(
  Object.assign(new Settings(), {
    PUBLIC_URL: 'https://parley.example/',
    CORS_ORIGINS: ['https://partner.example', 'http://localhost'],
  }),
);

describe('OriginPolicy', () => {
  it.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, false],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, true],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://blog.parley.example' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://parley.example:8443', host: 'parley.example:8443' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://parley.example' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://partner.example' }, false],
    [{ 'sec-fetch-site': 'cross-site', origin: 'http://localhost:5173' }, true],
    [{ origin: 'https://parley.example', host: 'internal:3000' }, false],
    [{ origin: 'https://partner.example', host: 'internal:3000' }, false],
    [{ origin: 'http://192.168.1.2:3000', host: '192.168.1.2:3000' }, false],
    [{ origin: 'http://192.168.1.2', host: '192.168.1.2:80' }, false],
    [{ origin: 'http://192.168.1.2:8080', host: '192.168.1.2:3000' }, true],
    [{ origin: 'http://localhost:5173', host: 'x' }, false],
    [{ origin: 'https://evil.example', host: 'parley.example' }, true],
    [{ origin: 'https://parley.example.evil.example', host: 'parley.example' }, true],
    [{ origin: 'null', host: 'parley.example' }, true],
    [{ origin: 'nonsense', host: 'parley.example' }, true],
  ])('takes the headers %j for those of a foreign page: %j', (headers, isForeign) => {
    const request = (method: string) => ({ method, headers }) as unknown as IncomingMessage;
    expect(policy.isForeign(request('GET'))).toBe(isForeign);
    expect(policy.isForeignChange(request('POST'))).toBe(isForeign);
    expect(policy.isForeignChange(request('GET'))).toBe(false);
  });
});
