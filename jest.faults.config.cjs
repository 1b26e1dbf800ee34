// The long proofs, `npm run test:faults`: processes are killed, stopped and starved while thousands of messages are under way.
const base = require('./jest.config.cjs');

process.env.SUBSCRIPTION_MODEL_RUNS ??= '1000'; // read by the test, in the same process

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/faults/long/**/*.faults.ts', '<rootDir>/test/integration/subscription-model.spec.ts'],
  reporters: ['default', '<rootDir>/test/faults/long/table-reporter.cjs'],
  testTimeout: 300_000,
  maxWorkers: 1, // each of them wants the whole machine
};
