import DelimitedText
import Foundation
import ImageFilters
import StudyPlan

/// The cases of one extraction: one image and mask, or the rows of a batch CSV.
///
/// A batch is kept as the bytes of its file and read row by row, so that many rows need no more memory than their
/// text. All of it is checked when it is opened.
package struct ExtractionBatch: Sendable {
  /// One case.
  package struct Row: Equatable, Sendable {
    /// From 1, as in PyRadiomics' `Case-1`.
    package var number: Int
    /// What messages call the case; neither a path nor an identifier.
    package var name: String
    package var image: URL
    package var mask: URL
    /// The same as they were given, for files of a root.
    var paths: [String] = []
    /// PyRadiomics' column `Label`.
    package var label: UInt32?
    /// Column `Segment`: name or number of the region in a mask that names its regions.
    package var segment: String?
    /// Columns `Series`, `Echo` and `TimePoint`: which part of a DICOM image is meant.
    package var choice: ImageChoice?
    /// Column `Ring`: the ring around the region that is meant in its place.
    package var ring: RegionRing?
    /// PyRadiomics' column `Label_channel`.
    package var labelChannel: Int?
    /// The row as it was given, in the order of `columns`.
    package var fields: [String]

    package init(
      number: Int, name: String = "", image: URL = URL(fileURLWithPath: "/"),
      mask: URL = URL(fileURLWithPath: "/"), label: UInt32? = nil, segment: String? = nil,
      choice: ImageChoice? = nil, ring: RegionRing? = nil, labelChannel: Int? = nil, fields: [String]
    ) {
      self.choice = choice
      self.number = number
      self.name = name
      self.image = image
      self.mask = mask
      self.label = label
      self.segment = segment
      self.ring = ring
      self.labelChannel = labelChannel
      self.fields = fields
    }
  }

  package let columns: [String]
  package let count: Int
  /// True for one image and mask given by themselves.
  package let isSingle: Bool
  private let source: Rows

  /// One case.
  package init(image: String, mask: String) {
    var row = Row(
      number: 1, name: "case 1", image: URL(fileURLWithPath: image), mask: URL(fileURLWithPath: mask),
      fields: [image, mask])
    row.paths = [image, mask]
    (columns, count, isSingle) = (["Image", "Mask"], 1, true)
    source = Rows(single: row)
  }

  /// Opens a batch CSV as PyRadiomics has it: columns `Image` and `Mask` (paths relative to the file), optionally
  /// `Label`, `Segment`, `Series`, `Echo`, `TimePoint` and `Label_channel`; further columns pass through.
  /// - Throws: `StudyError` that names the line, before anything is computed.
  package init(table url: URL) throws(StudyError) {
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: url))
    } catch {
      throw .notRead("The batch \(url.path)", at: url, error)
    }
    var rows = try Rows(csv: bytes, of: url)
    source = rows
    (columns, isSingle) = (rows.columns, false)
    var number = 0
    while try rows.next() != nil { number += 1 }
    guard number > 0 else {
      throw StudyError(.badManifest, "\(url.lastPathComponent) has a header, but no row; add one a case.")
    }
    count = number
  }

  /// The cases in the order of the file.
  package func rows() -> Rows { source }
}
