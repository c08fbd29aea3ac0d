import { shown } from '../tensor/errors.ts';

const LONGEST = 80;

/** A value of a foreign file as JSON, for a message: shortened, with escapes, whatever it is. */
export function quote(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value, brief) ?? String(value);
  } catch {
    return `an ${typeof value} that cannot be shown`; // nested too deeply
  }
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** No JSON holds what has a class: the memory of a device alone would be written for minutes. */
function brief(_key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, LONGEST);
  if (typeof value !== 'object' || value === null) return value;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === null || Object.hasOwn(prototype as object, 'hasOwnProperty') ? value : shown(value);
}
