/** The look of our own pages. System fonts and system colours: nothing is fetched, contrast is at least 7 to 1. */
export const PAGE_STYLE = `
:root { color-scheme: light dark;
  --paper: light-dark(#fbfaf7, #16181c); --sheet: light-dark(#ffffff, #1e2127); --ink: light-dark(#1d2129, #eceae4);
  --soft: light-dark(#4b5260, #b9bcc4); --line: light-dark(#dcd8ce, #383d47); --mark: light-dark(#0b4f8a, #8cc4ff);
  --warn: light-dark(#a01c1c, #ffaba3); }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
main { max-width: 38rem; margin: 0 auto; padding: clamp(2rem, 10vh, 7rem) 1.25rem 4rem }
main.wide { max-width: 58rem; padding-top: clamp(1.5rem, 6vh, 4rem) }
h1 { font-size: clamp(1.5rem, 4vw, 2rem); line-height: 1.2; letter-spacing: -.015em; margin: 0 0 1rem; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem }
p, ul { margin: 0 0 1rem }
a { color: var(--mark); text-underline-offset: .2em }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; border-radius: 4px }
td code { white-space: nowrap }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.status { display: inline-block; margin: 0 0 1.25rem; padding: .15rem .7rem; border: 1px solid var(--line); border-radius: 99px;
  background: var(--sheet); color: var(--soft); font-size: .95rem; font-variant-numeric: tabular-nums }
.quiet { color: var(--soft); font-size: .95rem }
table { width: 100%; border-collapse: collapse; background: var(--sheet); border: 1px solid var(--line); border-radius: 10px;
  border-spacing: 0; overflow: hidden; margin-bottom: 1.4rem }
th, td { padding: .5rem .9rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: anywhere }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: .9rem }
tbody tr:hover { background: color-mix(in srgb, var(--mark) 8%, transparent) }
.num { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
td.num { color: var(--soft) }
fieldset { margin: 0 0 1rem; padding: .9rem 1.1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--sheet) }
legend { padding: 0 .4rem; font-weight: 600 }
label { display: block; margin: .3rem 0 }
.actions { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(11rem, 100%), 1fr)); gap: .7rem; margin: 1.2rem 0 }
button { padding: .7rem 1.2rem; border: 1.5px solid var(--mark); border-radius: 8px; background: var(--mark);
  color: var(--sheet); font: inherit; font-weight: 600; cursor: pointer }
button:hover { filter: brightness(1.12) }
@media (max-width: 34rem) { th:last-child:nth-child(3), td:last-child:nth-child(3) { display: none }
  .stacked, .stacked tbody, .stacked tr, .stacked td { display: block }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .stacked tr { padding: .6rem 0; border-top: 1px solid var(--line) }
  .stacked tr:first-child { border-top: 0 }
  .stacked td { padding: .1rem .9rem; border: 0 }
  .stacked td::before { content: attr(data-label) ": "; color: var(--soft); font-size: .9rem }
  .stacked td:first-child { font-weight: 600 }
  .stacked td:first-child::before { content: none } }
`
