import NeuralNet
import Yams

extension StudyFile {
  /// The section `deep`; without it there are no deep features.
  static func deep(_ file: StrictMapping) throws(StudyError) -> DeepPlan? {
    guard let node = file.node("deep") else { return nil }
    let section = try StrictMapping(
      node, at: "deep", known: ["weights", "sha256", "network", "task"] + DeepSettings.keys)
    let name = try section.required("weights").text(at: section.place("weights"))
    let weights = DeepWeights(
      name: name, sha256: try digest(section),
      network: try section.choice("network", of: NetworkArchitecture.self))
    return DeepPlan(
      weights: try weights.checked(at: section.place("weights")), settings: try DeepSettings(section),
      task: try section.choice("task", of: DeepPlan.TaskChoice.self) ?? .shared)
  }

  private static func digest(_ section: StrictMapping) throws(StudyError) -> String? {
    guard let text = try section.string("sha256")?.lowercased() else { return nil }
    guard text.count == 64, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
      throw StudyError(
        .badValue, "\(section.place("sha256")) must be 64 hexadecimal digits, as sha256sum prints.")
    }
    return text
  }

  /// Without a section `models`, one model of each choice of sources.
  static func standardModels(like rad: ModelDefinition, deep: DeepPlan?) -> [ModelDefinition] {
    guard deep != nil else { return [rad] }
    var (dl, dlr) = (rad, rad)
    (dl.name, dl.sources) = ("DL", [.deep])
    (dlr.name, dlr.sources) = ("DLR", [.handcrafted, .deep])
    return [rad, dl, dlr]
  }

  static func checkSources(_ models: [ModelDefinition], deep: DeepPlan?) throws(StudyError) {
    for (index, model) in models.enumerated() {
      guard Set(model.sources).count == model.sources.count,
        !model.sources.isEmpty || model.clinical != nil || model.scores != nil
      else {
        throw StudyError(.badValue, "models[\(index)].sources must name each source once, and one at least.")
      }
      guard deep != nil || !model.sources.contains(.deep) else {
        throw StudyError(
          .missingKey,
          "models[\(index)].sources has deep, but the section deep is missing; it names the weights, as"
            + " deep: {weights: resnet18.safetensors}.")
      }
    }
  }
}

extension DeepSettings {
  /// Keys of the section `deep` that settings are read from.
  package static let keys = [
    "slices", "pooling", "margin", "padding", "window", "mask_outside", "channels", "normalisation", "size",
  ]

  /// Reads `KEY:VALUE` of a command line, as `slices:3` or `window:{fixed: [0, 400]}`.
  package init(overrides: [String]) throws(StudyError) {
    var pairs: [(Node, Node)] = []
    for text in overrides {
      let node = try commandLineSetting(text, option: "--deep", example: "slices:3")
      guard let pair = node.mapping?.first else {
        throw StudyError(.syntax, "--deep \(text): expected KEY:VALUE, as slices:3.")
      }
      pairs.removeAll { $0.0 == pair.key }
      pairs.append((pair.key, pair.value))
    }
    try self.init(StrictMapping(Node(pairs), at: "--deep", known: Self.keys))
  }

  init(_ section: StrictMapping) throws(StudyError) {
    self.init()
    slices = try Self.slices(section)
    margin = try Self.margin(section) ?? margin
    padding = try section.choice("padding", of: Padding.self) ?? padding
    window = try Self.window(section) ?? window
    masksOutside = try section.boolean("mask_outside") ?? masksOutside
    // What is so without saying is not written down: recipes of the same features are equal.
    channels = try section.choice("channels", of: Channels.self).flatMap { $0 == .same ? nil : $0 }
    normalisation = try section.choice("normalisation", of: Normalisation.self).flatMap {
      $0 == .imagenet ? nil : $0
    }
    size = try Self.size(section)
    do throws(NeuralNetError) {
      try validate()
    } catch {
      throw StudyError(.badValue, "\(section.path): \(error)")
    }
  }

  private static func slices(_ section: StrictMapping) throws(StudyError) -> SliceChoice {
    let pooling = try section.choice("pooling", of: Pooling.self)
    let node = section.node("slices")
    if let count = node?.int, count >= 1 { return .even(count: count, pooling: pooling ?? .mean) }
    switch node.map(\.string) {
    case "all"??: return .all(pooling: pooling ?? .mean)
    case nil, "largest"??:
      guard pooling == nil else {
        throw StudyError(
          .badValue, "\(section.place("pooling")) needs several slices: set slices to a number or to all.")
      }
      return .largest
    default:
      throw StudyError(
        .badValue,
        "\(section.place("slices")) must be largest, all or a number of slices, but is \(node?.shape ?? "").")
    }
  }

  private static func size(_ section: StrictMapping) throws(StudyError) -> [Int]? {
    guard let items = section.items("size") else { return nil }
    let size = items.compactMap(\.int)
    guard items.count == 3, size.count == 3 else {
      throw StudyError(.badValue, "\(section.place("size")) must be three whole numbers, as [112, 112, 56].")
    }
    return size
  }

  private static func margin(_ section: StrictMapping) throws(StudyError) -> Margin? {
    guard let node = section.node("margin") else { return nil }
    let margin = try StrictMapping(node, at: section.place("margin"), known: ["mm", "share"])
    switch (try margin.number("mm", in: 0...1e6), try margin.number("share", in: 0...1e6)) {
    case (let length?, nil): return .millimetres(length: length)
    case (nil, let fraction?): return .share(fraction: fraction)
    default:
      throw StudyError(
        .badValue, "\(margin.path) must be {mm: LENGTH} or {share: FRACTION of the longer side}.")
    }
  }

  private static func window(_ section: StrictMapping) throws(StudyError) -> Window? {
    guard let node = section.node("window") else { return nil }
    if node.string == "minmax" { return .minMax }
    let path = section.place("window")
    guard node.mapping != nil else {
      throw StudyError(
        .badValue,
        "\(path) must be minmax, {percentiles: [1, 99]} or {fixed: [0, 400]}, but is \(node.shape).")
    }
    let window = try StrictMapping(node, at: path, known: ["percentiles", "fixed"])
    switch (try ends("percentiles", of: window), try ends("fixed", of: window)) {
    case (let (lower, upper)?, nil): return .percentiles(lower: lower, upper: upper)
    case (nil, let (lower, upper)?): return .fixed(lower: lower, upper: upper)
    default: throw StudyError(.badValue, "\(path) must have one of percentiles and fixed.")
    }
  }

  private static func ends(_ key: String, of window: StrictMapping) throws(StudyError) -> (Double, Double)? {
    guard let items = window.items(key) else { return nil }
    guard items.count == 2 else {
      throw StudyError(.badValue, "\(window.place(key)) must be two numbers, as [1, 99].")
    }
    let range = -1e300...1e300
    return (
      try items[0].number(at: "\(window.place(key))[0]", in: range),
      try items[1].number(at: "\(window.place(key))[1]", in: range)
    )
  }
}
