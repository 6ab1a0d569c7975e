import { camelCase } from './layer-arguments.ts';
import { registeredClass } from './registered-class.ts';

/** An object as Keras writes it into configs. */
export interface ObjectConfig {
  readonly className: string;
  readonly config?: Readonly<Record<string, unknown>> | null;
}

/** Names that Keras has for initializers and regularizers and TensorFlow.js lacks, and what they mean there. */
const kerasNames: Readonly<Record<string, ObjectConfig>> = {
  Zero: { className: 'Zeros' },
  One: { className: 'Ones' },
  Uniform: { className: 'RandomUniform' },
  Normal: { className: 'RandomNormal' },
  LecunNormal: { className: 'LeCunNormal' },
  LecunUniform: { className: 'LeCunUniform' },
  ZerosInitializer: { className: 'Zeros' },
  OnesInitializer: { className: 'Ones' },
  IdentityInitializer: { className: 'Identity' },
  OrthogonalInitializer: { className: 'Orthogonal' },
  L1: { className: 'L1L2', config: { l1: 0.01, l2: 0 } },
  L2: { className: 'L1L2', config: { l1: 0, l2: 0.01 } },
};

/**
 * An initializer, regularizer or constraint by the name under which TensorFlow.js has it: `RandomUniform` of
 * `random_uniform`, `L1L2` of `L2`. A name that means nothing there stays.
 */
export function tensorflowObject({ className, config }: ObjectConfig): Required<ObjectConfig> {
  const pascal = camelCase(className).replace(/^[a-z]/, (letter) => letter.toUpperCase());
  const found = [className, pascal, pascal.replace(/^L1l2$/, 'L1L2')].find((name) => registeredClass(name));
  if (found !== undefined) return { className: found, config: { ...config } };
  const known = Object.hasOwn(kerasNames, pascal) ? kerasNames[pascal] : undefined;
  return { className: known?.className ?? className, config: { ...known?.config, ...config } };
}
