const BUILT_IN = ['Error', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'EvalError', 'URIError'];

/** Errors that are thrown on purpose have a class, and so a name, of their own; their message says it all. */
export function isExpected(error: unknown): error is Error {
  return error instanceof Error && error.name.endsWith('Error') && !BUILT_IN.includes(error.name);
}
