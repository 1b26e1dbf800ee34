import type { Settings } from '../../core/config/settings.js';
import { ConnectorIds } from './connector-ids.js';
import { isPlainFormOf, MAX_RAW_LENGTH, MAX_TEXT_LENGTH, type ParseMode, readText } from './markup.js';

const ids = new ConnectorIds({ SERVER_DOMAIN: 'chat.example.org' } as Settings);
const read = (text: string, mode: ParseMode) => readText(text, mode, ids);
const kept = (text: string, mode: ParseMode) => read(text, mode).markup?.text;

describe('html', () => {
  it.each([
    ['<b>b</b><i>i</i><s>s</s><u>u</u><br/>', '<b>b</b><i>i</i><s>s</s><u>u</u><br />'],
    ['<strong>b</strong><h1>h</h1><img src=x onerror=y>z', 'bhz'],
    ['<b onclick="x" style="y">b</b>', '<b>b</b>'],
    ['<a href="https://a.b" target=_blank>l</a>', '<a href="https://a.b">l</a>'],
    ['<a href="JaVaScRiPt:alert(1)">l</a>', '<a>l</a>'],
    ['<a href="java\nscript:alert(1)">l</a>', '<a>l</a>'],
    ['<a href="data:text/html,x">l</a><a href="//evil">m</a>', '<a>l</a><a>m</a>'],
    ['<a href="/relative">l</a>', '<a href="/relative">l</a>'],
    ['<script>alert(1)</script><style>x{}</style>t', 't'],
    ['<b>open', '<b>open</b>'],
    ['1 < 2 & 3 > 2', '1 &lt; 2 &amp; 3 &gt; 2'],
  ])('%s becomes %s', (text, clean) => expect(kept(text, 'html')).toBe(clean));

  it('decodes entities and line breaks and drops tags in the plain form', () => {
    expect(read('<b>a</b><br>&lt;i&gt; &amp;amp; &quot;q&quot;', 'html').plain).toBe('a\n<i> &amp; "q"');
  });

  it('counts visible characters and link addresses', () => {
    const letters = (count: number) => 'x'.repeat(count);
    expect(() => read(`<b>${letters(MAX_TEXT_LENGTH)}</b>`, 'html')).not.toThrow();
    expect(() => read(`<b>${letters(MAX_TEXT_LENGTH + 1)}</b>`, 'html')).toThrow('4096');
    const href = 'https://a.b/';
    const link = `<a href="${href}">l</a>`;
    expect(() => read(letters(MAX_TEXT_LENGTH - href.length - 1) + link, 'html')).not.toThrow();
    expect(() => read(letters(MAX_TEXT_LENGTH - href.length) + link, 'html')).toThrow('4096');
  });

  it.each(['', ' \n', '<b></b>', '<br><br>', '<script>x</script>'])('rejects %j as empty', (text) =>
    expect(() => read(text, 'html')).toThrow('empty'),
  );
});

describe('markdown', () => {
  it.each([
    ['**b** __b__ *i* _i_ ~~s~~', '**b** __b__ *i* _i_ ~~s~~'],
    ['[t](https://a.b) [m](mailto:a@b.c)', '[t](https://a.b) [m](mailto:a@b.c)'],
    ['[t](javascript:alert(1))', 't'],
    ['[t](javascript:alert(1) x y)', '[t]\\(javascript:alert(1) x y)'],
    ['[[t](javascript:1)](javascript:2)', '[t]\\(javascript:2)'],
    ['`[t](javascript:1)` \\[t](javascript:1) ![t](javascript:1)', '`t` \\t !t'],
    ['**[t](https://a.b)** [u](https://a.b/(c) "d")', '**[t](https://a.b)** [u](https://a.b/(c) "d")'],
    ['[t](java&#115;cript:x) [r](/relative)', 't r'],
    ['<script>x</script> a <b', '&lt;script>x&lt;/script> a &lt;b'],
    ['1 < 2', '1 < 2'],
  ])('%s becomes %s', (text, clean) => expect(kept(text, 'markdown')).toBe(clean));
});

describe('text', () => {
  it('is unchanged and has no markup', () => {
    expect(read('<b>x</b> [a](b)', 'text')).toEqual({
      plain: '<b>x</b> [a](b)',
      markup: undefined,
      mentionedIds: [],
      mentionsAll: false,
    });
  });
});

describe('mentions', () => {
  it.each<[string, ParseMode]>([
    ['<a href="trueconf:bob@chat.example.org">Bob</a>', 'html'],
    ['<a href="trueconf:bob@chat.example.org&amp;do=profile">Bob</a>', 'html'],
    ['<a href="TrueConf:bob">Bob</a>', 'html'],
    ['[Bob](trueconf:bob@CHAT.example.org)', 'markdown'],
    ['[Bob](trueconf:bob@chat.example.org/phone?x=y)', 'markdown'],
  ])('%s mentions Bob', (text, mode) => expect(read(text, mode).mentionedIds).toEqual(['bob']));

  it('ignores plain text and links without a user id', () => {
    expect(read('trueconf:bob', 'text').mentionedIds).toEqual([]);
    expect(read('<a href="trueconf:">x</a>', 'html').mentionedIds).toEqual([]);
  });

  it.each([
    ['@all', true],
    [' @all\n', true],
    ['@all!', false],
    ['see @all', false],
  ])('%j mentions all: %s', (text, all) => expect(read(text, 'text').mentionsAll).toBe(all));
});

describe('lengths', () => {
  const letters = (count: number) => 'x'.repeat(count);

  it('counts visible characters of markdown including link addresses', () => {
    const address = 'https://a.b/';
    const text = `**~~_${letters(MAX_TEXT_LENGTH - address.length - 1)}_~~** [l](${address})`;
    expect(() => read(text.replace('** ', '**'), 'markdown')).not.toThrow();
    expect(() => read(text, 'markdown')).toThrow('4096');
  });

  it.each<ParseMode>(['text', 'markdown', 'html'])('rejects a longer %s before parsing', (mode) => {
    expect(() => read('['.repeat(MAX_RAW_LENGTH + 1), mode)).toThrow(`${MAX_RAW_LENGTH} characters`);
  });

  it('accepts four times as much markup as text', () => {
    const tags = '<b></b>'.repeat((MAX_RAW_LENGTH - MAX_TEXT_LENGTH) / 7 - 1);
    expect(read(tags + letters(MAX_TEXT_LENGTH), 'html').plain).toHaveLength(MAX_TEXT_LENGTH);
  });
});

describe('the plain form of markup', () => {
  it.each<[string, ParseMode]>([
    ['<b>a</b><br>&lt;i&gt; &amp;amp; href="x"', 'html'],
    ['**a** [l](https://a.b)', 'markdown'],
  ])('is recognized for %s, with and without its hash', (text, mode) => {
    const { plain, markup } = read(text, mode);
    expect(isPlainFormOf(plain, markup!)).toBe(true);
    expect(isPlainFormOf(plain, { ...markup!, plainHash: undefined })).toBe(true);
    expect(isPlainFormOf(`${plain}!`, markup!)).toBe(false);
    expect(isPlainFormOf(`${plain}!`, { ...markup!, plainHash: undefined })).toBe(false);
  });
});

describe('hostile markup', () => {
  const filled = (unit: string) => unit.repeat(MAX_RAW_LENGTH / unit.length);
  const UNITS = [
    ...[
      '[](a',
      '[',
      '![',
      '[a](b',
      '[a](',
      '](',
      '[x]',
      '(',
      '*a_',
      '*a **b',
      '**',
      '_',
      '~~a ',
      '`',
      '`a',
      '\\',
      '\\[',
    ],
    ...['> ', '- ', '1. ', '|a', '<', '</', '<!--', '<?', '<a href="', '<a b', '<http://a', '<b>', '<b><i>', '</b>'],
    ...['<svg>', '<script>', '<p>', '<a href=x>', '&', '&amp;', '&#', 'http://', ' ', '\n', 'x', '\r', '] (', '](\t'],
  ];

  it.each<ParseMode>(['markdown', 'html'])('is parsed in linear time as %s', (mode) => {
    for (const unit of UNITS) {
      let fastest = Infinity;
      // CPU time of this process excludes other processes; a garbage collection can disturb one try.
      for (let tries = 0; tries < 5 && fastest > 100; tries++) {
        const startedAt = process.cpuUsage();
        try {
          read(filled(unit), mode);
        } catch {
          // A rejection counts as well.
        }
        const { user, system } = process.cpuUsage(startedAt);
        fastest = Math.min(fastest, (user + system) / 1000);
      }
      expect([unit, fastest <= 100]).toEqual([unit, true]);
    }
  });
});
