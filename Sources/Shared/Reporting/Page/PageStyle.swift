/// Style sheet of the page: light and dense, like the supplement of a journal, and fit for paper and for a
/// phone.
package enum PageStyle {
  package static let css = base + paper + dark + print

  private static let base = """
    :root { --ink: #1b1f24; --muted: #57606a; --rule: #c9d1d9; --faint: #f5f7f9; --accent: #0b4f7a; }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0 auto; max-width: 1080px; padding: 28px 32px 64px; color: var(--ink); background: #fff;
      font: 15px/1.5 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif;
        counter-reset: table figure; }
    h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
    h1 { margin: 2px 0 10px; font: 700 27px/1.2 Charter, Georgia, "Liberation Serif", serif; }
    h2 { margin: 36px 0 12px; padding-bottom: 4px; font-size: 19px; border-bottom: 1px solid var(--rule); }
    h3 { margin: 24px 0 8px; font-size: 16px; }
    p { margin: 0 0 10px; max-width: 92ch; }
    a { color: var(--accent); }
    .kind { margin: 0; color: var(--muted); font-size: 13px; }
    nav { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; }
    .headlines { margin: 14px 0; }
    .headlines div { display: grid; grid-template-columns: 4.5em 1fr; padding: 5px 0;
      border-top: 1px solid var(--rule); }
    .headlines div:last-child { border-bottom: 1px solid var(--rule); }
    dt { font-weight: 700; }
    dd { margin: 0; }
    .warnings { margin: 18px 0 0; padding: 10px 16px; background: #fff7e0; border-left: 4px solid #b26a00; }
    .warnings h3 { margin: 0 0 4px; font-size: 15px; color: #7a4a00; }
    .warnings ul { margin: 0; padding-left: 18px; }
    .warnings li { margin: 3px 0; }

    .flow { display: grid; grid-template-columns: minmax(0, 25em) minmax(0, 18em); gap: 22px 28px;
      margin: 0 0 26px;
      padding: 0; list-style: none; }
    .flow > li { position: relative; grid-column: 1; }
    .flow > li.aside { grid-column: 2; align-self: center; }
    .flow > li.aside::before { content: ""; position: absolute; right: 100%; top: 50%; width: 28px;
      border-top: 1px solid var(--muted); }
    .flow > li + li:not(.aside)::before { content: ""; position: absolute; left: 50%; bottom: 100%;
      height: 22px;
      border-left: 1px solid var(--muted); }
    .flow .box { display: block; padding: 7px 12px; border: 1px solid var(--muted); border-radius: 3px; }
    .flow .aside { background: var(--faint); }
    .flow strong { margin-right: 6px; }
    .flow .parts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8em, 1fr)); gap: 12px; }

    .scroll { overflow-x: auto; margin: 0 0 24px; }
    .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    table { border-collapse: collapse; width: 100%; border-bottom: 1.5px solid var(--ink); font-size: 14px;
      line-height: 1.35; font-variant-numeric: tabular-nums; }
    caption { padding: 0 0 6px; text-align: left; font-size: 14px; }
    caption::before { counter-increment: table; content: "Table " counter(table) ". "; font-weight: 700; }
    thead th { border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--ink);
      vertical-align: bottom; }
    th, td { padding: 4px 10px; text-align: right; vertical-align: top; }
    td, .text tbody th { white-space: nowrap; }
    .text td { white-space: normal; }
    th:first-child, td:first-child, .name, .text th, .text td, .comparisons th,
    .comparisons td { text-align: left; }
    th:first-child { padding-left: 2px; }
    tbody th, tfoot th { font-weight: 400; }
    tbody tr + tr > * { border-top: 1px solid #eceff2; }
    tfoot > tr > * { border-top: 1px solid var(--ink); font-weight: 700; }
    .text .number { text-align: right; }
    .group th { padding-top: 9px; font-weight: 700; background: none; border-top: 1px solid var(--rule); }
    .headline > * { font-weight: 700; }
    .headline .interval { font-weight: 400; }
    .interval, .reason { color: var(--muted); }
    .reason { display: block; font-weight: 400; white-space: normal; }
    .performance tbody th[scope="row"] { padding-left: 12px; }
    .performance .group th { padding-left: 2px; }
    .code { font: 12.5px/1.45 ui-monospace, "SFMono-Regular", Menlo, Consolas, "Liberation Mono", monospace;
      overflow-wrap: anywhere; }
    td .code { color: var(--muted); white-space: nowrap; }
    .coefficients th[scope="row"] { overflow-wrap: anywhere; min-width: 13em; }
    .share { width: 11em; }
    .track { display: inline-block; width: 5em; height: 9px; margin-right: 8px; background: #edf1f4; }
    .track span { display: block; height: 100%; background: #5b9cc4; }

    .comparisons tbody th, .performance tbody th[scope="row"] { white-space: nowrap; }
    .status { font-weight: 700; white-space: nowrap; }
    .pass .status { color: #1a6e36; }
    .fail > * { background: #fdecea; }
    .fail .status { color: #a4161a; }
    .none .status { color: var(--muted); font-weight: 400; }
    .open { font-size: 13.5px; color: var(--muted); }
    details { margin: 0 0 24px; }
    summary { cursor: pointer; color: var(--accent); font-size: 14px; margin-bottom: 8px; }

    figure { margin: 0 0 28px; }
    .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr));
      gap: 8px; }
    .panel { max-width: 520px; }
    .panel svg { display: block; width: 100%; height: auto; }
    .panel svg g { font-family: inherit; }
    figcaption { max-width: 92ch; font-size: 14px; }
    figcaption::before { counter-increment: figure; content: "Figure " counter(figure) ". ";
      font-weight: 700; }
    span.formats { white-space: nowrap; }
    .formula { margin: 0 0 24px; padding: 10px 14px; background: var(--faint); white-space: pre-wrap;
      overflow-wrap: anywhere; font: 12.5px/1.5 ui-monospace, "SFMono-Regular", Menlo, Consolas,
      "Liberation Mono", monospace; }
    .facts { margin: 0 0 16px; font-size: 14px; }
    .facts div { display: grid; grid-template-columns: minmax(9em, 15em) 1fr; gap: 12px; padding: 3px 0;
      border-top: 1px solid #eceff2; }
    .facts dt { font-weight: 400; color: var(--muted); overflow-wrap: anywhere; }
    .files { padding-left: 18px; font-size: 14px; }

    @media (max-width: 640px) {
      body { padding: 16px 14px 40px; }
      h1 { font-size: 22px; }
      .headlines div { grid-template-columns: 3.4em 1fr; }
      .flow { grid-template-columns: 1fr; }
      .flow > li.aside { grid-column: 1; margin-left: 28px; }
      .flow > li.aside::before { right: auto; left: -28px; }
      .flow > li.aside::after { content: ""; position: absolute; left: -29px; top: -23px; bottom: -23px;
        border-left: 1px solid var(--muted); }
      .flow > li.aside + li::before { display: none; }
      caption { max-width: calc(100vw - 28px); }
      th, td { padding: 4px 6px; }
      table { font-size: 13px; }
      td .interval { display: block; font-size: 12px; }
      .facts div { grid-template-columns: 1fr; gap: 0; }
      .stack, .stack tbody, .stack tr, .stack th, .stack td, .stack caption { display: block; width: 100%; }
      .stack thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
      .stack tbody th { font-weight: 700; }
      .stack tbody th, .stack td { padding: 2px; border: 0; white-space: normal; overflow-wrap: anywhere; }
      .stack tbody tr { padding: 6px 0; border-top: 1px solid var(--rule); }
      .stack td::before { content: attr(data-label) ": "; color: var(--muted); }
    }

    @media print {
      @page { margin: 16mm 14mm; }
      body { max-width: none; padding: 0; font-size: 10pt; }
      nav, .formats, details { display: none; }
      a { color: inherit; text-decoration: none; }
      .scroll { overflow: visible; }
      table, .formula { font-size: 8.5pt; }
      tr, figure, .warnings, .flow, .facts div { break-inside: avoid; }
      h2, h3, caption { break-after: avoid; }
      .warnings, .track, .track span, .formula { print-color-adjust: exact;
        -webkit-print-color-adjust: exact; }
    }
    """
}
