// Compares fbert with the reference on the data sets of the shared folder, or writes the digests that
// tests/tokenizer/data_sets_tokens_test.cc checks without node.
//
//   node compare_datasets.js --data DIR --fbert build/release/fbert     ids, type ids and offsets of every line
//   node compare_datasets.js --data DIR --write > ../../tests/golden/tokenizer/datasets.tsv
//
// Lines end at a line feed; a carriage return belongs to the text. The data itself is not part of this project.
'use strict';
const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { version, fromJson, fromVocabulary } = require('./reference');
const { canonical, Digest } = require('./digest');
const { vocabularies, runs } = require('./datasets');

const BATCH = 500;
const LINES_PER_DIGEST = 1000;

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : process.argv[at + 1];
}

const data = option('--data');
const program = option('--fbert');
const write = process.argv.includes('--write');
if (data === null || (program === null) === !write) {
  console.error('usage: compare_datasets.js --data DIR (--fbert PROGRAM | --write)');
  process.exit(2);
}

async function reference(vocabulary) {
  if (vocabulary.json) return fromJson(JSON.parse(fs.readFileSync(path.join(data, vocabulary.json), 'utf8')));
  return fromVocabulary(path.join(data, vocabulary.txt), vocabulary.lowercase);
}

// A folder as fbert reads one: nothing but the tokenizer's files.
function modelFolder(vocabulary) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fbert-oracle-'));
  const file = vocabulary.json ?? vocabulary.txt;
  fs.copyFileSync(path.join(data, file), path.join(folder, vocabulary.json ? 'tokenizer.json' : 'vocab.txt'));
  if (vocabulary.txt) {
    const config = JSON.stringify({ do_lower_case: vocabulary.lowercase });
    fs.writeFileSync(path.join(folder, 'tokenizer_config.json'), config);
  }
  return folder;
}

function inputs(run) {
  const lines = fs.readFileSync(path.join(data, run.file), 'utf8').split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  if (!run.pair) return lines.map((text) => [text, null]);
  const rows = lines.map((line) => line.split('\t')).filter((columns) => columns.length > Math.max(...run.pair));
  return rows.map((columns) => run.pair.map((column) => columns[column]));
}

async function expected(tokenizer, texts, maxLength) {
  if (maxLength) tokenizer.setTruncation(maxLength, { strategy: 'LongestFirst' });
  else tokenizer.disableTruncation();
  const lines = [];
  for (let i = 0; i < texts.length; i += BATCH) {
    const batch = texts.slice(i, i + BATCH).map(([text, pair]) => tokenizer.encode(text, pair));
    for (const encoding of await Promise.all(batch)) lines.push(canonical(encoding));
  }
  return lines;
}

function found(folder, texts, maxLength) {
  const input = path.join(folder, 'input.jsonl');
  const row = ([text, pair]) => JSON.stringify(pair === null ? { text } : { text, text_pair: pair });
  fs.writeFileSync(input, texts.map(row).join('\n') + '\n');
  const limit = maxLength ? ['--max-length', String(maxLength)] : [];
  const args = ['tokenize', '--model', folder, '--input', input, '--format', 'jsonl', ...limit];
  const output = execFileSync(program, args, { maxBuffer: 2 ** 31 - 1 }).toString().trimEnd().split('\n');
  return output.map((line) => {
    const encoding = JSON.parse(line);
    return canonical({
      getIds: () => encoding.ids,
      getTypeIds: () => encoding.type_ids,
      getOffsets: () => encoding.offsets,
    });
  });
}

function digests(lines) {
  const list = [];
  for (let i = 0; i < lines.length; i += LINES_PER_DIGEST) {
    const digest = new Digest();
    for (const line of lines.slice(i, i + LINES_PER_DIGEST)) digest.add(line);
    list.push(digest.hex());
  }
  return list.join(',');
}

async function main() {
  const tokenizers = {};
  const folders = {};
  const total = { lines: 0, tokens: 0, differing: 0 };
  const count = (lines) => lines.reduce((sum, line) => sum + (line === '\n' ? 0 : line.split(' ').length), 0);
  if (write) {
    console.log(`# tokenizers ${version}: vocabulary, file, pair columns, max length, lines, tokens, digest of every ${LINES_PER_DIGEST} lines`);
  }
  for (const run of runs) {
    const vocabulary = vocabularies[run.vocabulary];
    tokenizers[run.vocabulary] ??= await reference(vocabulary);
    const texts = inputs(run);
    const want = await expected(tokenizers[run.vocabulary], texts, run.max_length ?? 0);
    const pair = run.pair ? run.pair.join('+') : '-';
    const key = [run.vocabulary, run.file, pair, run.max_length ?? 0, want.length, count(want)];
    total.lines += want.length;
    total.tokens += count(want);
    if (write) {
      console.log([...key, digests(want)].join('\t'));
      continue;
    }
    folders[run.vocabulary] ??= modelFolder(vocabulary);
    const got = found(folders[run.vocabulary], texts, run.max_length ?? 0);
    const differing = want.map((line, i) => (line === got[i] ? -1 : i)).filter((i) => i >= 0);
    total.differing += differing.length + Math.abs(got.length - want.length);
    console.log([...key, `${differing.length} differ`].join('\t'));
    for (const i of differing.slice(0, 3)) {
      console.log(`  line ${i + 1}: ${JSON.stringify(texts[i])}\n    want ${want[i]}    got  ${got[i]}`);
    }
  }
  for (const folder of Object.values(folders)) fs.rmSync(folder, { recursive: true });
  if (!write) console.log(`${total.lines} lines, ${total.tokens} tokens: ${total.differing} differ`);
  process.exitCode = total.differing > 0 ? 1 : 0;
}

main();
