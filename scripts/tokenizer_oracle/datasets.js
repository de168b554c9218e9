// What compare_datasets.js runs: files of the shared data folder, read line by line as raw text, over the vocabularies
// that they are tried with. `pair` names the two columns of a TSV file that make a pair.
'use strict';

const vocabularies = {
  uncased_json: { json: 'vocab/bert-base-uncased/tokenizer.json' },
  uncased_txt: { txt: 'vocab/bert-base-uncased/vocab.txt', lowercase: true },
  cased: { txt: 'vocab/bert-base-cased/vocab.txt', lowercase: false },
  chinese: { txt: 'vocab/bert-base-chinese/vocab.txt', lowercase: true },
  mini: { json: 'models/fbert-mini-sst2-f16/tokenizer.json' },
};

const languages = ['ar', 'de', 'en', 'es', 'fr', 'ru', 'zh'];
const xnli = [...languages.map((language) => `xnli/dev-${language}.tsv`), 'xnli/test-en.tsv', 'xnli/test-fr.tsv'];
const english = [
  'glue/SST-2/dev.tsv', 'glue/SST-2/test-labeled.tsv', 'glue/CoLA/dev.tsv', 'glue/MRPC/dev.tsv', 'glue/QNLI/dev.tsv',
  'glue/RTE/train.tsv', 'glue/STS-B/sts-dev.csv', 'glue/QQP/heldout.tsv', 'glue/AdvGLUE/dev_ann.json', 'emotion/test.txt',
  'emotion/val.txt', 'agnews/test.tsv', 'sst5/ids-sst-train.csv',
];
const xquad = ['ar', 'de', 'en', 'es', 'zh'].map((language) => `squad/xquad.${language}.json`);

const runs = [];
for (const vocabulary of Object.keys(vocabularies)) {
  for (const file of xnli) runs.push({ vocabulary, file });
}
for (const vocabulary of ['uncased_json', 'cased', 'mini']) {
  for (const file of [...english, ...xquad]) runs.push({ vocabulary, file });
}
for (const vocabulary of ['uncased_json', 'cased', 'mini']) {
  for (const file of xnli.slice(0, 7)) {
    for (const max_length of [0, 64, 24]) runs.push({ vocabulary, file, pair: [0, 1], max_length });
  }
  runs.push({ vocabulary, file: 'glue/QNLI/dev.tsv', pair: [1, 2], max_length: 48 });
  runs.push({ vocabulary, file: 'glue/RTE/train.tsv', pair: [0, 1], max_length: 48 });
}

module.exports = { vocabularies, runs };
