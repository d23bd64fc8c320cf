import Modelling
import Statistics
import StudyPlan

// MARK: One image under several subjects

extension LeakageAudit {
  /// What an image is known by here, for the rules.
  var knownBy: String {
    switch search.digests {
    case .imageFiles: "by the SHA-256 of its file"
    case .column(let name): "by column \(name)"
    case .none: "by its features"
    }
  }

  /// What was looked at, in a sentence.
  private var lookedAt: String {
    let compared =
      search.rows > 0
      ? "\(search.rows) rows compared with each other by \(search.columns) features"
      : "features not compared (too few rows, or too few features that differ between people)"
    return switch search.digests {
    case .imageFiles: "Looked at: the SHA-256 of image files; \(compared)."
    case .column(let name): "Looked at: column \(name), no file; \(compared)."
    case .none: "Looked at: no file, and no column of digests (features.image_digest names one); \(compared)."
    }
  }

  /// How many of some groups only their features tell, where an image is known otherwise.
  private func byFeatures(_ groups: [StudyReport.DuplicateGroup]) -> String {
    let count = groups.count { $0.evidence == .features }
    return count == 0 || search.digests == .none ? "" : ", \(count) of them by features that are nearly equal"
  }

  var duplicatesAcrossSplit: Line {
    let (code, rule) = (
      "duplicates_across_split", "No image, \(knownBy), is in both parts under different subjects."
    )
    guard !split.test.isEmpty else { return notApplicable(code, rule, "There is no test part.") }
    let crossing = duplicates.filter(\.crossesSplit)
    let evidence =
      "\(counted(duplicates.count, "image occurs", "images occur")) under more than one subject, none across the parts."
    return line(
      code, rule,
      faults: crossing.isEmpty
        ? []
        : [
          "\(counted(crossing.count, "image is", "images are")) in both parts under other subjects\(byFeatures(crossing))"
        ],
      evidence: search.digests == .imageFiles ? evidence : "\(evidence) \(lookedAt)")
  }

  /// Copies in one part cross folds and resamples, whose estimates are then too good, and count twice in every interval.
  var duplicatesWithinParts: Line {
    let shared = duplicates.filter { $0.sharesPart == true }
    let shown = shared.prefix(5).map { $0.cases.joined(separator: " = ") }.joined(separator: ", ")
    let more = shared.count > 5 ? " and \(shared.count - 5) more" : ""
    let remedy =
      shared.contains { !$0.crossesSites }
      ? "give their subjects one Group in the manifest, or write duplicates: group in the study file"
      : "leave all copies but one out"
    return line(
      "duplicates_within_parts", "No image stands under two subjects of one part that are not one group.",
      faults: shared.isEmpty
        ? []
        : [
          "\(counted(shared.count, "image stands", "images stand")) under several subjects\(byFeatures(shared)) (\(shown)\(more)): \(remedy)"
        ],
      evidence: lookedAt)
  }
}
