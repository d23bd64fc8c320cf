import Volumes

extension PreparedImage {
  /// Calls `body` with every image of a type, in PyRadiomics' order, one at a time.
  ///
  /// Each is cropped to `box`. Filters see all of `image`, though only what the box depends on is computed. A
  /// filter that does not apply to this image is passed on as skipped, with the reason.
  /// - Throws: `ImageFilterError` for settings outside their range and for voxels that are not numbers where
  ///   the whole image counts; whatever `body` throws.
  package func forEachImage(
    of type: ImageType, settings: FilterSettings = .init(), _ body: (DerivedImage) throws -> Void
  ) throws {
    try settings.validate()
    switch type {
    case .original: try body(DerivedImage("original", image.cropped(to: box)))
    case .wavelet:
      try image.forEachWaveletBand(settings: settings, within: box) { try body(DerivedImage($0, $1)) }
    case .laplacianOfGaussian: try forEachLaplacian(settings.sigma, body)
    case .square: try passOn(.square, body)
    case .squareRoot: try passOn(.squareRoot, body)
    case .logarithm: try passOn(.logarithm, body)
    case .exponential: try passOn(.exponential, body)
    case .gradient:
      try body(
        DerivedImage(
          "gradient", image.gradientMagnitude(usingSpacing: settings.gradientUseSpacing, within: box)))
    case .localBinaryPattern2D:
      try body(DerivedImage("lbp-2D", try image.localBinaryPattern2D(settings: settings, within: box)))
    case .localBinaryPattern3D: try forEachSphericalPattern(settings, body)
    }
  }

  private func forEachLaplacian(_ scales: [FilterScale], _ body: (DerivedImage) throws -> Void) throws {
    for scale in scales {
      let name = "log-sigma-\(String(scale.literal.map { $0 == "." ? "-" : $0 }))-mm-3D"
      if let reason = image.reasonAgainstLaplacianOfGaussian(sigma: scale.millimetres) {
        try body(DerivedImage(name: name, content: .skipped(reason: reason)))
      } else {
        try body(DerivedImage(name, try image.laplacianOfGaussian(sigma: scale.millimetres, within: box)))
      }
    }
  }

  private func passOn(_ filter: PointwiseFilter, _ body: (DerivedImage) throws -> Void) throws {
    if let result = try filter.apply(to: image, within: box) {
      try body(DerivedImage(filter.rawValue, result))
    } else {
      let reason = "the image is 0 everywhere, and the \(filter.rawValue) filter has no scale"
      try body(DerivedImage(name: filter.rawValue, content: .skipped(reason: reason)))
    }
  }

  private func forEachSphericalPattern(
    _ settings: FilterSettings, _ body: (DerivedImage) throws -> Void
  ) throws {
    let names = (1...settings.lbp3DLevels).map { "lbp-3D-m\($0)" } + ["lbp-3D-k"]
    guard image.geometry.dimension == 3 else {
      for name in names {
        try body(
          DerivedImage(name: name, content: .skipped(reason: "LBP3D needs an image of three dimensions")))
      }
      return
    }
    let images = try image.localBinaryPattern3D(settings: settings, mask: mask, within: box)
    for (name, image) in zip(names, images) { try body(DerivedImage(name, image)) }
  }
}
