import Foundation

/// What a division into habitats was found to be, so that it can be applied to maps of others.
package struct HabitatCentres: Codable, Equatable, Sendable {
  /// A map that takes part: values are measured from `mean` in units of `deviation`.
  struct Scale: Codable, Equatable, Sendable {
    let feature: String
    let mean: Double
    let deviation: Double
  }

  /// Numbers of a file lie within this, and deviations above one by it, so that no distance is infinite.
  static let largest = 1e100

  let scales: [Scale]
  /// In those units, a row a habitat.
  let centres: [[Double]]

  /// Number of habitats.
  package var count: Int { centres.count }

  /// Reads a file of centres.
  /// - Throws: `HabitatError`: `badCentres`.
  package init(json text: String) throws(HabitatError) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    } catch {
      throw HabitatError(.badCentres, "The file of centres is not one that worker habitats wrote.")
    }
    guard
      !scales.isEmpty, (1...HabitatSettings.mostClusters).contains(centres.count),
      scales.allSatisfy({
        abs($0.mean) <= Self.largest && 1 / Self.largest <= $0.deviation && $0.deviation <= Self.largest
      }),
      centres.allSatisfy({ $0.count == scales.count && $0.allSatisfy { abs($0) <= Self.largest } })
    else {
      throw HabitatError(
        .badCentres,
        "The file of centres needs 1 to \(HabitatSettings.mostClusters) centres with a number for each of its features, deviations "
          + "above 0, and nothing beyond 1e100 or nearer to 0 than a deviation of 1e-100. Find the centres again."
      )
    }
  }

  init(scales: [Scale], centres: PointTable) {
    self.scales = scales
    self.centres = (0..<centres.count).map { Array(centres.coordinates[centres.range(of: $0)]) }
  }

  var table: PointTable { PointTable(dimension: scales.count, coordinates: centres.flatMap(\.self)) }

  /// The file's text, the same for equal centres.
  package var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
  }
}
