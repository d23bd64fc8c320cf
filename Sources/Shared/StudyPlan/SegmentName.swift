import Foundation

/// The name or number of a segment: a region of a mask that has names (structure sets, segmentations, files of 3D Slicer).
///
/// It is written in one way, whoever writes it: without blanks around it, in Unicode's form NFC. It is part of what features
/// are known by, so its length and its signs are bounded; the database refuses the same.
package enum SegmentName {
  /// In bytes: DICOM's names have 64 characters of at most four.
  package static let longest = 256

  /// - Returns: nil where nothing but blanks was given.
  /// - Throws: `StudyError` whose message is a reason, as "is longer than 256 bytes".
  package static func read(_ text: String) throws(StudyError) -> String? {
    let name = text.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces)
    guard !name.isEmpty else { return nil }
    guard name.utf8.count <= longest else {
      throw StudyError(.badManifest, "is longer than \(longest) bytes")
    }
    guard name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw StudyError(.badManifest, "has a control character, as a line break or a tab")
    }
    return name
  }
}
