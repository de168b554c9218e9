// Hugging Face tokenizers, the library itself, through its Node binding.
//
//   node tokenize.js NODE_MODULES THREADS
//
//   tokenize TOKENIZER_JSON FILE OUT    -> t MS      FILE has a text a line, or two parted by a tab; OUT gets a line for each,
//                                                    ids and type ids parted by a tab (written after the time is taken)
//   version, quit
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');

const [modules, threads] = process.argv.slice(2);
process.env.RAYON_NUM_THREADS = threads;
process.env.TOKENIZERS_PARALLELISM = String(Number(threads) > 1);
const { Tokenizer } = require(path.join(modules, 'tokenizers'));
const tokenizers = new Map();

async function tokenize(definition, file, out) {
  if (!tokenizers.has(definition)) tokenizers.set(definition, Tokenizer.fromString(fs.readFileSync(definition, 'utf8')));
  const tokenizer = tokenizers.get(definition);
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const pairs = lines.length > 0 && lines[0].includes('\t');
  const start = performance.now();
  // encodeBatch() of this version refuses pairs; encode() costs some microseconds more a text.
  const encoded = await (pairs ? Promise.all(lines.map((line) => tokenizer.encode(...line.split('\t'))))
                               : tokenizer.encodeBatch(lines));
  const ids = encoded.map((e) => [e.getIds(), e.getTypeIds()]);
  const milliseconds = performance.now() - start;
  fs.writeFileSync(out, ids.map(([a, b]) => `${a.join(' ')}\t${b.join(' ')}\n`).join(''));
  return `t ${milliseconds.toFixed(3)}`;
}

async function answer([verb, ...words]) {
  if (verb === 'tokenize') return tokenize(...words);
  if (verb !== 'version') throw new Error(`unknown request ${verb}`);
  const { version } = JSON.parse(fs.readFileSync(path.join(modules, 'tokenizers', 'package.json')));
  return `v HF tokenizers ${version}, Node ${process.version}`;
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === 'quit') break;
    let reply;
    try {
      reply = await answer(line.trim().split(/\s+/));
    } catch (error) {
      reply = `err ${error}`.replace(/\n/g, ' ').slice(0, 400);
    }
    process.stdout.write(reply + '\n');
  }
  process.exit(0);
})();
