export { backward } from './backward';
export { setTensors } from './call';
export { apply, forward } from './forward';
export { setAffine, setLanes, setLines, setShort, setStats, setVariance } from './plan';
export { backwardScratch, forwardScratch } from './scratch';
