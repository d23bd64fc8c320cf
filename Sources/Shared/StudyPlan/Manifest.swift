import DelimitedText
import Foundation

/// The list of images and masks of a cohort.
package struct Manifest: Sendable {
  /// One region of interest.
  package struct Row: Codable, Equatable, Sendable {
    package var subject: String
    package var site: String
    /// Relative to the manifest's folder, with forward slashes.
    package var image: String
    package var mask: String
    /// Label of the region in the mask; nil leaves it to the study's `label`.
    package var label: UInt32?
    /// 1 has the outcome, 0 has not, nil unknown.
    package var outcome: Int?
    package var split: Part?
    package var group: String?
    /// Further columns, passed through.
    package var extra: [String: String]

    package init(
      subject: String, site: String, image: String, mask: String, label: UInt32? = nil, outcome: Int? = nil,
      split: Part? = nil, group: String? = nil, extra: [String: String] = [:]
    ) {
      self.subject = subject
      self.site = site
      self.image = image
      self.mask = mask
      self.label = label
      self.outcome = outcome
      self.split = split
      self.group = group
      self.extra = extra
    }
  }

  package enum Part: String, Codable, Sendable, CaseIterable {
    case training, test
  }

  /// The further column that names repeat segmentations: empty for the segmentation that is modelled, else the name of
  /// who drew it, or of the occasion. A repeat is extracted, serves the ICC, and is never modelled.
  package static let repeatColumn = "Repeat"

  /// Columns that say who a case is and where it belongs, the outcome's first.
  package static func designColumns(outcome: String) -> [String] {
    [outcome] + ManifestReader.Column.allCases.map(\.rawValue).filter { $0 != "Outcome" } + [repeatColumn]
  }

  package var rows: [Row]
  /// Folder that the paths are relative to.
  package var root: URL

  package init(rows: [Row], root: URL) {
    self.rows = rows
    self.root = root
  }
}
