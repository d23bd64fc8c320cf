import Modelling

extension Page {
  /// What the first screen tells: a question, the number that answers it, and words.
  struct Answer {
    var question: String
    /// Printed large; may be empty.
    var number: String
    var text: String
  }
}

extension Page {
  /// What was asked, of whom, how well and how sure; what to beware stands below.
  static func answers(of report: StudyReport) -> [Answer] {
    [Answer(question: "Asked", number: "", text: asked(report))]
      + (report.survival.map { summary($0, of: report) } ?? summary(of: report)).map {
        Answer(question: "Of whom", number: "", text: $0)
      }
      + (report.primary.map { [howWell($0), howSure($0, in: report)] } ?? [])
  }

  private static func asked(_ report: StudyReport) -> String {
    guard !report.models.isEmpty else { return "To measure features; there is no model." }
    let models = report.models.map { model in
      model.sources.isEmpty ? model.name : "\(model.name) (\(model.sources.joined(separator: ", ")))"
    }
    return
      "How well \(Sentence.list(models)) \(models.count == 1 ? "predicts" : "predict") \(report.study.outcome)."
  }

  private static func howWell(_ primary: StudyReport.Primary) -> Answer {
    let cases =
      "\(PageNumber.count(primary.count, "case")), "
      + (primary.isConcordance
        ? PageNumber.count(primary.positives, "event")
        : "\(PageNumber.count(primary.positives)) with the outcome")
    let gap = primary.undefinedReason.map { " There is no more to tell of it: \($0)." } ?? ""
    return Answer(
      question: "How well",
      number: primary.estimate == nil
        ? "" : "\(primary.isConcordance ? "C" : "AUC") \(PageNumber.fixed(primary.estimate))",
      text: "Primary result: \(primary.model), \(primary.text); \(cases).\(gap)")
  }

  private static func howSure(_ primary: StudyReport.Primary, in report: StudyReport) -> Answer {
    var parts: [String] = []
    if let lower = primary.lower, let upper = primary.upper {
      parts.append(
        "The interval (\(primary.method)) "
          + (lower <= 0.5 && upper >= 0.5
            ? "holds 0.5: these cases do not tell the model from chance."
            : "lies \(lower > 0.5 ? "above" : "below") 0.5, which is chance."))
    }
    parts.append(patients(of: primary.cohort))
    if primary.cohort == .crossValidated, primary.lower != nil {
      parts.append(primary.isConcordance ? Self.coverageOfConcordance : Self.coverageOfFolds)
    }
    let bootstrap = report.models.first { $0.name == primary.model }?.bootstrap
    if let corrected = bootstrap?.auc632Plus, corrected.estimate != nil {
      parts.append(
        "Selection and fit repeated on \(PageNumber.count(bootstrap?.replicates ?? 0, "resample")) of the training part: AUC \(PageNumber.interval(corrected)), corrected for optimism (.632+)."
      )
    }
    parts.append(primary.rule)
    return Answer(question: "How sure", number: "", text: parts.joined(separator: " "))
  }

  /// What is known of the interval, by the rows "primary, …" of Documentation/statistics-evidence.md.
  private static let coverageOfFolds =
    "Such an interval held the true AUC in 94 to 97 % of simulated studies of 40, 60 and 105 subjects."
  private static let coverageOfConcordance =
    "Such an interval is rather too wide: it held the true C in 98 to 99 % of simulated studies of 60 and 150 subjects."

  /// How far the patients of the primary result are from those that models were made from.
  private static func patients(of cohort: EvaluationCohort) -> String {
    switch cohort {
    case .external: "Its patients are others than those that models were made from."
    case .test: "Its patients were kept apart, and are of the same sites as those that models were made from."
    case .leftOut: "Each case was predicted by a model that did not know its site."
    case .crossValidated:
      "Its patients are those that models were made from, in folds that were left out; others have not been looked at."
    case .training: "Its patients are those that the model was fitted to: the result is too good."
    case .all, .bootstrap: "How its patients were chosen, the predictions do not tell."
    }
  }
}

extension PageTemplates {
  static let answers = """
    <dl class="answers">
    {{#answers}}
    <div><dt>{{question}}</dt><dd>{{^empty(number)}}<strong class="primary">{{number}}</strong> {{/empty(number)}}{{text}}</dd></div>
    {{/answers}}
    </dl>
    {{^empty(warnings)}}
    <aside class="warnings" aria-labelledby="warnings">
    <h3 id="warnings">Beware: Read before use</h3>
    <ul>
    {{#warnings}}
    <li><strong>{{subject}}:</strong> {{message}}{{^empty(reasons)}}
    <ul>{{#reasons}}<li>{{.}}</li>{{/reasons}}</ul>{{/empty(reasons)}}</li>
    {{/warnings}}
    </ul>
    </aside>
    {{/empty(warnings)}}
    {{^empty(headlines)}}
    <details>
    <summary>Other estimates, model by model</summary>
    <dl class="headlines">
    {{#headlines}}
    <div><dt>{{model}}</dt><dd>{{text}}</dd></div>
    {{/headlines}}
    </dl>
    </details>
    {{/empty(headlines)}}
    """
}
