/** Which public functions take an object whose keys may be left out, by TypeScript's own list of what is exported. */

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

export interface OptionTaker {
  /** `new Linear 3`: a function, class or method, and the place of the parameter. */
  readonly name: string;
  /** The type of the parameter, as it is written. */
  readonly type: string;
  readonly optional: readonly string[];
}

/** Every parameter of everything exported whose type has a key that may be left out. */
export function optionTakers(): OptionTaker[] {
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
  const found: OptionTaker[] = [];

  const optionalKeys = (type: ts.Type): string[] =>
    (type.isUnion() ? type.types : [type])
      .filter((part) => !part.isClass() && part.getCallSignatures().length === 0)
      .flatMap((part) => part.getProperties())
      .filter(({ flags }) => flags & ts.SymbolFlags.Optional)
      .map(({ name }) => name);
  const visit = (name: string, signatures: readonly ts.Signature[]): void => {
    for (const { parameters } of signatures)
      for (const [i, parameter] of parameters.entries()) {
        const type = checker.getTypeOfSymbol(parameter);
        const optional = optionalKeys(type);
        if (optional.length > 0) found.push({ name: `${name} ${i}`, type: checker.typeToString(type), optional });
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
