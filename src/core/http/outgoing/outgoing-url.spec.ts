import { checkOutgoingUrl, type Resolve } from './outgoing-url.js';

const RULES = { allowPrivate: false, ownUrl: 'https://parley.example' };
const PUBLIC: Resolve = async () => ['8.8.8.8'];

const faultOf = async (url: string, resolve = PUBLIC, rules = RULES) =>
  (await checkOutgoingUrl(url, rules, resolve))?.fault;

describe('checkOutgoingUrl', () => {
  it.each(['https://bots.example/hook', 'http://bots.example', 'https://8.8.8.8/', 'https://bots.example:8443/a?b=c'])(
    'takes %s',
    async (url) => expect(await faultOf(url)).toBeUndefined(),
  );

  it.each([
    '127.0.0.1',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '0',
    '①②⑦.⓪.⓪.①',
    '127.0.0.1.',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00::1]',
    '169.254.169.254',
    'metadata.google.internal',
    '100.100.100.200',
    'localhost.',
    'redis',
    'parley.example',
  ])('refuses to call %s', async (host) => expect(await faultOf(`https://${host}/hook`)).toBe('url_not_allowed'));

  it.each([
    'https://user:pw@h.example/',
    'https://h.example#f',
    'https://h.example/#',
    'ftp://h.example',
    'file:///etc/passwd',
    'gopher://h.example',
    'data:text/plain,x',
    '//h.example',
    'https://h.exa\tmple',
    'https://h.example/\n',
    `https://h.example/${'a'.repeat(2048)}`,
    `https://${'a'.repeat(64)}.example`,
    'https://h.example:65536',
    'https:///hook',
    '',
  ])('does not understand %j', async (url) => expect(await faultOf(url)).toBe('url_invalid'));

  it.each([22, 25, 6379, 5432, 0])('rejects port %d', async (port) =>
    expect(await faultOf(`https://bots.example:${port}/`)).toBe('port_not_allowed'),
  );

  it('rejects a name with a private address', async () => {
    expect(await faultOf('https://bots.example', async () => ['8.8.8.8', '10.0.0.1'])).toBe('url_not_allowed');
  });

  it('accepts a name that does not resolve yet', async () => {
    const unknown: Resolve = () => Promise.reject(new Error('ENOTFOUND'));
    expect(await faultOf('https://bots.example', unknown)).toBeUndefined();
  });

  it('accepts private addresses if that is allowed, but neither bad ports nor malformed URLs', async () => {
    const rules = { ...RULES, allowPrivate: true };
    expect(await faultOf('http://127.0.0.1:3000/hook', PUBLIC, rules)).toBeUndefined();
    expect(await faultOf('http://127.0.0.1:6379/', PUBLIC, rules)).toBe('port_not_allowed');
    expect(await faultOf('ftp://127.0.0.1/', PUBLIC, rules)).toBe('url_invalid');
  });
});
