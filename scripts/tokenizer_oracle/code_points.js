// Writes tests/golden/tokenizer/code_points.tsv: what the reference makes of each of the 1,112,064 Unicode scalar
// values, alone and between two letters, uncased and cased, as one digest per block of 256 code points.
//
//   node code_points.js > ../../tests/golden/tokenizer/code_points.tsv
//   node code_points.js 1E00          prints the encodings of block U+1E00..U+1EFF, to compare with what the test prints
//
// The vocabulary holds every code point c, with id c + 1 at the beginning of a word and c + 1 + 0x110000 inside, so
// that an encoding shows the normalised text itself.
'use strict';
const { library, version, bert } = require('./reference');
const { canonical, Digest } = require('./digest');

function tokenizers() {
  const vocabulary = { '[UNK]': 0 };
  for (let c = 0; c <= 0x10ffff; c++) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    vocabulary[String.fromCodePoint(c)] = c + 1;
    vocabulary['##' + String.fromCodePoint(c)] = c + 1 + 0x110000;
  }
  const model = () => library.WordPiece.init(vocabulary, { unkToken: '[UNK]' });
  return { uncased: bert(model(), true), cased: bert(model(), false) };
}

async function main() {
  const only = process.argv[2] === undefined ? null : parseInt(process.argv[2], 16) & ~0xff;
  const { uncased, cased } = tokenizers();
  if (only === null) console.log(`# tokenizers ${version}: first code point, digest uncased, digest cased`);
  for (let block = 0; block <= 0x10ff00; block += 256) {
    if (block >= 0xd800 && block <= 0xdfff) continue;
    if (only !== null && block !== only) continue;
    const texts = [];
    for (let c = block; c < block + 256; c++) {
      const s = String.fromCodePoint(c);
      texts.push(s, 'a' + s + 'b');
    }
    const row = [block.toString(16).toUpperCase().padStart(4, '0')];
    for (const [name, tokenizer] of Object.entries({ uncased, cased })) {
      const lines = (await tokenizer.encodeBatch(texts)).map(canonical);
      if (only !== null) {
        lines.forEach((line, i) =>
          process.stdout.write(`${name} U+${(block + (i >> 1)).toString(16)} ${i & 1 ? 'a_b' : 'alone'} ${line}`),
        );
      }
      const digest = new Digest();
      for (const line of lines) digest.add(line);
      row.push(digest.hex());
    }
    if (only === null) console.log(row.join('\t'));
  }
}

main();
