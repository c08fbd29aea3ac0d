import { pathToFileURL } from 'node:url';
import { toolPath } from './tools.ts';

/** Where the expression stands that a cell ends with, the comments before it included, in characters of its source. */
export type Span = readonly [start: number, end: number];

/** Finds what a cell ends with, unless it is a statement, or wrong TypeScript. */
export type LastValue = (source: string) => Span | null;

interface Node {
  readonly kind: number;
  getFullStart(): number;
  getEnd(): number;
  readonly operatorToken?: Node;
}

/** What is used of TypeScript, which is there in a clone only. */
interface TypeScript {
  readonly ScriptTarget: { readonly Latest: number };
  readonly ScriptKind: { readonly TS: number };
  readonly SyntaxKind: { readonly FirstAssignment: number; readonly LastAssignment: number };
  createSourceFile(
    name: string,
    text: string,
    target: number,
    parents: boolean,
    kind: number,
  ): Node & { readonly statements: readonly Node[]; readonly parseDiagnostics: readonly unknown[] };
  isExpressionStatement(node: Node): node is Node & { readonly expression: Node };
}

/** @throws UsageError when TypeScript is not installed */
export async function openLastValue(): Promise<LastValue> {
  const { default: ts } = (await import(pathToFileURL(toolPath('typescript')).href)) as { default: TypeScript };
  return (source) => {
    const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
    const last = file.statements.at(-1);
    if (file.parseDiagnostics.length > 0 || last === undefined || !ts.isExpressionStatement(last)) return null;
    const { expression } = last;
    const operator = expression.operatorToken?.kind ?? 0;
    const assigns = operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment;
    return assigns ? null : [expression.getFullStart(), expression.getEnd()]; // `@ts-expect-error` is of the next line
  };
}
