// Reports words that docs/glossary.md has replaced, in identifiers and prose. Usage: npm run check:words
// scripts/retired-words.json has the words and the allowed uses: { "words", "in": path pattern, "line": pattern of the line, "why" }.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['src', 'test', 'bench', 'docs', 'examples', 'docker'];
const FILES = ['README.md', 'SECURITY.md', 'CHANGELOG.md', '.env.example', 'package.json'];
const TEXT = /(\.(ts|mjs|cjs|md|json|yml)|Dockerfile)$/;
/** Published migrations never change. */
const EXCLUDED = /\/migrations\/|^src\/app\/migrations\.ts$|^bench\/results\//;

const { retired, allowed } = JSON.parse(readFileSync(new URL('retired-words.json', import.meta.url), 'utf8'));
const exceptions = allowed.map(({ words, in: path, line }) => ({
  words,
  path: new RegExp(path),
  line: new RegExp(line ?? ''),
}));

/** Splits camelCase, snake_case and kebab-case. */
const splitWords = (text) =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .match(/[a-z]+/g) ?? [];

/** The forms of a word without plain English endings: lanes, sealed, telling, passes, disarmed. */
const stemsOf = (word) => [
  word,
  ...['s', 'es', 'ed', 'ing'].flatMap((end) => (word.endsWith(end) ? word.slice(0, -end.length) : [])),
];

function findRetired(words) {
  const stems = words.map(stemsOf);
  return words.flatMap((word, index) => {
    const pairs = stems[index].flatMap((stem) => (stems[index + 1] ?? []).map((next) => `${stem} ${next}`));
    return [...stems[index], ...pairs].filter((candidate) => Object.hasOwn(retired, candidate)).slice(0, 1);
  });
}

const isAllowed = (word, file, line) =>
  exceptions.some(({ words, path, line: pattern }) => words.includes(word) && path.test(file) && pattern.test(line));

const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
)
  .filter((file) => TEXT.test(file) && !EXCLUDED.test(file))
  .concat(FILES)
  .sort();
const findings = files.flatMap((file) =>
  [file, ...readFileSync(file, 'utf8').split('\n')].flatMap((line, number) =>
    findRetired(splitWords(line))
      .filter((word) => !isAllowed(word, file, line))
      .map((word) => `${file}:${number}: "${word}" is retired; use: ${retired[word]}`),
  ),
);
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`${findings.length} retired words in ${files.length} files\n`);
process.exitCode = findings.length > 0 ? 1 : 0;
