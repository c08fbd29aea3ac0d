/** Why no answer came. */

/** Node hides the reason in `cause`, and in the `errors` of several addresses: the innermost code tells it. */
export function networkReason(error: unknown): string {
  let reason = String(error);
  let found: string | undefined; // the last code: plain errors within it say less
  const seen = new Set<unknown>();
  for (let at = error; at instanceof Error && !seen.has(at); ) {
    seen.add(at);
    const { code, errors, cause, message } = at as Error & { code?: unknown; errors?: unknown[] };
    if (typeof code === 'string') reason = found = code;
    else if (found === undefined) reason = message || reason;
    at = cause ?? errors?.at(-1);
  }
  return reason;
}
