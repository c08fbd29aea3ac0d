import { fileURLToPath } from 'node:url';
import { writeFileWhole } from '../src/files/write-file.ts';
import { type GpuKernel, gpuKernels, type Inputs, type Op, primitives, type TensorType } from '../src/tensor/index.ts';
import { readArguments } from './arguments.ts';
import { gradientText } from './gradients-table.ts';

/** Example inputs that show a kernel at its plainest; attributes where an operation needs them. */
const float = (...shape: number[]): TensorType => ({ shape, dtype: 'float32' });
const ids = (...shape: number[]): TensorType => ({ shape, dtype: 'int32' });
const axis = { axis: 1 };
const range = (start: number, count: number) => ({ start, count, step: 1 });

type Example = { readonly inputs: readonly TensorType[]; readonly attributes?: unknown };

const unary: Example = { inputs: [float(2, 3)] };
const binary: Example = { inputs: [float(2, 3), float(2, 3)] };
const eps = { eps: 1e-5 };
const special: Partial<Record<keyof typeof primitives, Example>> = {
  where: { inputs: [float(2, 3), float(2, 3), float(2, 3)] },
  sum: { inputs: [float(2, 3)], attributes: { axes: [1], keepDims: false } },
  max: { inputs: [float(2, 3)], attributes: { axes: [1], keepDims: false } },
  argmax: { inputs: [float(2, 3)], attributes: axis },
  cumsum: { inputs: [float(2, 3)], attributes: { axis: 1, reverse: false } },
  topKIndices: { inputs: [float(2, 5)], attributes: { k: 2 } },
  linear: { inputs: [float(2, 3), float(4, 3), float(4)] },
  matmul: { inputs: [float(2, 3), float(3, 4)], attributes: { transposeA: false, transposeB: false } },
  reshape: { inputs: [float(2, 3)], attributes: { shape: [3, 2] } },
  permute: { inputs: [float(2, 3)], attributes: { axes: [1, 0] } },
  expand: { inputs: [float(1, 3)], attributes: { shape: [2, 3] } },
  slice: { inputs: [float(2, 5)], attributes: { ranges: [range(0, 2), range(1, 3)] } },
  unslice: { inputs: [float(2, 3)], attributes: { ranges: [range(0, 2), range(1, 3)], shape: [2, 5] } },
  concat: { inputs: [float(2, 3), float(2, 2)], attributes: axis },
  toFloat: { inputs: [ids(4)] },
  gather: { inputs: [float(2, 5), ids(2, 3)], attributes: axis },
  scatterAdd: { inputs: [float(2, 5), ids(2, 3), float(2, 3)], attributes: axis },
  embedding: { inputs: [float(7, 4), ids(3)] },
  embeddingGradient: { inputs: [float(3, 4), ids(3)], attributes: { rows: 7 } },
  oneHot: { inputs: [ids(3)], attributes: { classes: 4 } },
  softmax: { inputs: [float(2, 5), float(2, 5)], attributes: { emptyRows: 'uniform' } },
  crossEntropyRows: { inputs: [float(2, 5), ids(2)], attributes: { ignoreIndex: -100 } },
  crossEntropyGradient: { inputs: [float(2, 5), ids(2), float(2)], attributes: { ignoreIndex: -100 } },
  layerNorm: { inputs: [float(2, 4), float(4), float(4)], attributes: eps },
  layerNormGradient: { inputs: [float(2, 4), float(2, 4), float(4)], attributes: eps },
  rmsNorm: { inputs: [float(2, 4), float(4)], attributes: eps },
  rmsNormGradient: { inputs: [float(2, 4), float(2, 4), float(4)], attributes: eps },
  attention: {
    inputs: [float(3, 8), float(5, 8), float(5, 8), float(2, 3, 5)],
    attributes: { scale: 0.5, heads: 2, emptyRows: 'uniform', mask: true, bias: false },
  },
};
const binaries = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'equal',
  'less',
  'lessEqual',
  'softmaxGradient',
];

function exampleOf(name: keyof typeof primitives): Example {
  return special[name] ?? (binaries.includes(name) || name.endsWith('Gradient') ? binary : unary);
}

const shapeText = ({ shape, dtype }: TensorType): string => `${dtype === 'int32' ? 'ids ' : ''}[${shape.join(', ')}]`;

function section(name: keyof typeof primitives): string {
  const op = primitives[name];
  const { inputs: types, attributes = {} } = exampleOf(name);
  const inputs = types as Inputs<TensorType>;
  const output = op.infer(inputs, attributes as never);
  const kernels = gpuKernels(op as Op<unknown>, inputs, output, attributes);
  const heading = `## ${op.name}\n\n${op.definition}\n\n`;
  const example = `${inputs.map(shapeText).join(' x ')} -> ${shapeText(output)}`;
  return `${heading}${example}\n\n${kernels.map(kernelText).join('\n')}`;
}

function kernelText({ source, constants = {}, output: grid }: GpuKernel): string {
  const sizes = Object.entries(constants).map(([key, value]) => `${key} = ${value}`);
  const threads = `A thread for each of ${grid.join(' x ')}${sizes.length > 0 ? `; ${sizes.join(', ')}` : ''}`;
  return `${threads}\n\n\`\`\`js\n${source}\n\`\`\`\n`;
}

/** All gradients at a glance. */
function gradients(names: readonly (keyof typeof primitives)[]): string {
  const rules = names.map((name) => {
    const { inputs: types, attributes = {} } = exampleOf(name);
    const inputs = types as Inputs<TensorType>;
    return { name, rule: gradientText(primitives[name] as never, inputs, attributes as never) };
  });
  const rows = rules.flatMap(({ name, rule }) =>
    rule ? [`| ${name} | ${rule.map((line) => `\`${line}\``).join('<br>')} |`] : [],
  );
  const none = rules.filter(({ rule }) => rule === null).map(({ name }) => name);
  return `## Gradients

\`dx\` is the gradient of the loss with respect to \`x\`, \`y\` the result. Axes along which an input was repeated are
summed afterwards. The rules are written with the operations below, for their example shapes.

| Operation | Gradient |
|---|---|
${rows.join('\n')}

These have none: ${none.join(', ')}.
`;
}

/** docs/operations.md: every primitive's formula and gpu.js kernel, from the code itself. */
export function operationsPage(): string {
  const names = (Object.keys(primitives) as (keyof typeof primitives)[]).sort();
  const intro = `# Operations

Every primitive of the tensor library: its formula, and its gpu.js kernel for a small example. The kernel is the
definition; a test holds every device to it. Inputs are flat, row-major arrays; a kernel runs once for each element of
its output, \`this.thread.x\` being the fastest axis. Where there are several, they run one after another and each may
read what those before it made. Written by \`npm run operations\` from \`src/tensor/ops\`.

`;
  return `${intro}${names.map((name) => `[${primitives[name].name}](#${primitives[name].name.toLowerCase()})`).join(' · ')}\n\n${gradients(names)}\n${names.map(section).join('\n')}`;
}

const target = new URL('../docs/operations.md', import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readArguments('npm run operations: writes docs/operations.md from the operations.', {});
  await writeFileWhole(fileURLToPath(target), operationsPage());
}
