import { NormkitError } from '@normkit/core';
import { shapeText, shortText, valueText } from '@normkit/core/checks';
import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import '../calls/track-calls.ts';
import { camelCase, checkArguments } from '../arguments/layer-arguments.ts';
import { argumentsOf } from '../arguments/layer-config.ts';
import { refuseOtherCopy } from '../arguments/other-copies.ts';
import { obeyCallArguments, standsStill } from '../calls/running-calls.ts';
import { type Freezing, watchFreezing } from '../weights/freezing.ts';
import { constrainUpdates, interceptWrites } from '../weights/guarded-weight.ts';
import type { Constraint, Initializer, Regularizer } from '../weights/weight-objects.ts';

/** The arguments of every layer of TensorFlow.js: name, trainable, inputShape, batchInputShape and so on. */
export type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** The second argument of a layer's call: `{ training, mask }`, and arguments that an application's own layer takes. */
export type CallArguments = Parameters<layers.Layer['call']>[1];

export interface WeightOptions {
  readonly dtype?: 'float32' | 'int32' | 'bool';
  readonly initializer: Pick<Initializer, 'apply'>;
  readonly regularizer?: Regularizer | undefined;
  readonly constraint?: Constraint | undefined;
  readonly trainable?: boolean;
}

/**
 * A layer of TensorFlow.js that refuses arguments it does not have and reads the configs of every Keras. Its weights
 * freeze with it, and refuse values of another shape.
 */
export abstract class KerasLayer extends layers.Layer {
  /** The name under which the layer is saved and loaded. */
  static className: string;

  private readonly created: LayerVariable[] = [];
  private freezing: Freezing = watchFreezing(this._trainableWeights);

  constructor(args: LayerArgs, own: readonly string[]) {
    super(checkArguments(shortName(new.target.className), args, own));
    this.flag('trainable', args.trainable, true);
    obeyCallArguments([this]);
  }

  override apply(
    inputs: Parameters<layers.Layer['apply']>[0],
    kwargs?: CallArguments,
  ): ReturnType<layers.Layer['apply']> {
    const given: unknown[] = Array.isArray(inputs) ? inputs : [inputs];
    for (const input of given) refuseOtherCopy(this.label, 'inputs', input);
    const isTensor = (entry: unknown) => typeof entry === 'object' && entry !== null && 'shape' in entry;
    if (given.length > 0 && given.every(isTensor)) return super.apply(inputs, kwargs);
    throw new NormkitError(
      this.label,
      'inputs',
      `the layer takes a tensor, or what tf.input and other layers' apply give. Got ${valueText(inputs)}; write tf.tensor(…) around numbers.`,
    );
  }

  /** TensorFlow.js makes the default name of a layer from this, and refuses names with `>`: the prefix is left out. */
  override getClassName(): string {
    const className = super.getClassName();
    return this.name === undefined ? shortName(className) : className;
  }

  /** The layer as messages name it. */
  get label(): string {
    return `${shortName(super.getClassName())} ${shortText(String(this.name))}`;
  }

  /** Creates the layer from its config, as Keras, TensorFlow Addons or TensorFlow.js wrote it. */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new cls(argumentsOf(config));
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = this.oneShape(inputShape);
    try {
      this.createWeights(shape);
    } catch (error) {
      this.discardWeights();
      throw error;
    }
    this.built = true;
  }

  /** Makes the weights, in Keras's order. Throws where the layer cannot be applied to inputs of this shape. */
  protected abstract createWeights(shape: Shape): void;

  protected createWeight(name: string, shape: Shape, options: WeightOptions): LayerVariable {
    const { dtype = 'float32', initializer, regularizer, constraint, trainable = true } = options;
    const checked = {
      apply: (...args: Parameters<Initializer['apply']>) => this.initialValue(name, initializer, args),
    };
    const weight = this.addWeight(name, shape, dtype, checked as Initializer, regularizer, trainable, constraint);
    this.created.push(weight);
    // An optimizer without a list of variables trains every variable whose `trainable` is true.
    if (!this.trainable) weight.trainable = false;
    constrainUpdates(weight);
    this.checkWrites(name, weight);
    return weight;
  }

  /** Some initializers take matrices only. Their own message does not name the layer. */
  private initialValue(
    name: string,
    initializer: WeightOptions['initializer'],
    args: Parameters<Initializer['apply']>,
  ) {
    try {
      return initializer.apply(...args);
    } catch (error) {
      throw new NormkitError(
        this.label,
        `${camelCase(name)}Initializer`,
        `its weight ${name}, of shape ${shapeText(args[0])}, cannot be initialized: ${(error as Error).message} Use another initializer, such as 'ones' or 'randomNormal'.`,
      );
    }
  }

  /** Disposes the layer's own weights. The weights of a layer that it wraps stay. */
  protected discardWeights(): void {
    for (const weight of this.created) weight.dispose();
    this.created.length = 0;
    this._trainableWeights.length = 0;
    this.nonTrainableWeights = [];
  }

  /**
   * Whether this layer is frozen: by its own `trainable`, or because the model directly around it is frozen. A frozen
   * model thaws its layers when it becomes the first part of a Sequential model.
   */
  protected isFrozen(): boolean {
    return !this.trainable || !this.freezing.trainable;
  }

  /** Whether a call is a step of training, at which averages move and kernels are normalized anew. */
  protected isTraining(kwargs: CallArguments): boolean {
    return Boolean(kwargs?.['training']) && !this.isFrozen() && !standsStill();
  }

  /** Takes over weights that another class has created for this layer, and checks their values. */
  adoptWeights(): void {
    this.freezing = watchFreezing(this._trainableWeights);
    for (const weight of this.weights) {
      const name = this.weightName(weight);
      this.checkWrites(name, weight);
      this.inspectWeight(name, weight.read());
    }
  }

  override setWeights(weights: Tensor[]): void {
    const own = this.weights;
    if (weights.length > 0) this.checkBuilt();
    if (own.length !== weights.length) {
      throw new NormkitError(
        this.label,
        'weights',
        `the layer has ${own.length} weights: ${own.map((weight) => this.weightName(weight)).join(', ')}. Got ${weights.length}.`,
      );
    }
    for (const [index, weight] of own.entries()) {
      const value = weights[index];
      if (value) this.checkWeight(this.weightName(weight), weight.shape, value);
    }
    super.setWeights(weights);
  }

  protected oneTensor(inputs: Tensor | Tensor[]): Tensor {
    this.checkBuilt();
    return this.one(inputs, 'tensor');
  }

  /** A layer without its weights would compute x̂ alone. */
  protected checkBuilt(): void {
    if (this.built) return;
    throw new NormkitError(
      this.label,
      'inputs',
      'the layer is not built yet. Call apply(x), which builds it, or build(x.shape) first.',
    );
  }

  protected oneShape(shapes: Shape | Shape[]): Shape {
    return Array.isArray(shapes[0]) ? this.one(shapes as Shape[], 'shape') : (shapes as Shape);
  }

  protected flag(argument: string, value: unknown, otherwise: boolean): boolean {
    if (value === undefined || value === null) return otherwise;
    if (typeof value === 'boolean') return value;
    throw new NormkitError(this.label, argument, `${argument} must be true or false. Got ${valueText(value)}.`);
  }

  private one<T>(given: T | T[], what: string): T {
    const [first, ...others] = Array.isArray(given) ? given : [given];
    if (first !== undefined && others.length === 0) return first;
    throw new NormkitError(this.label, 'inputs', `the layer takes one ${what}. Got ${(given as T[]).length}.`);
  }

  /**
   * `gamma` of `group_normalization_1/gamma`. Weights of a layer that was built by hand have no scope in their names.
   */
  private weightName({ originalName }: LayerVariable): string {
    const scope = `${this.name}/`;
    const start = originalName.lastIndexOf(scope);
    return start === -1 ? originalName : originalName.slice(start + scope.length);
  }

  /** TensorFlow.js checks no value that is written. */
  private checkWrites(name: string, weight: LayerVariable): void {
    interceptWrites(weight, (value, write) => {
      this.checkWeight(name, weight.shape, value);
      write(value);
    });
  }

  private checkWeight(name: string, shape: Shape, value: Tensor): void {
    if (shapeText(shape) !== shapeText(value.shape)) {
      throw new NormkitError(
        this.label,
        name,
        `its weight ${name} has shape ${shapeText(shape)}. Got ${shapeText(value.shape)}; the values are those of another layer, or of another configuration.`,
      );
    }
    this.inspectWeight(name, value);
  }

  /** Gets every value that is written to a weight, and the value of every weight that the layer adopts. */
  protected inspectWeight(_name: string, _value: Tensor): void {}
}

/** `GroupNormalization` of `Addons>GroupNormalization`. */
function shortName(className: string): string {
  return className.slice(className.indexOf('>') + 1);
}
