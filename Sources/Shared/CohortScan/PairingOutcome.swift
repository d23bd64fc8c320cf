/// Which image a mask belongs to, as far as that can be told.
enum PairingOutcome: Equatable, Sendable {
  /// Position of the image.
  case image(Int)
  case none(ScanFinding.Kind, String)
}

/// The only one of some images, or why none is taken.
func only(
  _ images: [Int], ambiguity: @autoclosure () -> String, absence: @autoclosure () -> String
) -> PairingOutcome {
  switch images.count {
  case 0: .none(.maskWithoutImage, absence())
  case 1: .image(images[0])
  default: .none(.ambiguous, ambiguity())
  }
}
