import Foundation

/// Does something to files and turns whatever goes wrong into an error that says what was tried.
func folderWork<T>(_ purpose: String, _ work: (FileManager) throws -> T) throws(PrivateServerError) -> T {
  do {
    return try work(.default)
  } catch {
    throw PrivateServerError(
      .folder, "cannot \(purpose): \(reason(of: error)); choose another data folder or repair this one")
  }
}

/// The system's own words, where Foundation wraps them.
private func reason(of error: any Error) -> String {
  let wrapped = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
  return (wrapped ?? error).localizedDescription
}
