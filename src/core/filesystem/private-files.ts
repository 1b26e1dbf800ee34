import { chmod, mkdir, stat } from 'node:fs/promises';

/** What the server writes is for its own account alone. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;
/** Others may pass through the folder to what is theirs below it, and see nothing of it. */
export const PASSABLE_FOLDER = 0o711;

const RIGHTS = 0o777;
/** Of folders such as `/tmp`, which accounts share. */
const STICKY = 0o1000;

/** Makes a folder, with those above it that are missing, for the server's account alone. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
}

/**
 * Takes from a folder that is there already all rights beyond those of `mode`.
 *
 * @returns false when the rights stay as they are: the folder belongs to another account, or is shared by accounts
 */
export async function restrictFolder(folder: string, mode: number): Promise<boolean> {
  try {
    const now = (await stat(folder)).mode;
    if ((now & RIGHTS & ~mode) === 0) return true;
    if (now & STICKY) return false;
    await chmod(folder, now & (mode | ~RIGHTS));
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (['EPERM', 'EACCES', 'EROFS', 'ENOTSUP', 'ENOSYS'].includes(code)) return false;
    throw error;
  }
}
