// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vcisr::evaluation {

/// Follows core/report_style.h on the page.
inline constexpr const char* kEvaluationStyle = R"css(
:root { --alarm: #b3261e; --alarm-paper: #fdecea; --panel: #f6f6f6; }
@media (prefers-color-scheme: dark) {
  :root { --alarm: #ff8a80; --alarm-paper: #35201f; --panel: #202020; }
  .c0 { stroke: #2f8fd0; border-color: #2f8fd0; } .dots.c0 { fill: #2f8fd0; }
  .c5 { stroke: #9ad4f5; border-color: #9ad4f5; } .dots.c5 { fill: #9ad4f5; }
}
h1 { margin: 0 0 .3em; }
h2 { font-size: 1.15em; margin: 0 0 .6em; }
section { margin: 2em 0 0; }
p { margin: 0 0 .6em; overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1.2em; }
li { margin: 0 0 .35em; overflow-wrap: anywhere; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.about { color: var(--quiet); }
.side { display: flex; flex-wrap: wrap; gap: 0 4em; }
.side section { min-width: 0; }
/* What is cut off at the right casts a shadow there. */
.wide { overflow-x: auto; margin: 0 0 1em; background:
          linear-gradient(to left, var(--paper) 40%, transparent) right / 2em 100% no-repeat local,
          linear-gradient(to left, var(--rule), transparent) right / .9em 100% no-repeat scroll; }
table { margin: 0; display: table; }
td, th { padding: .25em .9em .25em 0; vertical-align: baseline; }
tbody th { color: var(--ink); white-space: nowrap; }
td.number, th.number { text-align: right; padding: .25em 0 .25em 1.2em; white-space: nowrap; }
small.under { display: block; font-size: .8em; }
td.name { overflow-wrap: anywhere; min-width: 8em; }
tbody tr:hover { background: var(--panel); }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer;
            text-align: inherit; }
th[aria-sort] button { color: var(--ink); font-weight: 600; }
.alarm { color: var(--alarm); background: var(--alarm-paper); border-left: 4px solid var(--alarm);
         padding: .7em 1em; margin: 1em 0 0; }
.alarm p { margin: 0 0 .3em; font-weight: 600; }
.charts { display: grid; gap: 1.8em;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 520px), 1fr)); }
.chart { position: relative; min-width: 0; }
.readout { position: absolute; pointer-events: none; background: var(--paper); color: var(--ink);
           border: 1px solid var(--quiet); border-radius: 4px; padding: .25em .55em;
           font-size: .85em; font-variant-numeric: tabular-nums; max-width: 80%; z-index: 1; }
.readout i { display: inline-block; width: 1em; margin-right: .4em; vertical-align: middle;
             border-width: 3px 0 0; border-style: solid; }
.readout div { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.cursor { stroke: var(--quiet); stroke-dasharray: 3 3; }
.pairs { display: grid; gap: 1.6em;
         grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); }
.pair { min-width: 0; }
.pair figcaption { margin: .35em 0 0; font-weight: normal; overflow-wrap: anywhere; }
.pictures { display: flex; gap: 4px; }
.pictures div { flex: 0 1 50%; min-width: 0; }
.pictures img { display: block; max-width: 100%; height: auto; background: var(--panel); }
.pictures small { display: block; }
@media (max-width: 640px) {
  .tick, .label { font-size: 17px; }
  td.number, th.number { padding-left: .8em; }
}
details { margin: 0 0 .6em; }
summary { cursor: pointer; overflow-wrap: anywhere; }
details .wide { margin-top: .5em; }
)css";

}  // namespace vcisr::evaluation
