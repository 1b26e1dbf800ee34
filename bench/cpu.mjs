import { readdirSync, readFileSync } from 'node:fs';

/** What Linux counts CPU time in, on every machine that matters. */
const TICKS_PER_SECOND = 100;

/**
 * The CPU time that a process has used so far, all its threads together. It is a calmer figure than requests per second on
 * a machine that others use too.
 *
 * @param {number} pid
 * @returns {number} seconds; NaN where there is no /proc
 */
export function cpuSeconds(pid) {
  const stat = readStat(pid);
  return stat ? stat.ticks / TICKS_PER_SECOND : NaN;
}

/**
 * The CPU time of a process and of all children that it has or has had: a postmaster and its backends.
 *
 * @param {number} pid
 */
export function familyCpuSeconds(pid) {
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
    // The name in brackets may hold anything, so fields are counted from behind it: state, ppid, ..., utime, stime, and the
    // same two of children that have ended.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [utime, stime, childUtime, childStime] = fields.slice(11, 15).map(Number);
    return { parent: Number(fields[1]), ticks: utime + stime, childTicks: childUtime + childStime };
  } catch {
    return undefined;
  }
}
