/**
 * Cleanup steps, which run in reverse order: after the last case, after an error, and after Ctrl-C.
 */
export class Cleanup {
  /** @type {(() => unknown)[]} */
  #steps = [];
  /** @type {Promise<void> | undefined} */
  #done;

  get hasBegun() {
    return this.#done !== undefined;
  }

  /** @param {() => unknown} step runs at once if the cleanup has begun */
  add(step) {
    this.#steps.push(step);
    if (this.hasBegun) void this.#runSteps();
  }

  /** Runs all steps once. A failing step does not prevent the others. */
  run() {
    return (this.#done ??= this.#runSteps());
  }

  /** Cleans up on signals. */
  onSignals() {
    for (const [signal, code] of /** @type {const} */ ([
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ])) {
      process.on(signal, () => void this.run().finally(() => process.exit(code)));
    }
  }

  async #runSteps() {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        process.stderr.write(`Cleanup failed: ${/** @type {Error} */ (error).message}\n`);
      }
    }
  }
}
