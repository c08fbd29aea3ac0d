/** A file of JSON beside weights. */

import { repeatedKey } from '../../files/json-keys.ts';
import { jsonFault } from '../../files/json-position.ts';
import { quote } from '../../files/quote.ts';
import { WeightsError } from './shapes.ts';

/**
 * Reads a JSON file.
 * @param name the file's, for the error
 * @throws WeightsError when it is not valid JSON, or an object in it has a key twice, of which JSON.parse keeps the last
 */
export function parseJsonFile(bytes: Uint8Array, name: string): unknown {
  const wrong = (reason: string): WeightsError => new WeightsError(`${name} is not valid JSON in UTF-8: ${reason}`);
  let [text, value]: [string, unknown] = ['', undefined];
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wrong('its bytes are no text');
  }
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(jsonFault(text));
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) throw wrong(`the key ${quote(twice)} stands twice in one object`);
  return value;
}
