import ImageFiles
import Volumes

extension DICOMSeries {
  /// Different labels that a label map may have: an image that was given for a mask mostly has more.
  private static var mostLabels: Int { 1024 }

  /// The values as labels: a label map that is stored as a series of images, as some programs hand out what they drew.
  ///
  /// Values are those of the header's rescaling, as SimpleITK gives them. Where these are no labels (a header that was taken over
  /// from a CT makes -1024 of 0) and the stored numbers are, the stored numbers are taken, with a warning.
  /// - Parameter frame: Frame of Reference UID of the image, where it has one. Programs that convert label maps make new ones, so that
  ///   another one is told and not refused: image and mask must have one grid anyway.
  /// - Throws: `ImageFileError`, naming the mask: `badLabel` where they are values of an image, `unsupported` for colours; else as
  ///   `image(scale:)`.
  public consuming func labels(frameOfReference frame: String? = nil) throws(ImageFileError) -> MaskReading {
    let (series, name) = (self, self.name)
    do throws(ImageFileError) {
      let plan = try SlicePlan(series.files, choosing: series.frames, scale: .stored, limits: series.limits)
      guard plan.layouts.allSatisfy({ $0.samples == 1 }) else {
        throw ImageFileError(
          .unsupported,
          "the mask is a series in colour, whose pixels are no labels; export the labels as numbers")
      }
      let isRescaled = plan.stack.frames.contains { $0.rescale != .identity }
      var (image, warnings) = try series.image(plan)
      let own = plan.facts.frameOfReferenceUID
      if let frame, !frame.isEmpty, !own.isEmpty, own != frame {
        warnings.append(
          "the mask lies in another frame of reference than the image; that their grids agree decides")
      }
      if let labels = LabelMap(image, atMost: Self.mostLabels) {
        return MaskReading(labels: labels, warnings: warnings)
      }
      guard isRescaled,
        let labels = LabelMap(try series.image(plan.withoutRescaling()).0, atMost: Self.mostLabels)
      else {
        throw ImageFileError(
          .badLabel,
          "the series holds values of an image, not labels (whole numbers from 0, at most \(Self.mostLabels) different ones): check "
            + "that this is the mask and not the image")
      }
      return MaskReading(
        labels: labels,
        warnings: warnings + [
          "the mask's rescaling makes no labels of its numbers; they are taken as they are stored"
        ])
    } catch {
      throw error.naming(name)
    }
  }

  private func image(_ plan: SlicePlan) throws(ImageFileError) -> (StoredVolume, warnings: [String]) {
    let slices = DICOMSlices(files, plan: plan, warnings: warnings, name: name)
    let warnings = slices.warnings.map { "of the mask: \($0)" }
    return (try slices.image().stored, warnings)
  }
}
