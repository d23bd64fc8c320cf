import Foundation

/// Which part of an image is meant, where a folder has several series of DICOM, or a series several images at each place.
package struct ImageChoice: Hashable, Sendable, Codable {
  /// Series Instance UID. It names a patient's images as a number does: no message and no log repeats it.
  package var series: String?
  /// Number of an echo.
  package var echo: Int?
  /// Number of a time point.
  package var timePoint: Int?

  /// - Returns: nil where nothing is chosen.
  package init?(series: String? = nil, echo: Int? = nil, timePoint: Int? = nil) {
    guard series != nil || echo != nil || timePoint != nil else { return nil }
    (self.series, self.echo, self.timePoint) = (series, echo, timePoint)
  }

  /// What echoes and time points are numbered by: real ones have some hundred at most.
  package static let numbers = 1...100_000

  /// In one line, always in one way: as the database knows it.
  package var text: String {
    [series.map { "series=\($0)" }, echo.map { "echo=\($0)" }, timePoint.map { "time=\($0)" }]
      .compactMap(\.self).joined(separator: " ")
  }

  /// Reads a Series Instance UID.
  /// - Returns: nil where nothing but blanks was given.
  /// - Throws: `StudyError` whose message is a reason, as "is no UID…".
  package static func series(_ text: String) throws(StudyError) -> String? {
    let uid = text.trimmingCharacters(in: .whitespaces)
    guard !uid.isEmpty else { return nil }
    guard uid.utf8.count <= 64, uid.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }) else {
      throw StudyError(.badManifest, "is no UID of a series: at most 64 digits and points")
    }
    return uid
  }
}
