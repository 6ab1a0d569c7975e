import { NormkitError } from '@normkit/core';
import { shapeText } from '@normkit/core/checks';
import { type DataType, matMul, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { type CallArguments, KerasLayer } from '../abstract-layers/keras-layer.ts';
import { type WeightObjects, weightObjectsConfig, weightObjectsOf } from '../weights/weight-arguments.ts';
import {
  type Activation,
  activationOf,
  type Constraint,
  type Initializer,
  type Regularizer,
} from '../weights/weight-objects.ts';
import {
  cellArgumentsOf,
  checkRate,
  checkUnits,
  type RecurrentCellArgs,
  recurrentCellArguments,
} from './recurrent-cell-arguments.ts';
import { StepDropout } from './step-dropout.ts';

type WeightArguments = [
  shape: Shape,
  dtype?: DataType,
  initializer?: Initializer,
  regularizer?: Regularizer,
  trainable?: boolean,
  constraint?: Constraint,
];

/** The kernels and the bias of a cell, as they are made. */
interface KernelShapes {
  /** How many vectors of `units` the kernels give. */
  readonly gates: number;
  readonly bias: number[];
  readonly biasInitializer?: Pick<Initializer, 'apply'>;
}

/**
 * One step of a recurrent layer, for `tf.layers.rnn({ cell })`: from the input and the states before, the output and
 * the states after. Its weights are named by the cell, as in Keras: `rnn/cell/kernel`.
 */
export abstract class RecurrentCell extends KerasLayer {
  readonly units: number;
  readonly activation: Activation;
  readonly useBias: boolean;
  /** The extent of each state, the output first. */
  abstract readonly stateSize: number | number[];
  /** There once the cell is built, as is the recurrent kernel; the bias, unless `useBias` is false. */
  kernel: LayerVariable | undefined;
  recurrentKernel: LayerVariable | undefined;
  bias: LayerVariable | undefined;
  /** TensorFlow.js's type of a cell declares these two. Here they are not used. */
  declare readonly dropoutMask: Tensor[];
  declare readonly recurrentDropoutMask: Tensor[];
  private readonly inputDropout: StepDropout;
  private readonly stateDropout: StepDropout;
  private readonly objects: Readonly<Record<'kernel' | 'recurrent' | 'bias', WeightObjects>>;

  constructor(args: RecurrentCellArgs, own: readonly string[]) {
    super(args, [...recurrentCellArguments, ...own]);
    const { label } = this;
    this.units = checkUnits(label, args.units);
    this.activation = this.activationArgument('activation', args.activation, 'tanh');
    this.useBias = this.flag('useBias', args.useBias, true);
    this.objects = {
      kernel: weightObjectsOf(label, 'kernel', args, 'glorotUniform'),
      recurrent: weightObjectsOf(label, 'recurrent', args, 'orthogonal'),
      bias: weightObjectsOf(label, 'bias', args, 'zeros'),
    };
    this.inputDropout = new StepDropout(checkRate(label, 'dropout', args.dropout ?? 0));
    this.stateDropout = new StepDropout(checkRate(label, 'recurrentDropout', args.recurrentDropout ?? 0));
  }

  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new cls(cellArgumentsOf(config));
  }

  /**
   * `className` and `config` make a cell its own config. TensorFlow.js's Bidirectional makes its second layer out of
   * the config of its first layer. `RNN.fromConfig` has replaced the cell's config in it by the cell.
   */
  get className(): string {
    return this.getClassName();
  }

  get config(): serialization.ConfigDict {
    return this.getConfig();
  }

  get dropout(): number {
    return this.inputDropout.rate;
  }

  get recurrentDropout(): number {
    return this.stateDropout.rate;
  }

  /** Two layers that share a cell both build it. A cell that is called by itself gets the shapes of its states too. */
  override build(inputShape: Shape | Shape[]): void {
    if (!this.built) super.build(inputOf(inputShape));
  }

  protected activationArgument(
    argument: string,
    value: RecurrentCellArgs['activation'],
    otherwise: string,
  ): Activation {
    return activationOf(this.label, argument, value === null ? 'linear' : (value ?? otherwise));
  }

  protected override addWeight(name: string, ...rest: WeightArguments): LayerVariable {
    return super.addWeight(`${this.name}/${name}`, ...rest);
  }

  protected createKernels(shape: Shape, { gates, bias, biasInitializer }: KernelShapes): void {
    const features = shape[1];
    if (shape.length !== 2 || typeof features !== 'number') {
      throw new NormkitError(
        this.label,
        'inputs',
        `the input of one step must be [batch, features], with a defined number of features. Got shape ${shapeText(shape)}; put the cell into tf.layers.rnn({ cell }), which takes [batch, time, features].`,
      );
    }
    const { objects, units } = this;
    this.kernel = this.createWeight('kernel', [features, gates * units], objects.kernel);
    this.recurrentKernel = this.createWeight('recurrent_kernel', [units, gates * units], objects.recurrent);
    if (!this.useBias) return;
    this.bias = this.createWeight('bias', bias, {
      ...objects.bias,
      initializer: biasInitializer ?? objects.bias.initializer,
    });
  }

  protected get biasInitializer(): Initializer {
    return this.objects.bias.initializer;
  }

  /** The input and the states of a step. */
  protected stepTensors(inputs: Tensor | Tensor[]): Tensor[] {
    this.checkBuilt();
    const expected = 1 + [this.stateSize].flat().length;
    if (Array.isArray(inputs) && inputs.length === expected) return inputs;
    throw new NormkitError(
      this.label,
      'inputs',
      `the cell takes ${expected} tensors, the input and its states. Got ${Array.isArray(inputs) ? inputs.length : 1}; put the cell into tf.layers.rnn({ cell }), which hands them to it.`,
    );
  }

  protected fromInput(x: Tensor, call: CallArguments): Tensor {
    return product(this.inputDropout.apply(x, call), this.kernel);
  }

  protected fromState(h: Tensor, call: CallArguments): Tensor {
    return product(this.stateDropout.apply(h, call), this.recurrentKernel);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape[] {
    const [batch = null] = inputOf(inputShape);
    return [this.units, this.stateSize].flat().map((extent) => [batch, extent]);
  }

  override getConfig(): serialization.ConfigDict {
    const { kernel, recurrent, bias } = this.objects;
    return {
      ...super.getConfig(),
      units: this.units,
      activation: this.activation.getClassName(),
      useBias: this.useBias,
      ...weightObjectsConfig('kernel', kernel),
      ...weightObjectsConfig('recurrent', recurrent),
      ...weightObjectsConfig('bias', bias),
      dropout: this.dropout,
      recurrentDropout: this.recurrentDropout,
    };
  }
}

function product(x: Tensor, kernel: LayerVariable | undefined): Tensor {
  return kernel ? matMul(x, kernel.read()) : x;
}

/** The shape of the input, where the shapes of the states may follow it. */
function inputOf(shapes: Shape | Shape[]): Shape {
  return (Array.isArray(shapes[0]) ? shapes[0] : shapes) as Shape;
}
