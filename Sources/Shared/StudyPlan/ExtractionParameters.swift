import ImageFilters
import Radiomics

/// What to extract from every image: the contents of a PyRadiomics parameter file.
///
/// Keys, names and defaults are those of PyRadiomics 3.0.1. The value is canonical: it is hashed into the key of
/// every feature row, so two files that mean the same give the same rows.
package struct ExtractionParameters: Codable, Equatable, Sendable {
  /// One image type with its settings: the general ones, overridden by those that the file gives for this type.
  package struct ImagePlan: Codable, Equatable, Sendable {
    package var type: ImageType
    package var filters: FilterSettings
    package var features: RadiomicsSettings
    /// Settings that only IBSI's features have; `nil` where all have their defaults.
    package var ibsi: IBSIChoices?

    package init(
      _ type: ImageType, filters: FilterSettings = .init(), features: RadiomicsSettings = .init(),
      ibsi: IBSIChoices? = nil
    ) {
      self.type = type
      self.filters = filters
      self.features = features
      self.ibsi = ibsi
    }

    /// What IBSI's features of this image depend on. A range of intensities is the image's own, and means nothing in what a
    /// filter makes of it.
    /// - Parameter preprocessing: what was done before; its range bounds grey levels and the intensity-volume histogram.
    /// - Throws: `invalidSetting`.
    package func settingsOfIBSI(
      after preprocessing: PreprocessingSettings
    ) throws(RadiomicsError) -> IBSISettings {
      var settings = try IBSISettings(sharedBy: features, ibsi ?? IBSIChoices())
      if type == .original, preprocessing.resegmentMode == .absolute {
        settings.resegmentRange = preprocessing.resegmentRange?.sorted()
      }
      return settings
    }
  }

  /// Features of one class: all of them where `names` is nil.
  package struct ClassSelection: Codable, Equatable, Sendable {
    package var featureClass: FeatureClass
    package var names: [String]?

    package init(_ featureClass: FeatureClass, names: [String]? = nil) {
      self.featureClass = featureClass
      self.names = names
    }
  }

  /// Label of the region where neither manifest nor command line says otherwise.
  package var label: UInt32 = 1
  /// Channel of a colour mask that holds the labels.
  package var labelChannel = 0
  /// Whether PET series of DICOM are read as standardised uptake values by body weight; `nil` for the values as stored.
  package var suv: Bool?
  /// All families of the IBSI manual under its tags, in place of PyRadiomics' classes.
  package var ibsi = false
  package var preprocessing = PreprocessingSettings()
  /// Settings of shape features, and of images that have none of their own.
  package var features = RadiomicsSettings()
  package var images = [ImagePlan(.original)]
  /// In PyRadiomics' order of computation; shape2D only where asked for.
  package var classes: [ClassSelection] = FeatureClass.standard.map { ClassSelection($0) }

  /// Whether diagnostics are worth computing. Changes no value, so it is no part of the encoded parameters.
  package var additionalInfo = true

  package init() {}

  private enum CodingKeys: CodingKey {
    case label, labelChannel, suv, ibsi, preprocessing, features, images, classes
  }
}
