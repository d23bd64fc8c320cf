/// The style sheet: as the report looks, in light and dark, from 320 pixels on.
enum PageStyle {
  static let css = """
    :root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --muted: #57606a; --rule: #c9d1d9; --faint: #f5f7f9;
      --accent: #0b4f7a; --on-accent: #fff; --good: #1a6e36; --good-back: #e6f4ea; --bad: #a4161a; --bad-back: #fdecea;
      --wait: #7a4a00; --wait-back: #fff3d6; --run: #0b4f7a; --run-back: #e3f0f8; --bar: #2f7fb0; }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #14171b; --ink: #e6e9ec; --muted: #a3adb8; --rule: #39424d; --faint: #1d2228; --accent: #7cc0ea;
        --on-accent: #0c1217; --good: #7fd39a; --good-back: #173322; --bad: #ff9d97; --bad-back: #43191a; --wait: #f0c36c;
        --wait-back: #3a2c0e; --run: #8fcdf3; --run-back: #13304a; --bar: #58a9da; }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0; color: var(--ink); background: var(--paper);
      font: 15px/1.5 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; }
    header, main, footer, .news { max-width: 1240px; margin: 0 auto; padding: 0 24px; }
    header { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 22px; padding-top: 12px; padding-bottom: 12px;
      border-bottom: 1px solid var(--rule); }
    .brand { font: 700 20px/1.2 Charter, Georgia, "Liberation Serif", serif; color: var(--ink); text-decoration: none; }
    nav { display: flex; flex-wrap: wrap; gap: 4px 18px; flex: 1; }
    nav a { padding: 4px 0; text-decoration: none; border-bottom: 2px solid transparent; }
    nav a[aria-current] { color: var(--ink); font-weight: 700; border-color: var(--accent); }
    header form { display: flex; align-items: center; gap: 10px; }
    .login { color: var(--muted); overflow-wrap: anywhere; }
    .skip { position: absolute; left: -999px; }
    .skip:focus { left: 12px; top: 8px; padding: 6px 12px; background: var(--paper); z-index: 1; }
    main { padding-top: 18px; padding-bottom: 24px; outline: none; }
    footer { padding-bottom: 32px; color: var(--muted); font-size: 13px; }
    .late { color: var(--bad); font-weight: 700; }
    h1, h2 { line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; }
    h1 { margin: 6px 0 14px; font: 700 26px/1.2 Charter, Georgia, "Liberation Serif", serif; }
    h2 { margin: 30px 0 10px; font-size: 18px; }
    p { margin: 0 0 10px; max-width: 92ch; overflow-wrap: anywhere; }
    a { color: var(--accent); }
    a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible {
      outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
    .about, .path, .number-of, .who, time { color: var(--muted); }
    .number-of { font: 400 15px/1.5 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; white-space: nowrap; }
    .news { margin-top: 14px; }
    .news, .refused { padding: 10px 16px; border-left: 4px solid var(--good); background: var(--good-back); }
    .news { max-width: 1192px; }
    .refused { border-color: var(--bad); background: var(--bad-back); }

    .badge { display: inline-block; padding: 1px 9px; border-radius: 10px; font: 700 13px/1.5 "Helvetica Neue", Helvetica, Arial,
      "Liberation Sans", sans-serif; color: var(--muted); background: var(--faint); vertical-align: middle; white-space: nowrap; }
    .badge.succeeded { color: var(--good); background: var(--good-back); }
    .badge.failed { color: var(--bad); background: var(--bad-back); }
    .badge.held { color: var(--wait); background: var(--wait-back); }
    .badge.running { color: var(--run); background: var(--run-back); }

    .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 36em), 1fr)); gap: 14px; }
    article { padding: 12px 16px 6px; border: 1px solid var(--rule); border-radius: 6px; }
    article h2 { margin: 0 0 8px; }
    .stages { margin: 0 0 6px; padding: 0; list-style: none; }
    .stages li { display: grid; grid-template-columns: 6.5em minmax(4em, 12em) 3.4em 1fr; gap: 2px 10px; align-items: center;
      padding: 4px 0; font-variant-numeric: tabular-nums; }
    .stages .percent { text-align: right; }
    .stages .says { color: var(--muted); font-size: 14px; }
    progress { appearance: none; width: 100%; height: 9px; border: 0; border-radius: 5px; overflow: hidden; background: var(--rule); }
    progress::-webkit-progress-bar { background: var(--rule); }
    progress::-webkit-progress-value { background: var(--bar); }
    progress::-moz-progress-bar { background: var(--bar); }

    .facts { margin: 8px 0 14px; display: flex; flex-wrap: wrap; gap: 4px 28px; }
    .facts div { display: flex; gap: 8px; }
    .facts dt { color: var(--muted); }
    .facts dd { margin: 0; overflow-wrap: anywhere; }

    .acts { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; max-width: none; }
    .act, button { display: inline-block; padding: 6px 14px; border: 1px solid var(--accent); border-radius: 5px;
      color: var(--accent); background: none; font: inherit; line-height: 1.4; text-decoration: none; cursor: pointer; }
    button { color: var(--on-accent); background: var(--accent); font-weight: 700; }
    button.quiet { color: var(--accent); background: none; font-weight: 400; padding: 3px 10px; }
    button.grave { background: var(--bad); border-color: var(--bad); color: var(--paper); }
    .act:hover, button:hover { text-decoration: underline; }
    .act.small { padding: 1px 9px; margin: 1px 2px 1px 0; font-size: 14px; white-space: nowrap; }

    .scroll { overflow-x: auto; }
    table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 1.4; font-variant-numeric: tabular-nums;
      border-bottom: 1.5px solid var(--ink); }
    thead th { border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--ink); vertical-align: bottom; }
    th, td { padding: 5px 10px; text-align: left; vertical-align: top; }
    td { overflow-wrap: break-word; }
    td.number { white-space: nowrap; }
    section + p { margin-top: 14px; }
    th.number, td.number { text-align: right; }
    tbody tr + tr td { border-top: 1px solid var(--rule); }
    code { font: 12.5px/1.45 ui-monospace, "SFMono-Regular", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }

    .timeline { margin: 0; padding: 0 0 0 18px; list-style: none; border-left: 2px solid var(--rule); }
    .timeline li { position: relative; padding: 0 0 16px; }
    .timeline li::before { content: ""; position: absolute; left: -24px; top: 7px; width: 10px; height: 10px; border-radius: 5px;
      background: var(--muted); }
    .timeline p { margin: 4px 0 0; }

    .narrow { max-width: 34em; margin: 0 auto; }
    .fields { display: grid; gap: 6px; margin: 16px 0; }
    .fields label { font-weight: 700; margin-top: 8px; }
    .fields .choice { font-weight: 400; }
    .fields button { margin-top: 12px; justify-self: start; }
    .fields .acts button { margin: 0; }
    .fields .acts { margin-top: 14px; }
    input, select, textarea { padding: 6px 9px; border: 1px solid var(--muted); border-radius: 4px; color: var(--ink);
      background: var(--paper); font: inherit; max-width: 100%; }
    .filter { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: end; margin: 0 0 14px; }
    .filter label { display: grid; gap: 2px; color: var(--muted); font-size: 14px; }

    @media (max-width: 760px) {
      header, main, footer, .news { padding-left: 14px; padding-right: 14px; }
      nav { order: 3; flex-basis: 100%; gap: 4px 16px; }
      header form { margin-left: auto; }
      h1 { font-size: 22px; }
      .stages li { grid-template-columns: 6em 1fr 3.4em; }
      .stages .says { grid-column: 1 / -1; }
      .badge { white-space: normal; overflow-wrap: anywhere; }
      td { overflow-wrap: anywhere; }
      .act, button { padding: 9px 14px; }
      .act.small { padding: 6px 11px; }
      table, tbody, tr, td { display: block; width: 100%; }
      thead { display: block; position: absolute; width: 1px; height: 1px; clip-path: inset(50%); overflow: hidden; }
      table { border-bottom: 0; }
      tbody tr { padding: 8px 0; border-top: 1px solid var(--rule); }
      td, tbody tr + tr td { display: grid; grid-template-columns: 7em minmax(0, 1fr); gap: 8px; padding: 2px 0; border: 0; }
      td.number { text-align: left; }
      td::before { content: attr(data-label); color: var(--muted); }
      td > :not(a.act) { justify-self: start; }
      td .act { grid-column: 2; justify-self: start; }
    }
    @media print { header form, .acts, .act { display: none; } }
    """
}
