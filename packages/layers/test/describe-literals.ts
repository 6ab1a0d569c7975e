import type { VectorData } from '@normkit/conformance';
import { describe, expect, it } from 'vitest';
import { type LayerLiteral, runLayerLiteral, unfit } from './layer-literals.ts';
import { type PredictionLiteral, repeatPrediction, repeatTraining, type TrainingLiteral } from './recorded-runs.ts';

type Literal = LayerLiteral | TrainingLiteral | PredictionLiteral;

/** Every entry of the literals that is about a layer or a model of layers, on the current backend. */
export function describeLiterals(backend: string, { literals }: VectorData): void {
  describe(`numbers of others, ${backend}`, () => {
    if (!literals) return void it.skip('not tested, ../shared is absent beside the project', () => undefined);
    const entries = (literals as readonly unknown[] as readonly Literal[]).filter(isOfLayers);
    const reasons = new Map<string, number>();
    let runs = 0;
    for (const entry of entries) {
      const reason = isLayer(entry) ? unfit(entry) : undefined;
      if (reason) {
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        continue;
      }
      runs++;
      it(isLayer(entry) ? entry.id : entry.name, async () => {
        if (isLayer(entry)) runLayerLiteral(entry);
        else if (entry.op === 'training') await repeatTraining(entry);
        else await repeatPrediction(entry);
      });
    }
    it('all of them are there, and few have a reason not to run', () => {
      expect(entries.filter((entry) => entry.op === 'training')).toHaveLength(9);
      expect(entries.filter((entry) => entry.op === 'model.predict')).toHaveLength(1);
      expect([runs, Object.fromEntries(reasons)]).toEqual([
        90,
        {
          'no layer for local response normalization': 10,
          'UnitNormalization has an epsilon of its own': 1,
          'UnitNormalization has no axis: null': 1,
          'UnitNormalization is of order 2': 1,
        },
      ]);
    });
  });
}

function isOfLayers({ op }: Literal): boolean {
  return op === undefined || op === 'layer.apply' || op === 'training' || op === 'model.predict';
}

function isLayer(entry: Literal): entry is LayerLiteral {
  return entry.op === undefined || entry.op === 'layer.apply';
}
