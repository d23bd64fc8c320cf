import Foundation
import ImageFilters
import Testing
import Volumes

@Suite struct `A ring around a region` {
  private func ring(_ mask: Mask, _ inner: Double, _ outer: Double) throws -> Mask {
    mask.ring(try #require(RegionRing(innerInMillimetres: inner, outerInMillimetres: outer)))
  }

  /// Every voxel against every voxel of the region.
  private func byHand(_ mask: Mask, _ inner: Double, _ outer: Double) -> [UInt8] {
    let (size, spacing) = (mask.geometry.size, mask.geometry.spacingInMillimetres)
    func place(_ voxel: Int) -> SIMD3<Double> {
      SIMD3(Double(voxel % size.x), Double(voxel / size.x % size.y), Double(voxel / size.x / size.y))
        * spacing
    }
    let region = mask.voxels.indices.filter { mask.voxels[$0] == 1 }.map(place)
    return mask.voxels.indices.map { voxel in
      let here = place(voxel)
      let least = region.map { (($0 - here) * ($0 - here)).sum().squareRoot() }.min() ?? .infinity
      return mask.voxels[voxel] == 0 && least > inner + 1e-9 && least <= outer + 1e-9 ? 1 : 0
    }
  }

  @Test(arguments: [(0, 2), (1, 3.5), (2.5, 4), (0, 0.5), (0, 100)])
  func `has the voxels that every distance, one by one, says`(inner: Double, outer: Double) throws {
    let grid = image(14, 12, 9, spacing: [0.7, 1.1, 2.5], noise)
    let mask = region(of: grid) { x, y, z in
      (5...8).contains(x) && (4...6).contains(y) && (3...4).contains(z) && (x * y + z) % 3 != 0
        || (x, y, z) == (12, 2, 7)
    }
    let found = try ring(mask, inner, outer)
    #expect(found.voxels == byHand(mask, inner, outer))
    #expect(found.voxels.contains(1) == (outer > 0.6))
  }

  @Test
  func `of whole steps holds the voxels that lie exactly at its outer edge, and not those at its inner`()
    throws
  {
    let grid = image(9, 1, 1, spacing: [0.1, 1, 1], noise)
    let mask = region(of: grid) { x, _, _ in x == 4 }
    // 3 · 0.1 is 0.30000000000000004.
    #expect(try ring(mask, 0.1, 0.3).voxels == [0, 1, 1, 0, 0, 0, 1, 1, 0])
  }

  @Test func `of no region is empty, and ends at the edge of the image`() throws {
    let grid = image(4, 4, 2, noise)
    #expect(try ring(region(of: grid) { _, _, _ in false }, 0, 50).count == 0)
    #expect(try ring(region(of: grid) { x, y, z in x + y + z == 0 }, 0, 50).count == 31)
  }

  @Test func `has an inside and an outside`() {
    for (inner, outer) in [(5.0, 5.0), (-1, 5), (0, 201), (0, .nan), (.nan, 5)] {
      #expect(RegionRing(innerInMillimetres: inner, outerInMillimetres: outer) == nil)
    }
  }

  @Test(arguments: [("0,5", 0, 5), ("1,2.5", 1, 2.5), ("0.25,200", 0.25, 200), ("0,1e-05", 0, 1e-05)])
  func `is written in one way`(text: String, inner: Double, outer: Double) throws {
    let ring = try #require(RegionRing(innerInMillimetres: inner, outerInMillimetres: outer))
    #expect("\(ring)" == text && RegionRing(text) == ring)
    let json = try JSONEncoder().encode([ring])
    #expect(String(decoding: json, as: UTF8.self) == "[\"\(text)\"]")
    #expect(try JSONDecoder().decode([RegionRing].self, from: json) == [ring])
  }

  @Test(arguments: ["", "5", "5,5", "0,5,6", "0;5", "0,201", "-1,5", "nan,5", "0,inf", "0, 5"])
  func `is not read of another text`(text: String) throws {
    #expect(RegionRing(text) == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([RegionRing].self, from: JSONEncoder().encode([text]))
    }
  }
}
