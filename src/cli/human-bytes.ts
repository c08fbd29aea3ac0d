/** A size as people read it: `1.71 GiB`. */
export function humanBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 1024 ** unit;
  return `${unit === 0 ? bytes : scaled.toFixed(scaled < 10 ? 2 : 1)} ${units[unit]}`;
}
