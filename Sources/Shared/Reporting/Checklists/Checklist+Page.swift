extension Page {
  struct ChecklistSection {
    var name: String
    var source: String
    var count: String
    var answered: [ChecklistRow]
    /// Items without an answer, in one line.
    var open: String
  }

  struct ChecklistRow {
    var number: String
    var title: String
    var answer: String
    /// Identifier and name of the section that shows it.
    var section: String
    var sectionName: String
  }
}

extension Page.ChecklistSection {
  init(_ checklist: StudyReport.Checklist) {
    name = checklist.name
    source = checklist.source
    count = "\(checklist.answered) of \(PageNumber.count(checklist.items.count, "item")) answered here"
    answered = checklist.items.compactMap { item in
      guard let answer = item.answer else { return nil }
      let section = item.section ?? "summary"
      return Page.ChecklistRow(
        number: item.number, title: item.title, answer: answer, section: section,
        sectionName: PageText.sectionNames[section] ?? section)
    }
    open = checklist.items.filter { $0.answer == nil }.map { "\($0.number) \($0.title)" }
      .joined(separator: "; ")
  }
}

extension PageTemplates {
  static let checklists = """
    {{^empty(checklists)}}
    <section aria-labelledby="checklists">
    <h2 id="checklists">Reporting guidelines</h2>
    <p>Items that this study’s data answer are filled in; the others are for the authors. Titles are shortened: \
    read the guideline itself.</p>
    {{#checklists}}
    <h3>{{name}}</h3>
    <p>{{source}}. {{count}}.</p>
    <details>
    <summary>Answers to {{name}}</summary>
    <div class="scroll" role="region" aria-label="Answers to {{name}}" tabindex="0">
    <table class="text stack">
    <caption>{{name}}: items answered by this report.</caption>
    <thead>
    <tr><th scope="col">Item</th><th scope="col">Asks for</th><th scope="col">Answer</th></tr>
    </thead>
    <tbody>
    {{#answered}}
    <tr><th scope="row">{{number}}</th><td data-label="Asks for">{{title}}</td>\
    <td data-label="Answer">{{answer}} <a href="#{{section}}">See {{sectionName}}</a></td></tr>
    {{/answered}}
    </tbody>
    </table>
    </div>
    <p class="open"><strong>For the authors:</strong> {{open}}.</p>
    </details>
    {{/checklists}}
    </section>
    {{/empty(checklists)}}
    """
}
