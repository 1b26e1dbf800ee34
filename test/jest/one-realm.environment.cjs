const { AsyncLocalStorage } = require('node:async_hooks');
const { createRequire } = require('node:module');
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

/**
 * Runs test files in the realm of the process instead of separate `vm` contexts: `instanceof` then works across tests and
 * packages, and each package is loaded once for all test files of a worker (see native-packages.cjs).
 * Test files share only packages. Parley's modules are loaded again for each file, and the globals of a file are deleted
 * after it.
 */
class OneRealmEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global = globalThis;
    this.fakeTimersModern = new this.fakeTimersModern.constructor({
      config: config.projectConfig,
      global: globalThis,
    });
    this.before = new Set(Object.keys(globalThis));
    globalThis.requireNatively = createRequire(module.filename);
  }

  async teardown() {
    await super.teardown();
    for (const storage of enabledStorages) storage.disable();
    enabledStorages.clear();
    for (const key of Object.keys(globalThis)) if (!this.before.has(key)) delete globalThis[key];
  }

  getVmContext() {
    return this.context && OWN_REALM;
  }
}

/**
 * Before Node 24, each used storage slows every promise of the process until it is disabled. Each test file has its own storages.
 * A shared one, as of a package, is enabled again on its next use.
 */
const enabledStorages = new Set();
const { _enable: enableStorage } = AsyncLocalStorage.prototype;
if (enableStorage) {
  AsyncLocalStorage.prototype._enable = function () {
    enabledStorages.add(this);
    return enableStorage.call(this);
  };
}

/** The value that Jest uses as the context of a test file. */
const OWN_REALM = {};

// Jest passes its context to `vm.compileFunction`. Without a context, the function is compiled for the current realm, and the next
// test file can reuse it with its own `module` and `exports`.
const { compileFunction } = vm;
const compiled = new Map();
vm.compileFunction = (source, parameters, options = {}) => {
  if (options.parsingContext !== OWN_REALM) return compileFunction(source, parameters, options);
  const cached = compiled.get(options.filename);
  if (cached?.source === source) return cached.compiled;
  const fresh = compileFunction(source, parameters, { ...options, parsingContext: undefined });
  compiled.set(options.filename, { source, compiled: fresh });
  return fresh;
};

module.exports = OneRealmEnvironment;
