export * from './attention.ts';
export * from './feed-forward.ts';
export * from './layers.ts';
export * from './module.ts';
export * from './optim.ts';
export * from './state-dict.ts';
export * from './tap.ts';
