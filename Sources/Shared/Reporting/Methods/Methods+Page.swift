extension Page {
  struct Fact {
    var term: String
    var value: String
    var isCode: Bool
  }

  struct FileRow {
    var name: String
    var content: String
    /// Whether the file is there to be linked.
    var isHere = true
  }
}

extension Page {
  /// What is needed to compute the same numbers again.
  static func facts(of report: StudyReport) -> [Fact] {
    study(report.study) + software(report.software, report.featureSet)
      + (report.scope == .study ? features(report) : []) + (report.times.map(times) ?? [])
  }

  private static func study(_ study: StudyReport.Study) -> [Fact] {
    [
      Fact(term: "Study", value: study.name, isCode: true),
      Fact(term: "Seed", value: String(study.seed), isCode: true),
      Fact(term: "Split", value: study.split, isCode: false),
      Fact(term: "Bootstrap replicates", value: PageNumber.count(study.replicates), isCode: false),
      Fact(term: "Configuration, SHA-256", value: study.configurationDigest, isCode: true),
      Fact(term: "Job key", value: study.jobKey, isCode: true),
    ]
  }

  private static func software(
    _ software: StudyReport.Software, _ set: StudyReport.FeatureSet
  ) -> [Fact] {
    let trabecula = Fact(term: "Trabecula", value: software.trabecula, isCode: false)
    guard !set.isTable else { return [trabecula] }
    return [
      trabecula,
      Fact(term: "Feature extractor", value: software.extractor, isCode: false),
      Fact(
        term: "Feature definitions", value: "PyRadiomics \(software.pyRadiomicsConvention)", isCode: false),
    ]
  }

  private static func features(_ report: StudyReport) -> [Fact] {
    let set = report.featureSet
    return [Fact(term: "Features a case", value: PageNumber.count(set.count), isCode: false)]
      + (set.isTable ? table(set) : extraction(report)) + [
        Fact(term: "Feature set, SHA-256", value: set.digest, isCode: true)
      ]
  }

  /// Features that were extracted before: which table, and what of it was taken.
  private static func table(_ set: StudyReport.FeatureSet) -> [Fact] {
    func value(_ name: String) -> String { set.parameters.first { $0.name == name }?.value ?? "" }
    let others = value("columns_that_are_no_features")
    return [
      Fact(term: "Features were read from", value: value("table"), isCode: true),
      Fact(term: "Table, SHA-256", value: value("table_sha256"), isCode: true),
      Fact(term: "Columns that are no features", value: others.isEmpty ? "none" : others, isCode: false),
    ]
  }

  private static func extraction(_ report: StudyReport) -> [Fact] {
    let set = report.featureSet
    let isRandom = report.warnings.contains { $0.code == "random_weights" }
    let weights =
      (set.deepWeights ?? "none") + (isRandom ? " (random, not a trained network: no result)" : "")
    return [
      Fact(term: "Image types", value: set.imageTypes.joined(separator: ", "), isCode: false),
      Fact(term: "Deep weights", value: weights, isCode: false),
    ]
  }

  private static func times(_ times: StudyReport.Times) -> [Fact] {
    var facts = [Fact(term: "Written", value: times.generatedAt, isCode: false)]
    if let seconds = times.extractionSeconds {
      facts.append(
        Fact(term: "Extraction, sum of tasks", value: PageNumber.duration(seconds), isCode: false))
    }
    if let seconds = times.bootstrapSeconds {
      facts.append(
        Fact(term: "Bootstrap, sum of tasks", value: PageNumber.duration(seconds), isCode: false))
    }
    return facts
  }
}

extension Page {
  /// What is undefined, and what became of it.
  static func missing(_ missing: StudyReport.MissingValues?) -> [String] {
    guard let missing else { return [] }
    guard missing.values > 0 else { return ["Every feature of every case used has a finite value."] }
    return [
      "\(PageNumber.count(missing.values, "value")) of \(PageNumber.count(missing.features, "feature")) and "
        + "\(PageNumber.count(missing.cases, "case")) are undefined."
    ] + missing.treatment
  }
}

extension PageTemplates {
  static let methods = """
    <section aria-labelledby="methods">
    <h2 id="methods">Methods and software</h2>
    <dl class="facts">
    {{#facts}}
    <div><dt>{{term}}</dt><dd{{#isCode}} class="code"{{/isCode}}>{{value}}</dd></div>
    {{/facts}}
    </dl>
    {{^empty(missing)}}
    <h3>Undefined values</h3>
    {{#missing}}
    <p>{{.}}</p>
    {{/missing}}
    {{/empty(missing)}}
    {{^empty(parameters)}}
    <details>
    <summary>Extraction parameters</summary>
    <dl class="facts">
    {{#parameters}}
    <div><dt>{{term}}</dt><dd class="code">{{value}}</dd></div>
    {{/parameters}}
    </dl>
    </details>
    {{/empty(parameters)}}
    {{^empty(files)}}
    <h3>Files of this report</h3>
    <ul class="files">
    {{#files}}
    <li>{{#isHere}}<a href="{{name}}">{{name}}</a>{{/isHere}}{{^isHere}}{{name}}{{/isHere}} {{content}}</li>
    {{/files}}
    </ul>
    {{/empty(files)}}
    </section>
    """
}
