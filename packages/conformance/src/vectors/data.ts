/** The raw data, in the forms in which they were gathered. Plain JSON, so that a browser can be handed them. */
export interface VectorData {
  /** PyTorch's numbers. */
  readonly golden: { readonly cases: readonly GoldenEntry[] } | undefined;
  readonly wptWebnn: readonly WebnnEntry[];
  readonly webnnBaseline: readonly WebnnEntry[];
  readonly webnnPolyfill: readonly WebnnEntry[];
  readonly onnx: readonly OnnxEntry[];
  /** From the test suites of several libraries. */
  readonly literals: readonly LiteralEntry[] | undefined;
}

export interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export type StatedTolerance =
  | { readonly metric: 'ATOL'; readonly value: number }
  | { readonly metric: 'ATOL_RTOL'; readonly atol: number; readonly rtol: number }
  | { readonly metric: 'ULP'; readonly value: number }
  | { readonly metric: 'ULP_float64'; readonly value: number };

/** PyTorch in float64, over float32 inputs. */
export interface GoldenEntry {
  readonly name: string;
  readonly kind: 'group' | 'instance' | 'layer' | 'rms' | 'batch';
  readonly shape: readonly number[];
  readonly axis: number | readonly number[];
  readonly groups: number | null;
  readonly epsilon: number;
  readonly paramShape: readonly number[];
  readonly x: readonly number[];
  readonly gamma: readonly number[] | null;
  readonly beta: readonly number[] | null;
  readonly dy: readonly number[];
  readonly y: readonly number[];
  readonly dx: readonly number[];
  readonly dgamma: readonly number[] | null;
  readonly dbeta: readonly number[] | null;
}

export interface WebnnEntry {
  readonly name: string;
  readonly op: string;
  readonly inputs: GraphInputs;
  readonly options: {
    readonly axis?: number;
    readonly axes?: readonly number[];
    readonly epsilon?: number;
    readonly layout?: 'nchw' | 'nhwc';
    readonly activation?: 'relu';
  };
  readonly expected: TypedValues;
  readonly tolerance: StatedTolerance;
}

export interface GraphInputs {
  readonly input: TypedValues;
  readonly mean?: Values;
  readonly variance?: Values;
  readonly scale?: Values;
  readonly bias?: Values;
}

export interface TypedValues extends Values {
  readonly dtype: 'float16' | 'float32' | 'float64';
}

export interface OnnxEntry {
  readonly name: string;
  readonly op: string;
  readonly inputs: GraphInputs;
  readonly options: {
    readonly axis?: number;
    readonly epsilon?: number;
    readonly momentum?: number;
    readonly num_groups?: number;
    readonly p?: number;
    readonly training_mode?: number;
  };
  readonly outputs: {
    readonly y: Values;
    readonly mean?: Values;
    readonly inv_std_dev?: Values;
    readonly running_mean?: Values;
    readonly running_var?: Values;
  };
  readonly tolerance: StatedTolerance;
}

export type LiteralEntry = LayerLiteral | TfjsLiteral;

/** A layer's inputs and outputs, from the test suites of several libraries. */
export interface LayerLiteral {
  readonly id: string;
  readonly op?: undefined;
  readonly layer: string;
  readonly config: {
    readonly axis: number | readonly number[] | null;
    readonly epsilon: number;
    readonly groups?: number;
    readonly order?: number;
    readonly rms_scaling?: boolean;
    readonly training?: boolean | string;
    readonly momentum_new_weight?: number;
    readonly running_var?: string;
  };
  readonly inputs: {
    readonly x: Values;
    readonly gamma?: Values;
    readonly beta?: Values;
    readonly mean?: Values;
    readonly variance?: Values;
    readonly running_mean0?: Values;
    readonly running_var0?: Values;
    readonly dy?: Values;
  };
  readonly expected: {
    readonly y?: Values;
    readonly dx?: Values;
    readonly dgamma?: Values;
    readonly dbeta?: Values;
    readonly batch_mean?: Values;
    readonly batch_variance?: Values;
    readonly running_mean?: Values;
    readonly running_var?: Values;
  };
  readonly tolerance: StatedTolerance;
  readonly loss?: string;
  readonly check?: 'manual';
}

/** A call that was recorded while TensorFlow.js's own tests ran. */
export interface TfjsLiteral {
  readonly id: string;
  readonly name: string;
  readonly op: string;
  readonly layer?: string;
  readonly config?: { readonly axis?: number | readonly number[]; readonly epsilon?: number };
  readonly options?: {
    readonly axis?: number;
    readonly epsilon?: number;
    readonly reductionAxes?: readonly number[];
  };
  readonly inputs: {
    readonly x: Values;
    readonly gamma?: Values;
    readonly beta?: Values;
    readonly scale?: Values;
    readonly offset?: Values;
    readonly mean?: Values;
    readonly variance?: Values;
    readonly dy?: Values;
  };
  readonly weights?: {
    readonly gamma?: Values;
    readonly beta?: Values;
    readonly moving_mean?: Values;
    readonly moving_variance?: Values;
  };
  readonly wrt?: 'x' | 'mean' | 'variance' | 'offset' | 'scale';
  readonly output?: 'y' | 'normed' | 'mean' | 'variance';
  readonly expected: Values;
  readonly tolerance: StatedTolerance;
}
