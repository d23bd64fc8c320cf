import Volumes

/// What a synthetic cohort is like.
package struct SynthesisOptions: Sendable, Equatable {
  /// Number of subjects; 2 to 100,000.
  package var subjects = 60
  /// Number of sites with a scanner each, named `SITE_A` onward; 1 to 26.
  package var sites = 3
  /// Share of subjects with a lesion; the default is the 70 of 150 patients of the study that is imitated
  /// (10.3389/fbioe.2024.1471692).
  package var lesionShare = 70.0 / 150.0
  /// Number of subjects, the first ones, with a second image of the same head.
  package var repeatedSubjects = 0
  /// Voxels of every image; 16 to 512 along x and y, 8 to 512 along z.
  package var size = GridSize(x: 48, y: 48, z: 16)
  /// Seed of all random numbers.
  package var seed: UInt64 = 20_240_607

  package init() {}

  /// Number of subjects with a lesion: the share, rounded to the nearest whole number.
  package var lesions: Int { Int((Double(subjects) * lesionShare).rounded()) }

  /// - Throws: `badOptions`.
  func checked() throws(SynthesisError) -> SynthesisOptions {
    func check(_ holds: Bool, _ message: String) throws(SynthesisError) {
      if !holds { throw SynthesisError(.badOptions, message) }
    }
    try check((2...100_000).contains(subjects), "\(subjects) subjects; expected 2 to 100000")
    try check((1...26).contains(sites), "\(sites) sites; expected 1 to 26")
    try check((0...1).contains(lesionShare), "a share of \(lesionShare) with lesion; expected 0 to 1")
    try check(
      (0...subjects).contains(repeatedSubjects),
      "\(repeatedSubjects) subjects with two images; expected 0 to the \(subjects) subjects")
    let inRange = (16...512).contains(size.x) && (16...512).contains(size.y) && (8...512).contains(size.z)
    try check(
      inRange,
      "images of \(size.x) × \(size.y) × \(size.z) voxels; expected 16 to 512 in plane, 8 to "
        + "512 slices")
    return self
  }
}
