import Foundation
import ImageFilters
import Radiomics
import Yams

/// Settings of a parameter file by name, all known, not yet typed; a later source overrides an earlier one.
struct ParameterSettings {
  private var nodes: [String: Node] = [:]
  private var places: [String: String] = [:]

  /// Every setting of PyRadiomics 3.0.1 that segment-based extraction has, and those of further filters and classes.
  static let known =
    listed + (FilterSettings.names + RadiomicsSettings.names).filter { !listed.contains($0) }

  /// The settings in the order in which messages list them.
  private static let listed =
    [
      // Region of interest and preprocessing.
      "label", "label_channel", "normalize", "normalizeScale", "removeOutliers", "resampledPixelSpacing",
      "interpolator",
      "padDistance", "preCrop", "resegmentRange", "resegmentMode", "resegmentShape", "correctMask",
      "geometryTolerance",
      "minimumROIDimensions", "minimumROISize", "force2D", "force2Ddimension",
      // Features.
      "binWidth", "binCount", "distances", "symmetricalGLCM", "weightingNorm", "gldm_a", "voxelArrayShift",
      // Filters.
      "sigma", "wavelet", "level", "start_level", "gradientUseSpacing", "lbp2DRadius", "lbp2DSamples",
      "lbp2DMethod",
      "lbp3DLevels", "lbp3DIcosphereRadius", "lbp3DIcosphereSubdivision",
      // Not PyRadiomics': IBSI's own features, which way axes run, uptake values of PET, and intensities of MR images.
      "ibsi", "orientation", "suv", "n4", "standardise",
    ] + PreprocessingSettings.standardNames + IBSIChoices.names + withoutEffect

  /// Settings that change no value: whether diagnostics are wanted, and which of PyRadiomics' implementations runs.
  private static let withoutEffect = ["additionalInfo", "enableCExtensions"]

  /// Settings of voxel-based extraction.
  private static let voxelBased = VoxelSettings.names

  init(_ node: Node?, at path: String) throws(StudyError) {
    guard let node, node.null == nil else { return }
    for (key, value) in node.mapping ?? [:] {
      let name = key.string ?? ""
      guard !Self.voxelBased.contains(name) else {
        throw StudyError(
          .unsupported,
          "'\(name)' in \(path) belongs to voxel-based extraction (worker extract --mode voxel, section voxelSetting); move it there, or remove it."
        )
      }
      nodes[name] = value
      places[name] = "\(path).\(name)"
    }
    let settings = try StrictMapping(node, at: path, known: Self.known)
    for (name, known) in PreprocessingSettings.nestedNames {
      guard let node = settings.node(name) else { continue }
      let nested = try StrictMapping(node, at: settings.place(name), known: known)
      if known.contains("method") { _ = try nested.required("method") }
      try Self.checkChoices(nested)
    }
  }

  /// Names among the settings of `n4` and `standardise`; what they mean together is checked by the settings themselves.
  private static func checkChoices(_ settings: StrictMapping) throws(StudyError) {
    _ = try settings.choice("mask", of: BiasFieldMask.self)
    _ = try settings.choice("method", of: StandardisationMethod.self)
    _ = try settings.choice("peak", of: TissuePeak.self)
    _ = try settings.choice("foreground", of: Foreground.self)
  }

  /// Reads `KEY:VALUE` of a command line.
  init(overrides: [String]) throws(StudyError) {
    for text in overrides {
      let setting = try commandLineSetting(text, option: "--setting", example: "binWidth:10")
      self = merging(try ParameterSettings(setting, at: "--setting"))
    }
  }

  /// Refuses settings of IBSI's filters that none of these image types has: they would be without effect.
  func requireSettingsOfIBSI(knownTo types: [ImageType]) throws(StudyError) {
    for name in nodes.keys.sorted() where FilterSettings.namesOfIBSI.contains(name) {
      guard !types.contains(where: { $0.filter.settingNames.contains(name) }) else { continue }
      let owners = ImageType.allCases.filter { $0.filter.settingNames.contains(name) }.map(\.rawValue)
      throw StudyError(
        .badValue,
        "\(places[name] ?? name) would have no effect: it is a setting of \(owners.joined(separator: ", ")). Remove it, or give it to one of them."
      )
    }
  }

  /// Without settings of IBSI's filters that an image type does not have: what is general is there for other types, too, and an image
  /// is known by what it is made with.
  func withoutSettingsOfIBSI(foreignTo type: ImageType) -> ParameterSettings {
    let foreign = Set(FilterSettings.namesOfIBSI).subtracting(type.filter.settingNames)
    var own = self
    own.nodes = nodes.filter { !foreign.contains($0.key) }
    return own
  }

  func merging(_ later: ParameterSettings) -> ParameterSettings {
    var merged = self
    merged.nodes.merge(later.nodes) { $1 }
    merged.places.merge(later.places) { $1 }
    return merged
  }

  func boolean(_ key: String) throws(StudyError) -> Bool? {
    guard let node = nodes[key], node.null == nil else { return nil }
    guard let value = node.bool else {
      throw StudyError(.badValue, "\(places[key] ?? key) must be true or false, but is \(node.shape).")
    }
    return value
  }

  func integer(_ key: String, in range: ClosedRange<Int>) throws(StudyError) -> Int? {
    guard let node = nodes[key], node.null == nil else { return nil }
    return try node.integer(at: places[key] ?? key, in: range)
  }

  /// The settings as one type reads them; keys of other types are passed over.
  func decoded<Settings: Decodable>(_ type: Settings.Type, check: (Settings) throws -> Void)
    throws(StudyError)
    -> Settings
  {
    let pairs = nodes.sorted { $0.key < $1.key }.map { (Node($0.key), asList($0.key, $0.value)) }
    let settings: Settings
    do {
      settings = try YAMLDecoder().decode(Settings.self, from: Node(pairs))
    } catch let error as DecodingError {
      throw badValue(error)
    } catch {
      throw StudyError(.badValue, "\(error)")
    }
    do {
      try check(settings)
    } catch {
      throw StudyError(.badValue, "\(error)")
    }
    return settings
  }

  /// A single number where PyRadiomics takes a list.
  private func asList(_ key: String, _ node: Node) -> Node {
    let lists = ["distances", "resegmentRange", "aggregations"] + FilterSettings.listNames
    guard lists.contains(key), node.sequence == nil, node.null == nil else { return node }
    return Node([node])
  }

  private func badValue(_ error: DecodingError) -> StudyError {
    let context: DecodingError.Context? =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
      case .keyNotFound(_, let context): context
      @unknown default: nil
      }
    let key = context?.codingPath.first?.stringValue ?? ""
    let node = nodes[key]
    let comma = node?.scalar?.string.contains(",") == true ? " Write a decimal point, not a comma." : ""
    let (place, shape) = (places[key] ?? key, node?.shape ?? "nothing")
    if let wanted = Self.expectation(error, key) {
      return StudyError(.badValue, "\(place) must be \(wanted), but is \(shape).\(comma)")
    }
    return StudyError(
      .badValue,
      "\(place) has the wrong type: \(shape).\(comma)" + (context.map { " (\($0.debugDescription))" } ?? ""))
  }

  /// What a setting is, in the words of a parameter file; nil where its own type does not tell.
  private static func expectation(_ error: DecodingError, _ key: String) -> String? {
    switch key {
    case "orientation": return Orientation.allCases.map(\.rawValue).joined(separator: " or ")
    case "gridAlignment": return GridAlignment.allCases.map(\.rawValue).joined(separator: " or ")
    case "intensityUnits": return IntensityUnits.allCases.map(\.rawValue).joined(separator: ", ")
    case "aggregations":
      return "a list of some of " + IBSIAggregation.allCases.map(\.rawValue).joined(separator: ", ")
    default: break
    }
    if case .dataCorrupted(let context) = error, context.debugDescription.hasPrefix("one of ") {
      return context.debugDescription
    }
    guard case .typeMismatch(let type, let context) = error, context.codingPath.count == 1 else { return nil }
    if type == Bool.self { return "true or false" }
    if type == Double.self { return "a number" }
    return context.debugDescription.contains("decode Sequence") ? "a list, as [1, 1, 1]" : nil
  }
}
