import { appendFileSync } from 'node:fs';
import type { Tally } from '../deployment.js';

/** One line of the table that `npm run test:faults` prints. */
export interface FaultRow extends Partial<Tally> {
  /** Which fault, and on which backend of the queue: `F4 redis`. */
  fault: string;
  what: string;
  events?: number;
  seconds?: number;
  /** What else was measured; or why the fault was left out. */
  note?: string;
}

/** Adds a line to the table. The reporter of the run names the file; without one, nothing is kept. */
export function report(row: FaultRow): void {
  const file = process.env.FAULTS_TABLE;
  if (file) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

export const secondsSince = (startedAt: number): number => Math.round((performance.now() - startedAt) / 100) / 10;
