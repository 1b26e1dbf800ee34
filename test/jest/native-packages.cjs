const { createHash } = require('node:crypto');

/**
 * Loads packages with Node instead of Jest: twice as fast for the first test file, and free for the others. Only in the
 * realm of one-realm.environment.cjs; global setup runs in another one.
 */
const isAvailable = () => 'requireNatively' in globalThis;

module.exports = {
  process: (source, path) => ({
    code: isAvailable() ? `module.exports = requireNatively(${JSON.stringify(path)});` : source,
  }),
  getCacheKey: (_source, path) => createHash('sha256').update(`${path} ${isAvailable()}`).digest('hex'),
};
