/** Style of a report: no request leaves the page, both colour schemes, phone to print. */
export const STYLE = `
:root{--bg:#f6f7f9;--card:#fff;--text:#16202c;--soft:#5b6876;--line:#dde2e8;--good:#0b7a4b;--good-bg:#e3f5ec;--bad:#b3261e;--bad-bg:#fdeae8;--primary:#2f6fde;--standby:#0d9373;--mark:#8a5cd6;--lease:#c77700;color-scheme:light}
@media (prefers-color-scheme:dark){:root{--bg:#0f141a;--card:#171e26;--text:#e6ebf1;--soft:#97a3b0;--line:#2a343f;--good:#53d39a;--good-bg:#12301f;--bad:#ff8a80;--bad-bg:#3a1715;--primary:#6aa0ff;--standby:#3ecfa9;--mark:#b795f5;--lease:#f0b04a;color-scheme:dark}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1060px;margin:0 auto;padding:28px 20px 48px}
header{display:flex;flex-wrap:wrap;align-items:flex-start;justify-content:space-between;gap:12px;margin-bottom:20px}
h1{font-size:24px;line-height:1.25;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:16px;margin:0 0 2px}
p{margin:0}
.lead{max-width:46em}
.soft,.note{color:var(--soft)}
.note{font-size:13px;margin-bottom:12px}
.verdict{font-weight:600;padding:6px 14px;border-radius:999px;white-space:nowrap}
.verdict.good{color:var(--good);background:var(--good-bg)}
.verdict.bad{color:var(--bad);background:var(--bad-bg)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-bottom:16px}
.tile,section{background:var(--card);border:1px solid var(--line);border-radius:10px}
.tile{padding:12px 14px}
.tile dt{font-size:13px;color:var(--soft)}
.tile dd{margin:0}
.tile .value{font-size:26px;font-weight:650;line-height:1.25;letter-spacing:-.02em}
.tile .value.good{color:var(--good)}
.tile .value.bad{color:var(--bad)}
.tile .under{font-size:13px;color:var(--soft)}
section{padding:16px 18px;margin-bottom:16px}
svg{display:block;width:100%;height:auto;overflow:visible}
.narrow svg{display:none}
text{fill:var(--text);font-size:13px}
.tick{fill:var(--soft);font-size:11px}
.lane{font-weight:600}
tspan.soft{fill:var(--soft);font-weight:400}
.grid{stroke:var(--line);stroke-width:1}
.outage{fill:var(--bad);opacity:.13}
.works.primary,.area.primary{fill:var(--primary)}
.works.standby,.area.standby{fill:var(--standby)}
.waits{fill:var(--standby);opacity:.25}
.area{opacity:.16}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
.line.primary{stroke:var(--primary)}
.line.standby{stroke:var(--standby)}
.trend{fill:none;stroke-width:2;stroke-linejoin:round}
.trend.rto{stroke:var(--primary)}
.trend.rpo{stroke:var(--mark)}
.t-rto{fill:var(--primary)}
.t-rpo{fill:var(--mark)}
.failed{fill:var(--card);stroke:var(--bad);stroke-width:2}
.surprise{color:var(--bad);background:var(--bad-bg);border-radius:10px;padding:10px 14px;margin-bottom:16px}
.break{overflow-wrap:anywhere}
.flag{stroke-width:1.5}
.flag.kill{stroke:var(--bad)}
.flag.back{stroke:var(--good)}
.flag-text{font-weight:600;font-size:12px;paint-order:stroke;stroke:var(--card);stroke-width:4px}
.flag-text.kill{fill:var(--bad)}
.flag-text.back{fill:var(--good)}
.m-checkpoint{fill:var(--soft)}
.m-restore-point{fill:var(--mark)}
.m-committed{fill:var(--text)}
.m-woken{fill:var(--bad);stroke:var(--card);stroke-width:1.5}
.m-lost{fill:var(--card);stroke:var(--lease);stroke-width:2}
.m-lease{fill:var(--lease);stroke:var(--card);stroke-width:1.5}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:12px 0 0;padding:0;list-style:none;font-size:13px;color:var(--soft)}
.legend svg{display:inline-block;width:14px;height:14px;vertical-align:-2px;margin-right:6px}
.phases{display:flex;height:22px;border-radius:5px;overflow:hidden;margin-bottom:10px;gap:2px}
.phases i{display:block;min-width:3px}
.p0{background:var(--bad)}.p1{background:var(--lease)}.p2{background:var(--mark)}.p3{background:var(--standby)}
.swatch{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:8px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:6px 12px 6px 0;border-top:1px solid var(--line)}
tr:first-child>*{border-top:0}
th{font-weight:500;color:var(--soft)}
tbody th{width:34%}
td.n,th.n{text-align:right;padding-right:0;white-space:nowrap}
code{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:0 16px}
footer{font-size:13px;color:var(--soft)}
@media (max-width:760px){
main{padding:18px 12px 32px}
.tiles{grid-template-columns:1fr 1fr}
.tiles .tile:last-child:nth-child(odd){grid-column:1/-1}
.pair{grid-template-columns:minmax(0,1fr);gap:0}
section{padding:14px 12px}
.wide svg{display:none}
.narrow svg{display:block}
h1{font-size:21px}
}
@media print{
:root{--bg:#fff;--card:#fff;--text:#16202c;--soft:#5b6876;--line:#dde2e8;--good:#0b7a4b;--good-bg:#e3f5ec;--bad:#b3261e;--bad-bg:#fdeae8;--primary:#2f6fde;--standby:#0d9373;--mark:#8a5cd6;--lease:#c77700;color-scheme:light}
body{font-size:12px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{padding:0;max-width:none}
section,.tile{break-inside:avoid}
.pair{grid-template-columns:1fr 1fr;gap:16px}
.tiles{grid-template-columns:repeat(auto-fit,minmax(90px,1fr))}
.tiles .tile:last-child:nth-child(odd){grid-column:auto}
.wide svg{display:block}
.narrow svg{display:none}
}
`;
