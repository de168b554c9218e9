// The reference: npm `tokenizers` in the version that package.json pins, from `npm install` in this folder or from
// NODE_PATH; and BERT tokenizers made with it.
'use strict';
const wanted = require('./package.json').dependencies.tokenizers;
const version = require('tokenizers/package.json').version;
if (version !== wanted) throw new Error(`tokenizers ${wanted} is needed, found ${version}`);
const library = require('tokenizers');

// A BERT tokenizer over a WordPiece model, as vocab.txt and do_lower_case describe one. The five special tokens are
// added where the vocabulary has them.
function bert(model, lowercase) {
  const tokenizer = new library.Tokenizer(model);
  tokenizer.setNormalizer(
    library.bertNormalizer({ cleanText: true, handleChineseChars: true, stripAccents: lowercase, lowercase }),
  );
  tokenizer.setPreTokenizer(library.bertPreTokenizer());
  tokenizer.setDecoder(library.wordPieceDecoder('##', true));
  const id = (token) => tokenizer.tokenToId(token);
  const specials = ['[UNK]', '[SEP]', '[PAD]', '[CLS]', '[MASK]'].filter((token) => id(token) !== null);
  tokenizer.addSpecialTokens(specials);
  if (id('[CLS]') !== null && id('[SEP]') !== null) {
    tokenizer.setPostProcessor(
      library.templateProcessing('[CLS] $A [SEP]', '[CLS] $A [SEP] $B:1 [SEP]:1', [
        ['[CLS]', id('[CLS]')],
        ['[SEP]', id('[SEP]')],
      ]),
    );
  }
  return tokenizer;
}

async function fromVocabulary(path, lowercase) {
  return bert(await library.WordPiece.fromFile(path, { unkToken: '[UNK]' }), lowercase);
}

// A tokenizer.json without the padding and truncation stored in it.
function fromJson(json) {
  return library.Tokenizer.fromString(JSON.stringify({ ...json, truncation: null, padding: null }));
}

module.exports = { library, version, bert, fromVocabulary, fromJson };
