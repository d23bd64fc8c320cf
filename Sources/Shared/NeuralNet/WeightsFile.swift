import Foundation

/// All bytes of a weights file, for hashing and for `NetworkWeights(bytes:label:)`.
///
/// Read, not mapped: a mapped file that is cut short later kills the process. A ResNet18 of 32-bit floats takes 47 MB, a ResNet152 241 MB.
/// - Throws: `NeuralNetError`: `notFound`, `unreadable`, `tooLarge` above 256 MB, `truncated` when it shrinks meanwhile.
public func readWeightsFile(at url: URL) throws(NeuralNetError) -> [UInt8] {
  let label = url.lastPathComponent
  let descriptor = unsafe open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw openingFailure(errno, label) }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw openingFailure(errno, label) }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw NeuralNetError(.unreadable, "\(label): not a regular file; give the path of a safetensors file")
  }
  let size = Int(status.st_size)
  guard size <= 256 << 20 else {
    throw NeuralNetError(
      .tooLarge,
      "\(label): \(size) bytes, where a ResNet152, the largest network, has about 241 million; \(exportRecipe)"
    )
  }
  var failure: NeuralNetError?
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
    while filled < size {
      let got = unsafe read(descriptor, buffer.baseAddress! + filled, size - filled)
      if got < 0 && errno == EINTR { continue }
      if got < 0 { failure = openingFailure(errno, label) }
      if got <= 0 { break }
      filled += got
    }
  }
  if let failure { throw failure }
  guard bytes.count == size else {
    throw NeuralNetError(
      .truncated, "\(label): \(bytes.count) of \(size) bytes could be read; copy the file again")
  }
  return bytes
}

private func openingFailure(_ number: Int32, _ label: String) -> NeuralNetError {
  let code: NeuralNetError.Code = number == ENOENT || number == ENOTDIR ? .notFound : .unreadable
  let reason = unsafe String(cString: strerror(number))
  return NeuralNetError(code, "\(label): the weights cannot be read (\(reason)); check path and permissions")
}
