import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system in memory. */
export interface SmallDisk {
  path: string;
  grow(mebibytes: number): void;
  remove(): void;
}

/** @throws Error if mounting is not allowed */
export function smallDisk(path: string, mebibytes: number): SmallDisk {
  mkdirSync(path, { recursive: true });
  mount(path, `size=${mebibytes}m`);
  return {
    path,
    grow: (more) => mount(path, `remount,size=${more}m`),
    remove() {
      // Lazy: a process may still have a file of it open.
      spawnSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function mount(path: string, option: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', option, 'tmpfs', path]);
  if (status !== 0) throw new Error(`mount ${path}: ${stderr?.toString() ?? 'program not found'}`);
}

/** Whether this machine allows it: as root on Linux, but not in every container. */
export function haveSmallDisks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  try {
    smallDisk(folder, 1).remove();
    return true;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return false;
  }
}
