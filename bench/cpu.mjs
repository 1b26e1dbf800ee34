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
 * The CPU time of a process and of its children that live: a postmaster and its backends.
 *
 * @param {number} pid
 */
export function familyCpuSeconds(pid) {
  const children = readStats().filter(({ parent }) => parent === pid);
  return children.reduce((sum, { ticks }) => sum + ticks / TICKS_PER_SECOND, cpuSeconds(pid));
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
    // The name in brackets may hold anything, so fields are counted from behind it: state, ppid, ..., utime, stime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
