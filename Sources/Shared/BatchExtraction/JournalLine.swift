import Digests
import Foundation
import StudyPlan

/// The lines of a journal: fields between tabs, the last a mark that the line is whole.
///
/// ```
/// names  number of diagnostics  name …  ;
/// result  key  full or bare  list of names  diagnostics as JSON  value …  ;
/// ```
/// A bare result was computed where no diagnostics were wanted.
enum JournalLine {
  enum Kind {
    case names(NameList)
    case result(FeatureKey, isFull: Bool, ResultJournal.Place)
  }

  private static let (full, bare) = ("full", "bare")

  static let signature = "trabecula extraction journal\t2\t;\n"

  static func text(of list: NameList) -> String {
    line(["names", "\(list.diagnostics.count)"] + list.diagnostics + list.features)
  }

  static func text(of features: ExtractedFeatures, key: FeatureKey, isFull: Bool, list: Int) -> String {
    let diagnostics = features.diagnostics
    let known = StoredDiagnostics(
      voxels: diagnostics.voxels, warnings: diagnostics.warnings, values: diagnostics.entries.map(\.value))
    return line(
      [
        "result", key.bytes.hexadecimal, isFull ? full : bare, "\(list)",
        String(decoding: canonicalBytes(of: known), as: UTF8.self),
      ] + features.values.map { "\($0)" })
  }

  private static func line(_ fields: [String]) -> String {
    (fields + [";\n"]).joined(separator: "\t")
  }

  /// Reads a whole line without its end; `nil` where it is torn or something else.
  static func kind(of bytes: ArraySlice<UInt8>, at offset: Int, listCount: Int) -> Kind? {
    guard bytes.count < Int(Int32.max), bytes.suffix(2).elementsEqual([0x09, 0x3B]) else { return nil }
    let isResult = bytes.starts(with: Array("result\t".utf8))
    let fields = bytes.split(
      separator: 0x09, maxSplits: isResult ? 4 : .max, omittingEmptySubsequences: false
    ).map { String(decoding: $0, as: UTF8.self) }
    if isResult {
      guard fields.count == 5, let key = FeatureKey(hexadecimal: fields[1]),
        [full, bare].contains(fields[2]),
        let list = Int32(fields[3]), list >= 0, list < listCount
      else { return nil }
      let place = ResultJournal.Place(offset: offset, length: Int32(bytes.count + 1), names: list)
      return .result(key, isFull: fields[2] == full, place)
    }
    guard fields[0] == "names", fields.count >= 3, let count = Int(fields[1]), count >= 0,
      count <= fields.count - 3
    else { return nil }
    return .names(
      NameList(
        diagnostics: Array(fields[2..<2 + count]), features: Array(fields[(2 + count)..<(fields.count - 1)])))
  }

  static func features(in line: Data, names: NameList) -> ExtractedFeatures? {
    let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
    guard fields.count == 6 + names.features.count,
      let known = try? JSONDecoder().decode(StoredDiagnostics.self, from: fields[4]),
      known.values.count == names.diagnostics.count
    else { return nil }
    let values = fields[5..<fields.count - 1].compactMap { Double(String(decoding: $0, as: UTF8.self)) }
    guard values.count == names.features.count else { return nil }
    let entries = zip(names.diagnostics, known.values).map { Diagnostic($0, $1) }
    return ExtractedFeatures(
      names: names.features, values: values,
      diagnostics: .init(voxels: known.voxels, warnings: known.warnings, entries: entries))
  }

  private struct StoredDiagnostics: Codable {
    var voxels: Int
    var warnings: [String]
    var values: [Diagnostic.Value]
  }
}
