// The import law: who may know whom. docs/CONTRIBUTING.md tells it in words, `npm run check` applies it, and
// test/architecture/import-law.spec.ts proves that each rule catches its sin.

/** Each module may know those before it. Whoever makes a module gives it its place here. */
const RANKS = ['users', 'auth', 'bots', 'chats', 'files', 'messages', 'surveys', 'deliveries', 'ai'];

const ANY_MODULE = '^src/modules/[^/]+/';
const DOORS = '^src/modules/[^/]+/index\\.ts$';
const DOMAIN_CODE = '^src/modules/[^/]+/(?!api/)';
const SLICES = '^src/modules/[^/]+/api/';
const ROOT = '^src/(app/|main\\.ts$|worker\\.ts$)';
const TESTS = '\\.spec\\.ts$';

/** @param name says what is wanted; @param comment what to do about a breach */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const rankRules = RANKS.slice(0, -1).map((name, index) => {
  const higher = RANKS.slice(index + 1);
  return forbid(
    `rank-${name}`,
    `${name} ranks below ${higher.join(', ')} and must not know them: publish a domain event, and let them listen.`,
    { path: `^src/modules/${name}/(?!api/)` },
    { path: `^src/modules/(${higher.join('|')})/` },
  );
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid(
      'no-circles',
      'Two files that import each other are one file in two halves: find the third thing they share.',
      {},
      {
        circular: true,
      },
    ),
    forbid(
      'core-knows-no-business',
      'core/ would serve any program: it imports packages and itself only. Hand it what it needs from outside.',
      { path: '^src/core/' },
      { path: '^src/(modules|protocols)/' },
    ),
    forbid(
      'nobody-imports-the-root',
      'app/, main.ts and worker.ts put everything together, so nothing may depend on them. Inject what you need.',
      { path: '^src/(core|modules|protocols)/', pathNot: TESTS },
      { path: ROOT },
    ),
    forbid(
      'nobody-imports-a-process',
      'main.ts and worker.ts start a process when they are loaded. What others need of them belongs into app/.',
      {},
      { path: '^src/(main|worker)\\.ts$' },
    ),
    forbid(
      'domain-knows-no-face',
      'Services, entities and workers do not know by which protocol they were asked: no kit and no slice below the faces.',
      { path: DOMAIN_CODE },
      { path: `^src/protocols/|${SLICES}` },
    ),
    forbid(
      'enter-by-the-door',
      "A neighbour's inner files are its own affair: import its index.ts, or ask its team to open the door for what you need.",
      { path: '^src/modules/([^/]+)/(?!api/)' },
      { path: ANY_MODULE, pathNot: `^src/modules/$1/|${DOORS}` },
    ),
    forbid(
      'slice-enters-by-the-door',
      "A slice may use any module's door and, to put a neighbour's thing into its own answers, the DTOs and mappers that the neighbour has for the same face. Nothing else of a neighbour.",
      { path: '^src/modules/([^/]+)/api/([^/]+)/' },
      { path: ANY_MODULE, pathNot: `^src/modules/$1/|${DOORS}|${SLICES}$2/[^/]+\\.(dto|mapper)\\.ts$` },
    ),
    forbid(
      'kit-knows-only-auth',
      "A protocol's kit has the manners of its face and no business: of the modules it may know the door of auth only.",
      { path: '^src/protocols/' },
      { path: ANY_MODULE, pathNot: '^src/modules/auth/index\\.ts$' },
    ),
    forbid(
      'kits-do-not-meet',
      'Each protocol can be changed, or dropped, without a look at the others. What two of them share belongs into core/.',
      { path: '^src/protocols/([^/]+)/' },
      { path: '^src/protocols/', pathNot: '^src/protocols/$1/' },
    ),
    forbid(
      'slice-uses-own-face',
      "A slice speaks one protocol: it uses that protocol's kit, and never the slice or the kit of another.",
      { path: '^src/modules/[^/]+/api/([^/]+)/' },
      { path: `^src/protocols/|${SLICES}`, pathNot: `^src/protocols/$1/|${SLICES}$1/` },
    ),
    forbid(
      'only-the-root-loads-workers',
      'worker/ folders are loaded in worker processes only, by app/worker.module.ts. Move what you share out of worker/.',
      { path: '^src/(core|protocols|modules/[^/]+/(?!worker/))', pathNot: TESTS },
      { path: '^src/modules/[^/]+/worker/' },
    ),
    forbid(
      'only-the-root-loads-migrations',
      'Migrations are history: src/app/migrations.ts lists them, and no other code may lean on them.',
      { path: '^src/', pathNot: '^src/app/migrations\\.ts$' },
      { path: '/migrations/' },
    ),
    forbid(
      'module-without-a-rank',
      `Every module has a place in RANKS of .dependency-cruiser.cjs: ${RANKS.join(' < ')}.`,
      {},
      { path: ANY_MODULE, pathNot: `^src/modules/(${RANKS.join('|')})/` },
    ),
    ...rankRules,
    forbid(
      'program-knows-no-tests',
      'What runs in production imports neither specs nor test/, bench/ or examples/.',
      { path: '^src/', pathNot: TESTS },
      { path: `^(test|bench|examples|docs|docker)/|${TESTS}` },
    ),
    forbid(
      'only-installed-packages',
      'A package that the program needs at run time stands under "dependencies" of package.json.',
      { path: '^src/', pathNot: TESTS },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    ),
    forbid('imports-exist', 'This import leads nowhere.', {}, { couldNotResolve: true }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    // The check and the test of the law read the same tree, one right after the other.
    cache: { folder: 'node_modules/.cache/dependency-cruiser', strategy: 'content' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'import', 'node', 'default', 'types'],
    },
  },
};
