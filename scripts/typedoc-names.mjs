// A plugin of typedoc: a parameter that is taken apart in the signature (`{ lang }: Look`) has no name there. The pages
// call it as its type is called (`look`), or `options`.
import { Converter, ReflectionKind } from 'typedoc';

const UNNAMED = /^__namedParameters$/;
const KINDS = /(Options|Inputs|Config|Prompt|Request)$/;

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter))
      if (UNNAMED.test(parameter.name)) parameter.name = nameOf(parameter.type);
  });
}

function nameOf(type) {
  const name = type?.name;
  if (typeof name !== 'string' || !/^[A-Z]\w+$/.test(name)) return 'options';
  const kind = KINDS.exec(name)?.[1];
  const chosen = kind ?? name;
  return chosen[0].toLowerCase() + chosen.slice(1);
}
