import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { showSourceLines } from './source-lines.js';

/** Leads the third line of a file to the tenth line of its source. */
const MAP = { version: 3, file: 'a.js', sources: ['../src/a.ts'], names: [], mappings: ';;AASA' };

describe('showSourceLines', () => {
  const usual = Error.prepareStackTrace;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-lines-'));
    await writeFile(join(folder, 'a.js.map'), JSON.stringify(MAP));
    await writeFile(join(folder, 'broken.js.map'), '{');
    showSourceLines(folder);
  });
  afterAll(async () => {
    Error.prepareStackTrace = usual;
    await rm(folder, { recursive: true });
  });

  /** The stack of what is thrown in the third line of a file. */
  const stackIn = (file: string, thrown = `new RangeError('too far')`): string => {
    const fail = runInThisContext(`(\n() =>\n{ return ${thrown}; })`, { filename: file }) as () => Error;
    return fail().stack!;
  };

  it('names the line of the source', () => {
    expect(stackIn(join(folder, 'a.js'))).toMatch(
      new RegExp(`^RangeError: too far\\n {4}at .*${join(tmpdir(), 'src', 'a.ts')}:10:1\\)?\\n`),
    );
  });

  it.each(['bare.js', 'broken.js'])('names the line of the file where there is no map that can be read: %s', (name) => {
    expect(stackIn(join(folder, name))).toContain(`${join(folder, name)}:3:`);
  });

  it('leaves other files alone', () => {
    expect(stackIn('/elsewhere/a.js')).toContain('/elsewhere/a.js:3:');
  });

  it('has a stack of whatever was thrown', () => {
    const odd = `Object.assign(new Error('x'), { message: Symbol('no text') })`;
    const stack = stackIn(join(folder, 'a.js'), `(Error.captureStackTrace(this.o = ${odd}), this.o)`);
    expect(stack).toMatch(/^Error\n {4}at /);
  });
});
