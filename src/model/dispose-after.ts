/** What `use` makes of what was prepared, whose memory is given back whatever happens. */
export async function disposeAfter<P extends { dispose(): void }, T>(
  preparing: Promise<P>,
  use: (prepared: P) => Promise<T>,
): Promise<T> {
  const prepared = await preparing;
  try {
    return await use(prepared);
  } finally {
    prepared.dispose();
  }
}
