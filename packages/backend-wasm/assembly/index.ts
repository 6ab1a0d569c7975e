export { backward } from './backward';
export { setTensors } from './call';
export { apply, forward } from './forward';
export { setAffine, setShort, setStats, setVariance } from './plan';
export { backwardScratch, forwardScratch } from './scratch';
