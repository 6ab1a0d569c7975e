// Weights, dropout and shuffles that no test gives a seed are drawn from Math.random: the same ones in every run of a
// test file, so that what passed once does not fail some other day. (fast-check has seeds of its own, which it prints.)
// The generator is Mulberry32.
let state = 1;
Math.random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let bits = Math.imul(state ^ (state >>> 15), state | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
};
