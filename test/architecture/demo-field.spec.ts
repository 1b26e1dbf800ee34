import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(__dirname, '../..');
const DIFF = /## Add a field to bots[\s\S]*?```diff\n([\s\S]*?)```/.exec(
  readFileSync(join(ROOT, 'docs/CONTRIBUTING.md'), 'utf8'),
)![1];

/** The only files that a new field of a bot may touch. */
const FILES = [
  /^src\/modules\/bots\/bot\.entity\.ts$/,
  /^src\/modules\/bots\/migrations\/[\w-]+\.ts$/,
  /^src\/app\/migrations\.ts$/,
  /^src\/modules\/bots\/api\/(platform|client)\/[\w.]+\.(dto|mapper)\.ts$/,
  /^src\/modules\/users\/api\/connector\/users\.connector\.handlers\.ts$/,
];

/** The files of the changed modules, and those that import the public API of bots. */
const isAffected = ({ fileName, text }: ts.SourceFile): boolean =>
  /\/src\/(app|modules\/(bots|users))\//.test(fileName) || text.includes("/bots/index.js'");

const applyDiff = (cwd: string, ...options: string[]): void =>
  void execFileSync('git', ['apply', ...options], { cwd, input: DIFF });

/** The type errors of the affected files of a tree. All others have been checked already; they would take as long again. */
function findTypeErrors(root: string): string[] {
  const { options, fileNames } = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.build.json'),
    { noEmit: true, incremental: false, tsBuildInfoFile: undefined },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, ' '));
      },
    },
  )!;
  const program = ts.createProgram(fileNames, options);
  return program
    .getSourceFiles()
    .filter(isAffected)
    .flatMap((file) => program.getSemanticDiagnostics(file))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
}

describe('the new field of bots in docs/CONTRIBUTING.md', () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'parley-demo-field-'));
    for (const name of ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
  });

  afterAll(() => rmSync(copy, { recursive: true }));

  it('touches only the entity, a migration, and the DTOs and mappers of each protocol', () => {
    const touched = [...DIFF.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, file]) => file);
    expect(touched.filter((file) => !FILES.some((allowed) => allowed.test(file)))).toEqual([]);
    for (const allowed of FILES) expect(touched.some((file) => allowed.test(file))).toBe(true);
  });

  it('applies to the checkout, has correct types, and can be reverted', () => {
    applyDiff(ROOT, '--check');
    applyDiff(copy);
    expect(findTypeErrors(copy)).toEqual([]);
    applyDiff(copy, '--reverse');
    const original = readFileSync(join(ROOT, 'src/modules/bots/bot.entity.ts'), 'utf8');
    expect(readFileSync(join(copy, 'src/modules/bots/bot.entity.ts'), 'utf8')).toBe(original);
  });
});
