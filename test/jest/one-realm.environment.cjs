const { AsyncLocalStorage } = require('node:async_hooks');
const { createRequire } = require('node:module');
const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

/**
 * Runs test files in the realm of the process itself, not in a `vm` context each: so `instanceof` means the same to tests and to
 * packages, and a package is loaded once for all test files of a worker (see native-packages.cjs), not once for each.
 * What test files share is the packages only. Parley's own modules are loaded for each file anew, and globals that a file has
 * left behind are taken away after it.
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
 * Before Node 24, each storage that was ever used makes every promise of the process slower, until it is disabled. Each test file has
 * storages of its own; one that is shared by several, as that of a package, is enabled again when it is used again.
 */
const enabledStorages = new Set();
const { _enable: enableStorage } = AsyncLocalStorage.prototype;
if (enableStorage) {
  AsyncLocalStorage.prototype._enable = function () {
    enabledStorages.add(this);
    return enableStorage.call(this);
  };
}

/** What Jest takes for the context of a test file. */
const OWN_REALM = {};

// Jest gives its context on to `vm.compileFunction`; without one, that compiles for the realm that it is called in. There a
// compiled module is as good for the next test file, which calls it with a `module` and `exports` of its own.
const { compileFunction } = vm;
const compiled = new Map();
vm.compileFunction = (source, parameters, options = {}) => {
  if (options.parsingContext !== OWN_REALM) return compileFunction(source, parameters, options);
  const known = compiled.get(options.filename);
  if (known?.source === source) return known.compiled;
  const fresh = compileFunction(source, parameters, { ...options, parsingContext: undefined });
  compiled.set(options.filename, { source, compiled: fresh });
  return fresh;
};

module.exports = OneRealmEnvironment;
