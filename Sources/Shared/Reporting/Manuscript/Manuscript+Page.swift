extension Page {
  /// A heading with the paragraph under it.
  struct Paragraph {
    var heading: String
    var text: String
  }

  /// A numbered work; `doi` is empty where it has none.
  struct CitedWork {
    var text: String
    var doi: String
  }

  /// Paragraphs to copy.
  struct ManuscriptSection {
    var paragraphs: [Paragraph]
    var references: [CitedWork]
  }
}

extension Page.ManuscriptSection {
  init(_ manuscript: Manuscript) {
    paragraphs = [
      .init(heading: "Methods", text: manuscript.paragraph(manuscript.methods)),
      .init(heading: "Results", text: manuscript.paragraph(manuscript.results)),
    ]
    references = manuscript.references.map { .init(text: $0.text, doi: $0.doi ?? "") }
  }
}

extension PageTemplates {
  static let manuscript = """
    <section aria-labelledby="paper">
    <h2 id="paper">Text for a paper</h2>
    <p>Written from this run, to copy and to shorten: <a href="paper.txt">paper.txt</a>. What only the authors know \
    (who was eligible, how outcomes were made, who drew the regions) is theirs to add.</p>
    {{#paragraphs}}
    <h3>{{heading}}</h3>
    <p class="paper">{{text}}</p>
    {{/paragraphs}}
    {{^empty(references)}}
    <h3>References</h3>
    <ol class="references">
    {{#references}}
    <li>{{text}}{{^empty(doi)}} doi:{{doi}}{{/empty(doi)}}</li>
    {{/references}}
    </ol>
    {{/empty(references)}}
    </section>
    """
}
