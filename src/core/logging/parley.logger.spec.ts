import { Logger } from '@nestjs/common';
import { runInContext } from '../context/request-context.js';
import { ParleyLogger, type ParleyLoggerOptions } from './parley.logger.js';

function logger(options: Partial<ParleyLoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const parley = new ParleyLogger({ level: 'trace', format: 'json', destination, ...options });
  return { parley, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

describe('ParleyLogger', () => {
  afterEach(() => Logger.overrideLogger(false));

  it('writes time, level, context, request id and message', () => {
    const { parley, last } = logger();
    runInContext({ requestId: 'r-1' }, () => parley.log('hello', 'Greeter'));
    expect(last()).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      context: 'Greeter',
      requestId: 'r-1',
      msg: 'hello',
    });
    runInContext({ requestId: 'r-1' }, () => parley.log('hello', { requestId: 'r-2' }, 'Greeter'));
    expect(last()).toMatchObject({ requestId: 'r-2' });
  });

  it.each([
    ['fatal', 'fatal'],
    ['error', 'error'],
    ['warn', 'warn'],
    ['log', 'info'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
  ] as const)('writes %s as %s', (method, level) => {
    const { parley, last } = logger();
    parley[method]('x');
    expect(last()).toMatchObject({ level, msg: 'x' });
  });

  it("understands the call forms of Nest's logger", () => {
    const { parley, last } = logger();
    Logger.overrideLogger(parley);
    const nest = new Logger('Bots');
    const error = new RangeError('too far');

    nest.log('made', { botId: 'b1' });
    expect(last()).toMatchObject({ context: 'Bots', msg: 'made', botId: 'b1' });
    nest.log({ botId: 'b2' });
    expect(last()).toMatchObject({ context: 'Bots', msg: '', botId: 'b2' });
    nest.error('failed');
    expect(last()).toMatchObject({ context: 'Bots', level: 'error', msg: 'failed' });
    nest.error('failed', error.stack);
    expect(last()).toMatchObject({ context: 'Bots', msg: 'failed', err: { stack: error.stack } });
    nest.error('failed', error);
    expect(last()).toMatchObject({ context: 'Bots', msg: 'failed', err: { type: 'RangeError', message: 'too far' } });
    nest.error(error);
    expect(last()).toMatchObject({ context: 'Bots', msg: 'too far', err: { type: 'RangeError' } });
    nest.error(error.stack);
    expect(last()).toMatchObject({ context: 'Bots', msg: 'RangeError: too far', err: { stack: error.stack } });
    nest.warn('count', 3, ['a', 'b']);
    expect(last()).toMatchObject({ context: 'Bots', msg: 'count 3', items: ['a', 'b'] });
  });

  it('masks secrets in messages, fields and errors', () => {
    const { parley, lines } = logger();
    parley.error('Bearer abcdefgh', { token: 'abcdefgh' }, new Error('sk-abcdefgh1'), 'X');
    expect(lines[0]).not.toContain('abcdefgh');
  });

  it('renames fields with reserved names', () => {
    const { parley, lines, last } = logger();
    parley.log('real', { msg: 'fake', level: 'fake', time: 'fake', context: 'fake' }, 'Real');
    expect(lines[0].match(/"msg":/g)).toHaveLength(1);
    expect(last()).toMatchObject({
      msg: 'real',
      level: 'info',
      context: 'Real',
      msg_: 'fake',
      level_: 'fake',
      time_: 'fake',
    });
  });

  it('omits lines below its level', () => {
    const { parley, lines } = logger({ level: 'warn' });
    parley.log('x');
    parley.debug('x');
    expect(lines).toEqual([]);
    expect([parley.isLevelEnabled('warn'), parley.isLevelEnabled('info')]).toEqual([true, false]);
  });

  it('can write colored lines for people', () => {
    const { parley, lines } = logger({ format: 'pretty' });
    parley.warn('careful', { botId: 'b1' }, 'Bots');
    expect(lines.join('')).toMatch(/\d\d:\d\d:\d\d\.\d+.* WARN.*: .*\[Bots\] careful.*\n\s+.*botId.*: .*"b1"/);
  });
});
