/** Where a source text can be broken in one place, as a person would by mistake. */

import ts from 'typescript';

export interface Mutation {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

const OPERATORS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '**': '*',
  '+=': '-=',
  '-=': '+=',
};
const NAMES: Readonly<Record<string, string>> = {
  max: 'min',
  min: 'max',
  floor: 'ceil',
  ceil: 'floor',
  some: 'every',
  every: 'some',
  true: 'false',
  false: 'true',
};

/** What a node may become; nothing for most. Types and what only words an error are left alone. */
function replacementOf(node: ts.Node, text: string): string | null {
  if (ts.isNumericLiteral(node)) return text === '0' ? '1' : text === '1' ? '0' : `(${text} * 2)`;
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return NAMES[text] ?? null;
  if (ts.isIdentifier(node) && ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)
    return Object.hasOwn(NAMES, text) ? (NAMES[text] as string) : null;
  if (node.parent && ts.isBinaryExpression(node.parent) && node.parent.operatorToken === node)
    return Object.hasOwn(OPERATORS, text) ? (OPERATORS[text] as string) : null;
  return null;
}

const words = (node: ts.Node): boolean =>
  ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isThrowStatement(node) || ts.isInterfaceDeclaration(node);

export function mutationsOf(file: string, source: string): Mutation[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found: Mutation[] = [];
  const put = (start: number, end: number, after: string): void => {
    const line = tree.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ file, line, start, end, before: source.slice(start, end), after });
  };
  const visit = (node: ts.Node): void => {
    if (words(node)) return;
    const start = node.getStart(tree);
    const after = replacementOf(node, source.slice(start, node.end));
    if (after !== null) put(start, node.end, after);
    if (ts.isConditionalExpression(node)) {
      const [yes, no] = [node.whenTrue.getText(tree), node.whenFalse.getText(tree)];
      put(node.whenTrue.getStart(tree), node.whenFalse.end, `${no} : ${yes}`);
    }
    if (ts.isPrefixUnaryExpression(node) && (source[start] === '-' || source[start] === '!')) put(start, start + 1, '');
    if (ts.isIfStatement(node) && !node.elseStatement)
      put(node.expression.getStart(tree), node.expression.end, 'false');
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}
