import type { Settings } from '../../core/config/settings.js';
import { ConnectorIds } from './connector-ids.js';
import { MAX_TEXT_LENGTH, type ParseMode, plainTextOf, readText } from './markup.js';

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
  ])('%s is kept as %s', (text, clean) => expect(kept(text, 'html')).toBe(clean));

  it('is read without its tags, entities and line breaks as what they stand for', () => {
    expect(read('<b>a</b><br>&lt;i&gt; &amp;amp; &quot;q&quot;', 'html').plain).toBe('a\n<i> &amp; "q"');
  });

  it('counts what is seen of it, and where its links lead', () => {
    const letters = (count: number) => 'x'.repeat(count);
    expect(() => read(`<b>${letters(MAX_TEXT_LENGTH)}</b>`, 'html')).not.toThrow();
    expect(() => read(`<b>${letters(MAX_TEXT_LENGTH + 1)}</b>`, 'html')).toThrow('4096');
    const href = 'https://a.b/';
    const link = `<a href="${href}">l</a>`;
    expect(() => read(letters(MAX_TEXT_LENGTH - href.length - 1) + link, 'html')).not.toThrow();
    expect(() => read(letters(MAX_TEXT_LENGTH - href.length) + link, 'html')).toThrow('4096');
  });

  it.each(['', ' \n', '<b></b>', '<br><br>', '<script>x</script>'])('%j says nothing', (text) =>
    expect(() => read(text, 'html')).toThrow('empty'),
  );
});

describe('markdown', () => {
  it.each([
    ['**b** __b__ *i* _i_ ~~s~~', '**b** __b__ *i* _i_ ~~s~~'],
    ['[t](https://a.b) [m](mailto:a@b.c)', '[t](https://a.b) [m](mailto:a@b.c)'],
    ['[t](javascript:alert(1))', 't)'],
    ['[t](java&#115;cript:x) [r](/relative)', 't r'],
    ['<script>x</script> a <b', '&lt;script>x&lt;/script> a &lt;b'],
    ['1 < 2', '1 < 2'],
  ])('%s is kept as %s', (text, clean) => expect(kept(text, 'markdown')).toBe(clean));
});

describe('text', () => {
  it('is kept to the letter, and has no markup', () => {
    expect(read('<b>x</b> [a](b)', 'text')).toEqual({
      plain: '<b>x</b> [a](b)',
      markup: undefined,
      mentionedIds: [],
      mentionsAll: false,
    });
    expect(plainTextOf('<b>x</b>', 'text')).toBe('<b>x</b>');
  });
});

describe('mentions', () => {
  it.each<[string, ParseMode]>([
    ['<a href="trueconf:bob@chat.example.org">Bob</a>', 'html'],
    ['<a href="trueconf:bob@chat.example.org&amp;do=profile">Bob</a>', 'html'],
    ['<a href="TrueConf:bob">Bob</a>', 'html'],
    ['[Bob](trueconf:bob@CHAT.example.org)', 'markdown'],
    ['[Bob](trueconf:bob@chat.example.org/phone?x=y)', 'markdown'],
  ])('%s calls Bob', (text, mode) => expect(read(text, mode).mentionedIds).toEqual(['bob']));

  it('are none in plain text, nor of nobody', () => {
    expect(read('trueconf:bob', 'text').mentionedIds).toEqual([]);
    expect(read('<a href="trueconf:">x</a>', 'html').mentionedIds).toEqual([]);
  });

  it.each([
    ['@all', true],
    [' @all\n', true],
    ['@all!', false],
    ['see @all', false],
  ])('%j calls all: %s', (text, all) => expect(read(text, 'text').mentionsAll).toBe(all));
});
