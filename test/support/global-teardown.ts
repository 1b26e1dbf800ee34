/** Stops the server of global setup. Jest calls it even if tests fail. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.stopTestPostgres?.();
}
