import Foundation
import StudyPlan
import Testing

/// Tables as spreadsheets write them where decimals have a comma.
@Suite struct `Decimal commas in a feature table` {
  private static func read(_ table: String, more: String = "") throws -> FeatureTableFile {
    try TemporaryFile.with(table) { url in
      let file = try StudyFile(yaml: "study: hip\nfeatures: {table: table.csv}\n\(more)", besides: url)
      return try FeatureTableFile(
        at: file.manifest, layout: try #require(file.table), outcome: file.outcomeCoding,
        covariates: file.study.covariates)
    }
  }

  private static func refusal(_ table: String) -> String {
    do {
      _ = try read(table)
      return ""
    } catch {
      return (error as? StudyError)?.message ?? "\(error)"
    }
  }

  @Test func `are read where they do not part fields, covariates among them`() throws {
    let table = try Self.read(
      "ID;Site;Outcome;Age;a;b\nP1;N;1;53,5;0,53;-1,25e-3\nP2;S;0;61;1,449;7\nP3;S;0;40,25;NA;12588615279,123\n",
      more: "harmonisation: {covariates: [Age]}\n")
    #expect(table.featureNames == ["a", "b"] && table.source.otherColumns == ["Age"])
    #expect(table.values[0] == [0.53, -0.00125] && table.values[1] == [1.449, 7])
    #expect(table.values[2][0].isNaN && table.values[2][1] == 12_588_615_279.123)
    #expect(table.manifest.rows.map { $0.extra["Age"] } == ["53.5", "61", "40.25"])
  }

  @Test func `are refused with cell and readings where a number may mean two things`() {
    let thousands = Self.refusal("ID;Site;Outcome;a\nP1;N;1;1,2882\nP2;S;0;1.449,4456\n")
    #expect(
      thousands.contains("line 3, column a: '1.449,4456'") && thousands.contains("thousands and decimals"))
    let mixed = Self.refusal("ID;Site;Outcome;a;b\nP1;N;1;0,53;1.449\nP2;S;0;0,5;2\n")
    #expect(mixed.contains("line 2, column b: '1.449'") && mixed.contains("decimal comma, as 0,53"))
    let threeDigits = Self.refusal("ID;Site;Outcome;a\nP1;N;1;1,449\nP2;S;0;2,500\n")
    #expect(threeDigits.contains("'1,449'") && threeDigits.contains("1.449 or 1449"))
    let quoted = Self.refusal("ID,Site,Outcome,a\nP1,N,1,\"0,53\"\nP2,S,0,\"0,7\"\n")
    #expect(quoted.contains("line 2, column a: '0,53'") && quoted.contains("features.exclude"))
  }

  @Test func `do not make texts with commas numbers`() throws {
    let table = try Self.read(
      "ID;Site;Outcome;a;Note\nP1;N;1;0.5;3,4 or so\nP2;S;0;0.25;none\nP3;S;0;1.5;5,5\n")
    #expect(table.featureNames == ["a"] && table.source.otherColumns == ["Note"])
    #expect(table.values == [[0.5], [0.25], [1.5]])
  }

  @Test func `of a column of digests are none, and the column is kept`() throws {
    let table = try TemporaryFile.with("ID,Site,Outcome,a,sha\nP1,N,1,0.5,1e5\nP2,S,0,0.7,2e5\n") { url in
      let file = try StudyFile(
        yaml: "study: hip\nfeatures: {table: table.csv, image_digest: sha}\n", besides: url)
      return try FeatureTableFile(
        at: file.manifest, layout: try #require(file.table), outcome: .numbers, covariates: [])
    }
    #expect(table.featureNames == ["a"] && table.source.digestColumn == "sha")
    #expect(table.manifest.rows.map { $0.extra["sha"] } == ["1e5", "2e5"])
    #expect(throws: StudyError.self) {
      try TemporaryFile.with("ID,Site,Outcome,a\nP1,N,1,0.5\n") { url in
        let file = try StudyFile(
          yaml: "study: hip\nfeatures: {table: table.csv, image_digest: sha}\n", besides: url)
        _ = try FeatureTableFile(
          at: file.manifest, layout: try #require(file.table), outcome: .numbers, covariates: [])
      }
    }
  }

  @Test func `in a covariate of a manifest are refused`() throws {
    let yaml = "study: hip\nmanifest: m.csv\nharmonisation: {covariates: [Age, Sex]}\n"
    let study = try StudyFile(yaml: yaml, besides: URL(fileURLWithPath: "/s/s.yaml")).study
    func row(_ age: String) -> Manifest.Row {
      Manifest.Row(
        subject: "P", site: "N", image: "i", mask: "m", extra: ["Age": age, "Sex": "f, or so", "Note": "1,5"])
    }
    try study.refuseDecimalCommas(in: [row("53.5"), row("")])
    #expect { try study.refuseDecimalCommas(in: [row("61"), row("53,5")]) } throws: {
      ($0 as? StudyError)?.message.contains("'53,5' in column Age") == true
    }
  }
}
