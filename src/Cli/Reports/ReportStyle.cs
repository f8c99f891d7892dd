namespace ModelPack.Cli.Reports;

/// <summary>The page's style: no font, picture or script from anywhere; light and dark as the reader's system says.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--soft:#59636e;--line:#d1d9e0;--point:#0b5cad;--panel:#f6f8fa;
        --h0:#f1f6fb;--h1:#dbe9f6;--h2:#bfd8ee;--h3:#9cc3e2;--h4:#74a9d3;--h5:#4f8dc0;--h6:#3272a9;--h7:#1c5788;--h8:#0c3c63}
        @media (prefers-color-scheme:dark){:root{--back:#0f1318;--text:#e6edf3;--soft:#9aa5b1;--line:#323b46;--point:#6cb6ff;--panel:#171d25;
        --h0:#14202c;--h1:#17304a;--h2:#1b4065;--h3:#215280;--h4:#2c669c;--h5:#4a83b6;--h6:#78a6cf;--h7:#a9c8e4;--h8:#dcebf8}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:1100px;padding:24px 20px 60px;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
        h1{font-size:1.6rem;margin:0 0 4px}h2{font-size:1.2rem;margin:36px 0 8px}p{margin:6px 0}
        .soft{color:var(--soft)}.scroll{overflow-x:auto;margin:10px 0 16px}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}
        caption{text-align:left;color:var(--soft);font-size:.875rem;padding-bottom:6px}
        th{font-weight:600;text-align:left}
        .facts{width:100%}.facts th,.facts td{padding:6px 10px;border-bottom:1px solid var(--line)}
        .facts thead th{color:var(--soft);font-size:.875rem}.facts td,.facts thead th+th{text-align:right}.facts td{white-space:nowrap}
        .heat th{padding:2px 8px;font-size:.8125rem;font-weight:500;color:var(--soft)}
        .heat td{padding:4px 8px;text-align:right;font-size:.8125rem;border:1px solid var(--back);min-width:58px}
        .heat thead th+th{text-align:right}
        .heat.small td{padding:0;min-width:11px;width:11px;height:16px;border-width:1px}.heat.small th{padding:0 4px 0 0}
        .heat.small thead th{white-space:nowrap;max-width:11px;overflow:visible;text-align:left}
        .legend{display:flex;flex-wrap:wrap;align-items:center;gap:0;font-size:.8125rem;font-variant-numeric:tabular-nums}
        .legend span{padding:2px 8px}.legend span:first-child{padding-left:0;color:var(--soft)}
        .h0{background:var(--h0)}.h1{background:var(--h1)}.h2{background:var(--h2)}.h3{background:var(--h3)}.h4{background:var(--h4)}
        .h5{background:var(--h5)}.h6{background:var(--h6)}.h7{background:var(--h7)}.h8{background:var(--h8)}
        .h0,.h1,.h2,.h3,.h4{color:#1b1f24}.h5,.h6,.h7,.h8{color:#fff}
        @media (prefers-color-scheme:dark){.h0,.h1,.h2,.h3,.h4{color:#e6edf3}.h5,.h6,.h7,.h8{color:#0f1318}}
        svg{display:block;width:100%;max-width:760px;height:auto;background:var(--panel);border-radius:6px;margin:10px 0}
        svg text{font:13px system-ui,sans-serif;fill:var(--text)}svg .tick,svg .axis{fill:var(--soft)}
        svg .grid{stroke:var(--line);stroke-width:1}svg .point{fill:var(--point)}
        details{border:1px solid var(--line);border-radius:6px;padding:8px 14px;margin:10px 0}summary{cursor:pointer;font-weight:600}
        @media print{details{border:0;padding:0}}
        """;
}
