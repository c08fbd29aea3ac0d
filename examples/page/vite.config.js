// The library loads some of its parts late, for which a worker must be a module.
export default { worker: { format: 'es' }, build: { target: 'es2022' } };
