import Cancellation
import ImageFilters
import StudyPlan
import Volumes

/// Images that filters make, whole, in place of features of them: the response maps of the IBSI reference manual, part 2.
///
/// The image is prepared as for features (intensities, resampling); the maps cover all of it, on its grid.
package struct ResponseMaps: Sendable {
  private let parameters: ExtractionParameters

  package init(_ parameters: ExtractionParameters) { self.parameters = parameters }

  /// Calls `body` with every image of every type, one at a time, in the order of the columns of their features.
  /// - Parameter body: takes the name that features of it begin with, and the image or why there is none.
  /// - Throws: `StudyTaskError` for what is wrong with the region or a filter; whatever `body` throws.
  package func forEach(
    of files: RegionFiles, _ cancellation: CancellationToken = CancellationToken(),
    _ body: (DerivedImage) throws -> Void
  ) throws {
    let region = try files.decoded(
      labelChannel: parameters.labelChannel, scale: parameters.valueScale,
      reference: parameters.preprocessing.standardisation?.referenceSegment)
    do {
      let prepared = try HandcraftedFeatures(parameters).preparedImage(of: region).coveringWholeImage
      let plans = (prepared.geometry.dimension == 2 ? parameters.forPicture : parameters).images
      for plan in plans {
        try prepared.forEachImage(of: plan.type, settings: plan.filters) { derived in
          try cancellation.check()
          try body(derived)
        }
      }
    } catch let error as ImageFilterError {
      throw StudyTaskError(ofExtraction: error)
    }
  }
}
