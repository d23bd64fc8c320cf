import ImageFilters
import Testing
import Volumes

@Suite struct `Two grids` {
  private let grid = GridGeometry(
    size: GridSize(x: 4, y: 3, z: 2), spacingInMillimetres: [0.5, 0.75, 3],
    originInMillimetres: [-10, 20.5, 30], directions: [[0, 1, 0], [-1, 0, 0], [0, 0, 1]])

  private func coincides(_ tolerance: Double = 1e-6, _ change: (inout GridGeometry) -> Void) -> Bool {
    var other = grid
    change(&other)
    return grid.coincides(with: other, tolerance: tolerance)
  }

  @Test func `coincide up to a share of the spacing along x, and of a direction's cosine`() {
    #expect(coincides { _ in })
    #expect(coincides { $0.originInMillimetres.z += 0.49e-6 })
    #expect(coincides { $0.spacingInMillimetres.y += 0.49e-6 })
    #expect(coincides { $0.directions[1].z += 0.99e-6 })
    #expect(coincides(1) { $0.originInMillimetres.z += 0.4 })
  }

  @Test func `differ beyond it, in size, in dimension, and where a number is none`() {
    #expect(!coincides { $0.originInMillimetres.z += 0.51e-6 })
    #expect(!coincides { $0.spacingInMillimetres.y += 0.51e-6 })
    #expect(!coincides { $0.directions[1].z += 1.01e-6 })
    #expect(!coincides { $0.size.z = 3 })
    #expect(!coincides { $0.dimension = 2 })
    #expect(!coincides { $0.originInMillimetres.x = .nan })
  }
}
