import { NormkitError } from '@normkit/core';
import { listText, shortText } from '@normkit/core/checks';

/** A weight of a file that does not fit, with its layer. */
export function weightError(weightName: string, message: string): NormkitError {
  const layer = layerOf(weightName);
  const name = shortText(weightName.slice(layer === '' ? 0 : layer.length + 1));
  const where = layer === '' ? `weight '${name}'` : `layer '${shortText(layer)}', weight ${name}`;
  return new NormkitError('loadKerasModel', 'weights', `${where}: ${message}`);
}

/** `lstm/lstm_cell` of `lstm/lstm_cell/kernel`. */
export function layerOf(weightName: string): string {
  return weightName.slice(0, Math.max(0, weightName.lastIndexOf('/')));
}

/** `a, b and c`, and of more than sixteen the first. */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 16).map(shortText);
  return names.length > 16 ? `${shown.join(', ')} and ${names.length - 16} more` : listText(shown, 'and');
}
