import Foundation
import StudyPlan
import Testing

/// A file with some text in a folder of its own.
enum TemporaryFile {
  static func with<Value>(_ text: String, _ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appendingPathComponent("table.csv")
    try Data(text.utf8).write(to: url)
    let outcome = Result { try body(url) }
    try FileManager.default.removeItem(at: folder)
    return try outcome.get()
  }
}

@Suite struct `A feature table` {
  private func read(_ table: String, features: String = "table.csv", more: String = "") throws
    -> FeatureTableFile
  {
    try TemporaryFile.with(table) { url in
      let file = try StudyFile(yaml: "study: hip\nfeatures: \(features)\n\(more)", besides: url)
      return try FeatureTableFile(
        at: file.manifest, layout: try #require(file.table), outcome: file.outcomeCoding,
        covariates: file.study.covariates)
    }
  }

  private func message(_ table: String, features: String = "table.csv") -> String {
    do {
      _ = try read(table, features: features)
      return "read without error"
    } catch {
      return (error as? StudyError)?.message ?? "\(error)"
    }
  }

  @Test func `has features in the columns of numbers that say nothing else`() throws {
    let table = try read(
      """
      ID,Site,Outcome,diagnostics_Image-original_Mean,original_firstorder_Mean,Scanner,original_glcm_Contrast
      P1,N,1,12.5,1.5,Alpha,NaN
      P2,S,0,13,-2e3,Beta,
      P3,S,0,13,inf,,7

      """)
    #expect(table.featureNames == ["original_firstorder_Mean", "original_glcm_Contrast"])
    #expect(table.values[0][0] == 1.5 && table.values[0][1].isNaN && table.values[1][1].isNaN)
    #expect(table.values[1][0] == -2000 && table.values[2] == [.infinity, 7])
    #expect(table.source.otherColumns == ["diagnostics_Image-original_Mean", "Scanner"])
    #expect(table.manifest.rows.map(\.outcome) == [1, 0, 0])
    #expect(table.manifest.rows[0].extra == ["Scanner": "Alpha"])
  }

  @Test func `may call its columns otherwise, and set some apart`() throws {
    let table = try read(
      "subject,centre,label,Age,a_1,b_1,a_2\nP1,N,mutant,60,1,2,3\nP2,S,wild,61,4,5,6\n",
      features:
        "{table: table.csv, id: subject, site: centre, outcome: label, exclude: [a_2], prefixes: [a_]}",
      more: "outcome: {positive: mutant}\nharmonisation: {covariates: [Age]}\n")
    #expect(table.featureNames == ["a_1"] && table.values == [[1], [4]])
    #expect(table.source.otherColumns == ["Age", "b_1", "a_2"])
    #expect(table.manifest.rows.map(\.outcome) == [1, 0] && table.manifest.rows[1].extra == ["Age": "61"])
  }

  @Test func `tells several images of a subject and repeat segmentations apart`() throws {
    let table = try read("ID,Site,Image,Outcome,Repeat,f\nP1,N,a,1,,1\nP1,N,b,1,,2\nP1,N,a,1,r2,3\n")
    #expect(table.manifest.rows.map(\.image) == ["a", "b", "a"])
    #expect(Set(table.manifest.rows.map { [$0.image, $0.mask] }).count == 3)
  }

  @Test(arguments: [
    ("ID,Site,Outcome,f\nP1,N,1,2\nP1,N,1,3\n", "table.csv", "line 3: the same ID as line 2"),
    ("ID,Site,Outcome,f\nP1,N,1,2\nP2,N,0,3\nP3,N,0,x\n", "table.csv", "line 4, column f: 'x' is no number"),
    ("ID,Site,Outcome,f\nP1,N,1,a\nP2,N,0,b\n", "table.csv", "no column of numbers"),
    ("ID,Outcome,f\nP1,1,2\n", "table.csv", "no column Site"),
    ("ID,Site,Grade,f\nP1,N,1,2\n", "{table: table.csv, outcome: Garde}", "Did you mean 'Grade'?"),
    ("ID,Site,Outcome,f\nP1,N,1,2\n", "{table: table.csv, exclude: [ff]}", "no column 'ff'"),
    ("ID,Site,Outcome,f,f\nP1,N,1,2,3\n", "table.csv", "both named"),
    ("ID,Site,Outcome,Split,f\nP1,N,1,test,3\nP2,N,0,validation,3\n", "table.csv", "line 3: Split must be"),
    ("ID,Site,Outcome,Image,Split,f\nP1,N,1,a,test,3\nP1,N,1,b,training,3\n", "table.csv", "another Split"),
  ]) func `is refused with the place and the reason`(table: String, features: String, part: String) {
    let message = message(table, features: features)
    #expect(message.contains(part), "\(message)")
  }
}
