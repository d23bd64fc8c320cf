/// Paragraphs of a paper, written out with the values of a run, for its authors to copy.
///
/// Every sentence tells something that the run did or found; there is none about what it did not do.
package struct Manuscript: Equatable, Sendable {
  package var methods: [Sentence]
  package var results: [Sentence]

  package init(_ report: StudyReport) {
    methods = MethodsText(report: report).sentences
    results = ResultsText(report: report).sentences
  }

  /// The works cited, in the order of their first citation; numbers of citations are places in it, from 1.
  package var references: [Reference] {
    var known = Set<Reference>()
    return (methods + results).flatMap(\.works).filter { known.insert($0).inserted }
  }

  package func paragraph(_ sentences: [Sentence]) -> String {
    let references = references
    return sentences.map { $0.text(numbering: references) }.joined(separator: " ")
  }

  /// `paper.txt`: headings, paragraphs of one line each, and the list of references.
  package var text: String {
    let list = references.enumerated().map { "\($0.offset + 1). \($0.element.line)" }
    let parts = [("Methods", paragraph(methods)), ("Results", paragraph(results))].filter { !$0.1.isEmpty }
    return parts.map { "\($0.0)\n\n\($0.1)\n" }.joined(separator: "\n")
      + (list.isEmpty ? "" : "\nReferences\n\n" + list.joined(separator: "\n") + "\n")
  }
}
