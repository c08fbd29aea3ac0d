/** Archives as torch.save writes them, made by hand so that they can be wrong. */

export type Records = Readonly<Record<string, Uint8Array | string>>;

const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? Uint8Array.from(content, (character) => character.charCodeAt(0)) : content;

/** A zip of stored records; checksums are 0, which nobody reads here. */
export function zipOf(records: Records): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(records)) {
    const [title, data] = [new TextEncoder().encode(name), bytesOf(content)];
    const sizes = [0, data.length, data.length];
    const local = fields('4222224442', [0x04034b50, 20, 0x800, 0, 0, 33, ...sizes, title.length], title.length + 2);
    local.set(title, 30);
    const central = fields(
      '42222224442222244',
      [...[0x02014b50, 20, 20, 0x800, 0, 0, 33, ...sizes], ...[title.length, 0, 0, 0, 0, 0, offset]],
      title.length,
    );
    central.set(title, 46);
    directory.push(central);
    parts.push(local, data);
    offset += local.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = directory.length;
  const end = fields('42222442', [0x06054b50, 0, 0, count, count, size, offset, 0], 0);
  return concat([...parts, ...directory, end]);
}

/** An archive with this pickle (protocol 2 is put before, STOP after) and these storages. */
export function torchZip(pickle: string, storages: Readonly<Record<string, Uint8Array>> = {}): Uint8Array<ArrayBuffer> {
  const data = Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes] as const);
  return zipOf({ 'archive/data.pkl': `\x80\x02${pickle}.`, ...Object.fromEntries(data) });
}

export interface View {
  elements?: number;
  offset?: number;
  shape?: readonly number[];
  strides?: readonly number[];
  /** Opcodes of further arguments. */
  more?: string;
}

/** Opcodes of a tensor over the storage `0`: BINPERSID of FloatStorage with `elements`, then REDUCE. */
export function tensorPickle({
  elements = 4,
  offset = 0,
  shape = [2, 2],
  strides = [2, 1],
  more = '',
}: View = {}): string {
  const storage = `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}${int(elements)}tQ`;
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage}${int(offset)}${tuple(shape)}${tuple(strides)}\x89ccollections\nOrderedDict\n)R${more}tR`;
}

export const text = (value: string): string => `X${le32(value.length)}${value}`;
export const int = (value: number): string => `J${le32(value)}`;
export const tuple = (values: readonly number[]): string => `(${values.map(int).join('')}t`;

function le32(value: number): string {
  return String.fromCharCode(...new Uint8Array(Uint32Array.of(value).buffer));
}

/** Little-endian fields of the given widths, then `more` bytes. */
function fields(widths: string, values: readonly number[], more: number): Uint8Array {
  const total = Array.from(widths, Number).reduce((sum, width) => sum + width, 0);
  const bytes = new Uint8Array(total + more);
  const view = new DataView(bytes.buffer);
  let at = 0;
  Array.from(widths, Number).forEach((width, i) => {
    if (width === 4) view.setUint32(at, values[i] as number, true);
    else view.setUint16(at, values[i] as number, true);
    at += width;
  });
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
