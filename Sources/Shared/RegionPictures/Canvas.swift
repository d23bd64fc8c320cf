/// The colours of a region's picture, as the entries of its palette.
enum Shade {
  /// Greys from black to white.
  static let greys = 64
  static let contour: UInt8 = 64
  /// Beside the image.
  static let outside: UInt8 = 65
  static let bar: UInt8 = 66
  static let mark: UInt8 = 67

  /// Red, green and blue of each entry. The contour is orange, which those who do not see red or green tell from grey.
  static let palette: [(UInt8, UInt8, UInt8)] =
    (0..<greys).map { level in
      let grey = UInt8((level * 255 + 31) / 63)
      return (grey, grey, grey)
    } + [(255, 140, 0), (24, 30, 44), (150, 170, 200), (255, 255, 255)]
}

/// Pixels of a picture, each an entry of the palette.
struct Canvas {
  let width: Int
  let height: Int
  private(set) var pixels: [UInt8]

  init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    pixels = [UInt8](repeating: Shade.outside, count: width * height)
  }

  subscript(x: Int, y: Int) -> UInt8 {
    get { pixels[y * width + x] }
    set { pixels[y * width + x] = newValue }
  }
}

/// A square of a picture.
struct Tile {
  var x: Int
  var y: Int
  var side: Int
}
