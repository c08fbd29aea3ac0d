/** Parameters and keys of options that no sentence tells of. */

import ts from 'typescript';
import { declarationsOf, exportedParameters } from './option-types.ts';

const docblock = (node: ts.Node | undefined): string =>
  node
    ? ts
        .getJSDocCommentsAndTags(node)
        .filter(ts.isJSDoc)
        .map((doc) => doc.getText())
        .join('\n')
    : '';

/** What a docblock says, without its example. */
const saidBy = (doc: string): string => doc.replace(/@example[\s\S]*?```\w*\n[\s\S]*?```/g, '');

/** True if a docblock has a `@param` line for a name, or names it in its text: `axis`, `exp(x / scale)`, x [b, n, d]. */
const tells = (doc: string, name: string): boolean =>
  new RegExp(`@param (\\w+\\.)?${name} \\S|\`[^\`\\n]*\\b${name}\\b[^\`\\n]*\`|[^@\\w]${name}( int32)? \\[`).test(
    saidBy(doc),
  );

const hasSentence = (node: ts.Node): boolean => /[a-z]/i.test(saidBy(docblock(node)).replace(/@\w+.*/g, ''));

/** `Pick<T, K>` and the like are told by T. */
const WRAPPERS = /^(Readonly|Partial|Pick|Omit|Required)$/;

function named(type: ts.TypeReferenceNode): readonly ts.Declaration[] {
  const [inner] = type.typeArguments ?? [];
  if (WRAPPERS.test(type.typeName.getText()) && inner && ts.isTypeReferenceNode(inner)) return named(inner);
  return declarationsOf(type.typeName);
}

/**
 * What no sentence tells of: parameters as `concat(axis)`, keys as `LoadOptions.signal`.
 * @param byHand true for a function, method (`Model.answer`) or class (`new Linear`) that people call
 * @param made true for the name of a type whose values the library makes, so that nobody writes its keys
 */
export function untold(byHand: (call: string) => boolean, made: (type: string) => boolean): string[] {
  const found = new Set<string>();
  const looked = new Set<ts.Node>();

  /** Alternatives of a union may have a comment each. */
  const commented = (type: ts.Node): boolean => {
    const { parent } = type;
    if (!ts.isUnionTypeNode(parent)) return false;
    const before = parent.types[parent.types.indexOf(type as ts.TypeNode) - 1]?.end ?? parent.getFullStart();
    return type.getSourceFile().text.slice(before, type.getStart()).includes('/**');
  };
  /** True if a value of the type is an object or a choice that its own page tells of: by a sentence, or by its keys. */
  const tellsItself = (type: ts.TypeNode | undefined): boolean => {
    if (!type) return false;
    if (ts.isLiteralTypeNode(type) || type.kind === ts.SyntaxKind.UndefinedKeyword) return true;
    if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return type.types.every(tellsItself);
    if (ts.isTypeLiteralNode(type)) return true; // its keys are looked at
    if (!ts.isTypeReferenceNode(type)) return false;
    const nodes = named(type);
    return type.typeName.getText() === 'AbortSignal' || (nodes.length > 0 && nodes.every(isTold));
  };
  const isTold = (node: ts.Declaration): boolean => {
    if (ts.isInterfaceDeclaration(node)) return hasSentence(node) || !made(node.name.text);
    if (ts.isClassDeclaration(node)) return node.name?.text !== 'Tensor' && hasSentence(node);
    if (!ts.isTypeAliasDeclaration(node)) return false;
    return tellsItself(node.type) || (ts.isUnionTypeNode(node.type) && hasSentence(node));
  };
  const keys = (type: ts.Node | undefined, owner: string, doc: string): void => {
    if (!type || ts.isFunctionTypeNode(type)) return;
    if (ts.isTypeLiteralNode(type)) members(type.members, owner, doc);
    else if (ts.isTypeReferenceNode(type)) {
      for (const argument of type.typeArguments ?? []) keys(argument, owner, doc);
      for (const node of named(type)) keysOf(node);
    } else ts.forEachChild(type, (child) => keys(child, owner, doc));
  };
  const keysOf = (node: ts.Declaration): void => {
    if (looked.has(node)) return;
    looked.add(node);
    if (ts.isTypeAliasDeclaration(node) && !made(node.name.text)) keys(node.type, node.name.text, docblock(node));
    if (!ts.isInterfaceDeclaration(node) || made(node.name.text)) return;
    members(node.members, node.name.text, docblock(node));
    for (const { types } of node.heritageClauses ?? [])
      for (const { expression } of types) for (const above of declarationsOf(expression)) keysOf(above);
  };
  const members = (of: ts.NodeArray<ts.TypeElement>, owner: string, doc: string): void => {
    for (const member of of) {
      if (!ts.isPropertySignature(member)) continue;
      const name = member.name.getText().replaceAll("'", '');
      const own = docblock(member);
      if (!own && !commented(member.parent) && !tells(doc, name) && !tellsItself(member.type))
        found.add(`${owner}.${name}`);
      keys(member.type, `${owner}.${name}`, own);
    }
  };
  for (const { name: place, declared } of exportedParameters()) {
    const call = place.replace(/ \d+$/, '');
    if (!declared || !byHand(call)) continue;
    const { name, type, parent } = declared;
    // A constructor's parameters may be told of at the class, those of an overload at another.
    const others = ts.isFunctionDeclaration(parent) && parent.name ? declarationsOf(parent.name) : [];
    const doc = [parent, ...others, ...(ts.isConstructorDeclaration(parent) ? [parent.parent] : [])]
      .map(docblock)
      .join('\n');
    if (doc.includes('@internal') || name.getText().startsWith('_')) continue;
    if (ts.isIdentifier(name) && !tells(doc, name.text) && !tellsItself(type)) found.add(`${call}(${name.text})`);
    keys(type, call, doc);
  }
  return [...found];
}
