extension PicturesPage {
  static let css = """

    .sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(362px, 1fr)); gap: 18px; padding: 0; margin: 0 0 28px;
      list-style: none; }
    .sheet > li { border: 1px solid var(--rule); border-radius: 3px; padding: 10px; font-size: 13px; line-height: 1.35; }
    .sheet > li.marked { border-color: #b26a00; background: #fff7e0; }
    .sheet img { display: block; width: auto; max-width: 100%; height: auto; min-height: 1px; background: #181e2c; }
    .sheet h3 { margin: 6px 0 4px; font-size: 14px; overflow-wrap: anywhere; }
    .sheet dl { margin: 0; display: grid; grid-template-columns: 6.5em 1fr; }
    .sheet dt { font-weight: 400; color: var(--muted); }
    .sheet .odd { margin: 6px 0 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 4px; }
    .sheet .odd li { padding: 1px 7px; border-radius: 9px; background: #fff0cc; color: #7a4a00; }
    .sheet .excluded { margin: 6px 0 0; color: #a4161a; }
    .sheet .mark { display: none; margin-top: 8px; gap: 6px; align-items: center; }
    .script .sheet .mark { display: flex; }
    .sheet .mark input[type=text] { flex: 1; min-width: 0; font: inherit; }
    .tools { display: none; position: sticky; top: 0; z-index: 1; gap: 8px 16px; flex-wrap: wrap; align-items: center;
      padding: 8px 0; background: #fff; border-bottom: 1px solid var(--rule); font-size: 14px; }
    .script .tools { display: flex; }
    html.script { scroll-padding-top: 64px; }
    .tools select, .tools button { font: inherit; }
    @media (max-width: 640px) { .sheet { grid-template-columns: 1fr; } html.script { scroll-padding-top: 130px; } }
    @media print { .tools, .sheet .mark { display: none !important; } .sheet > li { break-inside: avoid; } }
    """

  static let document = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="generator" content="Trabecula" />
    <title>{{title}}: pictures</title>
    <style>
    {{{style}}}
    </style>
    </head>
    <body>
    <header>
    <p class="kind">Every region, in its image</p>
    <h1>{{title}}</h1>
    </header>
    <main>
    <p>{{lead}}</p>
    <p>Above, planes through the region, about it, of one scale; below, the same planes of the whole image, and the histogram of the \
    region’s intensities with its median in white. The patient’s left is on the right, the front above or on the left, the head up. \
    Black to white is the 1st to the 99th percentile of what is shown.</p>
    <div class="tools" role="group" aria-label="Sort, filter and mark">
    <label>Sort by <select id="sort">
    <option value="oddity">oddity</option><option value="order">order of the manifest</option>\
    <option value="volume">volume</option><option value="median">median intensity</option><option value="air">share in air</option>
    </select></label>
    <label>Show <select id="show">
    <option value="">all</option><option value="odd">all that are odd</option>
    {{#choices}}
    <option value="{{code}}">{{text}} ({{count}})</option>
    {{/choices}}
    <option value="marked">marked here</option>
    </select></label>
    {{#hasSites}}
    <label>Site <select id="site"><option value="">all</option>
    {{#siteNames}}
    <option>{{.}}</option>
    {{/siteNames}}
    </select></label>
    {{/hasSites}}
    <button id="save" type="button" disabled>Save marks.csv</button> <span id="count" role="status"></span>
    </div>
    {{#sites}}
    <section class="site">
    <h2>{{name}}</h2>
    <p>{{count}}</p>
    <ul class="sheet">
    {{#cases}}
    <li data-id="{{caseID}}" data-site="{{site}}" data-image="{{image}}" data-oddity="{{oddity}}" data-codes="{{codes}}" \
    data-volume="{{volume}}" data-median="{{median}}" data-air="{{air}}" data-order="{{order}}">
    <img src="{{file}}" alt="{{alternative}}" loading="lazy" />
    <h3>{{name}}</h3>
    <dl>
    {{#facts}}
    <dt>{{name}}</dt><dd>{{value}}</dd>
    {{/facts}}
    </dl>
    {{^empty(oddities)}}
    <ul class="odd">
    {{#oddities}}
    <li>{{text}}</li>
    {{/oddities}}
    </ul>
    {{/empty(oddities)}}
    {{#excluded}}
    <p class="excluded">Not used: {{.}}</p>
    {{/excluded}}
    <div class="mark"><label><input type="checkbox" /> Mark</label> \
    <input type="text" maxlength="200" aria-label="Reason, without names" placeholder="reason, without names" /></div>
    </li>
    {{/cases}}
    </ul>
    </section>
    {{/sites}}
    </main>
    <script>
    {{{script}}}
    </script>
    </body>
    </html>

    """

  /// Sorts and filters the cases of each site, and writes a table of marks. It asks no server for anything.
  static let script = """
    document.documentElement.classList.add("script");
    const sheets = [...document.querySelectorAll(".sheet")];
    const cases = [...document.querySelectorAll(".sheet > li")];
    const byId = (id) => document.getElementById(id);
    const isMarked = (item) => item.querySelector("input[type=checkbox]").checked;

    function sort() {
      const key = byId("sort").value;
      const value = (item) => item.dataset[key] === "" ? -Infinity : Number(item.dataset[key]);
      const sign = key === "order" ? 1 : -1;
      for (const sheet of sheets) {
        [...sheet.children]
          .sort((a, b) => sign * (value(a) - value(b)) || a.dataset.order - b.dataset.order)
          .forEach((item) => sheet.append(item));
      }
    }

    function show() {
      const wanted = byId("show").value;
      const site = byId("site") ? byId("site").value : "";
      let shown = 0;
      for (const item of cases) {
        const codes = item.dataset.codes.split(" ");
        const fits = wanted === "" || (wanted === "odd" ? item.dataset.codes !== "" :
          wanted === "marked" ? isMarked(item) : codes.includes(wanted));
        item.hidden = !fits || (site !== "" && item.dataset.site !== site);
        item.style.display = item.hidden ? "none" : "";
        shown += item.hidden ? 0 : 1;
      }
      for (const section of document.querySelectorAll(".site")) {
        section.hidden = ![...section.querySelectorAll(".sheet > li")].some((item) => !item.hidden);
      }
      const marked = cases.filter(isMarked).length;
      byId("count").textContent = shown + " shown, " + marked + " marked";
      byId("save").disabled = marked === 0;
      cases.forEach((item) => item.classList.toggle("marked", isMarked(item)));
    }

    // As in the program's other tables: an apostrophe keeps a spreadsheet from calculating what is no number.
    const isFormula = (text) => /^'*[=+\\-@\\t\\n\\r＝＋－＠]/.test(text);
    const isNumber = (text) => /^[+-]?(inf|([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?)$/.test(text);
    const guarded = (text) => isFormula(text) && !isNumber(text) ? "'" + text : text;
    const field = (text) => '"' + guarded(text).replaceAll('"', '""') + '"';

    function save() {
      const rows = cases.filter(isMarked).map((item) => [item.dataset.id, item.dataset.site, item.dataset.image,
        item.querySelector("input[type=text]").value.trim() || "marked by a reader"]);
      const text = [["ID", "Site", "Image", "Reason"], ...rows].map((row) => row.map(field).join(",") + "\\n").join("");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      link.download = "marks.csv";
      link.click();
    }

    byId("sort").addEventListener("change", sort);
    byId("show").addEventListener("change", show);
    if (byId("site")) byId("site").addEventListener("change", show);
    byId("save").addEventListener("click", save);
    for (const item of cases) {
      item.querySelector("input[type=checkbox]").addEventListener("change", show);
      item.querySelector("input[type=text]").addEventListener("input", (event) => {
        if (event.target.value !== "") item.querySelector("input[type=checkbox]").checked = true;
        show();
      });
    }
    show();
    """
}
