import ImageFilters
import Statistics
import Yams

/// By which changes of images and regions features are asked whether they are robust: every combination of the values of each link of
/// the chain (Zwanenburg et al. 2019, doi:10.1038/s41598-018-36938-4).
package struct RobustnessPlan: Codable, Equatable, Sendable {
  /// Fractions of a voxel.
  package var translation: [Double]
  /// Degrees in the plane of the slices.
  package var rotation: [Double]
  /// Fractions by which regions grow or shrink.
  package var volume: [Double]
  /// How many realisations of the image's own noise are added, each a link's value; `nil` for none.
  package var noise: Int?
  /// How many contours are drawn anew, likewise.
  package var contour: Int?

  /// Each is a task of extraction for each case.
  package static let mostPerturbations = 64

  /// What `robustness: true` is: eight perturbations.
  static let standard = Self(translation: [0.25, 0.75], rotation: [-4, 4], volume: [-0.1, 0.1])

  /// The combinations, the last link fastest.
  package func perturbations(seed: UInt64) -> [RegionPerturbation] {
    Self.realisations(noise).flatMap { noise in
      translation.flatMap { translation in
        rotation.flatMap { rotation in
          volume.flatMap { volume in
            Self.realisations(contour).compactMap { contour in
              RegionPerturbation(
                translation: translation, rotation: rotation, volume: volume, noise: noise, contour: contour,
                seed: seed)
            }
          }
        }
      }
    }
  }

  private var count: Int {
    [translation.count, rotation.count, volume.count, noise ?? 1, contour ?? 1].reduce(1, *)
  }

  private static func realisations(_ count: Int?) -> [Int] { count.map { Array(1...max(1, $0)) } ?? [0] }
}

extension RobustnessPlan {
  /// The key `robustness` of a study file: `true` for the standard chain, or values of its links; `nil` without any.
  /// - Throws: `StudyError` where a study has no voxels or no model of features of images, and where a step asks for perturbed regions
  ///   that the study has not.
  static func read(
    _ file: StrictMapping, models: [ModelDefinition], isTable: Bool
  ) throws(StudyError) -> RobustnessPlan? {
    let plan = try plan(of: file)
    let asking = models.first { !$0.agreementOfPerturbations.isEmpty }
    guard plan != nil else {
      guard let asking else { return nil }
      throw StudyError(
        .badValue,
        "Model \(asking.name): the step icc asks for perturbations (from: perturbations), but the study has none; add robustness, as "
          + "robustness: true, or leave the option out.")
    }
    guard !isTable else {
      throw StudyError(
        .badValue,
        "robustness: a table of features has no images and regions to perturb; remove robustness, or begin from images (manifest)."
      )
    }
    guard models.isEmpty || models.contains(where: { !$0.sources.isEmpty }) else {
      throw StudyError(
        .badValue,
        "robustness: no model has features of images, which are computed of perturbed regions; remove robustness."
      )
    }
    return plan
  }

  private static func plan(of file: StrictMapping) throws(StudyError) -> RobustnessPlan? {
    guard let node = file.node("robustness") else { return nil }
    if let isWanted = node.bool { return isWanted ? standard : nil }
    let section = try StrictMapping(
      node, at: "robustness", known: ["translation", "rotation", "volume", "noise", "contour"])
    let plan = RobustnessPlan(
      translation: try values(section, "translation", in: RegionPerturbation.translations),
      rotation: try values(section, "rotation", in: RegionPerturbation.rotations),
      volume: try values(section, "volume", in: RegionPerturbation.volumes),
      noise: try section.integer("noise", in: 1...RegionPerturbation.realisations.upperBound),
      contour: try section.integer("contour", in: 1...RegionPerturbation.realisations.upperBound))
    let count = plan.count
    guard 2...mostPerturbations ~= count else {
      throw StudyError(
        .badValue,
        "robustness: the links give \(count) perturbation\(count == 1 ? "" : "s"), one for each combination; an ICC needs at least 2, and "
          + "\(mostPerturbations) are the most.")
    }
    return plan
  }

  /// The values of one link, each once, in rising order; 0 alone without the key.
  private static func values(
    _ section: StrictMapping, _ key: String, in range: ClosedRange<Double>
  ) throws(StudyError) -> [Double] {
    guard let items = section.items(key) else { return [0] }
    var found: Set<Double> = []
    for (index, item) in items.enumerated() {
      let place = "\(section.place(key))[\(index)]"
      // -0 is 0.
      guard found.insert(try item.number(at: place, in: range) + 0).inserted else {
        throw StudyError(.badValue, "\(place) stands twice; give each value once.")
      }
    }
    guard !found.isEmpty else {
      throw StudyError(.badValue, "\(section.place(key)) is empty; give values, or remove it.")
    }
    return found.sorted()
  }
}

extension ModelDefinition {
  /// Steps of its selection that ask for agreement over perturbed regions.
  package var agreementOfPerturbations: [(minimum: Double, bound: RepeatedFeatures.Bound)] {
    let ofSurvival = (survival?.selection ?? []).compactMap { step -> SelectionStep? in
      if case .outcomeFree(let common) = step { common } else { nil }
    }
    return (selection + ofSurvival).compactMap(\.ofPerturbations).map { ($0.minimum, $0.bound) }
  }
}

extension Study {
  /// Perturbations of each training case, in their order; none without `robustness`.
  package var perturbations: [RegionPerturbation] {
    guard table == nil else { return [] }
    return robustness?.perturbations(seed: seed) ?? []
  }
}
