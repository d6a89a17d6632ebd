// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vcisr {

/// The report's style sheet: light or dark as the reader's system. The palette is Okabe and Ito's,
/// which people with colour blindness can tell apart.
inline constexpr const char* kReportStyle = R"css(
:root { color-scheme: light dark; --ink: #222; --paper: #fff; --quiet: #666; --rule: #e2e2e2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ddd; --paper: #161616; --quiet: #999; --rule: #333; }
}
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       margin: 2em auto; padding: 0 1em; max-width: 1560px; }
h1 { font-size: 1.5em; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 0 2em 1.5em 0; display: inline-table;
        vertical-align: top; }
td, th { border-bottom: 1px solid var(--rule); padding: .2em 1.2em .2em 0; text-align: left;
         font-variant-numeric: tabular-nums; }
th { color: var(--quiet); font-weight: normal; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 560px), 1fr));
       gap: 1.5em; }
figure { margin: 0; }
figcaption { font-weight: 600; margin-bottom: .3em; }
small { color: var(--quiet); font-weight: normal; }
svg { width: 100%; height: auto; display: block; }
svg path { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
svg path.faint { stroke-width: 1; opacity: .3; }
svg path.dashed { stroke-width: 1.3; stroke-dasharray: 6 4; opacity: .8; }
svg path.dots { stroke: none; }
.mark { fill: transparent; stroke-width: 1.6; }
.grid { stroke: var(--rule); }
.frame { fill: none; stroke: var(--quiet); }
.tick { fill: var(--quiet); font-size: 12px; }
.label { fill: var(--ink); font-size: 13px; }
.legend { margin: .2em 0 0; }
.legend span { margin-right: 1.4em; white-space: nowrap; }
.legend i { display: inline-block; width: 1.4em; height: 0; margin-right: .4em;
            vertical-align: middle; border-width: 3px 0 0; border-style: solid; }
.c0 { stroke: #0072b2; border-color: #0072b2; } .c1 { stroke: #d55e00; border-color: #d55e00; }
.c2 { stroke: #009e73; border-color: #009e73; } .c3 { stroke: #cc79a7; border-color: #cc79a7; }
.c4 { stroke: #e69f00; border-color: #e69f00; } .c5 { stroke: #56b4e9; border-color: #56b4e9; }
.c6 { stroke: #999999; border-color: #999999; }
.dots { stroke: none; }
.mark { fill: transparent; stroke-width: 1.6; }
.dots.c0 { fill: #0072b2; } .dots.c1 { fill: #d55e00; } .dots.c2 { fill: #009e73; }
.dots.c3 { fill: #cc79a7; } .dots.c4 { fill: #e69f00; } .dots.c5 { fill: #56b4e9; }
.dots.c6 { fill: #999999; }
)css";

}  // namespace vcisr
