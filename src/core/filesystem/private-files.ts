import { chmod, mkdir, stat } from 'node:fs/promises';

/** Only the account of the server may access its files. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;
/** Other accounts may traverse the folder to their own files below it, but not list it. */
export const TRAVERSABLE_FOLDER = 0o711;

const RIGHTS = 0o777;
/** The sticky bit of shared folders such as `/tmp`. */
const STICKY = 0o1000;

/** Creates a folder and its missing parents, accessible only to the account of the server. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
}

/**
 * Removes all permissions beyond `mode` from an existing folder.
 *
 * @returns false if the permissions are unchanged: the folder belongs to another account or is shared
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
