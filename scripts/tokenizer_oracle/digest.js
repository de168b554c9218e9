// The canonical form of an encoding and its digest, as tests/tokenizer/digest.h computes them.
'use strict';

// "101:0-0:0 7592:0-5:0 102:0-0:0\n": id, code point range and type of every token.
function canonical(encoding) {
  const ids = encoding.getIds();
  const types = encoding.getTypeIds();
  const offsets = encoding.getOffsets();
  return ids.map((id, i) => `${id}:${offsets[i][0]}-${offsets[i][1]}:${types[i]}`).join(' ') + '\n';
}

// 64-bit FNV-1a over ASCII text, in four 16-bit limbs: the prime is 2^40 + 0x1b3.
class Digest {
  constructor() {
    this.limbs = [0x2325, 0x8422, 0x9ce4, 0xcbf2];
  }
  add(text) {
    let [a, b, c, d] = this.limbs;
    for (let i = 0; i < text.length; i++) {
      a ^= text.charCodeAt(i);
      const a1 = a * 0x1b3;
      const b1 = b * 0x1b3 + (a1 >>> 16);
      const c1 = c * 0x1b3 + a * 0x100 + (b1 >>> 16);
      const d1 = d * 0x1b3 + b * 0x100 + Math.floor(c1 / 0x10000);
      a = a1 & 0xffff;
      b = b1 & 0xffff;
      c = c1 & 0xffff;
      d = d1 & 0xffff;
    }
    this.limbs = [a, b, c, d];
  }
  hex() {
    return this.limbs.slice().reverse().map((x) => x.toString(16).padStart(4, '0')).join('');
  }
}

module.exports = { canonical, Digest };
