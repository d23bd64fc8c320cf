import Foundation
import Statistics
import StudyPlan
import TestSupport
import Testing

private func studyFile(_ yaml: String, in folder: URL = URL(fileURLWithPath: "/studies")) throws -> StudyFile
{
  try StudyFile(
    yaml: "study: s\nmanifest: m.csv\n" + yaml, besides: folder.appendingPathComponent("s.yaml"))
}

private let columns = """
  clinical: {columns: {Age: number, PSA: skewed, Sex: [f, m], Grade: {ordered: [I, II, III], missing: indicator}}}

  """

private func row(_ subject: String, site: String = "a", _ extra: [String: String] = [:]) -> Manifest.Row {
  Manifest.Row(subject: subject, site: site, image: "i", mask: "m", outcome: 1, extra: extra)
}

@Suite struct `Clinical columns of a study file` {
  @Test func `have a level that is called as missing values are elsewhere`() {
    let column = ClinicalColumn(ClinicalVariable("Oedema", .categories(["none", "some"], areOrdered: false)))
    #expect(column.value(of: "none") == 0 && column.value(of: "some") == 1)
    #expect(column.value(of: "None")?.isNaN == true && column.value(of: "NA")?.isNaN == true)
    #expect(ClinicalColumn(ClinicalVariable("Age", .number)).value(of: "none")?.isNaN == true)
  }

  @Test func `are numbers, skewed numbers and categories with or without an order`() throws {
    let study = try studyFile(columns).study
    let clinical = try #require(study.clinical)
    #expect(clinical.map(\.name) == ["Age", "PSA", "Sex", "Grade"])
    #expect(clinical[1].variable.kind == .skewedNumber)
    #expect(clinical[2].variable.kind == .categories(["f", "m"], areOrdered: false))
    #expect(clinical[3].variable.kind == .categories(["I", "II", "III"], areOrdered: true))
    #expect(clinical.map(\.missing) == [.typical, .typical, .typical, .indicator])
    #expect(try Study(canonicalJSON: study.canonicalJSON) == study)
  }

  @Test func `are forced into a model, or selected, and stand beside scores`() throws {
    let study = try studyFile(
      columns + """
        models:
          - {name: Clinical, sources: [clinical]}
          - {name: Rad, sources: [handcrafted]}
          - {name: RadAge, sources: [handcrafted], clinical: {columns: [Age], use: selected}}
          - {name: Combined, scores: {models: [Rad], folds: 5}, clinical: [Age, Sex]}
          - {name: Some, prefixes: [log-]}

        """
    ).study
    #expect(study.models.map(\.sources) == [[], [.handcrafted], [.handcrafted], [], [.handcrafted]])
    #expect(study.models[0].clinical == ClinicalUse(columns: ["Age", "PSA", "Sex", "Grade"]))
    #expect(study.models[0].selection.isEmpty && study.models[0].refit == .none)
    #expect(study.models[1].clinical == nil)
    #expect(study.models[2].clinical == ClinicalUse(columns: ["Age"], areForced: false))
    #expect(study.models[2].refit == .ridge())
    #expect(study.models[3].scores == ScoreUse(models: ["Rad"], folds: 5))
    #expect(study.models[4].columns == .prefixed(["log-"]))
  }

  @Test(arguments: [
    ("clinical: {columns: {Age: numbre}}", "Did you mean 'number'?"),
    ("clinical: {columns: {Sex: [f]}}", "2 to 50 different levels"),
    ("clinical: {columns: {Sex: {kind: number, ordered: [a, b]}}}", "one of kind, categories and ordered"),
    ("clinical: {id: P, columns: {Age: number}}", "no table is named"),
    ("models: [{name: C, sources: [clinical]}]", "the section clinical is missing"),
    ("clinical: {columns: {Age: number}}\nmodels: [{name: C, clinical: [Agee]}]", "Did you mean 'Age'?"),
    ("models: [{name: C, scores: [Rad]}]", "no model of the study"),
    ("models: [{name: A}, {name: B, scores: [A]}, {name: C, scores: [B]}]", "has scores itself"),
    ("models: [{name: A}, {name: B, scores: [A], selection: [lasso], refit: lasso}]", "forces predictors in"),
    ("models: [{name: A, columns: [x], prefixes: [y]}]", "one of columns and prefixes"),
  ]) func `that make no sense are refused with what to do`(yaml: String, message: String) throws {
    #expect { try studyFile(yaml) } throws: { ("\($0)").contains(message) }
  }

  @Test func `must be there, with values that are of them`() throws {
    let study = try studyFile(columns).study
    let good = ["Age": "61", "PSA": "", "Sex": "m", "Grade": "II"]
    let rows = [row("1", good), row("2", ["Age": "NA", "PSA": "4.5", "Sex": "f", "Grade": ""])]
    try study.requireClinical(in: rows, design: ["Outcome"])
    for (key, value, message) in [
      ("Age", "61,5", "1 value is not a number with a decimal point: '61,5' of 3"),
      ("Sex", "male", "not one of f, m"),
      ("Grade", "IV", "not one of I, II, III"),
    ] {
      let bad = rows + [row("3", good.merging([key: value]) { $1 })]
      #expect { try study.requireClinical(in: bad, design: ["Outcome"]) } throws: {
        ("\($0)").contains(message)
      }
    }
    #expect { try study.requireClinical(in: [row("1", ["Age": "1"])], design: []) } throws: {
      ("\($0)").contains("no column 'PSA'")
    }
    #expect { try study.requireClinical(in: rows, design: ["Age"]) } throws: {
      ("\($0)").contains("is no predictor")
    }
  }

  @Test func `of a table are joined by subject, and by site where it is named`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    do {
      let text = "Patient,Centre,Age\n1,a,50\n1,b,60\n2,a,70\n"
      try Data(text.utf8).write(to: folder.appendingPathComponent("clinic.csv"))
      let yaml = "clinical: {table: clinic.csv, id: Patient, site: Centre, columns: {Age: number}}"
      let file = try studyFile(yaml, in: folder)
      var rows = [row("1", site: "b"), row("2"), row("3")]
      #expect(try file.joinClinical(to: &rows, outcome: "Outcome") == 1)
      #expect(rows.map { $0.extra["Age"] } == ["60", "70", ""])
      let without = try studyFile(yaml.replacing(", site: Centre", with: ""), in: folder)
      #expect { try without.joinClinical(to: &rows, outcome: "Outcome") } throws: {
        ("\($0)").contains("keep one")
      }
      var fresh = [row("1")]
      #expect { try without.joinClinical(to: &fresh, outcome: "Outcome") } throws: {
        ("\($0)").contains("line 3: the subject is listed twice")
      }
      var strangers = [row("9")]
      #expect { try file.joinClinical(to: &strangers, outcome: "Outcome") } throws: {
        ("\($0)").contains("lists none of the 1 cases")
      }
    }
  }
}

@Suite struct `A level of a clinical column` {
  /// Pain is none, or nobody noted it.
  @Test func `that is called as a missing value is is a level where the study names it`() {
    let pain = ClinicalColumn(
      ClinicalVariable("Pain", .categories(["none", "mild", "severe"], areOrdered: true)))
    #expect(pain.value(of: "none") == 0 && pain.value(of: " mild ") == 1 && pain.value(of: "worse") == nil)
    #expect(pain.value(of: "")?.isNaN == true && pain.value(of: "NA")?.isNaN == true)
    let sex = ClinicalColumn(ClinicalVariable("Sex", .categories(["female", "male"], areOrdered: false)))
    #expect(sex.value(of: "none")?.isNaN == true)
  }
}
