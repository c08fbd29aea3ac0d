/** What public functions take, by TypeScript's own list of what is exported. */

import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));
const ENTRIES = ['index.ts', 'flamingo.ts', 'nn.ts', 'tensor/index.ts', 'inspect/index.ts', 'worker.ts'];

/** What the types of options are written with: the whole of TypeScript's library would take seconds to read. */
const LIBRARY = `
type Partial<T> = { [K in keyof T]?: T[K] };
type Required<T> = { [K in keyof T]-?: T[K] };
type Readonly<T> = { readonly [K in keyof T]: T[K] };
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Exclude<T, U> = T extends U ? never : T;
type Omit<T, K extends keyof any> = Pick<T, Exclude<keyof T, K>>;
type Record<K extends keyof any, T> = { [P in K]: T };
type NonNullable<T> = T & {};
interface Array<T> { length: number; [index: number]: T }
interface ReadonlyArray<T> { readonly length: number; readonly [index: number]: T }
interface Promise<T> { then(done: (value: T) => void): void }
interface Boolean {} interface CallableFunction {} interface Function {} interface IArguments {}
interface NewableFunction {} interface Number {} interface Object {} interface RegExp {} interface String {}
`;

export interface Parameter {
  /** `new Linear 3`: a function, class or method, and the place of the parameter. */
  readonly name: string;
  /** The type, as it is written. */
  readonly type: string;
  /** Where it is declared, in `src`. */
  readonly file: string;
  /** True if a call may leave it out. */
  readonly mayMiss: boolean;
  /** Keys that may be left out. */
  readonly optional: readonly string[];
  /** What may only be one of some words: the parameter itself, by '', or what is at a path of keys in it. */
  readonly words: ReadonlyMap<string, readonly string[]>;
  /** Where it is declared, as TypeScript has read it. */
  readonly declared: ts.ParameterDeclaration | undefined;
}

let listed: readonly Parameter[] | undefined;
let typeChecker: ts.TypeChecker | undefined;

/** What declares the thing of this name in `src`. */
export function declarationsOf(name: ts.Node): readonly ts.Declaration[] {
  const symbol = typeChecker?.getSymbolAtLocation(name);
  const own = symbol && symbol.flags & ts.SymbolFlags.Alias ? typeChecker?.getAliasedSymbol(symbol) : symbol;
  return (own?.declarations ?? []).filter((node) => !node.getSourceFile().fileName.endsWith('library.d.ts'));
}

/** Every parameter of everything exported; what is the same in several entries comes once. */
export function exportedParameters(): readonly Parameter[] {
  listed ??= list();
  return listed;
}

function list(): readonly Parameter[] {
  const options: ts.CompilerOptions = { strict: true, noLib: true, types: [], allowImportingTsExtensions: true };
  const host = ts.createCompilerHost({ ...options, target: ts.ScriptTarget.ES2022 });
  const { getSourceFile } = host;
  const library = `${SOURCE}library.d.ts`;
  host.getSourceFile = (name, ...rest) =>
    name === library ? ts.createSourceFile(name, LIBRARY, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  host.resolveModuleNameLiterals = (names, from) =>
    names.map(({ text }) => ({
      resolvedModule: text.startsWith('.')
        ? { resolvedFileName: resolve(dirname(from), text), extension: ts.Extension.Ts }
        : undefined,
    }));
  const program = ts.createProgram([library, ...ENTRIES.map((entry) => SOURCE + entry)], options, host);
  const checker = program.getTypeChecker();
  typeChecker = checker;
  const found: Parameter[] = [];

  const partsOf = (type: ts.Type): readonly ts.Type[] => (type.isUnion() ? type.types : [type]);
  const propertiesOf = (type: ts.Type): ts.Symbol[] =>
    partsOf(type)
      .filter((part) => !part.isClass() && part.getCallSignatures().length === 0 && !checker.isArrayLikeType(part))
      .flatMap((part) => (part.flags & ts.TypeFlags.Object || part.isIntersection() ? part.getProperties() : []));
  const wordsIn = (type: ts.Type, path: string, into: Map<string, string[]>): void => {
    const parts = partsOf(type).filter(({ flags }) => !(flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)));
    if (parts.length > 0 && parts.every((part) => part.isStringLiteral())) {
      const words = parts.map((part) => String((part as ts.StringLiteralType).value));
      into.set(path, [...new Set([...(into.get(path) ?? []), ...words])]);
    } else if (path.split('.').length < 4)
      for (const property of propertiesOf(type))
        wordsIn(checker.getTypeOfSymbol(property), path ? `${path}.${property.name}` : property.name, into);
  };
  const visit = (of: string, signatures: readonly ts.Signature[]): void => {
    for (const { parameters } of signatures) {
      for (const [place, parameter] of parameters.entries()) {
        const type = checker.getTypeOfSymbol(parameter);
        const optional = propertiesOf(type).filter(({ flags }) => flags & ts.SymbolFlags.Optional);
        const words = new Map<string, string[]>();
        wordsIn(type, '', words);
        const declared = parameter.valueDeclaration as ts.ParameterDeclaration | undefined;
        found.push({
          name: `${of} ${place}`,
          type: checker.typeToString(type),
          file: declared?.getSourceFile().fileName.slice(SOURCE.length) ?? '',
          mayMiss: Boolean(declared?.initializer ?? declared?.questionToken),
          optional: optional.map(({ name }) => name),
          words,
          declared,
        });
      }
    }
  };
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const methods = (name: string, type: ts.Type): void => {
    for (const method of type.getProperties()) {
      const { valueDeclaration } = method;
      if (!valueDeclaration || ts.getCombinedModifierFlags(valueDeclaration) & hidden) continue;
      visit(`${name}.${method.name}`, checker.getTypeOfSymbol(method).getCallSignatures());
    }
  };

  const seen = new Set<ts.Symbol>();
  for (const entry of ENTRIES) {
    const file = checker.getSymbolAtLocation(program.getSourceFile(SOURCE + entry) as ts.SourceFile);
    for (const exported of checker.getExportsOfModule(file as ts.Symbol)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (seen.has(symbol) || !symbol.valueDeclaration) continue;
      seen.add(symbol);
      const type = checker.getTypeOfSymbol(symbol);
      visit(symbol.name, type.getCallSignatures());
      if (!(symbol.flags & ts.SymbolFlags.Class)) continue;
      visit(`new ${symbol.name}`, type.getConstructSignatures());
      methods(symbol.name, checker.getDeclaredTypeOfSymbol(symbol));
      methods(symbol.name, type);
    }
  }
  return found;
}
