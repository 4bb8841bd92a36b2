import type { Html } from './html.ts';

/** Light by default and in print, dark where the reader's screen is; one column of a readable width. */
const css = `
:root{--ink:#1b1e22;--soft:#59616b;--line:#d8dce1;--panel:#f5f6f8;--page:#fff;--bar:#33618f;--good:#17663a;--bad:#a4231c;--unsure:#7a5200}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,footer{max-width:46rem;margin:0 auto;padding:0 1.25rem}
main{padding-top:2.5rem}
h1{font-size:2rem;line-height:1.15;margin:.1rem 0 .4rem;letter-spacing:-.015em}
h2{font-size:1.2rem;line-height:1.3;margin:0 0 .75rem;letter-spacing:-.005em}
h3{font-size:.95rem;margin:0 0 .25rem}
h3 span{font-weight:400;color:var(--soft)}
section{margin-top:2.75rem}
p{margin:.5rem 0}
small{display:block;font-size:.85rem;line-height:1.4;color:var(--soft);font-weight:400}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.85em}
pre{background:var(--panel);border:1px solid var(--line);border-radius:4px;padding:.7rem .85rem;margin:.5rem 0;white-space:pre-wrap;font-size:.8rem;line-height:1.5}
.muted,figcaption{color:var(--soft);font-size:.9rem}
.eyebrow{margin:0;color:var(--soft);font-size:.85rem;letter-spacing:.04em}
.words{white-space:pre-line}
.good{color:var(--good)}.bad{color:var(--bad)}
.verdict{margin:1.5rem 0 0;padding:.9rem 1.25rem 1rem;border:1px solid var(--line);border-left:6px solid var(--tone);border-radius:4px}
.verdict .word{margin:0;font-size:1.75rem;font-weight:700;line-height:1.3;color:var(--tone)}
.verdict .lead{font-size:1.1rem;line-height:1.45}
.verdict dl{margin:.9rem 0}
.verdict dt{font-size:.85rem;color:var(--soft)}
.verdict dd{margin:0 0 .6rem}
.passed,.caught{--tone:var(--good)}.failed,.notcaught{--tone:var(--bad)}.inconclusive,.undecided{--tone:var(--unsure)}.notchecked,.notapplicable{--tone:var(--soft)}
.note{margin:1rem 0 0;padding:.6rem 1.25rem;border:1px solid var(--line);border-left:6px solid var(--unsure);border-radius:4px}
.icon{width:.85em;height:.85em;fill:none;stroke:currentColor;stroke-width:2.4;vertical-align:-.06em}
table{width:100%;border-collapse:collapse;font-size:.95rem;line-height:1.45}
th,td{padding:.45rem 1.25rem .45rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
th{overflow-wrap:break-word}
thead th{white-space:nowrap;font-size:.85rem;font-weight:400;color:var(--soft);padding-top:0;vertical-align:bottom}
.n{text-align:right}
td.n,td.outcome,.figures td{white-space:nowrap}
.counts{table-layout:fixed}
.counts th:first-child{width:60%}
.counts td.n{white-space:normal;overflow-wrap:normal}
.big{font-size:1.15rem;font-weight:600}
.outcome{font-weight:600;color:var(--tone)}
.facts{margin:0}
.facts div{display:grid;grid-template-columns:9rem 1fr;gap:0 1rem;padding:.4rem 0;border-bottom:1px solid var(--line)}
.facts dt{color:var(--soft)}.facts dd{margin:0;min-width:0}
.plain,.findings{padding-left:1.2rem;margin:.5rem 0}
.plain li,.findings li{margin:.45rem 0}
.findings li+li{margin-top:1.25rem}
details{margin-top:.75rem}
summary{cursor:pointer;padding:.4rem 0;color:var(--soft)}
figure{margin:0 0 1.25rem}
figcaption{margin-top:.35rem}
.plot{display:flex}
.plot svg:first-child{flex:none}
.plot svg:last-child{flex:1;min-width:0}
.chart{display:block;overflow:visible}
.chart text{font-size:.85rem;fill:var(--ink)}
.chart .axis{font-size:.75rem;fill:var(--soft)}
.chart .value{font-weight:600}
.chart .halo{paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}
.chart .bar{fill:var(--bar)}
.chart .other{stroke:var(--bar);stroke-width:1}
.hatch{stroke:var(--bar);stroke-width:2.5}
.grid,.base{stroke:var(--line)}
.base{stroke:var(--soft)}
.promise{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:5 4}
footer{margin-top:3rem;padding-top:.75rem;padding-bottom:2.5rem;color:var(--soft);font-size:.85rem}
@media (max-width:40rem){
main{padding-top:1.5rem}
main,footer{padding-left:1rem;padding-right:1rem}
h1{font-size:1.6rem}
table{font-size:.9rem}
th,td{padding-right:.6rem}
td.n,td.outcome{white-space:normal;overflow-wrap:break-word}
.counts th:first-child{width:46%}
.facts div{grid-template-columns:1fr}
.facts dt{font-size:.85rem}
.stack thead{display:none}
.stack tr{display:grid;grid-template-columns:auto 1fr;gap:.1rem .75rem;padding:.6rem 0;border-bottom:1px solid var(--line)}
.stack td{display:block;padding:0;border:0;text-align:left}
.stack td:nth-child(2){grid-area:2/1/3/3}
.stack td.n{grid-area:1/2;justify-self:end;font-size:.85rem;color:var(--soft)}
.stack td.n:not(:empty)::before{content:attr(data-label)}
.figures thead{display:none}
.figures tr{display:grid;grid-template-columns:1fr 1fr 1fr;gap:.3rem .75rem;padding:.7rem 0;border-bottom:1px solid var(--line)}
.figures th,.figures td{border:0;padding:0;text-align:left}
.figures th{grid-column:1/-1}
.figures td::before{content:attr(data-label);display:block;font-size:.85rem;font-weight:400;color:var(--soft)}
}
@media screen and (prefers-color-scheme:dark){
:root{color-scheme:dark;--ink:#e7e9ec;--soft:#9ba4ae;--line:#31373e;--panel:#1d2126;--page:#14171a;--bar:#7fb0de;--good:#6fc78f;--bad:#f28b82;--unsure:#e2b55c}
}
@media print{
@page{size:A4;margin:16mm 16mm 18mm}
:root{--ink:#000;--soft:#444;--line:#bbb;--panel:#fff;--bar:#000;--good:#000;--bad:#000;--unsure:#000}
body{font-size:10pt}
main,footer{max-width:none;padding:0}
section{margin-top:1.6rem}
h2,h3,thead{break-after:avoid}
table{font-size:9pt}
th,td{padding-top:.2rem;padding-bottom:.2rem}
.facts div{padding:.2rem 0}
tr,figure,li,.verdict,.facts div,pre{break-inside:avoid}
p:has(+pre){break-after:avoid}
thead{display:table-header-group}
summary{list-style:none}
details::details-content{content-visibility:visible;block-size:auto}
}
`;

/** The only markup that is not made by a template: it is fixed. */
export const style: Html = { markup: css };
