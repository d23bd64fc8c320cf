import ImageFiles
import ImageFilters
import Radiomics
import StudyPlan

extension StudyTaskError {
  /// What a researcher reads of an error on the way from files to features.
  init(ofExtraction error: any Error) {
    self =
      switch error {
      case let error as StudyTaskError: error
      case is CancellationError: .cancelled
      case let error as ImageFileError: StudyTaskError(error)
      case let error as ImageFilterError: StudyTaskError(error)
      case let error as RadiomicsError: StudyTaskError(error)
      default: StudyTaskError(unexpected: error)
      }
  }

  init(_ error: ImageFileError) {
    let remedy =
      switch error.code {
      case .notFound: "Put the file where the manifest says, or correct the manifest."
      case .unreadable: "Check the rights of the file on the worker's machine."
      case .notAnImage: "Check the path; what is in another format, convert to NIfTI, NRRD, MetaImage or PNG."
      case .unsupported: "Do what the sentence says."
      case .truncated, .corrupt: "Copy or export the file again."
      case .badHeader, .valueOutOfRange, .unwritable: "Correct the header, or export the file again."
      case .ambiguous: "Say which one is meant."
      case .irregularGrid: "Complete the series, or resample it to a regular grid."
      case .tooLarge: "Crop the image, or check its header."
      case .badLabel: "Export the mask with whole-number labels."
      case .segmentNotNamed, .segmentAbsent:
        "Name the region of the mask: --segment, or column Segment; of a reference tissue, standardise.referenceSegment."
      case .segmentEmpty: "Draw the region, or name another."
      case .otherFrameOfReference: "Give the image that the mask was made on."
      }
    self.init(
      code: error.code.rawValue.kebabCase, sentence: error.description.sentence, remedy: remedy,
      isTransient: error.code == .unreadable)
  }

  init(_ error: RadiomicsError) {
    let remedy =
      switch error.code {
      case .invalidSetting, .unknownFeature:
        "Correct the parameters (the section extraction of a study file)."
      case .sizeMismatch: "Export the mask on the image's grid."
      case .emptyRegion: "Draw the region of interest, or name another mask."
      case .regionTooSmall: "Check the mask; minimumROIDimensions and minimumROISize set the limits."
      case .nonFiniteVoxel:
        "Export the image again; NaN and infinite voxels inside the region have no features."
      case .tooManyLevels: "Raise binWidth, or set binCount."
      case .noNeighbours: "Lower distances, or check the mask."
      case .classNotAvailable: "Leave the class out, or set force2D for single slices."
      }
    self.init(code: error.code.rawValue.kebabCase, sentence: error.description.sentence, remedy: remedy)
  }

  init(_ error: ImageFilterError) {
    let remedy =
      switch error.code {
      case .invalidSetting, .unknownWavelet:
        "Correct the parameters (the section extraction of a study file)."
      case .geometryMismatch: "Export the mask on the image's grid."
      case .emptyRegion: "Draw the region of interest, or name another mask."
      case .regionOutsideImage: "Check that mask and image belong together."
      case .regionTooSmall: "Widen resegmentRange, lower resampledPixelSpacing, or check the mask."
      case .nonFiniteVoxel: "Export the image again; NaN and infinite voxels have no features."
      case .constantImage: "Check the image: it has no intensities that differ where they must."
      case .gridTooLarge: "Choose a larger resampledPixelSpacing."
      }
    self.init(code: error.code.rawValue.kebabCase, sentence: error.description.sentence, remedy: remedy)
  }
}
