import Volumes

/// The images that features are computed of, under PyRadiomics' names.
package enum ImageType: String, Codable, Sendable, CaseIterable {
  case original = "Original"
  case wavelet = "Wavelet"
  case laplacianOfGaussian = "LoG"
  case square = "Square"
  case squareRoot = "SquareRoot"
  case logarithm = "Logarithm"
  case exponential = "Exponential"
  case gradient = "Gradient"
  case localBinaryPattern2D = "LBP2D"
  case localBinaryPattern3D = "LBP3D"
}

/// One image made of the prepared image, cropped to the bounding box of the region.
package struct DerivedImage: Sendable {
  package enum Content: Sendable {
    case image(Volume)
    /// The filter does not apply to this image; features of it are absent.
    case skipped(reason: String)
  }

  /// The prefix of its features, as `wavelet-LLH` or `log-sigma-1-0-mm-3D`.
  package let name: String
  package let content: Content

  package init(name: String, content: Content) {
    self.name = name
    self.content = content
  }

  init(_ name: String, _ image: Volume) {
    self.init(name: name, content: .image(image))
  }
}
