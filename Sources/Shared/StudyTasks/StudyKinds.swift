import Foundation
import WorkerCore

/// The kinds of task that a study has.
package enum StudyKinds {
  /// In the order of their stages.
  package static let names = [Extract.name, Bootstrap.name, Aggregate.name]

  /// - Parameters:
  ///   - root: folder that image paths count from.
  ///   - weights: files of network weights that do not lie below the root.
  package static func all(root: URL, weights: [URL]) -> [any TaskKind] {
    let studies = PreparedStudies()
    return [
      Extract(root: root, weights: weights, studies: studies), Bootstrap(studies: studies),
      Aggregate(studies: studies),
    ]
  }
}
