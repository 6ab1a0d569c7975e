import { NormkitError } from '@normkit/core';
import { layerNormalization } from '@normkit/layers';
import { describe, expect, it } from 'vitest';

const refused = (name: string) => {
  const args: object = Object.fromEntries([[name, 1]]);
  try {
    layerNormalization(args);
  } catch (error) {
    expect(error).toBeInstanceOf(NormkitError);
    return (error as Error).message;
  }
  throw new Error('expected an error, and nothing was thrown');
};

describe('an argument that there is not', () => {
  it('is refused at once and in part, however long its name is', () => {
    // Processor time: other programs on the machine do not count.
    const begun = process.cpuUsage();
    for (const letter of ['x', '_', 'epsilon', 'a_b']) {
      expect(refused(letter.repeat(1_000_000)).length).toBeLessThan(1000);
    }
    expect(process.cpuUsage(begun).user / 1000).toBeLessThan(3000);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('is refused where it is named %s', (name) => {
    expect(refused(name)).toContain(`there is no argument '${name}'. The arguments are`);
  });

  it('is still guessed', () => {
    expect(refused('epsilom')).toContain("there is no argument 'epsilom'; did you mean epsilon");
  });
});
