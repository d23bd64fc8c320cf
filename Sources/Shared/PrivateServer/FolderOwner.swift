import Foundation
import Glibc

/// Root that is to work in the data folder of somebody else becomes that user, as in a container whose folders come from outside.
///
/// Whatever was planted in the folder then leads no further than its owner could go alone.
package enum FolderOwner {
  /// Starts this program again, with the same arguments, as the owner of a folder, where this is root and the owner is not; else returns.
  ///
  /// A path that goes over a link is left as it is, because the link may lead into the folder of a third person.
  package static func become(of folder: URL) throws(PrivateServerError) {
    let path = folder.standardizedFileURL.path
    guard geteuid() == 0, isReal(path) else { return }
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid != 0 else {
      return
    }
    try takeIdentity(of: status.st_uid, group: status.st_gid, because: path)
    var arguments = unsafe CommandLine.arguments.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    _ = unsafe execv("/proc/self/exe", arguments)
    throw failure("start again as user \(status.st_uid), to whom \(path) belongs")
  }

  private static func isReal(_ path: String) -> Bool {
    guard let resolved = unsafe realpath(path, nil) else { return false }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved) == path
  }

  /// - Parameter group: taken where no account has this number, as in a container.
  private static func takeIdentity(of user: uid_t, group: gid_t, because path: String)
    throws(PrivateServerError)
  {
    let account = unsafe getpwuid(user)
    let own = unsafe account?.pointee.pw_gid ?? group
    let name = unsafe account.map { unsafe String(cString: $0.pointee.pw_name) }
    let home = unsafe account.map { unsafe String(cString: $0.pointee.pw_dir) } ?? "/"
    let hasGroups = if let name { unsafe initgroups(name, own) == 0 } else { setgroups(0, nil) == 0 }
    guard hasGroups, setgid(own) == 0, setuid(user) == 0, unsafe setenv("HOME", home, 1) == 0 else {
      throw failure("become user \(user), to whom \(path) belongs")
    }
  }

  private static func failure(_ purpose: String) -> PrivateServerError {
    PrivateServerError(
      .folder,
      "cannot \(purpose): \(unsafe String(cString: strerror(errno))); be that user, or choose another data folder"
    )
  }
}
