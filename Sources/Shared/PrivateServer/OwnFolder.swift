import Foundation
import Glibc

/// Folders and files that nobody else can exchange for others: no link is followed, and what belongs to somebody else is refused.
///
/// Root runs studies in folders of others. Whoever can write such a folder, or one above it, could have put a link where the
/// server's configuration or log is to be, and root would write to its target.
enum OwnFolder {
  /// Refuses a data folder that belongs to somebody else, or that others than its owner can write or move.
  ///
  /// Its parents may belong to anybody. Where others may write one, the sticky bit must keep them from moving what is in it.
  static func require(_ folder: URL) throws(PrivateServerError) {
    let path = try realPath(of: folder)
    try requireOwn(path)
    var parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    while true {
      let status = try status(of: parent)
      if isOpen(status), status.st_mode & S_ISVTX == 0 {
        throw PrivateServerError(
          .folder,
          "others may write \(parent), and so exchange \(path); take that right away (chmod go-w \(parent)), or choose "
            + "another data folder")
      }
      if parent == "/" { return }
      parent = URL(fileURLWithPath: parent).deletingLastPathComponent().path
    }
  }

  /// Refuses what is no folder (a link is none), belongs to somebody else, or can be written by others.
  static func requireOwn(_ path: String) throws(PrivateServerError) {
    let status = try status(of: path)
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw PrivateServerError(.folder, "\(path) is not a folder; remove it, or choose another data folder")
    }
    guard status.st_uid == geteuid() else {
      throw PrivateServerError(
        .folder,
        "\(path) belongs to user \(status.st_uid), and this is user \(geteuid()); be that user, or choose another data folder"
      )
    }
    guard !isOpen(status) else {
      throw PrivateServerError(
        .folder,
        "others may write \(path); take that right away (chmod go-w \(path)), or choose another data folder")
    }
  }

  /// Whether the link itself, not what it leads to, was made by this user.
  static func isOwnLink(_ path: String) throws(PrivateServerError) -> Bool {
    let status = try status(of: path)
    return status.st_mode & S_IFMT == S_IFLNK && status.st_uid == geteuid()
  }

  /// Makes a file that was not there, with these rights, and writes it.
  /// - Parameter owner: nil: this user.
  static func make(_ file: URL, _ content: String, rights: mode_t, owner: ServiceAccount? = nil)
    throws(PrivateServerError)
  {
    let descriptor = unsafe open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("make \(file.path)") }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try folderWork("write \(file.path)") { _ in try handle.write(contentsOf: Data(content.utf8)) }
    guard fchmod(descriptor, rights) == 0 else { throw failure("set the rights of \(file.path)") }
    if let owner, fchown(descriptor, owner.user, owner.group) != 0 {
      throw failure("give \(file.path) to user \(owner.user)")
    }
  }

  /// Writes a file anew: beside it first, then in its place, whatever that was.
  static func replace(_ file: URL, _ content: String, rights: mode_t) throws(PrivateServerError) {
    let fresh = file.appendingPathExtension(UUID().uuidString)
    try make(fresh, content, rights: rights)
    guard unsafe rename(fresh.path, file.path) == 0 else {
      throw failure("rename \(fresh.path) to \(file.path)")
    }
  }

  /// Makes a folder, or takes one that is there, and gives it to an account that alone may enter it.
  static func make(_ folder: URL, for account: ServiceAccount) throws(PrivateServerError) {
    guard unsafe mkdir(folder.path, 0o700) == 0 || errno == EEXIST else {
      throw failure("make \(folder.path)")
    }
    let descriptor = unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open the folder \(folder.path)") }
    defer { close(descriptor) }
    var found = stat()
    guard unsafe fstat(descriptor, &found) == 0 else { throw failure("look at \(folder.path)") }
    guard found.st_uid == geteuid() || found.st_uid == account.user else {
      throw PrivateServerError(
        .folder, "\(folder.path) belongs to user \(found.st_uid); remove it and start again")
    }
    guard fchmod(descriptor, 0o700) == 0,
      !account.isOther || fchown(descriptor, account.user, account.group) == 0
    else {
      throw failure("give \(folder.path) to user \(account.user)")
    }
  }

  /// Others than the owner, and the group that is this user's own, may write it.
  private static func isOpen(_ status: stat) -> Bool {
    status.st_mode & S_IWOTH != 0
      || status.st_mode & S_IWGRP != 0 && status.st_gid != getegid() && status.st_gid != 0
  }

  private static func status(of path: String) throws(PrivateServerError) -> stat {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { throw failure("look at \(path)") }
    return status
  }

  private static func realPath(of folder: URL) throws(PrivateServerError) -> String {
    guard let resolved = unsafe realpath(folder.path, nil) else { throw failure("find \(folder.path)") }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  private static func failure(_ purpose: String) -> PrivateServerError {
    let reason =
      errno == ELOOP ? "a link stands there, and none is followed" : unsafe String(cString: strerror(errno))
    return PrivateServerError(
      .folder, "cannot \(purpose): \(reason); choose another data folder or repair this one")
  }
}
