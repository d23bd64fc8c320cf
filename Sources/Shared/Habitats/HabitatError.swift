/// Why maps cannot be divided into habitats.
package struct HabitatError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of input was refused.
  package enum Code: String, Sendable, CaseIterable {
    /// A folder without maps, or one that cannot be read.
    case noMaps
    /// Maps of one folder on several grids, or folders with maps of different features.
    case mapsDiffer
    /// No map, or fewer voxels than clusters, are left.
    case tooLittle
    /// More voxels and maps than are taken.
    case tooLarge
    /// A file of centres that is none, or that is of other maps.
    case badCentres
    /// Maps hold another number outside of the region than was said.
    case wrongOutside
    /// A number of clusters out of range.
    case invalidSetting
  }

  /// What kind of input was refused.
  package let code: Code
  /// What was tried, what was found, and what to do.
  package let message: String

  init(_ code: Code, _ message: String) {
    (self.code, self.message) = (code, message)
  }

  package var description: String { message }
}
