import { spawn } from 'node:child_process';

/**
 * Runs a shell script if this process ends before `cancel` is called. Jest runs no teardown when it is interrupted or
 * killed, and child processes of the tests would live on. The shell waits for the end of a pipe, which the kernel
 * closes with this process.
 *
 * @param args the script's `$1`, `$2` and so on
 * @returns cancel
 */
export function runAfterCrash(script: string, ...args: string[]): () => void {
  const shell = spawn('/bin/sh', ['-c', `read -r _; ${script}`, 'sh', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return () => void shell.kill('SIGKILL');
}

/** After a crash: removes the folder, and stops the PostgreSQL servers on clusters in it. @returns a function that cancels this */
export function removeFolderAfterCrash(folder: string): () => void {
  const stopServers = 'find "$1" -name postmaster.pid | while read -r file; do kill -QUIT "$(head -n 1 "$file")"; done';
  return runAfterCrash(`sleep 1; ${stopServers}; sleep 1; rm -rf "$1"`, folder);
}

/** After a crash: kills the process. @returns a function that cancels this, to be called after its end */
export function killAfterCrash(pid: number): () => void {
  return runAfterCrash('kill -KILL "$1"', String(pid));
}
