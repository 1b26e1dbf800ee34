import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const LAW = join(ROOT, '.dependency-cruiser.cjs');
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

/** What a file imports: other files of the tree, or packages. */
type Tree = Record<string, string[]>;

/** A house in miniature, all in order. Each import in it is one that the law must go on allowing. */
const HOUSE: Tree = {
  'src/main.ts': ['src/app/run.ts'],
  'src/worker.ts': ['src/app/run.ts'],
  'src/app/run.ts': ['src/app/app.module.ts', 'src/app/migrations.ts'],
  'src/app/app.module.ts': [
    'src/core/database/database.ts',
    'src/modules/messages/index.ts',
    'src/modules/messages/api/client/messages.client.controller.ts',
    'src/modules/messages/worker/bell.processor.ts',
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
  'src/modules/messages/worker/bell.processor.ts': ['src/modules/messages/messages.service.ts'],
  'src/modules/messages/api/client/messages.client.controller.ts': [
    'src/core/database/database.ts',
    'src/modules/ai/index.ts',
    'src/modules/messages/messages.service.ts',
    'src/modules/users/api/client/users.client.mapper.ts',
    'src/protocols/client/client.paging.ts',
  ],
  'src/modules/messages/api/platform/messages.platform.mapper.ts': [],
  'src/modules/deliveries/index.ts': ['src/modules/messages/index.ts'],
  'src/modules/ai/index.ts': ['src/modules/deliveries/index.ts'],
  'test/support/app.ts': ['src/app/app.module.ts'],
};

interface Rule {
  name: string;
  comment: string;
  to: { path?: string };
}

const { forbidden } = jest.requireActual<{ forbidden: Rule[] }>(LAW);

/** For each module that others rank above, the door of the next one: `^src/modules/(next|...)/`. */
const RANK_RULES = forbidden
  .filter(({ name }) => name.startsWith('rank-'))
  .map(({ name, to }) => ({
    name,
    module: name.slice('rank-'.length),
    next: `src/modules/${/\((\w+)/.exec(to.path!)![1]}/index.ts`,
  }));

/** The rule that has to speak, the file that breaks it, and what that file imports. */
type Sin = [rule: string, file: string, imports: string[]];

/** One small sin for each rule. */
const SINS: Sin[] = [
  ['no-circles', 'src/core/egg.ts', ['src/core/hen.ts']],
  ['core-knows-no-business', 'src/core/sin-module.ts', ['src/modules/users/index.ts']],
  ['core-knows-no-business', 'src/core/sin-kit.ts', ['src/protocols/client/client.paging.ts']],
  ['nobody-imports-the-root', 'src/core/sin-root.ts', ['src/app/app.module.ts']],
  ['nobody-imports-the-root', 'src/modules/users/sin-root.ts', ['src/app/app.module.ts']],
  ['nobody-imports-the-root', 'src/protocols/client/sin-root.ts', ['src/app/app.module.ts']],
  ['nobody-imports-a-process', 'src/app/sin-process.ts', ['src/main.ts']],
  ['domain-knows-no-face', 'src/modules/users/sin-kit.ts', ['src/protocols/client/client.paging.ts']],
  [
    'domain-knows-no-face',
    'src/modules/messages/sin-slice.ts',
    ['src/modules/messages/api/client/messages.client.controller.ts'],
  ],
  [
    'domain-knows-no-face',
    'src/modules/messages/worker/sin-slice.ts',
    ['src/modules/messages/api/platform/messages.platform.mapper.ts'],
  ],
  ['enter-by-the-door', 'src/modules/messages/sin-inner.ts', ['src/modules/users/users.service.ts']],
  ['slice-enters-by-the-door', 'src/modules/chats/api/client/sin-inner.ts', ['src/modules/users/users.service.ts']],
  [
    'slice-enters-by-the-door',
    'src/modules/chats/api/client/sin-neighbour.ts',
    ['src/modules/messages/api/client/messages.client.controller.ts'],
  ],
  ['enter-by-the-door', 'src/modules/ai/worker/sin-inner.ts', ['src/modules/messages/messages.service.ts']],
  ['kit-knows-only-auth', 'src/protocols/client/sin-module.ts', ['src/modules/chats/index.ts']],
  ['kit-knows-only-auth', 'src/protocols/client/sin-inner.ts', ['src/modules/auth/auth.service.ts']],
  ['kits-do-not-meet', 'src/protocols/client/sin-kit.ts', ['src/protocols/platform/platform.paging.ts']],
  ['slice-uses-own-face', 'src/modules/messages/api/client/sin-kit.ts', ['src/protocols/platform/platform.paging.ts']],
  [
    'slice-uses-own-face',
    'src/modules/messages/api/client/sin-slice.ts',
    ['src/modules/messages/api/platform/messages.platform.mapper.ts'],
  ],
  [
    'only-the-root-loads-workers',
    'src/modules/messages/sin-worker.ts',
    ['src/modules/messages/worker/bell.processor.ts'],
  ],
  [
    'only-the-root-loads-migrations',
    'src/modules/messages/sin-history.ts',
    ['src/modules/messages/migrations/1-create-messages.ts'],
  ],
  ['module-without-a-rank', 'src/app/sin-rank.ts', ['src/modules/unranked/index.ts']],
  ['rank-bots', 'src/modules/bots/sin-rank.ts', ['src/modules/ai/index.ts']],
  ['rank-messages', 'src/modules/messages/worker/sin-rank.ts', ['src/modules/deliveries/index.ts']],
  ...RANK_RULES.map(({ name, module, next }): Sin => [name, `src/modules/${module}/sin-next.ts`, [next]]),
  ['program-knows-no-tests', 'src/core/sin-test.ts', ['test/support/data.ts']],
  ['program-knows-no-tests', 'src/core/sin-spec.ts', ['src/core/database/database.spec.ts']],
  ['only-installed-packages', 'src/core/sin-tool.ts', ['tester']],
  ['only-installed-packages', 'src/core/sin-stray.ts', ['stray']],
  ['imports-exist', 'src/core/sin-nothing.ts', ['src/core/nothing.ts']],
];

/** Files that the sinners need and that are no sinners themselves. */
const ACCOMPLICES: Tree = {
  'src/core/hen.ts': ['src/core/egg.ts'],
  'src/modules/unranked/index.ts': [],
  'test/support/data.ts': [],
};

/** The doors of modules that the house has no use for. */
const DOORS: Tree = Object.fromEntries(RANK_RULES.map(({ next }) => [next, []]));

const planted: Tree = Object.fromEntries(SINS.map(([, file, imports]) => [file, imports]));

describe('the import law', () => {
  it('is kept', async () => {
    const violations = await judge(ROOT);
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`)).toEqual([]);
  });

  it('has a sentence and a sin for each rule', () => {
    expect(forbidden.filter(({ comment }) => !/^[A-Za-z].{20,}\.$/.test(comment))).toEqual([]);
    expect(new Set(SINS.map(([rule]) => rule))).toEqual(new Set(forbidden.map(({ name }) => name)));
  });

  describe('in a house in miniature', () => {
    let house: string;
    let violations: Violation[];

    beforeAll(async () => {
      house = await mkdtemp(join(tmpdir(), 'parley-house-'));
      await furnish(house);
      await build(house, { ...DOORS, ...HOUSE, ...ACCOMPLICES, ...planted });
      violations = await judge(house);
    });

    afterAll(() => rm(house, { recursive: true, force: true }));

    it('finds nothing to say against what is in order', () => {
      expect(violations.filter(({ from }) => !(from in planted))).toEqual([]);
    });

    it.each(SINS)('%s: %s imports %s', (rule, file) => {
      expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toEqual([rule]);
    });
  });
});

/** A manifest with one package of each sort, as the rules about packages need it. */
async function furnish(house: string): Promise<void> {
  const manifest = { name: 'house', dependencies: { pg: '1.0.0' }, devDependencies: { tester: '1.0.0' } };
  await writeFile(join(house, 'package.json'), JSON.stringify(manifest));
  await cp(join(ROOT, 'tsconfig.json'), join(house, 'tsconfig.json'));
  for (const name of ['pg', 'tester', 'stray']) {
    const folder = join(house, 'node_modules', name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await writeFile(join(folder, 'index.js'), '');
  }
}

async function build(house: string, tree: Tree): Promise<void> {
  for (const [file, imports] of Object.entries(tree)) {
    await mkdir(dirname(join(house, file)), { recursive: true });
    const lines = imports.map((target) => `import '${target.includes('/') ? specifier(file, target) : target}';\n`);
    await writeFile(join(house, file), `${lines.join('')}export {};\n`);
  }
}

function specifier(file: string, target: string): string {
  const path = relative(dirname(file), target).replace(/\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}

/** The cruiser is an ES module, which jest cannot load, so it runs as the program that `npm run check` runs too. */
function judge(folder: string): Promise<Violation[]> {
  const args = [CRUISER, 'src', '--config', relative(folder, LAW), '--output-type', 'json'];
  return new Promise((done, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 2 ** 20 }, (_error, output, complaints) => {
      try {
        done((JSON.parse(output) as { summary: { violations: Violation[] } }).summary.violations);
      } catch {
        reject(new Error(`dependency-cruiser gave no report: ${complaints}`));
      }
    });
  });
}
