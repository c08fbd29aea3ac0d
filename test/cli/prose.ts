/** Which language a command speaks: prose is told from what stands in it, such as command lines, paths and names. */

/** What a person reads as language: no command lines, code, options, paths, names of things, formulas. */
function prose(text: string, names: readonly string[]): string {
  const left = text
    .split('\n')
    .filter((line) => !/^\s*(\$ |\{|"candidates"|"generate")/.test(line))
    .map((line) => line.replace(/^ {4}\S.*( {4}\[.*\])$/, '$1')) // an equation, without its source
    .join('\n')
    .replace(/\bglass-flamingo(?: [a-z]+)?/g, '·')
    .replace(/^[A-Za-z]+(?=$| {2}\(확신이 낮아요)/gm, '·') // an answer
    .replace(/(?<=^| {2})[A-Za-z]+ +(?:< )?[\d.]+%/gm, '·') // pieces that were likely
    .replace(/"[^"\n]*"|'[^'\n]*'|`[^`]*`|“[^”]*”|<[^<>\n]+>|\[(?! {4})[^\]\n]*\](?!$)/gm, '·')
    .replace(/\S*[/\\_]\S*/g, '·')
    .replace(/(?<![\w-])--?[a-z][\w-]*|\|[^|\n]*\|/g, '·')
    .replace(/(?<=[가-힣])\([A-Za-z][^()]*\)/g, ''); // a term beside its Korean
  const ofSeveral = names.filter((name) => name.includes(' ')).sort((a, b) => b.length - a.length);
  return ofSeveral.reduce((rest, name) => rest.replaceAll(name, '·'), left);
}

/** Words that no list of names has; one is enough. */
const FUNCTION_WORDS =
  'the|a|an|of|and|or|is|are|was|in|at|for|from|it|its|that|this|not|no|left|section|appendix|et al';

/** The first piece of English prose, or null: a word that only sentences have, or two words that are no cells of a table. */
export function englishIn(text: string, names: readonly string[]): string | null {
  const left = prose(text, names);
  const word = new RegExp(`(?<=^|[ (])(?:${FUNCTION_WORDS})(?=$|[ .,:;)])[^\\n]{0,40}`, 'm').exec(left);
  return (word ?? /\b[A-Za-z]+(?: |\n *)[a-z]{2,}\b(?!-| {2})[^\n]{0,40}/.exec(left))?.[0] ?? null;
}

/** The first piece of Korean prose, or null: a word alone may be an answer, or a thing's name. */
export function koreanIn(text: string, names: readonly string[]): string | null {
  return /[가-힣]+[,.]?[ \n][가-힣].*/.exec(prose(text, names))?.[0] ?? null;
}
