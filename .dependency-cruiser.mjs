// Dependencies point down, from what a person touches to the devices, and hold no cycle.
// Each floor lists the folders (or files) that belong to it, top first. Floors of one row do not import each other.
const floors = [
  [
    { name: 'cli', path: '^src/cli/' },
    { name: 'explorer', path: '^src/explorer/' },
  ],
  [{ name: 'parity', path: '^src/parity/' }],
  [
    { name: 'training', path: '^src/training/' },
    { name: 'inspect', path: '^src/inspect/' },
  ],
  [{ name: 'zoo', path: '^src/zoo/' }],
  [{ name: 'model', path: '^src/model/' }],
  [{ name: 'runs', path: '^src/runs/' }],
  [{ name: 'flamingo', path: '^src/flamingo/' }],
  [{ name: 'nn', path: '^src/nn/' }],
  [{ name: 'files', path: '^src/files/' }],
  [{ name: 'tensor', path: '^src/tensor/[^/]+$' }],
  [{ name: 'ops', path: '^src/tensor/ops/' }],
  [{ name: 'devices', path: '^src/tensor/devices/' }],
  [{ name: 'parallel', path: '^src/parallel/' }],
];

// Leaves: anyone may import them, they import only one another.
const leaves = '^src/tensor/(shape|errors|options|random|float16|inspected)\\.ts$';

const entries = '^src/[^/]+$';
const order = floors.map((row) => row.map(({ name }) => name).join(' and ')).join(', ');

const upward = floors.flatMap((row, index) =>
  row.map((floor) => ({
    name: `${floor.name}-imports-only-below`,
    comment: `Dependencies point down: ${order}.`,
    severity: 'error',
    from: { path: floor.path },
    to: {
      path: [entries, ...floors.slice(0, index).flat(), ...row.filter((other) => other !== floor)].map(
        (other) => other.path ?? other,
      ),
      pathNot: leaves,
    },
  })),
);

const library = '^src/([^/]+$|tensor/|files/|nn/|flamingo/|runs/|model/|zoo/|inspect/)';
const nodeOnly = '^src/(files/(file-lock|file-source|write-file)\\.ts$|zoo/hub/)';
/** Of that, what no page may even come across. */
const outsidePages = '^src/(files/file-lock|zoo/hub/(download|fetch-model))\\.ts$';

export default {
  forbidden: [
    ...upward,
    {
      name: 'paper-is-closed',
      comment: 'The paper is read with nn and tensor alone; it loads nothing later either.',
      severity: 'error',
      from: { path: '^src/flamingo/' },
      to: { pathNot: '^src/(flamingo|nn|tensor)/' },
    },
    {
      name: 'files-are-apart',
      comment: 'Formats of files need no tensor: only the leaves.',
      severity: 'error',
      from: { path: '^src/files/' },
      to: { path: '^src/', pathNot: ['^src/files/', leaves] },
    },
    {
      name: 'leaves-import-only-leaves',
      severity: 'error',
      from: { path: leaves },
      to: { path: '^src/', pathNot: leaves },
    },
    { name: 'no-cycle', comment: 'Type imports count too.', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'gpu.js-only-in-its-device',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/tensor/devices/gpu[^/]*\\.ts$' },
      to: { path: '(^|/)node_modules/gpu\\.js/' },
    },
    {
      name: 'jimp-only-for-picture-files',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(files/picture/decode-node|model/image/writer)\\.ts$' },
      to: { path: '(^|/)node_modules/(@?jimp|jimp-browser)/' },
    },
    {
      name: 'src-stands-alone',
      comment: 'Tests, benchmarks, scripts and the explorer use src, never the other way.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|explorer|dist|notebooks)/' },
    },
    {
      name: 'no-development-dependency',
      comment: 'What is built into the page is no dependency of the package.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/explorer/page/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'aliased-subpath-import'],
      },
    },
    {
      name: 'library-opens-in-a-page',
      comment:
        'A page has no node: modules, and its bundler stops at an import of one, even a dynamic one; where the library ' +
        "runs in Node, it takes them from process.getBuiltinModule('node:fs').",
      severity: 'error',
      from: { path: library, pathNot: outsidePages },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pages-reach-no-node-code',
      comment: 'What imports node: modules is reached by commands only.',
      severity: 'error',
      from: { path: library, pathNot: outsidePages },
      to: { path: outsidePages, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'files-are-reached-dynamically',
      comment: 'The same, for what the library itself keeps for Node.',
      severity: 'error',
      from: { path: library, pathNot: nodeOnly },
      to: { path: nodeOnly, dependencyTypesNot: ['type-only'], dynamic: false },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/tensor/devices/simd/assembly/' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
