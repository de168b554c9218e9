// Prints what the reference tokenizer knows about each of the 1,112,064 Unicode scalar values, as JSON: sets of code
// points as [first, last] ranges, and lower-case mappings. Read by scripts/gen_unicode_tables.py.
'use strict';
const tk = require('./reference').library;

const bert = (options) =>
  tk.bertNormalizer({ cleanText: false, handleChineseChars: false, stripAccents: false, lowercase: false, ...options });
const clean = bert({ cleanText: true });
const cjk = bert({ handleChineseChars: true });
const strip = bert({ stripAccents: true });
const lower = bert({ lowercase: true });
const nfd = tk.nfdNormalizer();
const words = tk.bertPreTokenizer();

const sets = { removed: [], space: [], punctuation: [], ideograph: [], mark: [], decomposes: [], reorders: [] };
const lowercase = {};

function add(set, c) {
  const last = set[set.length - 1];
  if (last && last[1] === c - 1) last[1] = c;
  else set.push([c, c]);
}

for (let c = 0; c <= 0x10ffff; c++) {
  if (c >= 0xd800 && c <= 0xdfff) continue;
  const s = String.fromCodePoint(c);
  if (clean.normalizeString(s) === '') add(sets.removed, c);
  const pieces = words.preTokenizeString('a' + s + 'b').length;
  if (pieces === 2) add(sets.space, c);
  if (pieces === 3) add(sets.punctuation, c);
  if (cjk.normalizeString(s) !== s) add(sets.ideograph, c);
  if (strip.normalizeString(s) === '' && nfd.normalizeString(s) === s) add(sets.mark, c);
  if (nfd.normalizeString(s) !== s) add(sets.decomposes, c);
  // A non-zero combining class shows when a mark of class 1 or 240 changes places with the code point.
  const before = 'a\u0345' + s;
  const after = 'a' + s + '\u0334';
  if (nfd.normalizeString(s) === s && (nfd.normalizeString(before) !== before || nfd.normalizeString(after) !== after)) {
    add(sets.reorders, c);
  }
  const l = lower.normalizeString(s);
  if (l !== s) lowercase[c] = Array.from(l, (x) => x.codePointAt(0));
}
// A code point is a word character when it keeps the single_word token behind it from matching.
async function wordCharacters() {
  const token = '<t>';
  const model = tk.WordPiece.init({ '[UNK]': 0 }, { unkToken: '[UNK]' });
  const tokenizer = new tk.Tokenizer(model);
  tokenizer.setPreTokenizer(tk.bertPreTokenizer());
  tokenizer.addAddedTokens([new tk.AddedToken(token, false, { singleWord: true, normalized: false })]);
  const id = tokenizer.tokenToId(token);
  const set = [];
  for (let first = 0; first <= 0x10ffff; first += 4096) {
    const points = [];
    for (let c = first; c < first + 4096; c++) if (c < 0xd800 || c > 0xdfff) points.push(c);
    const encoding = await tokenizer.encode(points.map((c) => String.fromCodePoint(c) + token + ' ').join(''));
    const ids = encoding.getIds();
    const matched = new Set(encoding.getOffsets().filter((_, i) => ids[i] === id).map(([begin]) => begin));
    // Each group is the code point, the token and a space: the token of group i begins at 5 i + 1.
    points.forEach((c, i) => matched.has(5 * i + 1) || add(set, c));
  }
  return set;
}

wordCharacters().then((word) => {
  sets.word = word;
  process.stdout.write(JSON.stringify({ version: require('./reference').version, sets, lowercase }));
});
