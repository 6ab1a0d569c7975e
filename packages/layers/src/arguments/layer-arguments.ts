import { NormkitError } from '@normkit/core';
import { listText, shortText, valueText } from '@normkit/core/checks';
import { layers } from '@tensorflow/tfjs-layers';

/** What every layer of TensorFlow.js takes. */
const baseArguments = [
  'name',
  'trainable',
  'inputShape',
  'batchInputShape',
  'batchSize',
  'dtype',
  'inputDType',
  'weights',
] as const;

/** What other libraries call some of our arguments. */
const foreignNames: Readonly<Record<string, string>> = {
  eps: 'epsilon',
  affine: 'center and scale',
  elementwiseAffine: 'center and scale',
  bias: 'center',
  useBias: 'center',
  useScale: 'scale',
  numGroups: 'groups',
  group: 'groups',
  numChannels: 'axis',
  numFeatures: 'axis',
  normalizedShape: 'axis',
  decay: 'momentum',
  betaInit: 'betaInitializer',
  gammaInit: 'gammaInitializer',
  runningMeanInitializer: 'movingMeanInitializer',
  runningVarInitializer: 'movingVarianceInitializer',
};

/** Refuses what a layer does not know: a typo would otherwise be a silent default. */
export function checkArguments<Args extends object>(layer: string, args: Args, own: readonly string[]): Args {
  if (typeof args !== 'object' || args === null || Array.isArray(args) || args instanceof layers.Layer) {
    throw new NormkitError(
      layer,
      'arguments',
      `the arguments must be one object. Got ${valueText(args)}; write { ${own[0] ?? 'name'}: … }, say.`,
    );
  }
  const unknown = Object.keys(args).find((name) => !own.includes(name) && !isBaseArgument(name));
  if (unknown === undefined) return args;
  const { name } = args as { name?: unknown };
  throw new NormkitError(
    typeof name === 'string' ? `${layer} ${shortText(name)}` : layer,
    unknown,
    `there is no argument '${shortText(unknown)}'${advice(unknown, own)}. The arguments are ${listText([...own, ...baseArguments]).replace(' or ', ' and ')}.`,
  );
}

/** `gamma_initializer` as TensorFlow.js writes it: `gammaInitializer`. */
export function camelCase(name: string): string {
  return name.length > 1 ? name.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase()) : name;
}

function isBaseArgument(name: string): boolean {
  return (baseArguments as readonly string[]).includes(name);
}

function advice(unknown: string, own: readonly string[]): string {
  const camel = camelCase(unknown);
  const known = [...own, ...baseArguments];
  if (known.includes(camel)) return `; in code it is written ${camel} (a saved config may say ${shortText(unknown)})`;
  const foreign = Object.hasOwn(foreignNames, camel) ? foreignNames[camel] : undefined;
  if (foreign && known.includes(foreign.split(' ')[0] ?? '')) return `; here it is ${foreign}`;
  const [nearest] = known
    .map((name) => ({ name, most: Math.max(1, Math.floor(name.length / 3)) }))
    // A name of megabytes is no typo, and would be compared letter by letter.
    .filter(({ name, most }) => Math.abs(name.length - camel.length) <= most)
    .map(({ name, most }) => ({ name, most, distance: editDistance(camel.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance, most }) => distance <= most)
    .sort((a, b) => a.distance - b.distance);
  return nearest ? `; did you mean ${nearest.name}` : '';
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const [above, beside, diagonal] = [row[j + 1] ?? 0, next[j] ?? 0, row[j] ?? 0];
      next.push(Math.min(above + 1, beside + 1, diagonal + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
