import Mustache

/// The page's templates, compiled into the program so that one file can be copied and run anywhere.
enum PageTemplates {
  /// A whole HTML document.
  static func render(_ page: Page) throws -> String {
    // The pragma is resolved when a template is parsed, so the type is registered first; doing it again does
    // no harm.
    MustacheContentTypes.register(HTMLEscaping(), named: "ESCAPED_HTML")
    var library = MustacheLibrary()
    for (name, text) in parts { try library.register(escaping + text, named: name) }
    try library.register(escaping + (page.survival.isEmpty ? performance : survival), named: "results")
    return try MustacheTemplate(string: escaping + document).render(page, library: library)
  }

  /// Stands before every template, because a partial does not inherit it.
  private static let escaping = "{{% CONTENT_TYPE: ESCAPED_HTML}}"

  private static let parts = [
    "participants": participants, "comparisons": comparisons, "measureRows": measureRows,
    "cell": cell, "figures": figures,
    "models": models, "methods": methods, "sites": sites, "intervals": intervals, "controls": controls,
    "robustness": robustness, "learners": learners,
    "audit": audit,
    "checklists": checklists, "inference": inference, "leftOut": leftOut, "siteCheck": siteCheck,
    "siteInfluence": siteInfluence, "acquisition": acquisition,
    "clinical": clinical,
    "manuscript": manuscript, "paperTable": paperTable,
    "matrices": matrices, "answers": answers, "figure": figure,
  ]

  private static let document = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="generator" content="Trabecula" />
    <title>{{title}}</title>
    <style>
    {{{style}}}
    </style>
    </head>
    <body>
    <header>
    <p class="kind">{{kind}}</p>
    <h1>{{title}}</h1>
    <nav aria-label="Sections">
    <a href="#performance">Performance</a>
    <a href="#figures">Figures</a>
    {{#hasSites}}<a href="#sites">Across sites</a>{{/hasSites}}
    <a href="#participants">Participants</a>
    {{^empty(clinical)}}<a href="#clinical">Clinical columns</a>{{/empty(clinical)}}
    <a href="#paper">Text for a paper</a>
    {{#isStudy}}<a href="#models">Models</a>{{/isStudy}}
    {{^empty(audit)}}<a href="#audit">Leakage audit</a>{{/empty(audit)}}
    {{^empty(checklists)}}<a href="#checklists">Guidelines</a>{{/empty(checklists)}}
    <a href="#methods">Methods and software</a>
    </nav>
    </header>
    <main>
    <section aria-labelledby="summary">
    <h2 id="summary">Summary</h2>
    {{> answers}}
    <p class="onpaper">This is a short print: tables that open at a click on the page index.html are left out.</p>
    </section>
    {{> results}}
    {{> figures}}
    {{> sites}}
    {{> participants}}
    {{> clinical}}
    {{#manuscript}}{{> manuscript}}{{/manuscript}}
    {{#isStudy}}{{> models}}{{/isStudy}}
    {{> audit}}
    {{> checklists}}
    {{> methods}}
    </main>
    </body>
    </html>

    """
}
