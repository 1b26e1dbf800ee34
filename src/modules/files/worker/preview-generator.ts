import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { IMPOSSIBLE_STATUS, PREVIEW_LIMITS } from './preview-limits.js';

const PROGRAM = join(__dirname, 'preview-program.js');
/** The parent's timeout exceeds the child's by this. */
const GRACE_MS = 2000;
const HEAP_MB = 256;

/** No preview can be generated of this file; a retry is useless. */
export class PreviewImpossibleError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'PreviewImpossibleError';
  }
}

/** Generates each preview in a child process, which is killed when it exceeds a limit. */
@Injectable()
export class PreviewGenerator implements OnModuleDestroy {
  private readonly stop = new AbortController();

  /**
   * @param source a file on this machine, of this type
   * @param target where the preview is written
   * @returns its size in pixels
   * @throws PreviewImpossibleError; Error if the child was killed, possibly for reasons of the machine
   */
  make(mimeType: string, source: string, target: string): Promise<{ width: number; height: number }> {
    const args = [`--max-old-space-size=${HEAP_MB}`, PROGRAM, mimeType, source, target];
    const options = {
      timeout: PREVIEW_LIMITS.timeMs + GRACE_MS,
      killSignal: 'SIGKILL',
      signal: this.stop.signal,
      env: {}, // it parses untrusted files and gets no secrets
    } as const;
    return new Promise((resolve, reject) => {
      execFile(process.execPath, args, options, (error, stdout, stderr) => {
        if (!error) return resolve(JSON.parse(stdout) as { width: number; height: number });
        if (error.code === IMPOSSIBLE_STATUS) return reject(new PreviewImpossibleError(stderr));
        reject(new Error(`the process ended with ${error.signal ?? `status ${error.code}`}: ${stderr.slice(0, 500)}`));
      });
    });
  }

  onModuleDestroy(): void {
    this.stop.abort();
  }
}
