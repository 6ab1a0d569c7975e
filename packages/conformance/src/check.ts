import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type CaseValues, type Layout, type NormCase, normCases, type Precision, valuesOf } from './cases.ts';
import { firstDifference, tolerances } from './compare.ts';
import { askOracle } from './oracle.ts';
import { testedNorm } from './tested-norms.ts';

/** Runs one case, by name or as data, on the current backend, and throws with the first wrong value. */
export async function checkNormCase(nameOrCase: string | NormCase, precision: Precision): Promise<void> {
  const found = typeof nameOrCase === 'string' ? normCases().find(({ name }) => name === nameOrCase) : nameOrCase;
  if (!found) throw new Error(`there is no case "${nameOrCase}"; normCases() lists them`);
  const values = valuesOf(found, precision);
  const answer = askOracle({ ...found.layout, epsilon: found.epsilon, ...values });
  const allowed = tolerances(answer, precision);
  const results = await runCase(found, values);
  for (const [what, received] of Object.entries(results)) {
    const name = what as keyof typeof allowed;
    const difference = firstDifference(name, received, answer[name], allowed[name]);
    if (difference) {
      const again = `await checkNormCase(${JSON.stringify(found.name)}, '${precision}')`;
      throw new Error(`${difference}\n  on backend '${tf.getBackend()}', again with: ${again}`);
    }
  }
}

/** The op of a layout, applied. */
export function applyNorm(
  layout: Layout,
  epsilon: number,
  x: Tensor,
  parameters: { gamma?: Tensor; beta?: Tensor; mask?: Tensor } = {},
): Tensor {
  const { axis, groups } = layout;
  const options = { axis, ...(groups === undefined ? {} : { groups }), epsilon, ...parameters };
  return testedNorm(layout).op(x, options as never);
}

/** The shape of gamma and beta, from the definition. */
export function parameterShape(layout: Layout): number[] {
  return testedNorm(layout)
    .parameterAxes(layout)
    .map((axis) => layout.shape[axis] ?? 1);
}

async function runCase({ layout, epsilon }: NormCase, values: CaseValues): Promise<Record<string, Float32Array>> {
  const shape = [...layout.shape];
  const inputs = { x: tf.tensor(values.x, shape), ...parameterTensors(layout, values) };
  const names = Object.keys(inputs) as ('x' | 'gamma' | 'beta')[];
  const dy = tf.tensor(values.dy, shape);
  const { value, grads } = tf.valueAndGrads((...given: Tensor[]) => {
    const { x, ...parameters } = Object.fromEntries(names.map((name, index) => [name, given[index]])) as typeof inputs;
    return applyNorm(layout, epsilon, x, parameters);
  })(Object.values(inputs), dy);
  const outputs: [string, Tensor][] = [
    ['y', value],
    ...grads.map((grad, index): [string, Tensor] => [`d${names[index]}`, grad]),
  ];
  const results: Record<string, Float32Array> = {};
  for (const [name, output] of outputs) results[name] = (await output.data()) as Float32Array;
  tf.dispose([dy, Object.values(inputs), outputs.map(([, output]) => output)]);
  return results;
}

/** gamma and beta as tensors, where the values have them. */
export function parameterTensors(layout: Layout, { gamma, beta }: CaseValues): { gamma?: Tensor; beta?: Tensor } {
  const shape = parameterShape(layout);
  return { ...(gamma && { gamma: tf.tensor(gamma, shape) }), ...(beta && { beta: tf.tensor(beta, shape) }) };
}
