import Foundation

/// An object store or remote as people name it: `s3://bucket/prefix`, or `REMOTE:path` with a remote of rclone's configuration.
///
/// It holds no secrets: rclone finds them where it always does (its configuration, `~/.aws`, the environment).
package struct RemoteName: Equatable, Sendable {
  /// As it was given.
  package let text: String
  /// What rclone is told; begins with no dash, whatever the name.
  let argument: String
  /// Settings of rclone that follow from the name and the usual variables of Amazon's tools.
  let environment: [String: String?]
  /// Tells two remotes apart that have one name on one machine.
  let identity: String

  /// - Returns: nil for the name of a folder: one that is there, or that has no colon before its first slash.
  /// - Throws: `badSource` for a remote that cannot be one.
  package init?(_ text: String, environment: [String: String] = ProcessInfo.processInfo.environment)
    throws(FileSourceError)
  {
    self.text = text
    if text.hasPrefix("s3://") {
      let path = String(text.dropFirst("s3://".count))
      guard let bucket = path.split(separator: "/", omittingEmptySubsequences: false).first, !bucket.isEmpty
      else {
        throw FileSourceError(.badSource, "\(text) names no bucket; write s3://BUCKET/PREFIX")
      }
      try Self.require(path, of: text)
      argument = ":s3:\(path)"
      self.environment = Self.settings(environment)
      identity = [text, (self.environment["RCLONE_S3_ENDPOINT"] ?? "") ?? ""].joined(separator: "\n")
      return
    }
    guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/"),
      !FileManager.default.fileExists(atPath: text)
    else { return nil }
    let name = text[..<colon]
    guard name.wholeMatch(of: #/[\p{L}\p{N}_.+@][\p{L}\p{N}_.+@ -]*/#) != nil else {
      throw FileSourceError(
        .badSource,
        "\(name.isEmpty ? "a remote without a name" : "'\(name)'") is no remote of rclone's configuration; write "
          + "REMOTE:path with a name that `rclone listremotes` prints, or ./ before the name of a folder")
    }
    try Self.require(String(text[text.index(after: colon)...]), of: text)
    argument = text
    self.environment = Self.passed(environment)
    identity = [text, environment["RCLONE_CONFIG"] ?? ""].joined(separator: "\n")
  }

  private static func require(_ path: String, of text: String) throws(FileSourceError) {
    guard !path.split(separator: "/").contains(".."), !path.contains(where: \.isNewline),
      !path.utf8.contains(0)
    else {
      throw FileSourceError(
        .badSource, "the path of \(text) has a part '..' or a line break; write it without")
    }
  }

  /// Settings that somebody made for rclone stay.
  private static func settings(_ environment: [String: String]) -> [String: String?] {
    let endpoint = environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"]
    let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"]
    var settings: [String: String] = [
      "RCLONE_S3_ENV_AUTH": "true", "RCLONE_S3_PROVIDER": endpoint == nil ? "AWS" : "Other",
    ]
    settings["RCLONE_S3_ENDPOINT"] = endpoint
    settings["RCLONE_S3_REGION"] = region
    settings["RCLONE_CA_CERT"] = environment["AWS_CA_BUNDLE"]
    let wanted = settings.merging(environment.filter { settings[$0.key] != nil }) { $1 }
    // Amazon's library, which rclone brings, ends where it finds this one.
    return passed(environment).merging(wanted.mapValues(Optional.some)) { $1 }.merging(["AWS_CA_BUNDLE": nil])
    { $1 }
  }

  /// Where rclone is found, and what was set for it.
  private static func passed(_ environment: [String: String]) -> [String: String?] {
    environment.filter { $0.key == "PATH" || $0.key.hasPrefix("RCLONE_") }.mapValues(Optional.some)
  }
}

/// What `--root` names.
/// - Parameter cache: is asked for where files have to be fetched.
/// - Throws: `badSource` for what is neither a folder nor a remote, `cacheUnusable`.
package func fileSource(named name: String, cache: () throws(FileSourceError) -> FileCache)
  throws(FileSourceError) -> any FileSource
{
  if let remote = try RemoteName(name) { return RemoteSource(remote, cache: try cache()) }
  let folder = URL(fileURLWithPath: name, isDirectory: true)
  guard FileManager.default.fileExists(atPath: folder.appendingPathComponent(".").path) else {
    throw FileSourceError(.badSource, "\(name) is not a folder")
  }
  return FolderSource(folder)
}
