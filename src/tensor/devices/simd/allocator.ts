const ALIGNMENT = 64;

interface Block {
  readonly pointer: number;
  readonly bytes: number;
}

/**
 * Blocks of a memory that can grow. Loops repeat their sizes, so a freed block waits in a list of its size for the next
 * one alike. Only when the memory would have to grow are neighbours among the free blocks joined, and cut anew.
 */
export class Allocator {
  private top = ALIGNMENT; // address 0 is not a block
  private readonly bySize = new Map<number, number[]>();
  /** Neither neighbours nor overlapping, by address. */
  private joined: Block[] = [];
  private readonly capacity: () => number;
  private readonly grow: (bytes: number) => void;

  /**
   * @param capacity how many bytes the memory has
   * @param grow makes them at least so many, or throws
   */
  constructor(capacity: () => number, grow: (bytes: number) => void) {
    this.capacity = capacity;
    this.grow = grow;
  }

  /** The end of the highest block in use, or free and not yet joined. */
  get reservedBytes(): number {
    return this.top;
  }

  /** Whole cache lines; eight sizes for each power of two waste at most an eighth and keep the lists few. */
  static roundUp(bytes: number): number {
    if (bytes <= 1024) return Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const step = 2 ** (Math.floor(Math.log2(bytes)) - 3);
    return Math.ceil(bytes / step) * step;
  }

  /** An address, a multiple of 64. Throws what `grow` throws, and nothing is taken then. */
  allocate(bytes: number): number {
    const rounded = Allocator.roundUp(bytes);
    return this.bySize.get(rounded)?.pop() ?? this.cut(rounded) ?? this.extend(rounded);
  }

  /** Takes back what `allocate(bytes)` gave. */
  free(pointer: number, bytes: number): void {
    const rounded = Allocator.roundUp(bytes);
    const list = this.bySize.get(rounded);
    if (list) list.push(pointer);
    else this.bySize.set(rounded, [pointer]);
  }

  /** The beginning of the smallest joined block that is large enough. */
  private cut(bytes: number): number | undefined {
    let best = -1;
    for (let i = 0; i < this.joined.length; i++) {
      const size = (this.joined[i] as Block).bytes;
      if (size >= bytes && (best < 0 || size < (this.joined[best] as Block).bytes)) best = i;
    }
    if (best < 0) return undefined;
    const { pointer, bytes: size } = this.joined[best] as Block;
    const rest = size > bytes ? [{ pointer: pointer + bytes, bytes: size - bytes }] : [];
    this.joined.splice(best, 1, ...rest);
    return pointer;
  }

  private extend(bytes: number): number {
    if (this.top + bytes > this.capacity()) {
      this.join();
      const found = this.cut(bytes);
      if (found !== undefined) return found;
      this.grow(this.top + bytes);
    }
    const pointer = this.top;
    this.top += bytes;
    return pointer;
  }

  /** Joins all free blocks with their neighbours; what ends at the top lowers it. */
  private join(): void {
    const free = [...this.joined];
    for (const [bytes, pointers] of this.bySize) for (const pointer of pointers) free.push({ pointer, bytes });
    this.bySize.clear();
    this.joined = [];
    for (const block of free.sort((a, b) => a.pointer - b.pointer)) {
      const last = this.joined.at(-1);
      if (last && last.pointer + last.bytes === block.pointer)
        this.joined[this.joined.length - 1] = { pointer: last.pointer, bytes: last.bytes + block.bytes };
      else this.joined.push(block);
    }
    const highest = this.joined.at(-1);
    if (highest && highest.pointer + highest.bytes === this.top) {
      this.top = highest.pointer;
      this.joined.pop();
    }
  }
}
