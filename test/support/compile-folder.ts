import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { transformFile } from '@swc/core';

/**
 * Compiles the TypeScript files of one folder (without specs and subfolders) into another, to run them in a separate
 * process that a test kills or that runs as another user.
 */
export async function compileFolder(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const files = (await readdir(source)).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  await Promise.all(
    files.map(async (file) => {
      const { code } = await transformFile(join(source, file), {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' },
        module: { type: 'commonjs' },
      });
      await writeFile(join(target, `${basename(file, '.ts')}.js`), code);
    }),
  );
}
