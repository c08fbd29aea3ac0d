/** Own pictures that do not travel in the link: this tab keeps them under short names, so that a reload loses nothing. */

const KEY = 'own';
const MOST = 32;

/** FNV-1a, 32 bits. */
export function nameOfOwn(own: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < own.length; i++) hash = Math.imul(hash ^ own.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

function read(): Record<string, string> {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
    return typeof kept === 'object' && kept !== null ? (kept as Record<string, string>) : {};
  } catch {
    return {}; // storage may be forbidden, or hold something else
  }
}

export function keepOwn(own: string): void {
  const { [nameOfOwn(own)]: _, ...others } = read();
  const kept = [...Object.entries(others).slice(1 - MOST), [nameOfOwn(own), own]];
  try {
    sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(kept)));
  } catch {} // it then lasts as long as the page
}

export function keptOwn(name: string): string | undefined {
  const own = read()[name];
  return typeof own === 'string' ? own : undefined;
}
