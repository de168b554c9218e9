// The texts of tests/golden/tokenizer/cases.json, by row: T01.. are corners of Unicode and of the model, the rest is
// about added tokens, truncation and decoding. A text is a string or a list of [string, count] that is concatenated.
'use strict';

const chars = (...points) => points.map((c) => String.fromCodePoint(c));
const range = (first, last) => chars(...Array.from({ length: last - first + 1 }, (_, i) => first + i));

// Each character is tried alone, inside a word, and at both ends of one.
const around = (list) => list.flatMap((x) => [x, 'a' + x + 'b', x + 'ab', 'ab' + x]);

const asciiSymbols = range(0x21, 0x7e).filter((c) => !/[0-9A-Za-z]/.test(c));
const cjkBorders = chars(
  0x33ff, 0x3400, 0x4dbf, 0x4dc0, 0x4dff, 0x4e00, 0x9fff, 0xa000, 0xf8ff, 0xf900, 0xfaff, 0xfb00, 0x1ffff, 0x20000,
  0x2a6df, 0x2a6e0, 0x2a6ff, 0x2a700, 0x2b73f, 0x2b740, 0x2b81f, 0x2b820, 0x2b91f, 0x2b920, 0x2ceaf, 0x2ceb0, 0x2f7ff,
  0x2f800, 0x2fa1f, 0x2fa20,
);

const unicode = {
  T01: around(['\0', '\0\0']),
  T02: around(['\ufffd']),
  T03: around(['\t', '\n', '\r', '\r\n']),
  T04: around(['\v', '\f', '\x1c', '\x1d', '\x1e', '\x1f', '\x85', '\x7f', '\x80']),
  T05: around(chars(0xa0, 0x1680, ...Array.from({ length: 11 }, (_, i) => 0x2000 + i), 0x2028, 0x2029, 0x202f, 0x205f, 0x3000)),
  T06: around(chars(0xad, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff, 0x180e, 0x61c, 0x8e2)),
  T07: around(cjkBorders),
  T08: around(chars(0xf900, 0xf9ff, 0xfa0e, 0xfa10, 0xfa2d, 0x2f800, 0x2f804, 0x2fa1d)),
  T09: around(['\uac00', '\uac01', '\ud7a3', '\ud55c\uad6d\uc5b4', '\u1100\u1161', '\u1112\u1161\u11ab', '\u1161', '\u11a8', '\ua960', '\ud7b0']),
  T10: around(['\u304c', '\u304b\u3099', '\u30d1', '\u30cf\u309a', '\u3094', '\uff76\uff9e', '\u309b', '\u30fb', '\u30fc']),
  T11: around(['\u0130', '\u0131', 'I', '\u00df', '\u1e9e', '\ufb01', '\u01c5', '\u01c4', '\u03c2', '\u039f\u0394\u039f\u03a3', '\u03a3', '\u017f', '\u212a', '\u212b', '\u1f88', '\u2126', '\u{10400}', '\ua7ae', '\u1c89', '\u2160', '\u24b6']),
  T12: around(['\u0645\u064e\u0631\u0652', '\u05e9\u05c1\u05b8', '\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35', '\u0928\u092e\u0938\u094d\u0924\u0947', '\u0915\u093e', '\u0b95\u0bbf', '\u0f40\u0f73', '\u0f75', '\u1734', '\u0898', '\u302e', '\u16f51']),
  T13: around(asciiSymbols),
  T14: around(['\u20ac', '\u2122', '\u00b0', '\u00a9', '\u00a7', '\u00b6', '\u00bf', '\u00ab', '\u2014', '\u2026', '\u2e43', '\u166d', '\u{111c9}', '\uff21', '\uff41', '\uff01', '\uff0c', '\u3001', '\u3002', '\u3008', '\uff5e']),
  T15: [99, 100, 101, 102].flatMap((n) => [
    [['a', n]], [['\u4e00', n]], [['\u00e9', n]], [['a\u0301', n]], [['e', n - 1], ['\u0301\u0302', 5]], [['\u{1f600}', n]], [['x', n]], [['a', n], ['.', 1], ['b', n]],
  ]),
  T16: ['abQ', 'Qab', 'a\u2603b', '\u2603', 'ab\u2603 ab', '\u2603\u2603', 'ab.\u2603.ab'],
  T17: ['[CLS]', 'x[SEP]y', '[sep]', '[ SEP ]', '[UNK]', '[MASK].', '[PAD]', '[CLS][SEP]', '[[CLS]]', '[CLS', 'CLS]', '[CLS[CLS]', ' [MASK] ', '[MASK]ab', 'ab[MASK]', '[\u0301CLS]', '[\uff23LS]', '\u0301[CLS]\u0301', 'a[CLS]\u0301b'],
  T18: ['', ' ', '  \t\n ', '\u3000', '\u200b', '\0', '\u0301', ' \u0301 '],
  T19: ['ab', 'the cat sat on the mat'],
  T20: around(['\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}', '\u2764\ufe0f', '\u2764\ufe0e', '\u{1f44d}\u{1f3fd}', '\u{1f1e9}\u{1f1ea}', '1\ufe0f\u20e3', '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', '\u{1f600}']),
  T21: around(['\u00e9', 'e\u0301', '\u1ea5', 'a\u0302\u0301', 'a\u0301\u0302', '\u1ea1\u0301', 'a\u0301\u0323', '\u00e1\u0323', '\u0344', '\u00c5', 'A\u030a', '\u1e9b\u0323', '\u{1d15e}', '\u{1d157}\u{1d165}', 'a\u302e\u0301\u302e', 'a\u0345\u302e\u0334', 'a\u0301\u0001\u0316b', '\u0f71\u302e\u0f73\u302e', '\u{1d160}\u302e\u0334']),
  T22: ['ab\u0436\u0438', '\u0436ab\u4e2d\u6587cd', '\u65e5\u672c\u8a9ethe\ud55c', 'a\u0430\u03b1'],
  T23: around(['\u0661', '\u0967', '\u0e51', '\uff11', '\u{1d7d8}', '\u00b2', '\u00bd', '\u2460', '\u3007', '\u4e00', '\u2167']),
  T24: around(chars(0xfffe, 0xffff, 0x1fffe, 0x10ffff, 0x378, 0x2fe0, 0xe000, 0xf8ff, 0xf0000, 0x10fffd, 0xfdd0, 0xe0001, 0xe01ef, 0x110bd, 0x110cd, 0x13430)),
  T25: [[['a', 1], ['\u0301', 10000]], [['a', 1], ['\u0301\u0316', 5000], ['b', 1]], [['a', 1], ['\u302e', 10000]], [['a', 1], ['\u0301\u302e\u0334', 3000], ['b', 1]]],
};

const pairs = [
  ['ab', 'cat'], ['', ''], ['', 'the cat'], ['the cat', ''], ['the cat sat on the mat', 'the cat sat on the mat'],
  ['unhappily unhappily', 'the cat'], ['a', 'unhappily unhappily unhappily'], ['[SEP]', '[CLS] ab [MASK]'],
  ['\u4e2d\u6587', 'e\u0301'], ['[MASK][MASK][MASK][MASK][MASK] the', 'the [MASK][MASK][MASK][MASK] cat sat'],
];
const truncations = pairs
  .concat([['the cat sat on the mat', null], ['unhappily', null], ['', null], ['[MASK][MASK] unhappily', null]])
  .flatMap(([text, pair]) =>
    ['LongestFirst', 'OnlyFirst', 'OnlySecond'].flatMap((truncation) =>
      [2, 3, 4, 5, 6, 7, 8, 11].flatMap((max_length) =>
        [true, false].map((add_special_tokens) => ({ text, pair, truncation, max_length, add_special_tokens })),
      ),
    ),
  );
const longPairs = [
  [[['a ', 512]], [['a ', 512]]], [[['a ', 512]], [['unhappily ', 300]]], [[['unhappily ', 300]], [['a ', 512]]],
  [[['a ', 255]], [['a ', 600]]], [[['a ', 256]], [['a ', 256]]], [[['unhappily ', 600]], null],
].flatMap(([text, pair]) => [{ text, pair, truncation: 'LongestFirst', max_length: 512, add_special_tokens: true }]);

const added = (content, flags = {}) => ({
  content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: false, ...flags,
});
const addedTexts = [
  'a<x>b', ' <x> ', 'a  <x>  b', '<x><x>', 'ab abc abcd bcd xabcd', 'abcabcd', 'the', 'othe r the.', 'the\u0301 the', '\u0301the', 'a_the the_', 'the\u24b6 the', '<F\u00d3O>', '<foo>', '<Fo\u0301o>',
  'x<f\u00f3O>y <FOO>', ' <foo>\u4e2d<foo> ', '\u4e2d', 'a\u4e2db', '[CLS]<x>[SEP]', '  \u3000<x>\u2028\t b', 'ABC abc', 'new york', 'new  york', 'new\u00a0york', 'New York new york', '[sep]<X>', 'cat cats cat', 'a\u0301<x>\u0301b',
];
const addedSets = {
  plain: [added('<x>'), added('ab'), added('abc'), added('bcd'), added('new york'), added('\u4e2d')],
  stripping: [added('<x>', { lstrip: true, rstrip: true }), added('the', { rstrip: true }), added('abc', { lstrip: true }), added('[foo', { lstrip: true })],
  single_word: [added('the', { single_word: true }), added('<x>', { single_word: true }), added('cat', { single_word: true, lstrip: true }), added('bcd', { single_word: true })],
  normalized: [added('<F\u00d3O>', { normalized: true }), added('New York', { normalized: true }), added('ABC', { normalized: true, rstrip: true }), added('\u4e2d', { normalized: true }), added('<x>', { normalized: true, lstrip: true, rstrip: true })],
  special: [added('<F\u00d3O>', { normalized: true, special: true }), added('<x>', { special: true, lstrip: true }), added('the', { special: true })],
};

const decoded = [
  'the cat .', 'the cat, sat! on? the "mat".', "don't", "do n't", 'the cat \' s mat', "cat ' the ' mat", 'do not', "i 'm we 've you 're it 's", '[CLS] ab [SEP] unhappily [MASK]', 'a ##b', '##b a', 'cat - mat', '\u4e2d\u6587 ab', '',
];

module.exports = { unicode, pairs, truncations, longPairs, addedSets, addedTexts, decoded };
