import type { AffineOptions, SharedOptions } from '@normkit/core';
import { checkEpsilon } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import {
  type Activation,
  type ActivationLike,
  type Initializer,
  type InitializerLike,
  initializerOf,
  objectConfig,
} from '../weights/weight-objects.ts';
import { RecurrentCell } from './recurrent-cell.ts';
import type { RecurrentCellArgs } from './recurrent-cell-arguments.ts';

/** The arguments of cells with gates, and of the norms within them. */
export interface GatedCellArgs extends RecurrentCellArgs {
  /** Of the gates. Default: 'sigmoid'. null is 'linear'. */
  readonly recurrentActivation?: ActivationLike | null | undefined;
  /** Of the gamma of each norm. Default: 'ones'. */
  readonly normGammaInitializer?: InitializerLike | undefined;
  /** Of the beta of each norm. Default: 'zeros'. */
  readonly normBetaInitializer?: InitializerLike | undefined;
  /** Is added to the variance under the root. Default: 1e-3. */
  readonly normEpsilon?: number | undefined;
}

const gatedCellArguments = ['recurrentActivation', 'normGammaInitializer', 'normBetaInitializer', 'normEpsilon'];

/** The gamma and beta of one norm of a cell. */
export interface CellNorm {
  readonly gamma: LayerVariable;
  readonly beta: LayerVariable;
}

/** A cell with gates, whose sums are normalized before their activations. */
export abstract class GatedCell extends RecurrentCell {
  readonly recurrentActivation: Activation;
  readonly normGammaInitializer: Initializer;
  readonly normBetaInitializer: Initializer;
  readonly normEpsilon: number;
  /** The norms of the sums from the input and from the state. Undefined until the cell is built. */
  protected kernelNorm: CellNorm | undefined;
  protected recurrentNorm: CellNorm | undefined;

  constructor(args: GatedCellArgs, own: readonly string[] = []) {
    super(args, [...gatedCellArguments, ...own]);
    const { label } = this;
    this.recurrentActivation = this.activationArgument('recurrentActivation', args.recurrentActivation, 'sigmoid');
    this.normGammaInitializer = initializerOf(label, 'normGammaInitializer', args.normGammaInitializer ?? 'ones');
    this.normBetaInitializer = initializerOf(label, 'normBetaInitializer', args.normBetaInitializer ?? 'zeros');
    this.normEpsilon = checkEpsilon(label, args.normEpsilon ?? 1e-3);
  }

  protected createNorm(name: string, extent: number): CellNorm {
    return {
      gamma: this.createWeight(`${name}/gamma`, [extent], { initializer: this.normGammaInitializer }),
      beta: this.createWeight(`${name}/beta`, [extent], { initializer: this.normBetaInitializer }),
    };
  }

  /** The options of the norm that has this gamma and beta. */
  protected normOptions(norm: CellNorm | undefined): AffineOptions & SharedOptions {
    return { epsilon: this.normEpsilon, gamma: norm?.gamma.read(), beta: norm?.beta.read() };
  }

  override getConfig(): serialization.ConfigDict {
    return {
      ...super.getConfig(),
      recurrentActivation: this.recurrentActivation.getClassName(),
      normGammaInitializer: objectConfig(this.normGammaInitializer),
      normBetaInitializer: objectConfig(this.normBetaInitializer),
      normEpsilon: this.normEpsilon,
    };
  }
}
