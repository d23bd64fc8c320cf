import FileSources
import Foundation
import WorkerCore

/// The kinds of task that a study has.
package enum StudyKinds {
  /// In the order of their stages.
  package static let names = [Extract.name, Bootstrap.name, Aggregate.name]

  /// - Parameters:
  ///   - source: where image paths count from.
  ///   - weights: files of network weights that do not lie in the source.
  package static func all(source: any FileSource, weights: [URL]) -> [any TaskKind] {
    let studies = PreparedStudies()
    return [
      Extract(source: source, weights: weights, studies: studies), Bootstrap(studies: studies),
      Aggregate(studies: studies),
    ]
  }
}
