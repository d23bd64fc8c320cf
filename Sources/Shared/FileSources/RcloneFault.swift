import Subprocess

/// Why rclone failed, from its exit code and its words: the words differ by remote, and name files, so they are sorted and
/// dropped.
struct RcloneFault {
  let status: TerminationStatus
  let said: String

  /// rclone's exit codes (https://rclone.org/docs/#exit-code).
  private enum Exit {
    static let folderNotFound: TerminationStatus = .exited(3)
    static let transferLimit: TerminationStatus = .exited(8)
  }

  /// In this order: a refused sign-in may also tell of a connection, a missing configuration of all.
  private static let marks: [(FileSourceError.Code, [String])] = [
    (.unknownRemote, ["didn't find section in config file"]),
    (
      .cacheUnusable, ["no space left on device", "disk quota exceeded", "too big for remaining disk space"]
    ),
    (.noContainer, ["NoSuchBucket", "directory not found", "InvalidBucketName", "bucket does not exist"]),
    (
      .denied,
      [
        "AccessDenied", "Access Denied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
        "Forbidden",
        "NoCredentialProviders", "InvalidToken", "Unauthorized", "status code: 401", "status code: 403",
        "401 ", "403 ",
        "invalid_grant", "token expired", "couldn't fetch token", "unable to authenticate", "Login incorrect",
        "permission denied",
      ]
    ),
    (
      .unreachable,
      [
        "dial tcp", "dial unix", "no such host", "i/o timeout", "connection refused", "connection reset",
        "network is unreachable", "TLS handshake", "x509:", "deadline exceeded", "Client.Timeout",
        "unexpected EOF",
        ": EOF", "503 ", "502 ", "504 ", "status code: 50",
      ]
    ),
    (
      .keepsChanging, ["corrupted on transfer", "source file is being updated", "max transfer limit"]
    ),
  ]

  private var code: FileSourceError.Code {
    if status == Exit.folderNotFound { return .noContainer }
    if status == Exit.transferLimit { return .keepsChanging }
    return Self.marks.first { $0.1.contains { said.contains($0) } }?.0 ?? .other
  }

  func error(of remote: RemoteName) -> FileSourceError {
    let name = remote.text
    let look = "`rclone lsf \(remote.argument)` on this machine says more"
    let sentence =
      switch code {
      case .unknownRemote:
        "rclone's configuration on this machine has no remote of the name in \(name); make it with `rclone config`, or copy "
          + "rclone.conf here"
      case .noContainer:
        "the bucket or folder \(name) is not there; correct --root, or make it"
      case .denied:
        "this machine has no credentials that \(name) takes; give right ones in rclone.conf, ~/.aws or the environment. \(look)"
      case .unreachable: "\(name) cannot be reached from this machine; \(look)"
      case .keepsChanging: "a file of \(name) changed while it was read"
      case .cacheUnusable: "the disk of the cache folder is full; give another folder with --cache"
      default: "rclone ended with \(status) for \(name); \(look)"
      }
    return FileSourceError(code, sentence)
  }
}
