import DICOMFiles
import ImageFiles
import ImageFilters
import StudyPlan
import Volumes

/// A region and its features as objects of DICOM, to go back to where the image came from.
package struct DICOMExport: Sendable {
  /// The region: a segmentation (SEG).
  package let segmentation: [UInt8]
  /// Its features: a structured report (SR).
  package let report: [UInt8]

  /// How far the grids of image and mask may be apart, as a part of a voxel.
  private static let tolerance = 1e-3

  /// - Parameters:
  ///   - files: image and mask; the image is one of DICOM.
  ///   - features: what was computed of them.
  ///   - name: what the region is called.
  ///   - parameters: by which.
  ///   - moment: when the objects are made.
  /// - Throws: `StudyTaskError` where the image is none of DICOM or does not say where it lies, or the mask lies on another grid.
  package init(
    _ files: RegionFiles, features: ExtractedFeatures, named name: String,
    by parameters: ExtractionParameters,
    moment: WrittenMoment
  ) throws(StudyTaskError) {
    do throws(ImageFileError) {
      guard case .series(let series) = files.image else {
        throw ImageFileError(
          .unsupported,
          "features go out as DICOM only of an image of DICOM; give the series, or leave --dicom out",
          file: "image")
      }
      let slices = try series.slices(scale: parameters.valueScale)
      let mask = try files.region(on: slices.geometry, slices.facts, channel: parameters.labelChannel)
      guard mask.geometry.coincides(with: slices.geometry, tolerance: Self.tolerance) else {
        throw ImageFileError(
          .unsupported,
          "the mask lies on another grid than the image, and a segmentation is written on the image's; resample it",
          file: "mask")
      }
      let written = try WrittenSegmentation(
        mask, name: name, of: slices.source, moment: moment, version: Release.version)
      segmentation = written.bytes
      report =
        MeasurementReport(
          zip(features.names, features.values).map {
            MeasurementCodes.measurement($0, $1, of: slices.facts)
          }, region: name, segmentation: written, of: slices.source, moment: moment, version: Release.version
        ).bytes
    } catch {
      throw StudyTaskError(error)
    }
  }
}

extension RegionFiles {
  /// The voxels of the region.
  fileprivate func region(
    on grid: GridGeometry, _ facts: DICOMFacts, channel: Int
  ) throws(ImageFileError) -> Mask {
    let reading = try mask.reading(of: segment, label: label, channel: channel, on: grid, facts: facts)
    let drawn = reading.labels.mask(of: label)
    return ring.map { drawn.ring($0) } ?? drawn
  }
}
