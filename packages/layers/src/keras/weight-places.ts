import { LayersModel, type LayerVariable, type layers } from '@tensorflow/tfjs-layers';
import { layerOf } from './weight-errors.ts';

/** The weights whose names end alike, by the part before: `kernel`, then `dense/kernel`, then `net/dense/kernel`. */
interface Ending {
  readonly longer: Map<string, Ending>;
  readonly weights: LayerVariable[];
  /** How many of the weights at the front have a value already. */
  taken: number;
}

/** Where the weights of a file go. */
export interface WeightPlaces {
  /** The model's weights, each once. */
  readonly weights: ReadonlySet<LayerVariable>;
  /** The weights of each layer that has some, by the layer's name with the models around it. */
  readonly byLayer: ReadonlyMap<string, readonly LayerVariable[]>;
  /** The place for a weight of this name that nothing has been put into. */
  find(name: string, isTaken: (weight: LayerVariable) => boolean): LayerVariable | undefined;
}

/**
 * The model's weights by each name that a manifest may have for them. Keras 3 writes the models around a layer before
 * (`sequential/dense/kernel`) or numbers the weights (`dense/0`), and names the cell of a recurrent layer
 * (`lstm/lstm_cell/kernel`). Layers of different models within it may have the same name: the outer ones come first,
 * and a name with the models before is of one layer alone.
 */
export function weightPlaces(model: LayersModel): WeightPlaces {
  const root = ending();
  const weights = new Set<LayerVariable>();
  const byLayer = new Map<string, readonly LayerVariable[]>();
  const visit = (list: readonly layers.Layer[], path: string) => {
    for (const layer of list.filter((entry) => !(entry instanceof LayersModel))) {
      const own = layer.weights;
      if (own.length > 0) byLayer.set(path + layer.name, own);
      for (const [index, weight] of own.entries()) {
        weights.add(weight);
        const names = [weight.originalName, `${layerOf(weight.originalName)}/${index}`];
        // Of a cell the weights are named `rnn/cell/kernel`, and of several `rnn/RNNCell_0/cell/kernel`.
        if ('cell' in layer) names.push(withoutSecond(weight.originalName));
        for (const name of names) {
          put(root, name, weight);
          if (path !== '') put(root, path + name, weight);
        }
      }
    }
    for (const layer of list) if (layer instanceof LayersModel) visit(layer.layers, `${path}${layer.name}/`);
  };
  visit(model.layers, '');
  return { weights, byLayer, find: (name, isTaken) => find(root, name, isTaken) };
}

/** `a/c/d` of `a/b/c/d`. */
function withoutSecond(name: string): string {
  const [first = '', , ...rest] = name.split('/');
  return [first, ...rest].join('/');
}

function ending(): Ending {
  return { longer: new Map(), weights: [], taken: 0 };
}

function put(root: Ending, name: string, weight: LayerVariable): void {
  let at = root;
  for (const part of name.split('/').reverse()) {
    const next = at.longer.get(part) ?? ending();
    at.longer.set(part, next);
    at = next;
  }
  at.weights.push(weight);
}

/**
 * The longest ending that is known is what the name means. Of `a/b/c/d` the endings are `a/b/c/d`, `a/b/d`, `a/c/d`,
 * `b/c/d`, `b/d` and `c/d`: without models before the layer, and without a cell, or the stack of cells, after it.
 */
function find(root: Ending, name: string, isTaken: (weight: LayerVariable) => boolean): LayerVariable | undefined {
  const parts = name.split('/').reverse();
  const whole = along(root, parts);
  const withoutCell = along(
    root,
    parts.filter((_, index) => index !== 1),
  );
  for (let length = Math.min(parts.length, Math.max(whole.length + 2, withoutCell.length + 1)); length > 1; length--) {
    const shorter = length > 2 ? [withoutCell[length - 2], whole[length - 3]?.longer.get(parts[length - 1] ?? '')] : [];
    for (const at of [whole[length - 1], ...shorter]) {
      const weight = at && firstFree(at, isTaken);
      if (weight) return weight;
    }
  }
  return undefined;
}

function along(root: Ending, parts: readonly string[]): Ending[] {
  const path: Ending[] = [];
  let at: Ending | undefined = root;
  for (const part of parts) {
    at = at.longer.get(part);
    if (!at) break;
    path.push(at);
  }
  return path;
}

/** What is taken stays so: each weight is passed once. */
function firstFree(at: Ending, isTaken: (weight: LayerVariable) => boolean): LayerVariable | undefined {
  for (; at.taken < at.weights.length; at.taken++) {
    const weight = at.weights[at.taken];
    if (weight && !isTaken(weight)) return weight;
  }
  return undefined;
}
