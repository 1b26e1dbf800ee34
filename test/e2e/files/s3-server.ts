import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppSettings } from '../../../src/app/settings.js';
import { freePort, spawnNode } from '../../support/processes.js';
import { waitFor } from '../../support/wait-for.js';
import { filesIn } from './files-caller.js';

const BUCKET = 'parley';
/** Name of the file in which the server stores an object. */
const BYTES = '._S3rver_object';

export interface S3Server {
  settings: Partial<AppSettings>;
  /** The keys of all objects. */
  keys(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts s3rver, an S3-compatible server in JavaScript, with an empty bucket. */
export async function startS3(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-s3-'));
  const port = await freePort();
  const bin = require.resolve('s3rver/bin/s3rver.js');
  const args = ['-d', folder, '-a', '127.0.0.1', '-p', String(port), '--configure-bucket', BUCKET];
  const server = spawnNode(bin, args);
  await waitFor(() => accepts(port), { what: 'the S3 server', timeoutMs: 15_000 });
  return {
    settings: {
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      S3_BUCKET: BUCKET,
      S3_ACCESS_KEY_ID: 'S3RVER',
      S3_SECRET_ACCESS_KEY: 'S3RVER',
    },
    async keys() {
      const files = await filesIn(join(folder, BUCKET));
      return files.filter((name) => name.endsWith(BYTES)).map((name) => name.slice(0, -BYTES.length));
    },
    async stop() {
      await server.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
