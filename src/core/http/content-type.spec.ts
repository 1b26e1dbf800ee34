import { parseContentType } from './content-type.js';

describe('parseContentType', () => {
  it.each([
    ['application/json', { kind: 'json' }],
    ['application/json; charset=utf8', { kind: 'json', charset: 'utf8' }],
    ['application/json, charset=utf8', { kind: 'json', charset: 'utf8' }],
    ['APPLICATION/JSON;charset="UTF-8"', { kind: 'json', charset: 'utf-8' }],
    ['application/json; charset = utf-7', { kind: 'json', charset: 'utf-7' }],
    ['text/json', { kind: 'json' }],
    ['application/merge-patch+json', { kind: 'json' }],
    ['application/x-www-form-urlencoded', { kind: 'form' }],
    ['multipart/form-data; boundary=x', { kind: 'multipart' }],
    ['text/plain;charset=UTF-8', { kind: 'other', charset: 'utf-8' }],
    ['application/jsonp', { kind: 'other' }],
    ['', { kind: 'other' }],
    [undefined, { kind: 'other' }],
  ])('%j', (header, expected) => {
    expect(parseContentType(header)).toEqual(expected);
  });
});
