/// What the values of an image are.
public enum DICOMValueScale: String, Sendable, Hashable, CaseIterable {
  /// Those of the header's rescaling, as SimpleITK gives them: Hounsfield units of CT, mostly Bq/ml of PET.
  case stored
  /// Standardised uptake values of PET by body weight, in g/ml.
  case suv
}
