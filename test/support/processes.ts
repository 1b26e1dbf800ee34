import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { killAfterCrash } from './after-crash.js';
import { waitFor } from './wait-for.js';

export interface ProgramOptions {
  /** Added to the environment of this process; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** The user to run as; root only. */
  uid?: number;
  gid?: number;
  /** Whether the process gets its own group, which `process.kill(-pid)` signals as a whole. */
  detached?: boolean;
}

export interface ExitStatus {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Readiness: a health URL that responds 2xx, or a line on standard output. */
export type ReadyCondition = URL | RegExp | ((line: string) => boolean);

/** Runs a JavaScript file in a separate Node process. */
export function spawnNode(script: string, args: string[] = [], options: ProgramOptions = {}): RunningProgram {
  return spawnProgram(process.execPath, [script, ...args], options);
}

/** Runs any program. The caller must kill it, otherwise it outlives the test, but not the test run. */
export function spawnProgram(program: string, args: string[], options: ProgramOptions = {}): RunningProgram {
  const { env, ...rest } = options;
  const child = spawn(program, args, { ...rest, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  return new RunningProgram([program, ...args].join(' '), child);
}

/** A child process, its output and its exit status. */
export class RunningProgram {
  /** The output so far, of both streams. */
  output = '';
  readonly exited: Promise<ExitStatus>;
  private standardOutput = '';
  private ending: string | undefined;

  constructor(
    private readonly name: string,
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
  ) {
    child.stdout.on('data', (chunk: Buffer) => {
      this.standardOutput += chunk.toString();
      this.output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => void (this.output += chunk.toString()));
    this.exited = this.watch();
    if (child.pid) void this.exited.then(killAfterCrash(child.pid));
  }

  /** -1 for a program that could not be started. */
  get pid(): number {
    return this.child.pid ?? -1;
  }

  get hasEnded(): boolean {
    return this.ending !== undefined;
  }

  /**
   * Waits until the process is ready.
   *
   * @returns the matching line, or the URL
   * @throws Error with its output if it ends before that or takes too long
   */
  async waitUntilReady(sign: ReadyCondition, timeoutMs = 15_000): Promise<string> {
    let found: string | undefined;
    const isSettled = async (): Promise<boolean> => {
      const ended = this.ending !== undefined;
      found = await this.hasOutput(sign);
      return found !== undefined || ended;
    };
    const timeout = await waitFor(isSettled, { what: 'readiness', timeoutMs }).then(
      () => undefined,
      (error: Error) => error,
    );
    if (found !== undefined) return found;
    throw new Error(`${this.name} is not ready: ${this.ending ?? timeout?.message}. Its output:\n${this.output}`);
  }

  /** Sends the signal and waits for the end. Does nothing if the process has already ended. */
  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<ExitStatus> {
    if (this.ending === undefined) this.child.kill(signal);
    return this.exited;
  }

  private watch(): Promise<ExitStatus> {
    return new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.ending = `could not be run: ${error.message}`;
        resolve({ code: null, signal: null });
      });
      this.child.once('close', (code, signal) => {
        this.ending ??= `ended with ${signal ?? `code ${code}`}`;
        resolve({ code, signal });
      });
    });
  }

  private async hasOutput(sign: ReadyCondition): Promise<string | undefined> {
    if (sign instanceof URL) return (await isHealthy(sign)) ? sign.href : undefined;
    const lines = this.standardOutput.split('\n').slice(0, -1);
    return lines.find((line) => (sign instanceof RegExp ? sign.test(line) : sign(line)));
  }
}

/** @returns a free port on the loopback interface */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

async function isHealthy(url: URL): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
