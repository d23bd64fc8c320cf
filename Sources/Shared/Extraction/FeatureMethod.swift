import Cancellation
import DICOMFiles
import StudyPlan

/// How the features of one source are computed of a region.
package protocol FeatureMethod: Sendable {
  /// What identifies its values, besides the files.
  var recipe: FeatureRecipe { get }
  /// Channel of a colour mask that holds the labels.
  var labelChannel: Int { get }
  /// What the values of a DICOM image are to be.
  var valueScale: DICOMValueScale { get }
  /// Name or number of the segment that is the reference tissue of its intensities; nil where it needs none by name.
  var referenceSegment: String? { get }

  /// Computes the features.
  /// - Parameter region: image and mask as they are on disk.
  /// - Throws: `StudyTaskError` for what is wrong with the region, or `cancelled`.
  func features(of region: consuming DecodedRegion, _ cancellation: CancellationToken) throws(StudyTaskError)
    -> ExtractedFeatures

  /// Computes nothing: throws what `features` would, as far as it can be known without filters and networks.
  func check(_ region: DecodedRegion) throws(StudyTaskError)
}

extension FeatureMethod {
  package var valueScale: DICOMValueScale { .stored }
  package var referenceSegment: String? { nil }
}

extension ExtractionParameters {
  var valueScale: DICOMValueScale { suv == true ? .suv : .stored }
}
