import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface InstanceLock {
  /** Lets the next instance in. */
  release(): Promise<void>;
}

/** The kernel keeps 108 bytes for a socket's path on Linux and 104 on macOS. */
const LONGEST_SOCKET_PATH = 100;
const TRIES = 5;

/**
 * Makes sure that one Parley only uses a data folder at a time.
 *
 * Each contender listens on a socket file of its own in the folder's `lock` folder and only then knocks at the others.
 * An answer means that somebody is there; no answer means that its owner has died, since the kernel closes the sockets
 * of a process however it ends. So a lock left by `kill -9` is void at once. Of two contenders at the same moment at
 * least one sees the other; when both do, both step back and come again after a random pause.
 *
 * @throws Error naming the folder and the ways out, when another instance holds it
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

/** In the data folder, so that containers sharing it see each other; where that cannot be, in the temp folder. */
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

/** Some mounted file systems, those of Docker Desktop among them, have no sockets. */
async function canHoldSockets(folder: string): Promise<boolean> {
  try {
    await close(await listen(socketPath(folder)));
    return true;
  } catch (error) {
    if (['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EINVAL'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** @returns the server that holds the lock, or nothing when somebody else is there */
async function contend(folder: string): Promise<Server | undefined> {
  const own = socketPath(folder);
  const server = await listen(own);
  const others = (await readdir(folder)).map((name) => join(folder, name)).filter((path) => path !== own);
  const answers = await Promise.all(others.map(isAnswered));
  if (answers.includes(true)) {
    await close(server);
    return undefined;
  }
  // Names are never used twice, so what did not answer just now will not answer later either.
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
    // Stays for good: a failing accept, as with too many open files, must not end the process.
    server.on('error', reject);
    server.listen(path, () => resolve(server));
    // The lock must not be what keeps the process alive.
    server.unref();
  });
}

/** Node removes the socket file with the server. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
