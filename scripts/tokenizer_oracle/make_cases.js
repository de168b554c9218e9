// Writes tests/golden/tokenizer/cases.json: a small vocabulary, tokenizers over it, and what the reference makes of the
// texts in cases.js.
//
//   node make_cases.js > ../../tests/golden/tokenizer/cases.json
'use strict';
const { library, version, fromJson } = require('./reference');
const { canonical, Digest } = require('./digest');
const cases = require('./cases');

const LONGEST_ENCODING = 600; // in characters; a longer one is kept as its digest

const flat = (text) => (Array.isArray(text) ? text.map(([s, n]) => s.repeat(n)).join('') : text);

// Special tokens, some words and pieces, and every character that the texts hold before or after normalisation, but
// for a few that stay unknown.
function vocabulary() {
  const tokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'cat', 'sat', 'mat', 'un', '##happi', '##ly', '##at', '##bc', 'ab', 'do', 'not', "n't", 'new', 'york', 'foo'];
  const unknown = new Set(['Q', 'q', '\u2603']);
  const normalizers = [
    library.bertNormalizer({ cleanText: true, handleChineseChars: true, stripAccents: true, lowercase: true }),
    library.bertNormalizer({ cleanText: true, handleChineseChars: true, stripAccents: false, lowercase: false }),
  ];
  const seen = new Set(tokens);
  const texts = [].concat(...Object.values(cases.unicode), cases.addedTexts, cases.decoded, 'abcdefghijklmnopqrstuvwxyz0123456789');
  for (const text of texts) {
    for (const normalizer of normalizers) {
      for (const c of normalizer.normalizeString(flat(text))) {
        if (c === ' ' || unknown.has(c)) continue;
        seen.add(c);
        seen.add('##' + c);
      }
    }
  }
  return [...seen];
}

function tokenizerJson(lowercase, addedTokens = []) {
  const special = (content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true });
  const piece = (kind, id, type_id) => ({ [kind]: { id, type_id } });
  const named = (id, i) => [id, { id, ids: [i], tokens: [id] }];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map(special).concat(addedTokens),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [piece('SpecialToken', '[CLS]', 0), piece('Sequence', 'A', 0), piece('SpecialToken', '[SEP]', 0)],
      pair: [piece('SpecialToken', '[CLS]', 0), piece('Sequence', 'A', 0), piece('SpecialToken', '[SEP]', 0), piece('Sequence', 'B', 1), piece('SpecialToken', '[SEP]', 1)],
      special_tokens: Object.fromEntries([named('[CLS]', 2), named('[SEP]', 3)]),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: null },
  };
}

async function run(tokenizer, suite, row, c) {
  const options = { addSpecialTokens: c.add_special_tokens !== false };
  if (c.max_length) tokenizer.setTruncation(c.max_length, { strategy: c.truncation });
  else tokenizer.disableTruncation();
  const out = { suite, row, text: c.text };
  for (const key of ['pair', 'truncation', 'max_length', 'add_special_tokens']) {
    if (c[key] !== undefined && c[key] !== null) out[key] = c[key];
  }
  try {
    const pair = c.pair === undefined || c.pair === null ? null : flat(c.pair);
    const encoding = await tokenizer.encode(flat(c.text), pair, options);
    const line = canonical(encoding).trimEnd();
    const digest = new Digest();
    digest.add(line);
    out.tokens = line.length > LONGEST_ENCODING ? 'fnv1a:' + digest.hex() : line;
    if (c.decode) {
      out.decoded = await tokenizer.decode(encoding.getIds(), true);
      out.decoded_with_special = await tokenizer.decode(encoding.getIds(), false);
    }
  } catch (error) {
    out.error = error.message;
  }
  return out;
}

async function main() {
  const tokens = vocabulary();
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const suites = {};
  const results = [];
  const add = async (name, json, list) => {
    suites[name] = json;
    const tokenizer = fromJson({ ...json, model: { ...json.model, vocab } });
    for (const [row, c] of list) results.push(await run(tokenizer, name, row, c));
  };

  const unicode = Object.entries(cases.unicode).flatMap(([row, texts]) => texts.map((text) => [row, { text }]));
  const pairs = cases.pairs.map(([text, pair]) => ['T19', { text, pair }]);
  const truncations = cases.truncations.concat(cases.longPairs).map((c) => ['truncation', c]);
  const decoded = cases.decoded.map((text) => ['decode', { text, decode: true }]);
  await add('uncased', tokenizerJson(true), unicode.concat(pairs, truncations, decoded));
  await add('cased', tokenizerJson(false), unicode.concat(pairs, decoded));
  const raw = tokenizerJson(true);
  await add('no_normalizer', { ...raw, normalizer: null }, unicode.filter(([row]) => row < 'T07' || row === 'T21'));
  const bare = { ...raw, post_processor: null, decoder: null };
  await add('no_template', bare, pairs.concat(decoded));
  const processing = { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] };
  await add('bert_processing', { ...raw, post_processor: processing }, pairs.concat(truncations.slice(0, 48)));
  for (const [name, list] of Object.entries(cases.addedSets)) {
    let next = tokens.length;
    const withIds = list.map((token) => ({ id: vocab[token.content] ?? next++, ...token }));
    const texts = cases.addedTexts.map((text) => ['added', { text, decode: true }]);
    for (const lowercase of [true, false]) {
      await add(`added_${name}_${lowercase ? 'uncased' : 'cased'}`, tokenizerJson(lowercase, withIds), texts);
    }
  }

  const ascii = (value) =>
    JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
  console.log(`{"tokenizers": ${ascii(version)},\n"vocabulary": ${ascii(tokens)},\n"suites": {`);
  console.log(Object.entries(suites).map(([name, json]) => `${ascii(name)}: ${ascii(json)}`).join(',\n') + '},');
  console.log('"cases": [\n' + results.map(ascii).join(',\n') + '\n]}');
}

main();
