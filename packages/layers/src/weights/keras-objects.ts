import { camelCase } from '../arguments/layer-arguments.ts';
import { registeredClass } from '../registry/registered-class.ts';

/** An object as Keras writes it into configs. */
export interface ObjectConfig {
  readonly className: string;
  readonly config?: Readonly<Record<string, unknown>> | null;
}

/** Keras's names of initializers and regularizers that TensorFlow.js lacks, and the same objects in TensorFlow.js. */
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
 * `random_uniform`, `L1L2` of `L2`. A name that TensorFlow.js does not know stays.
 */
export function tensorflowObject({ className, config }: ObjectConfig): Required<ObjectConfig> {
  const pascal = pascalCase(className);
  const found = [className, pascal, pascal.replace(/^L1l2$/, 'L1L2')].find((name) => registeredClass(name));
  const known = found === undefined ? kerasObject(className) : undefined;
  return { className: found ?? known?.className ?? className, config: { ...known?.config, ...config } };
}

/** The TensorFlow.js object for a name that only Keras has. */
export function kerasObject(name: string): ObjectConfig | undefined {
  const pascal = pascalCase(name);
  return Object.hasOwn(kerasNames, pascal) ? kerasNames[pascal] : undefined;
}

function pascalCase(name: string): string {
  return camelCase(name).replace(/^[a-z]/, (letter) => letter.toUpperCase());
}
