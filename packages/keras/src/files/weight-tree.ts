import type { ArrayFile } from './array-file.ts';
import type { AttributeValue, WeightDataset, WeightGroup } from './keras-file.ts';
import { inPlace, inPlaceAsync, KerasFileError, nameText } from './keras-file-error.ts';
import { countUnfolded, type Unfolding } from './unfolding.ts';

/** A group while it is filled. */
interface OpenGroup extends WeightGroup {
  readonly attributes: Map<string, AttributeValue>;
  readonly groups: Map<string, OpenGroup>;
  readonly datasets: Map<string, WeightDataset>;
}

/** A file whose groups and datasets go into a tree. */
export interface TreePart<Place> {
  readonly name: string;
  readonly file: ArrayFile<Place>;
  /** In bytes. */
  readonly size: number;
}

/** Deeper than any model: a model within a model takes two levels. */
const DEEPEST = 128;

/** State of the optimizer at the root, unless the root's groups are layers by their names. */
const optimizers = new Set(['optimizer', '_optimizer', 'optimizer_weights']);

export function emptyTree(): OpenGroup {
  return newGroup('');
}

function newGroup(path: string): OpenGroup {
  return { path, attributes: new Map(), groups: new Map(), datasets: new Map() };
}

/** Puts what is in a file into a tree, beside what is there of other shards. Values are read later. */
export function addTo<Place>(tree: OpenGroup, part: TreePart<Place>, unfolding: Unfolding): void {
  const { name, file } = part;
  const visited = new Set<Place>();
  const named = new Set<OpenGroup>();
  const addDataset = datasetAdder(part, unfolding);
  const open = (place: Place, group: OpenGroup) => {
    if (visited.has(place)) throw damaged('expected a tree. Got a group that is in several groups, or in itself.');
    visited.add(place);
    for (const [key, value] of joinedAttributes(file.attributes(place))) addOnce(group.attributes, key, value);
  };
  const inPart = <Result>(path: string, work: () => Result) => inPlace(name, () => inPlace(path || 'the root', work));
  const toVisit = [{ place: file.root, group: tree, depth: 0, children: inPart('', () => file.list(file.root)) ?? [] }];
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    const { place: parent, group, depth, children } = next;
    inPart(group.path, () => open(parent, group));
    for (const { name: link, place } of children) {
      const path = inPart(group.path, () => namesOf(link, depth));
      if (group === tree && optimizers.has(path[0] ?? '') && !tree.attributes.has('layer_names')) continue;
      const own = path.at(-1) ?? '';
      inPart(pathOf(group, path.join('/')), () => {
        const within = path.slice(0, -1).reduce(groupWithin, group);
        const inner = file.list(place);
        if (inner === undefined) return addDataset(place, within, own);
        const found = groupWithin(within, own);
        if (named.has(found)) throw damaged('expected one group of this name. Got two.');
        named.add(found);
        toVisit.push({ place, group: found, depth: depth + path.length, children: inner });
      });
    }
  }
}

function datasetAdder<Place>({ name, file, size }: TreePart<Place>, unfolding: Unfolding) {
  let sum = 0;
  return (place: Place, group: OpenGroup, own: string): void => {
    const { shape, dtype, stored, unfolded, read } = file.dataset(place);
    sum += stored;
    if (sum > 2 * size) throw damaged('expected arrays with bytes of their own. Got several with the same.');
    countUnfolded(unfolding, unfolded);
    if (group.datasets.has(own) || group.groups.has(own)) throw damaged('expected one array of this name. Got two.');
    const path = pathOf(group, own);
    const placedRead = () => inPlaceAsync(name, () => inPlaceAsync(path, read));
    group.datasets.set(own, { path, attributes: file.attributes(place), shape, dtype, read: placedRead });
  };
}

/** The names that a link stands for: on Windows Keras 2.15 wrote `layers\dense` for a group in a group. */
function namesOf(link: string, depth: number): readonly string[] {
  const names = link.split('\\');
  if (depth + names.length > DEEPEST) throw damaged(`expected at most ${DEEPEST} groups within one another.`);
  const odd = names.find((name) => name === '' || name === '.' || name === '..' || /[/\0]/.test(name));
  if (odd === undefined) return names;
  throw damaged(`expected names of groups and arrays. Got '${nameText(link)}'.`);
}

function groupWithin(parent: OpenGroup, name: string): OpenGroup {
  const there = parent.groups.get(name);
  if (there !== undefined) return there;
  if (parent.datasets.has(name)) throw damaged(`expected '${nameText(name)}' to be a group or an array. Got both.`);
  const group = newGroup(pathOf(parent, name));
  parent.groups.set(name, group);
  return group;
}

function pathOf(group: WeightGroup, name: string): string {
  return group.path === '' ? name : `${group.path}/${name}`;
}

/** Lists of names over 64 KiB are split: `layer_names0`, `layer_names1`, … */
function joinedAttributes(attributes: ReadonlyMap<string, AttributeValue>): ReadonlyMap<string, AttributeValue> {
  const joined = new Map(attributes);
  for (const name of ['layer_names', 'weight_names']) {
    if (attributes.has(name)) continue;
    const all: string[] = [];
    for (let part = 0; ; part++) {
      const names = attributes.get(`${name}${part}`);
      if (!Array.isArray(names)) break;
      for (const entry of names) all.push(String(entry));
      joined.delete(`${name}${part}`);
      joined.set(name, all);
    }
  }
  return joined;
}

/** Shards repeat the attributes of the groups that they share. */
function addOnce(attributes: Map<string, AttributeValue>, name: string, value: AttributeValue): void {
  if (!attributes.has(name)) attributes.set(name, value);
}

function damaged(detail: string): KerasFileError {
  return new KerasFileError('damaged', 'its groups', `${detail} Save the model again.`);
}
