/** A value of a foreign file as JSON, for a message: shortened, with escapes, whatever it is. */
export function quote(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    return `an ${typeof value} that cannot be shown`; // nested too deeply
  }
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
