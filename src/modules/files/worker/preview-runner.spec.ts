import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { FilesSettings } from '../files.settings.js';
import { UploadStaging } from '../staging/upload-staging.js';
import { type FileStorage, MissingObjectError } from '../storage/file-storage.js';
import type { PreviewJobsRepository } from './preview-jobs.repository.js';
import { PreviewImpossibleError, type PreviewGenerator } from './preview-generator.js';
import { PreviewRunner } from './preview-runner.js';

describe('PreviewRunner', () => {
  let folder: string;
  let staging: UploadStaging;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    folder = await mkdtemp(join(tmpdir(), 'parley-runner-'));
    staging = new UploadStaging(Object.assign(new FilesSettings(), { FILES_DIR: folder }));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  function arrange({ tries = 1, made = true }: { tries?: number; made?: boolean | Error } = {}) {
    const lease = { fileId: 'f', path: 'static/images/a.png', mimeType: 'image/png', previewPath: 'p.webp', tries };
    const jobs = {
      lease: jest.fn().mockResolvedValue(lease),
      finish: jest.fn().mockResolvedValue(true),
      giveUp: jest.fn(),
    };
    const storage = { open: jest.fn().mockResolvedValue(Readable.from(['bytes'])), put: jest.fn(), delete: jest.fn() };
    const make = async (_type: string, _source: string, target: string) => {
      if (made instanceof Error) throw made;
      await writeFile(target, 'small');
      return { width: 5, height: 4 };
    };
    const generator = { make: jest.fn(make) };
    const runner = new PreviewRunner(
      jobs as unknown as PreviewJobsRepository,
      storage as unknown as FileStorage,
      staging,
      generator as unknown as PreviewGenerator,
    );
    return { runner, jobs, storage, generator };
  }

  const leftovers = async () => (await readdir(join(folder, 'tmp', staging.instance)).catch(() => [])).length;

  it('stores the preview and its size', async () => {
    const { runner, jobs, storage } = arrange();
    await runner.run('f');
    expect(storage.put).toHaveBeenCalledWith('p.webp', expect.objectContaining({ sizeBytes: 5 }), 'image/webp');
    const measures = { sizeBytes: 5, width: 5, height: 4 };
    expect(jobs.finish).toHaveBeenCalledWith('f', staging.instance, 'image/webp', measures);
    expect(await leftovers()).toBe(0);
  });

  it('does nothing if another process holds the lease', async () => {
    const { runner, jobs, storage } = arrange();
    jobs.lease.mockResolvedValue(undefined);
    await runner.run('f');
    expect(storage.open).not.toHaveBeenCalled();
  });

  it.each([
    ['cannot be read', new PreviewImpossibleError('no image')],
    ['is gone', new MissingObjectError('static/images/a.png')],
  ])('gives up at once when the file %s', async (_title, error) => {
    const { runner, jobs, storage } = arrange({ made: error });
    await runner.run('f');
    expect(storage.delete).toHaveBeenCalledWith('p.webp');
    expect(jobs.giveUp).toHaveBeenCalledWith('f', staging.instance);
    expect(await leftovers()).toBe(0);
  });

  it.each([
    [1, 0],
    [2, 0],
    [3, 1],
  ])('after a process was killed at try %i, gives up %i times', async (tries, times) => {
    const { runner, jobs } = arrange({ tries, made: new Error('SIGKILL') });
    await runner.run('f');
    expect(jobs.giveUp).toHaveBeenCalledTimes(times);
    expect(jobs.finish).not.toHaveBeenCalled();
    expect(await leftovers()).toBe(0);
  });
});
