// The tensors of the current call, as addresses: byte offsets in the heap. 0 stands for a tensor that is not given.
// Kernels read them here. As parameters they would make lists of up to thirteen.

export let x: usize = 0;
export let stats: usize = 0;
export let gamma: usize = 0;
export let beta: usize = 0;
export let y: usize = 0;
export let dy: usize = 0;
export let dx: usize = 0;
/**
 * Whether the caller gave the statistics: they are constants, and have two rows. Otherwise `forward` made them, and they
 * have four.
 */
export let frozenStats: bool = false;

/** What all kernels are given, or make first (`stats` of `forward`). */
export function setTensors(xAt: usize, statsAt: usize, gammaAt: usize, betaAt: usize): void {
  x = xAt;
  stats = statsAt;
  gamma = gammaAt;
  beta = betaAt;
}

export function openForward(yAt: usize, areFrozen: bool): void {
  y = yAt;
  frozenStats = areFrozen;
}

export function openBackward(dyAt: usize, dxAt: usize, areFrozen: bool): void {
  dy = dyAt;
  dx = dxAt;
  frozenStats = areFrozen;
}
