import type { serialization } from '@tensorflow/tfjs-core';
import {
  type Constraint,
  constraintOf,
  type Initializer,
  initializerOf,
  objectConfig,
  type Regularizer,
  regularizerOf,
} from './weight-objects.ts';

/** The names of the arguments of some weights: `betaInitializer`, `gammaInitializer`, `betaRegularizer` and so on. */
export function weightArguments(...weights: readonly string[]): string[] {
  return ['Initializer', 'Regularizer', 'Constraint'].flatMap((kind) => weights.map((weight) => weight + kind));
}

/** What makes, penalizes and bounds one weight. */
export interface WeightObjects {
  readonly initializer: Initializer;
  readonly regularizer: Regularizer | undefined;
  readonly constraint: Constraint | undefined;
}

/** The three arguments of a weight: `kernelInitializer`, `kernelRegularizer` and `kernelConstraint` of `kernel`. */
export function weightObjectsOf(label: string, weight: string, args: object, initializer: string): WeightObjects {
  const given = args as Readonly<Record<string, never>>;
  const [init, regularizer, constraint] = weightArguments(weight) as [string, string, string];
  return {
    initializer: initializerOf(label, init, given[init] ?? initializer),
    regularizer: regularizerOf(label, regularizer, given[regularizer]),
    constraint: constraintOf(label, constraint, given[constraint]),
  };
}

/** The same as a config has them. */
export function weightObjectsConfig(weight: string, objects: WeightObjects): serialization.ConfigDict {
  const [initializer, regularizer, constraint] = weightArguments(weight) as [string, string, string];
  return {
    [initializer]: objectConfig(objects.initializer),
    [regularizer]: objectConfig(objects.regularizer),
    [constraint]: objectConfig(objects.constraint),
  };
}
