import { appendFileSync } from 'node:fs';
import type { Tally } from '../deployment.js';

/** One line of the table that `npm run test:faults` prints. */
export interface FaultRow extends Partial<Tally> {
  /** The fault and the backend of the queue: `F4 redis`. */
  fault: string;
  what: string;
  events?: number;
  seconds?: number;
  /** Other measurements, or the reason for a skipped fault. */
  note?: string;
}

/** Adds a line to the table. Without the reporter, which sets the file, it does nothing. */
export function report(row: FaultRow): void {
  const file = process.env.FAULTS_TABLE;
  if (file) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

export const secondsSince = (startedAt: number): number => Math.round((performance.now() - startedAt) / 100) / 10;
