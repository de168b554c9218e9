// The reference: npm `tokenizers` in the version that package.json pins, from `npm install` in this folder or from
// NODE_PATH.
'use strict';
const wanted = require('./package.json').dependencies.tokenizers;
const version = require('tokenizers/package.json').version;
if (version !== wanted) throw new Error(`tokenizers ${wanted} is needed, found ${version}`);
module.exports = { library: require('tokenizers'), version };
