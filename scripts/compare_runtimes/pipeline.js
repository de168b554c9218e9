// From text to label with Hugging Face tokenizers and ONNX Runtime, as a program in Node would do it.
//
//   node pipeline.js NODE_MODULES THREADS
//
//   open ID GRAPH TOKENIZER_JSON        -> ok MS
//   classify ID FILE WAY BATCH          -> c MS LABEL LABEL ...    one text a line, or two parted by a tab
//   free ID, quit
//
// WAY: `file` takes the lines as they come, BATCH at a time, padded to the longest; `sorted` sorts them by their number of
// tokens first; `equal` also ends a batch where the length changes, so that nothing is padded (for graphs without a mask).
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');

const [modules, threads] = process.argv.slice(2);
process.env.RAYON_NUM_THREADS = threads;
process.env.TOKENIZERS_PARALLELISM = String(Number(threads) > 1);
const ort = require(path.join(modules, 'onnxruntime-node'));
const { Tokenizer } = require(path.join(modules, 'tokenizers'));

const SESSION = {
  intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all',
  executionProviders: ['cpu'],
};
const opened = new Map();

// Lists of line numbers. `lengths` are in tokens.
function makeBatches(lengths, way, size) {
  const order = lengths.map((_, i) => i);
  if (way !== 'file') order.sort((a, b) => lengths[a] - lengths[b]);
  const batches = [];
  for (const line of order) {
    const last = batches[batches.length - 1];
    const fits = last && last.length < size && (way !== 'equal' || lengths[last[0]] === lengths[line]);
    if (fits) last.push(line); else batches.push([line]);
  }
  return batches;
}

// Ids are below 2^31, so the low halves of the int64 values are enough, and much faster to fill than BigInts.
function tensors(encodings, batch, names) {
  const length = Math.max(...batch.map((line) => encodings[line].ids.length));
  const feeds = {};
  for (const name of names) feeds[name] = new BigInt64Array(batch.length * length);
  const halves = Object.fromEntries(names.map((name) => [name, new Int32Array(feeds[name].buffer)]));
  batch.forEach((line, row) => {
    const { ids, types } = encodings[line];
    for (let i = 0, at = 2 * row * length; i < ids.length; i++, at += 2) {
      halves.input_ids[at] = ids[i];
      if (halves.attention_mask) halves.attention_mask[at] = 1;
      if (halves.token_type_ids) halves.token_type_ids[at] = types[i];
    }
  });
  for (const name of names) feeds[name] = new ort.Tensor('int64', feeds[name], [batch.length, length]);
  return feeds;
}

function bestLabels(logits, batch, labels) {
  const count = logits.dims[1];
  batch.forEach((line, row) => {
    const scores = logits.data.subarray(row * count, (row + 1) * count);
    labels[line] = scores.indexOf(Math.max(...scores));
  });
}

async function classify({ session, tokenizer }, file, way, size) {
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const pairs = lines.length > 0 && lines[0].includes('\t');
  const start = performance.now();
  // encodeBatch() of this version refuses pairs; encode() costs some microseconds more a text.
  const encoded = await (pairs ? Promise.all(lines.map((line) => tokenizer.encode(...line.split('\t'))))
                               : tokenizer.encodeBatch(lines));
  const encodings = encoded.map((e) => ({ ids: e.getIds(), types: e.getTypeIds() }));
  const labels = new Array(lines.length);
  for (const batch of makeBatches(encodings.map((e) => e.ids.length), way, size)) {
    const { logits } = await session.run(tensors(encodings, batch, session.inputNames));
    bestLabels(logits, batch, labels);
  }
  return `c ${(performance.now() - start).toFixed(3)} ${labels.join(' ')}`;
}

async function answer([verb, id, ...words]) {
  if (verb === 'version') {
    const version = (name) => JSON.parse(fs.readFileSync(path.join(modules, name, 'package.json'))).version;
    return `v HF tokenizers ${version('tokenizers')}, onnxruntime-node ${version('onnxruntime-node')}, Node ${process.version}`;
  }
  if (verb === 'open') {
    const start = performance.now();
    opened.set(id, { session: await ort.InferenceSession.create(words[0], SESSION),
                     tokenizer: Tokenizer.fromString(fs.readFileSync(words[1], 'utf8')) });
    return `ok ${(performance.now() - start).toFixed(3)}`;
  }
  if (verb === 'classify') return classify(opened.get(id), words[0], words[1], Number(words[2]));
  if (verb === 'free') {
    const model = opened.get(id);
    opened.delete(id);
    if (model) await model.session.release();
    return 'ok';
  }
  throw new Error(`unknown request ${verb}`);
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
