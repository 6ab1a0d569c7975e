import { checkEpsilon } from '@normkit/core/checks';
import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { weightArguments } from '../weights/weight-arguments.ts';
import {
  type Constraint,
  type ConstraintLike,
  constraintOf,
  type Initializer,
  type InitializerLike,
  initializerOf,
  objectConfig,
  type Regularizer,
  type RegularizerLike,
  regularizerOf,
} from '../weights/weight-objects.ts';
import { NormalizationLayer, type NormalizationLayerArgs } from './normalization-layer.ts';

/** The arguments of gamma and beta. */
export interface AffineArgs extends NormalizationLayerArgs {
  /** Is added to the variance under the root. Default: 1e-3. */
  readonly epsilon?: number | undefined;
  /** Whether beta is added. Default: true. */
  readonly center?: boolean | undefined;
  /** Whether gamma multiplies. Default: true. */
  readonly scale?: boolean | undefined;
  /** Default: zeros. */
  readonly betaInitializer?: InitializerLike | undefined;
  /** Default: ones. */
  readonly gammaInitializer?: InitializerLike | undefined;
  readonly betaRegularizer?: RegularizerLike | null | undefined;
  readonly gammaRegularizer?: RegularizerLike | null | undefined;
  readonly betaConstraint?: ConstraintLike | null | undefined;
  readonly gammaConstraint?: ConstraintLike | null | undefined;
}

export const affineArguments: readonly string[] = [
  'epsilon',
  'center',
  'scale',
  ...weightArguments('beta', 'gamma'),
  'maskStatistics',
];

/** What PyTorch calls gamma and beta. */
export const affineInTorch = { gamma: { name: 'weight' }, beta: { name: 'bias' } };

/** A layer that multiplies the normalized values by gamma and adds beta. */
export abstract class AffineLayer extends NormalizationLayer {
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly betaInitializer: Initializer;
  readonly gammaInitializer: Initializer;
  readonly betaRegularizer: Regularizer | undefined;
  readonly gammaRegularizer: Regularizer | undefined;
  readonly betaConstraint: Constraint | undefined;
  readonly gammaConstraint: Constraint | undefined;
  /** Undefined until the layer is built, and where `scale` is false. */
  gamma: LayerVariable | undefined;
  /** Undefined until the layer is built, and where `center` is false. */
  beta: LayerVariable | undefined;

  constructor(args: AffineArgs, own: readonly string[], { epsilon = 1e-3, maskStatistics = false } = {}) {
    super(args, own, maskStatistics);
    const { label } = this;
    this.epsilon = checkEpsilon(label, args.epsilon ?? epsilon);
    this.center = this.flag('center', args.center, true);
    this.scale = this.flag('scale', args.scale, true);
    this.betaInitializer = initializerOf(label, 'betaInitializer', args.betaInitializer ?? 'zeros');
    this.gammaInitializer = initializerOf(label, 'gammaInitializer', args.gammaInitializer ?? 'ones');
    this.betaRegularizer = regularizerOf(label, 'betaRegularizer', args.betaRegularizer);
    this.gammaRegularizer = regularizerOf(label, 'gammaRegularizer', args.gammaRegularizer);
    this.betaConstraint = constraintOf(label, 'betaConstraint', args.betaConstraint);
    this.gammaConstraint = constraintOf(label, 'gammaConstraint', args.gammaConstraint);
  }

  protected createGammaAndBeta(shape: Shape, { scale, center }: { scale: boolean; center: boolean } = this): void {
    if (scale) {
      this.gamma = this.createWeight('gamma', shape, {
        initializer: this.gammaInitializer,
        regularizer: this.gammaRegularizer,
        constraint: this.gammaConstraint,
      });
    }
    if (center) {
      this.beta = this.createWeight('beta', shape, {
        initializer: this.betaInitializer,
        regularizer: this.betaRegularizer,
        constraint: this.betaConstraint,
      });
    }
  }

  /** Gamma and beta as they are now, as the ops take them. */
  protected affine(): { gamma: Tensor | undefined; beta: Tensor | undefined } {
    return { gamma: this.gamma?.read(), beta: this.beta?.read() };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon, center: this.center, scale: this.scale, ...this.objects() };
  }

  /** The initializers, regularizers and constraints, as configs have them. */
  protected objects(): serialization.ConfigDict {
    return {
      betaInitializer: objectConfig(this.betaInitializer),
      gammaInitializer: objectConfig(this.gammaInitializer),
      betaRegularizer: objectConfig(this.betaRegularizer),
      gammaRegularizer: objectConfig(this.gammaRegularizer),
      betaConstraint: objectConfig(this.betaConstraint),
      gammaConstraint: objectConfig(this.gammaConstraint),
    };
  }
}
