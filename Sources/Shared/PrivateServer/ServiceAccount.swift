import Foundation
import Glibc

/// Who runs the server. PostgreSQL refuses to run as root, so root hands it to an unprivileged account.
package struct ServiceAccount: Sendable, Equatable {
  package let user: uid_t
  package let group: gid_t
  /// Whether programs must be started under another identity than ours.
  package let isOther: Bool

  /// Ourselves; for root, the account `postgres`, else `nobody`.
  package static func current() throws(PrivateServerError) -> ServiceAccount {
    guard geteuid() == 0 else { return ServiceAccount(user: geteuid(), group: getegid(), isOther: false) }
    for name in ["postgres", "nobody"] {
      if let entry = unsafe getpwnam(name) {
        return unsafe ServiceAccount(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid, isOther: true)
      }
    }
    throw PrivateServerError(
      .noAccount,
      "PostgreSQL does not run as root, and there is no user postgres or nobody to run it; "
        + "make one (useradd --system postgres) or start as an ordinary user")
  }

  /// Who may run the server on existing data: their owner.
  package static func owning(_ data: URL) throws(PrivateServerError) -> ServiceAccount {
    let attributes = try folderWork("look at \(data.path)") { try $0.attributesOfItem(atPath: data.path) }
    guard let user = attributes[.ownerAccountID] as? Int, let group = attributes[.groupOwnerAccountID] as? Int
    else { throw PrivateServerError(.folder, "cannot tell who owns \(data.path)") }
    guard user != 0 else {
      throw PrivateServerError(
        .folder,
        "\(data.path) belongs to root, who may not run PostgreSQL; give it to another user (chown -R)")
    }
    guard user == geteuid() || geteuid() == 0 else {
      throw PrivateServerError(
        .folder,
        "\(data.path) belongs to user \(user), and only that user or root can start its server; "
          + "use another data folder, or be that user")
    }
    return ServiceAccount(user: uid_t(user), group: gid_t(group), isOther: user != geteuid())
  }

  /// Makes a folder that only this account (and root) may enter, or makes an existing one so.
  func makePrivateFolder(_ folder: URL) throws(PrivateServerError) {
    try OwnFolder.make(folder, for: self)
  }
}
