import { FONT } from '../figures/theme.ts';

/** How a report looks; colours are those of the figures, on `.glass-figure`. */
export function pageStyle(): string {
  return `
*{box-sizing:border-box}
html{scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;font:16px/1.55 ${FONT};overflow-wrap:break-word}
header,nav,main,footer{max-width:86rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .75rem}
h2{font-size:1.35rem;line-height:1.3;margin:0 0 .5rem}
h3{font-size:1.05rem;margin:1.5rem 0 .25rem}
p{margin:.5rem 0;max-width:46rem;text-wrap:pretty}
small,figcaption,.name,footer{font-size:.8125rem;opacity:.8}
code{font-family:ui-monospace,'SFMono-Regular',Menlo,Consolas,monospace;font-size:.8125rem}
a{color:var(--attention)}
.name{margin:0;letter-spacing:.08em;text-transform:uppercase}
.lead{font-size:1.15rem}
nav ol{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:.25rem 1.5rem;margin:1.5rem 0 0;padding:1rem 0 1rem 1.25rem;border-block:1px solid var(--line)}
section{padding:2.25rem 0 .25rem;scroll-margin-top:0}
section+section{border-top:1px solid var(--line);margin-top:1.5rem}
figure{margin:.75rem 0}
.scroll{overflow-x:auto;max-width:100%;margin:.5rem 0;background:linear-gradient(90deg,var(--paper) 40%,transparent) 0 0/3rem 100% no-repeat local,linear-gradient(270deg,var(--paper) 40%,transparent) 100% 0/3rem 100% no-repeat local,linear-gradient(90deg,var(--line),transparent) 0 0/.8rem 100% no-repeat,linear-gradient(270deg,var(--line),transparent) 100% 0/.8rem 100% no-repeat}
.scroll::-webkit-scrollbar{height:10px}
.scroll::-webkit-scrollbar-thumb{background:var(--line);border-radius:5px}
.scroll>svg>rect:first-of-type{fill:none}
.pair>*,.side>*{min-width:0}
.pair,.side{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:0 2rem;align-items:start}
details>.scroll{display:inline-block;vertical-align:top;margin-inline-end:2rem}
.scroll>svg{display:block;margin-left:-16px;background:none}
:lang(ko){word-break:keep-all}
:focus-visible{outline:2px solid var(--attention);outline-offset:2px}
.prompt{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin:.75rem 0}
.picture{position:relative;width:160px;margin:0}
.picture img{display:block;border:1px solid var(--line);border-radius:6px}
.picture .pixels{position:absolute;top:88px;left:88px;image-rendering:pixelated;box-shadow:0 0 0 2px var(--paper)}
.picture figcaption{margin-top:.25rem;line-height:1.35}
.said{margin:0;padding:.35rem .75rem;border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;font-size:1.05rem}
.said.answer{border:2px solid var(--attention);font-weight:600}
.warning{border-left:4px solid var(--dense);padding:.4rem .8rem}
.verdict{font-weight:600}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.4rem 0;contain:inline-size}
th,td{padding:.2rem .65rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap;vertical-align:top}
th{font-weight:600}
thead th{white-space:normal;vertical-align:bottom}
tbody th{font-weight:400}
tbody th,.words{text-align:left}
figure tbody th{position:sticky;left:0;background:var(--paper)}
.bar{display:inline-block;width:9rem;height:.75rem;vertical-align:middle}
.bar span{display:block;height:100%;min-width:1px;border-radius:2px}
.heat{background:var(--heat)}
.negative{background:var(--negative)}
summary{cursor:pointer;padding:.2rem 0}
.part{margin:.75rem 0}
.part>summary{font-weight:600}
.tap p{margin:.25rem 0 .5rem;max-width:34rem;white-space:normal;text-align:left;font-size:.8125rem}
.tap summary{padding:0}
.spread{display:block}
.spread path{fill:var(--attention)}
.spread .base{stroke:var(--line);fill:none}
footer{padding-top:2rem;padding-bottom:3rem}
@media (max-width:40rem){
details>.scroll{margin-inline-end:0}
h1{font-size:1.6rem}
.bar{width:4rem}
th,td{padding-inline:.4rem}
.part code{font-size:.7rem}
}
`;
}
