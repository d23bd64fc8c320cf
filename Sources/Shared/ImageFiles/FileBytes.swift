import Glibc

/// All bytes of a regular file.
///
/// One `open`, so that what is hashed is what is decoded even while the file is being replaced.
/// - Parameters:
///   - path: the file.
///   - limit: how many bytes it may have.
///   - beginning: how many of them are read: all, unless said otherwise.
/// - Throws: `notFound`, `unreadable`, `notAnImage` for what is no regular file, `tooLarge`, and `truncated` when the file shrinks while it is read.
package func readFile(
  path: String, limit: Int, beginning: Int = .max
) throws(ImageFileError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw openingFailure(errno) }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw openingFailure(errno) }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw ImageFileError(.notAnImage, "this is not a regular file; give the path of an image file")
  }
  let size = Int(status.st_size)
  guard size <= limit else {
    throw ImageFileError(
      .tooLarge, "the file has \(size) bytes, more than the limit of \(limit); raise the limit to read it")
  }
  return try readFully(descriptor, count: min(size, beginning))
}

private func readFully(_ descriptor: Int32, count: Int) throws(ImageFileError) -> [UInt8] {
  var failure: ImageFileError?
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    if count >= 1 << 18 { unsafe takePages(of: UnsafeMutableRawBufferPointer(buffer)) }
    while filled < count {
      let got = unsafe read(descriptor, buffer.baseAddress! + filled, min(count - filled, 1 << 30))
      if got < 0 && errno == EINTR { continue }
      if got < 0 { failure = openingFailure(errno) }
      if got <= 0 { break }
      filled += got
    }
  }
  if let failure { throw failure }
  guard bytes.count == count else {
    throw ImageFileError(.truncated, "the file shrank while it was read; read it again once it is complete")
  }
  return bytes
}

/// Has the system hand out at once all pages of memory that is about to be written. Handed out one by one, at the first write to each, they make
/// reading take a fifth more of the processor; so it is where the system cannot do this (Linux before 5.14).
private func takePages(of memory: UnsafeMutableRawBufferPointer) {
  let page = 1 << 12
  guard let start = memory.baseAddress else { return }
  let first = unsafe start.alignedUp(toMultipleOf: page)
  let length = unsafe memory.count - (first - start)
  unsafe madvise(first, length / page * page, MADV_POPULATE_WRITE)
}

private func openingFailure(_ number: Int32) -> ImageFileError {
  if number == ENOENT || number == ENOTDIR {
    return ImageFileError(.notFound, "there is no such file; check the path and the data folder")
  }
  let reason = unsafe String(cString: strerror(number))
  return ImageFileError(.unreadable, "the file cannot be read (\(reason)); check its permissions")
}
