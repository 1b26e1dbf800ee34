import { readdirSync, readFileSync } from 'node:fs';

/** The unit of CPU time on Linux: USER_HZ. */
const TICKS_PER_SECOND = 100;

/**
 * The CPU time of a process so far, of all its threads. It is more stable than requests per second on a shared machine.
 *
 * @param {number} pid
 * @returns {number} seconds; NaN without /proc
 */
export function cpuSeconds(pid) {
  const stat = readStat(pid);
  return stat ? stat.ticks / TICKS_PER_SECOND : NaN;
}

/**
 * The CPU time of a process and of all its current and former children: a postmaster and its backends.
 *
 * @param {number} pid
 */
export function processTreeCpuSeconds(pid) {
  const children = readStats().filter(({ parent }) => parent === pid);
  const past = readStat(pid)?.childTicks ?? NaN;
  return children.reduce((sum, { ticks }) => sum + ticks / TICKS_PER_SECOND, cpuSeconds(pid) + past / TICKS_PER_SECOND);
}

/**
 * @param {number} pid
 * @returns {number | undefined}
 */
export const parentOf = (pid) => readStat(pid)?.parent;

function readStats() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => readStat(Number(pid)) ?? []);
}

/** @param {number} pid */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may contain anything, so fields are counted after it: state, ppid, ..., utime, stime, and the
    // same two of ended children.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [utime, stime, childUtime, childStime] = fields.slice(11, 15).map(Number);
    return { parent: Number(fields[1]), ticks: utime + stime, childTicks: childUtime + childStime };
  } catch {
    return undefined;
  }
}
