import Statistics

/// What a task needs of a worker beyond time: the queue gives it only to workers that offer the same text.
package enum TaskNeed: Hashable, Sendable {
  /// This version of the extraction, `Release.extractor`: features of others are not comparable.
  case extractor(String)
  /// A network's weights: their name and the SHA-256 of the file, hexadecimal.
  case weights(name: String, sha256: String)
  /// The images of a site, below the worker's root.
  case files(site: String)
  /// A library of learners, which gives the bits of one version.
  case library(LearnerLibrary)

  /// `extractor:VERSION`, `weights:NAME#SHA256`, `files:SITE` or `library:NAME VERSION`.
  package var text: String {
    switch self {
    case .extractor(let version): "extractor:\(version)"
    case .weights(let name, let sha256): "weights:\(name)#\(sha256)"
    case .files(let site): "files:\(site)"
    case .library(let library): "library:\(library.rawValue) \(library.referenceVersion)"
    }
  }

  /// What brings tasks with this need on.
  private var remedy: String {
    switch self {
    case .extractor(let version): "Run a worker whose program extracts by \(version)."
    case .weights(let name, _): "Run a worker that has the weights \(name), below --root or by --weights."
    case .files(let site):
      "Run a worker where the files of site \(site) are, with the folder, or the remote, that the manifest's paths count from as --root."
    case .library(let library):
      "Install \(library.label) where a worker runs (Debian 12: apt-get install \(library.package)), and start the worker anew."
    }
  }

  /// The same for texts, as the queue has them.
  package static func remedies(for needs: [String]) -> String {
    needs.map { TaskNeed(text: $0)?.remedy ?? "Run a worker that offers \($0)." }.joined(separator: " ")
  }

  /// nil for a text of another form, as programs of other versions may write it.
  package init?(text: String) {
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let value = text[text.index(after: colon)...]
    switch text[..<colon] {
    case "extractor": self = .extractor(String(value))
    case "files": self = .files(site: String(value))
    case "library":
      // Another version is a need that this program does not know.
      guard let library = LearnerLibrary.allCases.first(where: { TaskNeed.library($0).text == text }) else {
        return nil
      }
      self = .library(library)
    case "weights":
      // Names of files may have a '#', digests never.
      guard let mark = value.lastIndex(of: "#") else { return nil }
      self = .weights(name: String(value[..<mark]), sha256: String(value[value.index(after: mark)...]))
    default: return nil
    }
  }
}

extension DeepWeights {
  /// What a task with these weights needs; nothing where they are made from a seed. Submitted weights have a digest.
  package var need: TaskNeed? {
    guard randomSeed == nil, let sha256 else { return nil }
    return .weights(name: name, sha256: sha256)
  }
}
