import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface InstanceLock {
  /** Releases the lock. */
  release(): Promise<void>;
}

/** A socket path has at most 108 bytes on Linux and 104 on macOS. */
const LONGEST_SOCKET_PATH = 100;
const TRIES = 5;

/**
 * Ensures that only one Parley uses a data folder at a time.
 *
 * Each instance listens on its own socket file in the `lock` folder and only then connects to the others. A successful
 * connection means that another instance runs; a failed one means that it has ended, since the kernel closes the sockets
 * of a process however it ends. So a lock left by `kill -9` is void at once. Of two instances at the same moment at
 * least one sees the other; if both do, both retry after a random pause.
 *
 * @throws Error with instructions if another instance holds the lock
 */
export async function acquireInstanceLock(dataDir: string): Promise<InstanceLock> {
  await mkdir(dataDir, { recursive: true });
  const folder = await socketFolder(await realpath(dataDir));
  for (let tries = 1; tries <= TRIES; tries++) {
    const server = await contend(folder);
    if (server) return { release: () => close(server) };
    await sleep(20 + Math.random() * 100);
  }
  throw new Error(
    `Another Parley is running on the data folder ${dataDir}. Stop it first; or give this one a DATA_DIR and a PORT of ` +
      'its own; or, to run several on the same data, set DATABASE_URL for all of them.',
  );
}

/** In the data folder, so that containers that share it see each other; otherwise in the temp folder. */
async function socketFolder(dataDir: string): Promise<string> {
  const inside = join(dataDir, 'lock');
  if (Buffer.byteLength(socketPath(inside)) <= LONGEST_SOCKET_PATH) {
    await mkdir(inside, { recursive: true });
    if (await canHoldSockets(inside)) return inside;
  }
  const outside = join(tmpdir(), `parley-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
  await mkdir(outside, { recursive: true, mode: 0o700 });
  return outside;
}

/** Some mounted file systems, such as those of Docker Desktop, do not support sockets. */
async function canHoldSockets(folder: string): Promise<boolean> {
  try {
    await close(await listen(socketPath(folder)));
    return true;
  } catch (error) {
    if (['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EINVAL'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** @returns the server that holds the lock; undefined if another instance runs */
async function contend(folder: string): Promise<Server | undefined> {
  const own = socketPath(folder);
  const server = await listen(own);
  const others = (await readdir(folder)).map((name) => join(folder, name)).filter((path) => path !== own);
  const answers = await Promise.all(others.map(isAnswered));
  if (answers.includes(true)) {
    await close(server);
    return undefined;
  }
  // Names are unique, so a socket without a listener will not get one later.
  await Promise.all(others.map((path) => rm(path, { force: true })));
  return server;
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error))));
  });
}

const socketPath = (folder: string): string => join(folder, randomBytes(6).toString('hex'));

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((knock) => knock.on('error', () => undefined).destroy());
    // Stays registered: a failing accept, as with too many open files, must not crash the process.
    server.on('error', reject);
    server.listen(path, () => resolve(server));
    // The lock must not keep the process alive.
    server.unref();
  });
}

/** Node removes the socket file with the server. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
