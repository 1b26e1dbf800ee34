import { type FilesApp, startFiles } from './files-caller.js';
import { startS3 } from './s3-server.js';
import type { AppSettings } from '../../../src/app/settings.js';

type Start = (overrides?: Partial<AppSettings>) => Promise<FilesApp>;

/** An application with files in a bucket; `onDisk` lists the bucket and the staged files. */
const startFilesOnS3: Start = async (overrides) => {
  const s3 = await startS3();
  const app = await startFiles({ ...s3.settings, ...overrides });
  return {
    ...app,
    onDisk: async () => [...(await s3.keys()), ...(await app.onDisk())],
    async close() {
      await app.close();
      await s3.stop();
    },
  };
};

/** All storages, for `describe.each`. */
export const STORAGES: readonly [name: string, start: Start][] = [
  ['in a folder', startFiles],
  ['in an S3-compatible store', startFilesOnS3],
];
