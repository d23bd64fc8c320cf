extension PageStyle {
  /// What the first screen, the table of a paper and its text add.
  static let paper = """

    .answers { margin: 0 0 14px; }
    .answers div { display: grid; grid-template-columns: 6em 1fr; gap: 0 12px; padding: 8px 0;
      border-top: 1px solid var(--rule); }
    .answers div:last-child { border-bottom: 1px solid var(--rule); }
    .answers dd { max-width: 92ch; }
    .answers .primary { display: block; font-size: 26px; line-height: 1.2; }
    .compared td .interval { display: block; font-size: 12.5px; }
    .paper { padding: 10px 14px; background: var(--faint); overflow-wrap: anywhere; }
    .references { font-size: 14px; padding-left: 24px; }
    .references li { max-width: 100ch; overflow-wrap: anywhere; }
    .panels.small { grid-template-columns: repeat(auto-fit, minmax(min(100%, 210px), 1fr)); }
    .panels.small .panel { max-width: 300px; }
    .onpaper { display: none; }

    @media (max-width: 640px) {
      .answers div { grid-template-columns: 1fr; }
      .compared td .interval { display: inline; }
      .panels.small { grid-template-columns: repeat(2, 1fr); }
      .stack td { text-align: left; }
    }
    """

  /// Colours of a dark screen. Drawings keep their white ground, as they are printed.
  static let dark = """

    @media screen and (prefers-color-scheme: dark) {
      :root { --ink: #e3e6ea; --muted: #9aa4af; --rule: #3a424c; --faint: #1c2228; --accent: #79b8e8;
        color-scheme: dark; }
      body { background: #12161b; }
      .warnings { background: #33270c; border-left-color: #d39a2c; }
      .warnings h3 { color: #f0c565; }
      tbody tr + tr > *, .facts div { border-top-color: #262d35; }
      .track { background: #2a323b; }
      .pass .status { color: #6fd08c; }
      .fail > * { background: #42191c; }
      .fail .status { color: #ff8f8f; }
      .panel { padding: 6px; background: #fff; border-radius: 3px; }
    }
    """

  /// On paper what is read: the rest is behind links of the page.
  static let print = """

    @media print {
      .onpaper { display: block; font-size: 8.5pt; color: var(--muted); }
      h2 { margin-top: 18px; }
      .answers .primary { font-size: 18pt; }
      .panels { grid-template-columns: repeat(2, 1fr); gap: 4px; }
      .warnings { break-inside: auto; font-size: 9pt; }
      section[aria-labelledby="checklists"], section[aria-labelledby="paper"], .files, .formula { display: none; }
      .panel { max-width: 85mm; }
      .panels.small .panel { max-width: 55mm; }
      .panels.small { grid-template-columns: repeat(3, 1fr); gap: 4px; }
      .compared { font-size: 7.5pt; }
      .compared td .interval { font-size: 7pt; }
      .references { font-size: 8pt; }
      .references li { margin: 0; }
    }
    """
}
