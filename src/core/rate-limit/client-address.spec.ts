import { addressKey, addressPseudonym } from './client-address.js';

describe('addressKey', () => {
  it.each<[string | undefined, string]>([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['', 'unknown'],
    [undefined, 'unknown'],
    ['nonsense', 'unknown'],
  ])('counts %j as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('addressPseudonym', () => {
  it('is equal only for the same network and the same secret', () => {
    const pseudonym = addressPseudonym('2001:db8::1', 'secret');
    expect(pseudonym).toMatch(/^[\w-]{22}$/);
    expect(addressPseudonym('2001:db8::2', 'secret')).toBe(pseudonym);
    expect(addressPseudonym('2001:db8::1', 'other')).not.toBe(pseudonym);
    expect(addressPseudonym('2001:db8:0:1::1', 'secret')).not.toBe(pseudonym);
  });
});
