import protobuf from 'protobufjs';
import { type Inputs, inputsOf } from '../inputs.ts';
import { channelsOf, epsilonOf, type Shape } from '../shapes.ts';

/** The norms that onnxruntime-web has kernels for, of those that ONNX's opset 17 has an operator for. */
export const ONNX_NORMS = {
  wasm: ['layerNorm', 'instanceNorm', 'batchNorm'],
  // Its batch norm refuses training there.
  webgpu: ['layerNorm', 'instanceNorm'],
} as const satisfies Record<string, readonly Shape['norm'][]>;

/** A model of three numbers. */
export const SMALLEST: Shape = { norm: 'layerNorm', shape: [1, 3], axis: -1 };

/** Those fields of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 that a model of a norm has. */
const SCHEMA = `
  syntax = "proto3";
  message ModelProto { int64 ir_version = 1; repeated OperatorSetIdProto opset_import = 8; GraphProto graph = 7; }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message GraphProto {
    repeated NodeProto node = 1;
    string name = 2;
    repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
  }
  message NodeProto {
    repeated string input = 1;
    repeated string output = 2;
    string op_type = 4;
    repeated AttributeProto attribute = 5;
  }
  message AttributeProto {
    enum AttributeType { UNDEFINED = 0; FLOAT = 1; INT = 2; INTS = 7; }
    string name = 1;
    float f = 2;
    int64 i = 3;
    repeated int64 ints = 8;
    AttributeType type = 20;
  }
  message TensorProto {
    enum DataType { UNDEFINED = 0; FLOAT = 1; }
    repeated int64 dims = 1;
    DataType data_type = 2;
    string name = 8;
    bytes raw_data = 9;
  }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message TypeProto {
    message Tensor { TensorProto.DataType elem_type = 1; TensorShapeProto shape = 2; }
    Tensor tensor_type = 1;
  }
  message TensorShapeProto {
    message Dimension { int64 dim_value = 1; }
    repeated Dimension dim = 1;
  }
`;

const ModelProto = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('ModelProto');

/**
 * A model from x to y, its gamma and beta within. ONNX normalizes channels first; channels last are transposed to that
 * and back, as the converters from TensorFlow do.
 */
export function onnxModel(shape: Shape): Uint8Array {
  const rank = shape.shape.length;
  const isLast = shape.norm !== 'layerNorm' && [rank - 1, -1].includes(shape.axis);
  const { nodes, initializers } = normOf(shape, inputsOf(shape));
  const value = (name: string) => ({
    name,
    type: { tensor_type: { elem_type: 'FLOAT', shape: { dim: shape.shape.map((dim_value) => ({ dim_value })) } } },
  });
  const model = {
    ir_version: 8,
    opset_import: [{ domain: '', version: 17 }],
    graph: {
      name: shape.norm,
      node: isLast ? [...channelsFirst(rank, nodes)] : nodes('x', 'y'),
      initializer: Object.entries(initializers).map(([name, values]) => ({
        name,
        dims: [values.length],
        data_type: 'FLOAT',
        raw_data: new Uint8Array(values.buffer),
      })),
      input: [value('x')],
      output: [value('y')],
    },
  };
  return ModelProto.encode(ModelProto.fromObject(model)).finish();
}

interface Node {
  readonly op_type: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly object[];
}

/** The nodes that normalize one value into another, and the constants that they read. */
interface Norm {
  readonly nodes: (from: string, to: string) => Node[];
  readonly initializers: Readonly<Record<string, Float32Array>>;
}

function normOf(shape: Shape, { gamma, beta = new Float32Array(0) }: Inputs): Norm {
  const epsilon = { name: 'epsilon', type: 'FLOAT', f: epsilonOf(shape) };
  const norm = (op_type: string, more: Partial<Node> = {}, initializers: Norm['initializers'] = {}): Norm => ({
    nodes: (from, to) => {
      const input = [from, 'gamma', 'beta', ...(more.input ?? [])];
      const output = [to, ...(more.output ?? [])];
      return [{ op_type, input, output, attribute: [epsilon, ...(more.attribute ?? [])] }];
    },
    initializers: { gamma, beta, ...initializers },
  });
  switch (shape.norm) {
    case 'layerNorm':
      return norm('LayerNormalization', { attribute: [{ name: 'axis', type: 'INT', i: shape.axis }] });
    case 'instanceNorm':
      return norm('InstanceNormalization');
    case 'batchNorm': {
      // In training it normalizes by the statistics of the batch, as ours does; the moving averages come along.
      const averages = { mean: new Float32Array(channelsOf(shape)), variance: new Float32Array(channelsOf(shape)) };
      const attribute = [{ name: 'training_mode', type: 'INT', i: 1 }];
      const more = { attribute, input: ['mean', 'variance'], output: ['next_mean', 'next_variance'] };
      return norm('BatchNormalization', more, averages);
    }
    default:
      throw new RangeError(`no ONNX operator of opset 17 is ${shape.norm}`);
  }
}

function channelsFirst(rank: number, nodes: Norm['nodes']): Node[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const first = [0, rank - 1, ...axes.slice(1, -1)];
  const last = [0, ...axes.slice(2), 1];
  const transpose = (from: string, to: string, perm: readonly number[]): Node => ({
    op_type: 'Transpose',
    input: [from],
    output: [to],
    attribute: [{ name: 'perm', type: 'INTS', ints: perm }],
  });
  return [transpose('x', 'first', first), ...nodes('first', 'normalized'), transpose('normalized', 'y', last)];
}
