// How a cell shows something, in Deno's kernel and in `npm run notebook`.

/** Values by MIME type; a notebook shows the richest one that it can. */
export type MimeBundle = Readonly<Record<string, string>>;

/** Jupyter's protocol in Deno: what knows how to show itself has this method. */
export const display: unique symbol = Symbol.for('Jupyter.display') as typeof display;

export interface Showable {
  [display](): MimeBundle | Promise<MimeBundle>;
}

interface Host {
  Deno?: { jupyter?: { display(bundle: MimeBundle, options: { raw: boolean }): Promise<void> } };
  [runner: symbol]: ((bundle: MimeBundle) => void) | undefined;
}

/** A picture. Without a notebook around it is `text`. */
export function svg(source: string, text: string): Showable {
  return { [display]: () => ({ 'image/svg+xml': source, 'text/plain': text }) };
}

/** Shows a picture, or anything with a `format()`, such as a tensor, or a text. */
export async function show(x: Showable | { format(): Promise<string> } | string): Promise<void> {
  const host = globalThis as Host;
  const bundle = await bundleOf(x);
  const runner = host[Symbol.for('glass-flamingo.display')];
  const kernel = kernelOf(host);
  if (kernel) await kernel.display(bundle, { raw: true });
  else if (runner) runner(bundle);
  else console.log(bundle['text/plain']);
  await flush();
}

/** Lets the kernel send what was printed: Deno 2.9 calls a cell done before its last output is out. */
export async function flush(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 25));
}

/** Outside of its Jupyter kernel Deno throws instead of saying that there is none. */
function kernelOf({ Deno }: Host): NonNullable<Host['Deno']>['jupyter'] {
  try {
    return Deno?.jupyter;
  } catch {
    return undefined;
  }
}

async function bundleOf(x: Parameters<typeof show>[0]): Promise<MimeBundle> {
  if (typeof x === 'string') return { 'text/plain': x };
  if (display in x) return x[display]();
  return { 'text/plain': await x.format() };
}
