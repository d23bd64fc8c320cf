import FileSources
import Foundation
import RegionPictures
import WorkerCore

/// The kinds of task that a study has.
package enum StudyKinds {
  /// In the order of their stages.
  package static let names = [Extract.name, Bootstrap.name, Aggregate.name]

  /// - Parameters:
  ///   - source: where image paths count from.
  ///   - weights: files of network weights that do not lie in the source.
  ///   - pictures: a folder on this machine that gets a picture of each region.
  package static func all(source: any FileSource, weights: [URL], pictures: PictureFolder? = nil)
    -> [any TaskKind]
  {
    let studies = PreparedStudies()
    return [
      Extract(source: source, weights: weights, studies: studies, pictures: pictures),
      Bootstrap(studies: studies),
      Aggregate(studies: studies),
    ]
  }
}
