/// Why files could not be had. Holds no path of a file, and nothing that rclone has said: that may name files and secrets.
package struct FileSourceError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// A path leaves the source.
    case outside
    /// A file's name cannot be told to rclone.
    case unusableName
    /// A file is larger than any reader takes.
    case tooLarge
    /// What names the source is neither a folder nor a remote.
    case badSource
    case notInstalled
    case unknownRemote
    case noContainer
    case denied
    case unreachable
    /// An object was another one each time that it had been fetched.
    case keepsChanging
    case cacheFull
    case cacheUnusable
    case other
  }

  package let code: Code
  package let description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  /// Whether another machine, or this one later, may have the files: nothing is wrong with them.
  package var isOfMachine: Bool {
    switch code {
    case .outside, .unusableName, .tooLarge: false
    case .badSource, .notInstalled, .unknownRemote, .noContainer, .denied, .unreachable, .keepsChanging,
      .cacheFull, .cacheUnusable, .other:
      true
    }
  }
}
