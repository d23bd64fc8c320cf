import Foundation
import Modelling
import Reporting
import Testing

/// The paragraphs follow the study: each test changes it and looks for the sentence that changes or goes.
@Suite struct `Text for a paper` {
  static func study(_ change: (inout StudyReport) throws -> Void = { _ in }) throws -> Manuscript {
    var report = SampleStudy.report
    report.primary = try SampleStudy.decoded(
      """
      {"model": "DLR", "cohort": "test", "measure": "auc", "estimate": 0.9375, "lower": 0.8125, "upper": 0.9875, "n": 45,
       "positives": 21, "method": "DeLong, logit", "declared": false, "rule": "", "undefined_reason": null}
      """)
    try change(&report)
    return Manuscript(report)
  }

  @Test func `tells the primary result with its interval and cases`() throws {
    let sentence =
      "The primary result, the AUC of DLR in the test part, was 0.938 (95 % CI 0.812 to 0.988), from 45 cases, 21 with "
      + "the outcome."
    #expect(try Self.study().text.contains(sentence))
    let other = try Self.study { $0.primary?.estimate = 0.75 }.text
    #expect(other.contains("in the test part, was 0.750 (95 % CI 0.812 to 0.988)"))
    let none = try Self.study { $0.primary = nil }.text
    #expect(!none.contains("primary result"))
  }

  @Test func `says of a declared primary result that it was declared`() throws {
    #expect(try !Self.study().text.contains("as the study file declared"))
    let declared = try Self.study { $0.primary?.isDeclared = true }.text
    #expect(declared.contains("as the study file declared"))
  }

  @Test func `names the steps of selection that were taken, and cites no other`() throws {
    let all = try Self.study()
    #expect(all.text.contains("LASSO"))
    #expect(all.references.contains(.lasso))
    let without = try Self.study { report in
      for index in report.models.indices { report.models[index].selection.removeAll { $0.step == "LASSO" } }
    }
    #expect(!without.text.contains("LASSO"))
    #expect(!without.references.contains(.lasso))
    #expect(without.text.contains("the Mann-Whitney test"))
    let none = try Self.study { report in
      for index in report.models.indices { report.models[index].selection = [] }
    }
    #expect(!none.text.contains("were selected"))
    #expect(!none.text.contains("selection kept"))
  }

  @Test func `names what was harmonised, for which models and how`() throws {
    let text = try Self.study().text
    #expect(
      text.contains(
        "Features of Rad and DLR were harmonised across Aachen, Bergen, Coimbra and Dijon by ComBat"))
    #expect(text.contains("with Bergen as reference, keeping the effects of Age and Sex=m"))
    let without = try Self.study { report in
      for index in report.models.indices { report.models[index].pipeline?.harmonisation = nil }
    }
    #expect(!without.text.contains("harmonis"))
    #expect(!without.references.contains(.combat))
  }

  @Test func `tells how the parts were made, with the seed`() throws {
    #expect(
      try Self.study().text.contains(
        "divided into a training and a test part 7:3 by subject, stratified by site and outcome (seed 20240917)"
      ))
    let whole = try Self.study { $0.cohort.test = 0 }.text
    #expect(!whole.contains("divided into"))
    let leftOut = Manuscript(SampleStudy.leftOutReport).text
    #expect(leftOut.contains("Each site was left out in turn"))
    #expect(!leftOut.contains("divided into"))
  }

  @Test func `counts replicates, and is silent without a bootstrap`() throws {
    #expect(try Self.study().text.contains("repeated in 1,000 bootstrap replicates"))
    let without = try Self.study { report in
      for index in report.models.indices { report.models[index].bootstrap = nil }
    }
    #expect(!without.text.contains("632"))
    #expect(!without.references.contains(.bootstrap632))
  }

  @Test func `tells every model’s AUC by part and the tests between models`() throws {
    let manuscript = try Self.study()
    for model in SampleStudy.report.models {
      let auc = model.metrics.first { $0.name == .auc && $0.cohort == .training }?.estimate ?? 0
      #expect(manuscript.text.contains(String(format: "%.3f", auc)), "\(model.name)")
    }
    #expect(manuscript.text.contains("p = 0.392, adjusted p = 0.784"))
    let without = try Self.study { $0.comparisons = [] }
    #expect(!without.text.contains("minus that of"))
    #expect(!without.text.contains("paired test"))
  }

  @Test func `counts lost cases and undefined values where there are any`() throws {
    let text = try Self.study().text
    #expect(text.contains("Of 152 cases from 4 sites, 150 were used"))
    #expect(text.contains("1 failed and 1 were excluded"))
    #expect(text.contains("14 values of 3 features in 9 cases were undefined."))
    let clean = try Self.study {
      $0.exclusions = []
      $0.missing = nil
    }.text
    #expect(!clean.contains("failed"))
    #expect(!clean.contains("undefined"))
  }

  @Test func `tells of an external cohort where there is one`() throws {
    #expect(try !Self.study().text.contains("external"))
    let text = try Self.study {
      $0.cohort.external = try SampleStudy.decoded(
        #"{"subjects": 20, "images": 20, "positives": 9, "sites": ["Elsewhere"]}"#)
    }.text
    #expect(text.contains("an external cohort of 20 subjects from Elsewhere"))
    #expect(text.contains("20 subjects from Elsewhere were evaluated, 9 (45 %) with the outcome."))
  }

  @Test func `of a feature table tells the table, and no extraction`() throws {
    let text = try Self.study {
      $0.featureSet.parameters = try SampleStudy.decoded(
        #"[{"name": "table", "value": "values.csv"}, {"name": "table_sha256", "value": "ab12"}]"#)
    }.text
    #expect(text.contains("Features were read from the table values.csv (SHA-256 ab12)"))
    #expect(!text.contains("PyRadiomics"))
    #expect(!text.contains("ResNet"))
  }

  @Test func `of predictions made elsewhere tells no models`() throws {
    let text = try Self.study { $0.scope = .predictions }.text
    #expect(text.contains("Predictions of Rad, DL and DLR"))
    for word in ["extracted", "selected", "fitted", "seed"] { #expect(!text.contains(word), "\(word)") }
  }

  @Test func `numbers each work at its first citation, and lists none that is not cited`() throws {
    let manuscript = try Self.study()
    let body = try #require(manuscript.text.components(separatedBy: "\nReferences\n").first)
    let cited = body.matches(of: #/\[([0-9, ]+)\]/#).flatMap {
      $0.1.split(separator: ", ").compactMap { Int($0) }
    }
    var first: [Int] = []
    for number in cited where !first.contains(number) { first.append(number) }
    #expect(first == Array(1...manuscript.references.count))
  }

  @Test func `gives identifiers that are DOIs`() throws {
    for work in try Self.study().references {
      guard let doi = work.doi else { continue }
      #expect(doi.wholeMatch(of: #/10\.[0-9]{4,5}/[^ ]+/#) != nil, "\(doi)")
    }
  }

  @Test func `stands in a file and on the page`() async throws {
    try await withFolder { folder in
      try await writeReport(SampleStudy.report, predictions: [], to: folder)
      let manuscript = Manuscript(SampleStudy.report)
      #expect(try data("paper.txt", in: folder) == Data(manuscript.text.utf8))
      let page = try ParsedMarkup(data("index.html", in: folder)).text
      #expect(page.contains(manuscript.paragraph(manuscript.methods)))
      #expect(page.contains(manuscript.paragraph(manuscript.results)))
    }
  }
}
