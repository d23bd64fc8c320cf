import CohortScan
import Foundation
import ImageFiles

/// What `coordinator scan` looks at: folders of hospitals, tables of clinicians, and the file of pseudonyms.
enum ScanSubjects {
  static let all = [
    FuzzSubject(
      name: "scan", seeds: MaskSubjects.all.flatMap(\.seeds) + FuzzSeeds.nrrd + FuzzSeeds.nifti,
      words: MaskSubjects.all.flatMap(\.words)
    ) {
      try scan($0)
    },
    FuzzSubject(name: "clinical-scan", seeds: tables, words: FuzzWords.columns + ["sub-", "0007", "1,5"]) {
      try join($0)
    },
    FuzzSubject(
      name: "key-file", seeds: ["code,site,original\nPABC,N,1\n".utf8, "".utf8].map(Array.init),
      words: FuzzWords.columns + ["code,site,original\\x0a"]
    ) {
      try keys.holding($0) { _ = try KeyFile(at: $0) }
    },
  ]

  // MARK: Folders

  /// A folder in memory with an image of two files, beside which the input lies once by the name of a mask and once by another.
  private static let folder: URL = {
    let folder = MemoryFile.folder.appendingPathComponent("fuzz-\(getpid())-scan")
    do {
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("N"), withIntermediateDirectories: true)
      for (number, seed) in DICOMSubjects.seeds.prefix(2).enumerated() {
        try Data(seed).write(to: folder.appendingPathComponent("N/\(number)"))
      }
      return folder
    } catch {
      fatalError("\(folder.path) cannot be made: \(error)")
    }
  }()

  private static func scan(_ bytes: [UInt8]) throws {
    for name in ["a_mask", "a"] {
      try Data(bytes).write(to: folder.appendingPathComponent("N/\(name)"))
    }
    let site = ScanFolder(url: folder.appendingPathComponent("N"), site: "N")
    let scan = try CohortScan(ScanOptions(folders: [site], root: folder))
    _ = (ScanManifest(scan) { $0.subject }.lines, scan.findings.map { "\($0)" })
  }

  // MARK: Tables

  private static let keys = MemoryFile("keys")

  private static let tables = [
    "ID,Site,Outcome,Age\n1,N,0,50\n0002,N,1,61\n", "ID;Outcome;Age\nsub-1;1;50,5\nSUB_2;0;61\n",
    "ID,Outcome,Age\n1 ,0,\n,,\n,,\n",
  ].map { Array($0.utf8) }

  private static let rows = ["1", "2", "sub-0002"].map {
    ScanRow(subject: $0, site: "N", image: "N/\($0).nii", mask: "N/\($0)_mask.nii")
  }

  private static func join(_ bytes: [UInt8]) throws {
    for isSpreadsheet in [false, true] {
      do {
        let table = try ClinicalTable(
          parsing: bytes, label: "clinic.csv", id: "ID", isSpreadsheet: isSpreadsheet)
        let join = TableJoin(table, to: rows)
        _ = (join.rows.count, join.findings.map { "\($0)" }, table.columnsWithCommas)
      } catch {
        _ = "\(error)"
      }
    }
  }
}
