// The dependency rules. docs/CONTRIBUTING.md describes them, `npm run check` applies them, and
// test/architecture/import-law.spec.ts tests that each rule reports its violations.

/** Modules by rank. A module may import those before it. Add each new module here. */
const RANKS = ['users', 'auth', 'bots', 'chats', 'files', 'messages', 'surveys', 'deliveries', 'connector', 'ai'];

const ANY_MODULE = '^src/modules/[^/]+/';
const PUBLIC_APIS = '^src/modules/[^/]+/index\\.ts$';
const DOMAIN_CODE = '^src/modules/[^/]+/(?!api/)';
const API_MODULES = '^src/modules/[^/]+/api/';
const ROOT = '^src/(app/|main\\.ts$|worker\\.ts$)';
const TESTS = '\\.spec\\.ts$';

/** @param name the rule; @param comment explains how to resolve a violation */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const rankRules = RANKS.slice(0, -1).map((name, index) => {
  const higher = RANKS.slice(index + 1);
  return forbid(
    `rank-${name}`,
    `${name} ranks below ${higher.join(', ')} and must not import them: publish a domain event that they handle.`,
    { path: `^src/modules/${name}/(?!api/)` },
    { path: `^src/modules/(${higher.join('|')})/` },
  );
});

/** The parts of the ai module by rank. A part may import those before it. */
const AI_PARTS = ['settings', 'providers', 'generation', 'runs'];

const aiPartRules = AI_PARTS.slice(0, -1).map((name, index) => {
  const higher = AI_PARTS.slice(index + 1);
  return forbid(
    `ai-part-${name}`,
    `ai/${name} ranks below ${higher.join(', ')} and must not import them: move what both use, or declare an interface that they implement.`,
    { path: `^src/modules/ai/${name}/` },
    { path: `^src/modules/ai/(${higher.join('|')})/` },
  );
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'Two files must not import each other: move what they share to a third file.',
      {},
      {
        circular: true,
      },
    ),
    forbid(
      'core-imports-only-packages',
      'core/ is independent of the application: it imports only packages and itself. Pass in what it needs.',
      { path: '^src/core/' },
      { path: '^src/(modules|protocols)/' },
    ),
    forbid(
      'no-imports-of-the-root',
      'app/, main.ts and worker.ts compose the application, so other code must not import them. Inject what you need.',
      { path: '^src/(core|modules|protocols)/', pathNot: TESTS },
      { path: ROOT },
    ),
    forbid(
      'no-imports-of-entry-points',
      'main.ts and worker.ts start a process when they are loaded. Move shared code to app/.',
      {},
      { path: '^src/(main|worker)\\.ts$' },
    ),
    forbid(
      'domain-imports-no-protocol',
      'Services, entities and workers are independent of protocols: they import neither protocol modules nor API modules.',
      { path: DOMAIN_CODE },
      { path: `^src/protocols/|${API_MODULES}` },
    ),
    forbid(
      'modules-import-public-apis',
      "Other modules' inner files are private: import their index.ts, and extend it if necessary.",
      { path: '^src/modules/([^/]+)/(?!api/)' },
      { path: ANY_MODULE, pathNot: `^src/modules/$1/|${PUBLIC_APIS}` },
    ),
    forbid(
      'api-imports-public-apis',
      'An API module may import the public API of other modules, and their DTOs and mappers for the same protocol. It imports nothing else of them.',
      { path: '^src/modules/([^/]+)/api/([^/]+)/' },
      { path: ANY_MODULE, pathNot: `^src/modules/$1/|${PUBLIC_APIS}|${API_MODULES}$2/[^/]+\\.(dto|mapper)\\.ts$` },
    ),
    forbid(
      'protocols-import-only-auth',
      'A protocol module has no business logic: the only public API that it may import is that of auth.',
      { path: '^src/protocols/' },
      { path: ANY_MODULE, pathNot: '^src/modules/auth/index\\.ts$' },
    ),
    forbid(
      'protocols-are-independent',
      'Each protocol can be changed or removed without the others. Move what two of them share to core/.',
      { path: '^src/protocols/([^/]+)/' },
      { path: '^src/protocols/', pathNot: '^src/protocols/$1/' },
    ),
    forbid(
      'api-imports-own-protocol',
      'An API module serves one protocol: it imports neither API modules nor the protocol module of another protocol.',
      { path: '^src/modules/[^/]+/api/([^/]+)/' },
      { path: `^src/protocols/|${API_MODULES}`, pathNot: `^src/protocols/$1/|${API_MODULES}$1/` },
    ),
    forbid(
      'no-imports-of-workers',
      'worker/ folders are loaded only in worker processes, by app/worker.module.ts. Move shared code out of worker/.',
      { path: '^src/(core|protocols|modules/[^/]+/(?!worker/))', pathNot: TESTS },
      { path: '^src/modules/[^/]+/worker/' },
    ),
    forbid(
      'no-imports-of-migrations',
      'Migrations never change: src/app/migrations.ts lists them, and no other code may import them.',
      { path: '^src/', pathNot: '^src/app/migrations\\.ts$' },
      { path: '/migrations/' },
    ),
    forbid(
      'modules-have-a-rank',
      `Every module has a place in RANKS of .dependency-cruiser.cjs: ${RANKS.join(' < ')}.`,
      {},
      { path: ANY_MODULE, pathNot: `^src/modules/(${RANKS.join('|')})/` },
    ),
    ...rankRules,
    ...aiPartRules,
    forbid(
      'production-imports-no-tests',
      'Production code imports neither specs nor test/, bench/, examples/, docs/ or docker/.',
      { path: '^src/', pathNot: TESTS },
      { path: `^(test|bench|examples|docs|docker)/|${TESTS}` },
    ),
    forbid(
      'only-declared-dependencies',
      'List packages that are imported at run time under "dependencies" in package.json.',
      { path: '^src/', pathNot: TESTS },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    ),
    forbid('imports-resolve', 'The import cannot be resolved.', {}, { couldNotResolve: true }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    // Shared by `npm run check` and the test of the rules, which read the same tree.
    cache: { folder: 'node_modules/.cache/dependency-cruiser', strategy: 'content' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'import', 'node', 'default', 'types'],
    },
  },
};
