import ImageFiles
import Testing
import Volumes

@Suite struct `The geometry check` {
  private let image = TestImages.turned

  /// The image's grid with one thing changed.
  private func changed(_ change: (inout GridGeometry) -> Void) -> GridGeometry {
    var mask = image
    change(&mask)
    return mask
  }

  @Test func `accepts equal grids and rounding within the tolerance`() throws {
    try checkGeometry(image: image, mask: image)
    // The tolerance is a share of the spacing along x, 0.5 mm.
    try checkGeometry(image: image, mask: changed { $0.originInMillimetres.z += 0.49e-6 })
    try checkGeometry(image: image, mask: changed { $0.spacingInMillimetres.y += 0.49e-6 })
    try checkGeometry(image: image, mask: changed { $0.directions[1].z += 0.99e-6 })
    try checkGeometry(image: image, mask: changed { $0.originInMillimetres.z += 0.4 }, tolerance: 1)
  }

  @Test func `refuses what differs by more, and names it`() {
    let cases: [(GridGeometry, String)] = [
      (changed { $0.originInMillimetres.z += 0.51e-6 }, "origin"),
      (changed { $0.spacingInMillimetres.y += 0.51e-6 }, "spacing"),
      (changed { $0.directions[1].z += 1.01e-6 }, "direction"),
      (changed { $0.size.z = 3 }, "size"),
      (changed { $0.originInMillimetres.x = .nan }, "origin"),
    ]
    for (mask, difference) in cases {
      do throws(ImageFileError) {
        try checkGeometry(image: image, mask: mask)
        Issue.record("a difference in \(difference) passed")
      } catch {
        #expect(error.code == .geometryMismatch)
        #expect(error.message.contains("differ in \(difference):"))
        #expect(error.message.contains("correctMask"))
        #expect(error.message.contains("geometryTolerance") == (difference != "size"))
      }
    }
  }

  @Test func `names both geometries in full`() {
    do throws(ImageFileError) {
      try checkGeometry(image: image, mask: TestImages.picture)
      Issue.record("a picture passed as the mask of a volume")
    } catch {
      #expect(
        error.message.contains(
          "image 4 × 3 × 2 voxels, spacing (0.5, 0.75, 3.0) mm, origin (-10.0, 20.5, 30.0) mm, "
            + "directions (0.0, 1.0, 0.0) (-1.0, 0.0, 0.0) (0.0, 0.0, 1.0)"))
      #expect(error.message.contains("mask 5 × 3 voxels, spacing (1.0, 1.0) mm"))
    }
  }
}
