/** Stops what global setup has started. Jest calls it whether the tests have passed or not. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.stopTestPostgres?.();
}
