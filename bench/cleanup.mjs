/**
 * What must be undone at the end, in reverse order: after the last case, after an error, and after Ctrl-C.
 */
export class Cleanup {
  /** @type {(() => unknown)[]} */
  #steps = [];
  /** @type {Promise<void> | undefined} */
  #done;

  get hasBegun() {
    return this.#done !== undefined;
  }

  /** @param {() => unknown} step is done at once when the end has come already */
  add(step) {
    this.#steps.push(step);
    if (this.hasBegun) void this.#runSteps();
  }

  /** Undoes everything once, however often it is called. A step that fails does not keep the others from being done. */
  run() {
    return (this.#done ??= this.#runSteps());
  }

  /** Lets a signal end the process in order. */
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
        process.stderr.write(`Cleaning up: ${/** @type {Error} */ (error).message}\n`);
      }
    }
  }
}
