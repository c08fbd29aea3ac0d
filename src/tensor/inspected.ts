/** How objects look in a terminal, without a module of Node's. */

/**
 * `console.log` in Node, Deno and Bun shows objects of the class as `text` says: their fields would fill a screen.
 * The symbol is Node's `util.inspect.custom`.
 * @example
 * ```ts
 * class Point {
 *   constructor(readonly_: number) { this.x = readonly_; }
 *   x: number;
 * }
 * inspectedAs(Point, ({ x }) => `Point at ${x}`);
 * console.log(new Point(3)); // Point at 3
 * ```
 */
export function inspectedAs<T extends object>(type: { readonly prototype: T }, text: (object: T) => string): void {
  const value = function (this: T): string {
    return text(this);
  };
  Object.defineProperty(type.prototype, Symbol.for('nodejs.util.inspect.custom'), { value });
}
