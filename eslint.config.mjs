import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SCRIPTS = ['bench/**', 'examples/**', '**/*.cli.ts'];
const TESTS = ['test/**', '**/*.spec.ts', 'jest.*.cjs'];

/** What Node gives to every script, and our plain JavaScript uses. TypeScript knows it by itself. */
const NODE_GLOBALS = Object.fromEntries(
  (
    'AbortController AbortSignal Buffer TextDecoder TextEncoder URL URLSearchParams WebSocket clearInterval clearTimeout ' +
    'console fetch performance process queueMicrotask setImmediate setInterval setTimeout structuredClone'
  )
    .split(' ')
    .map((name) => [name, 'readonly']),
);

const processEnv = {
  object: 'process',
  property: 'env',
  message: 'Only src/app/prepare.ts reads the environment. Take what you need from Settings.',
};
const forwardRef = {
  name: '@nestjs/common',
  importNames: ['forwardRef'],
  message: 'A circle of modules. News travels upward as domain events; see docs/CONTRIBUTING.md.',
};

/** The body of a decorated method that is anything else than one `return`. */
const notOneCall = {
  selector:
    'MethodDefinition[decorators.length>0] > FunctionExpression > ' +
    'BlockStatement:not(:has(> ReturnStatement:first-child:last-child))',
  message: 'A controller method returns one call: rules belong into a service, forms into a mapper, reads into views.',
};

const inlineError = {
  selector: "NewExpression[callee.name='DomainError']",
  message: 'An error is created by a function in the *.errors.ts of its module.',
};

export default defineConfig(
  globalIgnores(['dist', 'dist-examples', '.data', 'coverage', 'bench/results', 'web']),
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A promise that nobody waits for takes its error with it into the dark.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      // Files with decorators are left to the compiler, which knows what their metadata needs at run time (TS1272).
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/max-params': ['error', { max: 6 }],
    },
  },
  {
    rules: {
      'max-lines': ['error', 400],
      'no-console': 'error',
      'no-restricted-imports': ['error', { paths: [forwardRef] }],
      'no-restricted-properties': ['error', processEnv],
      eqeqeq: 'error',
      'no-control-regex': 'off', // looking for control characters is what those expressions are for
      'object-shorthand': 'error',
    },
  },
  {
    files: ['**/*.cjs', '**/*.mjs', '**/*.js'],
    languageOptions: { globals: NODE_GLOBALS },
  },
  {
    files: ['**/*.cjs', 'examples/**/*.js'],
    languageOptions: { sourceType: 'commonjs' },
  },
  { files: SCRIPTS, rules: { 'no-console': 'off', 'no-restricted-properties': 'off' } },
  // An example is as short as it can be, and may end with its first error.
  { files: ['examples/**/*.ts'], rules: { '@typescript-eslint/no-misused-promises': 'off' } },
  { files: TESTS, rules: { 'no-restricted-properties': 'off' } },
  { files: ['src/app/prepare.ts', 'src/core/config/**'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['src/modules/**/*.ts', 'src/protocols/**/*.ts'],
    ignores: ['**/*.errors.ts', '**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', inlineError] },
  },
  {
    files: ['**/*.controller.ts'],
    rules: { 'no-restricted-syntax': ['error', notOneCall, inlineError] },
  },
  prettier,
);
