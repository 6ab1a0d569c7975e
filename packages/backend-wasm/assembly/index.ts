export { backward } from './backward';
export { apply, forward } from './forward';
export { setPlan } from './plan';
