import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const CONFIG = join(ROOT, '.dependency-cruiser.cjs');
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

/** Files with their imports: other files of the tree, or packages. */
type Tree = Record<string, string[]>;

/** A small valid tree. The rules must allow each of its imports. */
const VALID_TREE: Tree = {
  'src/main.ts': ['src/app/run.ts'],
  'src/worker.ts': ['src/app/run.ts'],
  'src/app/run.ts': ['src/app/app.module.ts', 'src/app/migrations.ts'],
  'src/app/app.module.ts': [
    'src/core/database/database.ts',
    'src/modules/messages/index.ts',
    'src/modules/messages/api/client/messages.client.controller.ts',
    'src/modules/messages/worker/wakeup.processor.ts',
    'src/protocols/client/client.controller.decorator.ts',
  ],
  'src/app/migrations.ts': ['src/modules/messages/migrations/1-create-messages.ts'],
  'src/core/database/database.ts': ['pg'],
  'src/core/database/database.spec.ts': ['src/core/database/database.ts', 'tester', 'test/support/app.ts'],
  'src/protocols/client/client.controller.decorator.ts': [
    'src/core/database/database.ts',
    'src/modules/auth/index.ts',
    'src/protocols/client/client.paging.ts',
  ],
  'src/protocols/client/client.paging.ts': [],
  'src/protocols/platform/platform.paging.ts': [],
  'src/modules/users/index.ts': ['src/modules/users/users.service.ts'],
  'src/modules/users/users.service.ts': [],
  'src/modules/users/api/client/users.client.mapper.ts': ['src/modules/users/users.service.ts'],
  'src/modules/auth/index.ts': ['src/modules/auth/auth.service.ts'],
  'src/modules/auth/auth.service.ts': ['src/modules/users/index.ts'],
  'src/modules/bots/index.ts': ['src/modules/auth/index.ts'],
  'src/modules/chats/index.ts': ['src/modules/bots/index.ts'],
  'src/modules/files/index.ts': ['src/modules/chats/index.ts'],
  'src/modules/messages/index.ts': ['src/modules/messages/messages.service.ts'],
  'src/modules/messages/messages.service.ts': ['src/core/database/database.ts', 'src/modules/files/index.ts'],
  'src/modules/messages/migrations/1-create-messages.ts': ['pg'],
  'src/modules/messages/worker/wakeup.processor.ts': ['src/modules/messages/messages.service.ts'],
  'src/modules/messages/api/client/messages.client.controller.ts': [
    'src/core/database/database.ts',
    'src/modules/ai/index.ts',
    'src/modules/messages/messages.service.ts',
    'src/modules/users/api/client/users.client.mapper.ts',
    'src/protocols/client/client.paging.ts',
  ],
  'src/modules/messages/api/platform/messages.platform.mapper.ts': [],
  'src/modules/deliveries/index.ts': ['src/modules/messages/index.ts'],
  'src/modules/connector/index.ts': ['src/modules/deliveries/index.ts'],
  'src/modules/ai/index.ts': ['src/modules/connector/index.ts'],
  'src/modules/ai/runs/runs.service.ts': ['src/modules/ai/generation/loop.ts'],
  'src/modules/ai/generation/loop.ts': ['src/modules/ai/providers/gateway.ts'],
  'src/modules/ai/providers/gateway.ts': ['src/modules/ai/settings/settings.service.ts'],
  'src/modules/ai/settings/settings.service.ts': [],
  'test/support/app.ts': ['src/app/app.module.ts'],
};

interface Rule {
  name: string;
  comment: string;
  to: { path?: string };
}

const { forbidden } = jest.requireActual<{ forbidden: Rule[] }>(CONFIG);

/** For each module below others in rank, the public API of the next one: `^src/modules/(next|...)/`. */
const RANK_RULES = forbidden
  .filter(({ name }) => name.startsWith('rank-'))
  .map(({ name, to }) => ({
    name,
    module: name.slice('rank-'.length),
    next: `src/modules/${/\((\w+)/.exec(to.path!)![1]}/index.ts`,
  }));

/** The violated rule, the violating file, and its imports. */
type PlantedViolation = [rule: string, file: string, imports: string[]];

/** At least one violation of each rule. */
const VIOLATIONS: PlantedViolation[] = [
  ['no-cycles', 'src/core/cycle-a.ts', ['src/core/cycle-b.ts']],
  ['core-imports-only-packages', 'src/core/bad-module.ts', ['src/modules/users/index.ts']],
  ['core-imports-only-packages', 'src/core/bad-protocol.ts', ['src/protocols/client/client.paging.ts']],
  ['no-imports-of-the-root', 'src/core/bad-root.ts', ['src/app/app.module.ts']],
  ['no-imports-of-the-root', 'src/modules/users/bad-root.ts', ['src/app/app.module.ts']],
  ['no-imports-of-the-root', 'src/protocols/client/bad-root.ts', ['src/app/app.module.ts']],
  ['no-imports-of-entry-points', 'src/app/bad-process.ts', ['src/main.ts']],
  ['domain-imports-no-protocol', 'src/modules/users/bad-protocol.ts', ['src/protocols/client/client.paging.ts']],
  [
    'domain-imports-no-protocol',
    'src/modules/messages/bad-api.ts',
    ['src/modules/messages/api/client/messages.client.controller.ts'],
  ],
  [
    'domain-imports-no-protocol',
    'src/modules/messages/worker/bad-api.ts',
    ['src/modules/messages/api/platform/messages.platform.mapper.ts'],
  ],
  ['modules-import-public-apis', 'src/modules/messages/bad-inner.ts', ['src/modules/users/users.service.ts']],
  ['api-imports-public-apis', 'src/modules/chats/api/client/bad-inner.ts', ['src/modules/users/users.service.ts']],
  [
    'api-imports-public-apis',
    'src/modules/chats/api/client/bad-neighbour.ts',
    ['src/modules/messages/api/client/messages.client.controller.ts'],
  ],
  ['modules-import-public-apis', 'src/modules/ai/worker/bad-inner.ts', ['src/modules/messages/messages.service.ts']],
  ['protocols-import-only-auth', 'src/protocols/client/bad-module.ts', ['src/modules/chats/index.ts']],
  ['protocols-import-only-auth', 'src/protocols/client/bad-inner.ts', ['src/modules/auth/auth.service.ts']],
  ['protocols-are-independent', 'src/protocols/client/bad-protocol.ts', ['src/protocols/platform/platform.paging.ts']],
  [
    'api-imports-own-protocol',
    'src/modules/messages/api/client/bad-protocol.ts',
    ['src/protocols/platform/platform.paging.ts'],
  ],
  [
    'api-imports-own-protocol',
    'src/modules/messages/api/client/bad-api.ts',
    ['src/modules/messages/api/platform/messages.platform.mapper.ts'],
  ],
  ['no-imports-of-workers', 'src/modules/messages/bad-worker.ts', ['src/modules/messages/worker/wakeup.processor.ts']],
  [
    'no-imports-of-migrations',
    'src/modules/messages/bad-history.ts',
    ['src/modules/messages/migrations/1-create-messages.ts'],
  ],
  ['modules-have-a-rank', 'src/app/bad-rank.ts', ['src/modules/unranked/index.ts']],
  ['rank-bots', 'src/modules/bots/bad-rank.ts', ['src/modules/ai/index.ts']],
  ['rank-messages', 'src/modules/messages/worker/bad-rank.ts', ['src/modules/deliveries/index.ts']],
  ...RANK_RULES.map(({ name, module, next }): PlantedViolation => [name, `src/modules/${module}/bad-next.ts`, [next]]),
  ['ai-part-settings', 'src/modules/ai/settings/bad-part.ts', ['src/modules/ai/providers/gateway.ts']],
  ['ai-part-providers', 'src/modules/ai/providers/bad-part.ts', ['src/modules/ai/generation/loop.ts']],
  ['ai-part-generation', 'src/modules/ai/generation/bad-part.ts', ['src/modules/ai/runs/runs.service.ts']],
  ['production-imports-no-tests', 'src/core/bad-test.ts', ['test/support/data.ts']],
  ['production-imports-no-tests', 'src/core/bad-spec.ts', ['src/core/database/database.spec.ts']],
  ['only-declared-dependencies', 'src/core/bad-tool.ts', ['tester']],
  ['only-declared-dependencies', 'src/core/bad-stray.ts', ['stray']],
  ['imports-resolve', 'src/core/bad-nothing.ts', ['src/core/nothing.ts']],
];

/** Valid files that the violating files import. */
const HELPER_FILES: Tree = {
  'src/core/cycle-b.ts': ['src/core/cycle-a.ts'],
  'src/modules/unranked/index.ts': [],
  'test/support/data.ts': [],
};

/** The public APIs of modules that are not in the valid tree. */
const PUBLIC_APIS: Tree = Object.fromEntries(RANK_RULES.map(({ next }) => [next, []]));

const planted: Tree = Object.fromEntries(VIOLATIONS.map(([, file, imports]) => [file, imports]));

describe('the dependency rules', () => {
  it('are met', async () => {
    const violations = await findViolations(ROOT);
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`)).toEqual([]);
  });

  it('each have a comment and a test', () => {
    expect(forbidden.filter(({ comment }) => !/^[A-Za-z].{20,}\.$/.test(comment))).toEqual([]);
    expect(new Set(VIOLATIONS.map(([rule]) => rule))).toEqual(new Set(forbidden.map(({ name }) => name)));
  });

  describe('in a small project', () => {
    let project: string;
    let violations: Violation[];

    beforeAll(async () => {
      project = await mkdtemp(join(tmpdir(), 'parley-rules-'));
      await writePackages(project);
      await writeTree(project, { ...PUBLIC_APIS, ...VALID_TREE, ...HELPER_FILES, ...planted });
      violations = await findViolations(project);
    });

    afterAll(() => rm(project, { recursive: true, force: true }));

    it('allow valid imports', () => {
      expect(violations.filter(({ from }) => !(from in planted))).toEqual([]);
    });

    it.each(VIOLATIONS)('%s: %s imports %s', (rule, file) => {
      expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toEqual([rule]);
    });
  });
});

/** Writes a manifest with one package of each kind for the rules about packages. */
async function writePackages(project: string): Promise<void> {
  const manifest = { name: 'project', dependencies: { pg: '1.0.0' }, devDependencies: { tester: '1.0.0' } };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  await cp(join(ROOT, 'tsconfig.json'), join(project, 'tsconfig.json'));
  for (const name of ['pg', 'tester', 'stray']) {
    const folder = join(project, 'node_modules', name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await writeFile(join(folder, 'index.js'), '');
  }
}

async function writeTree(project: string, tree: Tree): Promise<void> {
  for (const [file, imports] of Object.entries(tree)) {
    await mkdir(dirname(join(project, file)), { recursive: true });
    const lines = imports.map((target) => `import '${target.includes('/') ? specifier(file, target) : target}';\n`);
    await writeFile(join(project, file), `${lines.join('')}export {};\n`);
  }
}

function specifier(file: string, target: string): string {
  const path = relative(dirname(file), target).replace(/\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}

/** dependency-cruiser is an ES module, which jest cannot load, so it runs as a program, as in `npm run check`. */
function findViolations(folder: string): Promise<Violation[]> {
  const args = [CRUISER, 'src', '--config', relative(folder, CONFIG), '--output-type', 'json'];
  return new Promise((done, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 2 ** 20 }, (_error, output, errors) => {
      try {
        done((JSON.parse(output) as { summary: { violations: Violation[] } }).summary.violations);
      } catch {
        reject(new Error(`dependency-cruiser returned no report: ${errors}`));
      }
    });
  });
}
